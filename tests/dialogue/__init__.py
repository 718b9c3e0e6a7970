"""Rasa's own checks: its end-to-end stories live here."""
