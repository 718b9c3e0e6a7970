"""The middle of the road: inbox, turns, dialogue, outbox."""
