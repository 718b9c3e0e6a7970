"""Beside the road: figures, which say what the service does and never who used it."""
