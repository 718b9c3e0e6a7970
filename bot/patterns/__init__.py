"""Station patterns: what a message holds that can be told by its form alone."""
