"""Measurements, each with a baseline beside it in the same run; never a timed test."""
