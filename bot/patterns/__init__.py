"""Station patterns: entities that patterns find by their form alone."""
