"""Console: the pages on which officers answer citizens."""
