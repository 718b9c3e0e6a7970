"""Checks of the house: rules that the linters do not know."""
