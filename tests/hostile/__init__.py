"""Checks of the checks: each defence is taken away, and its test must fail."""
