"""Dialogue, particular questions: which question of a topic's own list a message in a talk about it asks."""
