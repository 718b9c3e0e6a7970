"""Encoder, long before the road: tunes its upper layers once, on our examples (docs/decisions/0015-tuned-encoder.md)."""
