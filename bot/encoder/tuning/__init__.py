"""Encoder, tuning: trains the LoRA adapter of its top layers, once (docs/decisions/0015-tuned-encoder.md)."""
