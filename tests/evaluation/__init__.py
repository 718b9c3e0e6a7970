"""The examination: messages that nobody trains on, written independently of the training data."""
