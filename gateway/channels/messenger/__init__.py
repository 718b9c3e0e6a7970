"""The Messenger end of the road: a Facebook Page of ours."""
