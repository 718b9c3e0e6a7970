"""The words: tests that run in both environments."""
