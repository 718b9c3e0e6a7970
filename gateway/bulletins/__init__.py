"""Bulletins: short public statements with which officers end a rumour."""
