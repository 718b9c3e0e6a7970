"""Encoder, on the road of each message: one vector, whichever stations ask for it."""

from __future__ import annotations

from rasa.shared.nlu.training_data.message import Message

from bot.encoder.encoder import Encoder
from bot.encoder.weights_file import Floats

_VECTOR = "sentence_vector"


def vector_of(message: Message, encoder: Encoder) -> Floats:
    """The vector of the message's text, made at the first call; it never leaves the process."""
    vector: Floats | None = message.get(_VECTOR)
    if vector is None:
        vector = encoder.encode_layers([message.get("text") or ""])[0]
        message.set(_VECTOR, vector)
    return vector
