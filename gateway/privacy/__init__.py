"""Beside the road: a citizen's rights over what they wrote, and how long anything is kept."""
