"""Dialogue, beside the answers: answers that need computation."""
