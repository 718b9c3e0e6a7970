"""Encoder, on the road of each message: turns words into a vector of meaning (station 4, dialogue)."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.encoder.manifest import (
    ENCODER_FOLDER,
    GRAPH_NAME,
    PIECES_NAME,
    WORDS_NAME,
    EncoderRefused,
    read_manifest,
    verified_manifest,
)
from bot.encoder.pieces import Splitter
from bot.encoder.weights_file import BLOCK_TYPE, Floats, unpack_blocks

if TYPE_CHECKING:
    import onnxruntime  # type: ignore[import-untyped]

logger = logging.getLogger(__name__)

WIDTH = 384
# The weights were taught with this in front of every question.
PREFIX = "query: "
LONGEST = 128
# Counted from 0.
MIDDLE_LAYER = 8


class Encoder:
    """The sentence encoder of a built folder; one thread. Raises `EncoderRefused` when a file is not as built."""

    def __init__(self, folder: Path = ENCODER_FOLDER) -> None:
        import onnxruntime

        manifest = verified_manifest(folder)
        self.identity = manifest.identity
        self._splitter = Splitter(**json.loads((folder / PIECES_NAME).read_text(encoding="utf-8")))
        rows = np.load(folder / WORDS_NAME, mmap_mode="r", allow_pickle=False)
        self._words = rows.view(BLOCK_TYPE)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Chat messages differ in length each time: remembered buffers would only grow.
        options.enable_mem_pattern = False
        options.enable_cpu_mem_arena = False
        self._session: onnxruntime.InferenceSession = onnxruntime.InferenceSession(
            str(folder / GRAPH_NAME), options, providers=["CPUExecutionProvider"]
        )

    def encode(self, texts: Sequence[str]) -> Floats:
        """The meaning of each text as a vector of length one: (n, 384) float32.

        Capitals are read as small letters. Of a text over 128 pieces (some 90 words) the beginning and the end are
        read, half and half: what is wanted stands in either. Texts go through one at a time, so that a vector depends
        on its text alone.
        """
        return self.encode_layers(texts)[:, :WIDTH]

    def encode_layers(self, texts: Sequence[str]) -> Floats:
        """As `encode`, with the vector of a middle layer beside the meaning, also of length one: (n, 768) float32."""
        vectors = np.empty((len(texts), 2 * WIDTH), np.float32)
        for place, text in enumerate(texts):
            words = unpack_blocks(self._words[[self._pieces(text)]])
            meaning, middle = self._session.run(["meaning", "middle"], {"words": words})
            vectors[place, :WIDTH] = meaning
            vectors[place, WIDTH:] = middle
        return vectors

    def _pieces(self, text: str) -> list[int]:
        return self._splitter.sentence(PREFIX + text, LONGEST)


def embeddings_wanted() -> bool:
    """Whether this process may use sentence vectors; `NEUVO_EMBEDDINGS=off` says no."""
    return os.environ.get("NEUVO_EMBEDDINGS", "on").strip().lower() not in {"off", "0", "false", "no"}


_loaded: dict[Path, Encoder] = {}


def load_encoder(folder: Path = ENCODER_FOLDER) -> Encoder | None:
    """The encoder, or None when it is switched off, not built, or not as it was built (a warning then says why).

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
