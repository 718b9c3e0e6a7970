"""Messenger: a Facebook Page of ours."""
