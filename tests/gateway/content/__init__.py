"""Checks of the editors' workshop, with small content, real git, a real database and real training."""
