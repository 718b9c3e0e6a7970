"""Warnings are errors for our own parts; those of the action server's libraries are let through while they load."""

import warnings

with warnings.catch_warnings(record=True):
    warnings.simplefilter("always")
    import rasa_sdk.endpoint  # noqa: F401
