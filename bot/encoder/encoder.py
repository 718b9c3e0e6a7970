"""Encoder, inference: the sentence vector of a text (station 4, dialogue)."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.arrays import FloatArray
from bot.encoder.manifest import (
    EMBEDDINGS_NAME,
    ENCODER_FOLDER,
    GRAPH_NAME,
    VOCABULARY_NAME,
    EncoderRefused,
    read_manifest,
    verified_manifest,
)
from bot.encoder.subwords import UnigramTokenizer
from bot.encoder.weights_file import BLOCK_TYPE, unpack_blocks

if TYPE_CHECKING:
    import onnxruntime  # type: ignore[import-untyped]
    from rasa.shared.nlu.training_data.message import Message

logger = logging.getLogger(__name__)

WIDTH = 384
# The weights were trained with this prefix on every query.
PREFIX = "query: "
MAX_TOKENS = 128
# Counted from 0.
MIDDLE_LAYER = 8
# The graph's own names. They are part of its hash: renaming them would make every cached vector again.
EMBEDDINGS_INPUT, SENTENCE_OUTPUT, MIDDLE_OUTPUT = "words", "meaning", "middle"
TOKENS_OUTPUT = "tokens"  # of the graph of `bot/encoder/content_words.py`

_MESSAGE_VECTOR = "sentence_vector"


class Encoder:
    """The sentence encoder of a built folder; one thread. Raises `EncoderRefused` when a file is not as built."""

    def __init__(self, folder: Path = ENCODER_FOLDER) -> None:
        manifest = verified_manifest(folder)
        self.identity = manifest.identity
        self._tokenizer = UnigramTokenizer(**json.loads((folder / VOCABULARY_NAME).read_text(encoding="utf-8")))
        table = np.load(folder / EMBEDDINGS_NAME, mmap_mode="r", allow_pickle=False)
        self._embeddings = table.view(BLOCK_TYPE)
        self._session = session_of(folder / GRAPH_NAME)

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """The sentence vector of each text, of unit length: (n, 384) float32.

        Texts are lower-cased. Of a text over 128 tokens (some 90 words) the beginning and the end are read, half and
        half: what is wanted stands in either. Texts are encoded one at a time, so that a vector depends on its text
        alone.
        """
        return self.encode_layers(texts)[:, :WIDTH]

    def encode_layers(self, texts: Sequence[str]) -> FloatArray:
        """As `encode`, with the vector of a middle layer beside it, also of unit length: (n, 768) float32."""
        vectors = np.empty((len(texts), 2 * WIDTH), np.float32)
        for row, text in enumerate(texts):
            embeddings = self.embeddings_of(self.input_ids(text))
            sentence, middle = self._session.run([SENTENCE_OUTPUT, MIDDLE_OUTPUT], {EMBEDDINGS_INPUT: embeddings})
            vectors[row, :WIDTH] = sentence
            vectors[row, WIDTH:] = middle
        return vectors

    def embeddings_of(self, input_ids: Sequence[int]) -> FloatArray:
        """What a graph reads of these tokens: (1, tokens, 384) float32."""
        return unpack_blocks(self._embeddings[[list(input_ids)]])

    def input_ids(self, text: str) -> list[int]:
        """The tokens of a text, with what is before and after every one."""
        return self._tokenizer.input_ids(PREFIX + text, MAX_TOKENS)


def session_of(graph: Path) -> onnxruntime.InferenceSession:
    """The network of a graph's file; one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # Chat messages differ in length each time: pooled buffers would only grow.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def sentence_vector(message: Message, encoder: Encoder) -> FloatArray:
    """The vector (768) of the message's text, encoded at the first call and kept on the message for later stations.

    It never leaves the process.
    """
    vector: FloatArray | None = message.get(_MESSAGE_VECTOR)
    if vector is None:
        vector = encoder.encode_layers([message.get("text") or ""])[0]
        message.set(_MESSAGE_VECTOR, vector)
    return vector


def embeddings_wanted() -> bool:
    """Whether this process may use sentence vectors; `NEUVO_EMBEDDINGS=off` says no."""
    return os.environ.get("NEUVO_EMBEDDINGS", "on").strip().lower() not in {"off", "0", "false", "no"}


_loaded: dict[Path, Encoder] = {}


def load_encoder(folder: Path = ENCODER_FOLDER) -> Encoder | None:
    """The encoder, or None when it is switched off, not built, or not as it was built (a warning then says which).

    One encoder serves the whole process: a change of the Rasa model must not load its 100 MB again.
    """
    if not embeddings_wanted():
        logger.info("Sentence vectors are switched off (NEUVO_EMBEDDINGS).")
        return None
    try:
        if folder not in _loaded or _loaded[folder].identity != read_manifest(folder).identity:
            _loaded[folder] = Encoder(folder)
        return _loaded[folder]
    except (EncoderRefused, ImportError) as refusal:
        logger.warning("Sentence vectors are not used: %s", refusal)
        return None
