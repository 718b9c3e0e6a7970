"""Danger (station 4, dialogue), last of the pipeline: patterns and a classifier of its own together."""
