"""Beside the road: bulletins, the short notices with which officers end a rumour."""
