"""Checks of the web chat."""
