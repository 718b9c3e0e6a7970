"""Checks of the doors by somebody who means harm."""
