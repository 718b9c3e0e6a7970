"""Checks of Messenger and Instagram."""
