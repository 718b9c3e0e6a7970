"""Under the road: one file per change of the tables."""
