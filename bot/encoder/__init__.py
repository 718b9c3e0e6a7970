"""The sentence encoder (station 4, dialogue): words to a vector that means the same in fi, sv and en."""

from bot.encoder.encoder import Encoder, embeddings_wanted, load_encoder
from bot.encoder.manifest import EncoderRefused
from bot.encoder.vectors import encode_cached

__all__ = ["Encoder", "EncoderRefused", "embeddings_wanted", "encode_cached", "load_encoder"]
