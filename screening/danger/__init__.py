"""Danger rules in plain text, one folder per language, and what finds them in a message."""
