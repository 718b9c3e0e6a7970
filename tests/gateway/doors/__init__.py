"""Checks of doors: their codes, links and posters, and who came by which."""
