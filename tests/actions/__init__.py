"""Checks of the action server."""
