"""Channels: one folder per messaging platform, behind one contract (`base.py`)."""
