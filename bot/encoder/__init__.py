"""The sentence encoder (station 4, dialogue): a text to a vector that means the same in fi, sv and en."""

from bot.encoder.encoder import Encoder, embeddings_wanted, load_encoder, sentence_vector
from bot.encoder.manifest import EncoderRefused
from bot.encoder.vector_cache import encode_cached

__all__ = ["Encoder", "EncoderRefused", "embeddings_wanted", "encode_cached", "load_encoder", "sentence_vector"]
