"""Checks of the HTTP API for integrators."""
