"""Dialogue, beside the answers: what the bot does when words written beforehand are not enough."""
