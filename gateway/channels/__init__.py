"""The ends of the road: one folder per partner behind one contract (`base.py`)."""
