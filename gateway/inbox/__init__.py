"""Stations 1 and 2: deliveries of the channels are stored, and their events processed into conversations."""
