"""Evaluation of the dialogue model on a test set that nobody trains on, written independently of the training data."""
