"""Checks of the evaluation of the dialogue model."""
