"""Replies (station 4, dialogue): what is said to what was understood, from the published words and what was said."""
