"""Checks of the whole service, with the real dialogue engine, as `make run` starts it."""
