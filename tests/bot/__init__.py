"""Checks of our parts of Rasa."""
