"""What a citizen's phone can send."""
