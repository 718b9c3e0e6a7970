"""Encoder, long before the road: tunes its upper layers, once (docs/decisions/0015-tuned-encoder.md)."""
