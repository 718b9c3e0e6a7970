"""The simulator's side of a citizen: what a phone can send."""
