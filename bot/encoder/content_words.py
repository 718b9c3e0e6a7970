"""Encoder, inference: what a short text is about, by its rare words; to group texts on matters that nobody has named.

The plain mean over a text's tokens says as much of how something is asked ("how old must one be to …") as of what is
asked about; for a matter that no example knows the form is the louder of the two. So each token counts by how rare it
is in the examples of its language (smooth inverse frequency). The network is the encoder's with half of its adapter:
all of it sees known topics more clearly, and new ones less (docs/decisions/0031-items-of-content.md).
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from bot.arrays import FloatArray
from bot.encoder.encoder import EMBEDDINGS_INPUT, TOKENS_OUTPUT, WIDTH, Encoder, session_of
from bot.encoder.manifest import ENCODER_FOLDER, GRAPH_NAME, MANIFEST_NAME, EncoderRefused
from bot.encoder.weights_file import WEIGHTS_SHA256, sha256_of

# The graph has a folder of its own: in the encoder's it would change the hash by which every kept vector is known.
TOKENS_FOLDER: Final = ENCODER_FOLDER.with_name(f"{ENCODER_FOLDER.name}-tokens")
TOKENS_FORMAT: Final = 1
STRENGTH: Final = 0.5
# A token that one in so many thousand texts has counts half.
_FREQUENT: Final = 0.001
_THREADS: Final = 2

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Frequencies:
    """In which share of a language's texts each token stands."""

    shares: dict[str, dict[int, float]]

    @classmethod
    def of(cls, encoder: Encoder, texts: Sequence[str], languages: Sequence[str]) -> Frequencies:
        """Counted in these texts."""
        counts: dict[str, Counter[int]] = {each: Counter() for each in set(languages)}
        for text, language in zip(texts, languages, strict=True):
            counts[language].update(set(encoder.input_ids(text)))
        total = Counter(languages)
        shares = {own: {token: each / total[own] for token, each in found.items()} for own, found in counts.items()}
        return cls(shares)

    def weights(self, input_ids: Sequence[int], language: str) -> FloatArray:
        """How much each token counts, from nearly 0 to 1; what is before and after every text not at all."""
        shares = self.shares.get(language, {})
        weights = np.array([_FREQUENT / (_FREQUENT + shares.get(token, 0.0)) for token in input_ids], np.float32)
        weights[[0, -1]] = 0
        return weights


class ContentWords:
    """The network whose tokens are weighed. Raises `EncoderRefused` where it is not built, or not as it was built."""

    def __init__(self, encoder: Encoder, folder: Path = TOKENS_FOLDER) -> None:
        self._encoder = encoder
        verify_tokens(folder)
        self._session = session_of(folder / GRAPH_NAME)

    def encode(self, texts: Sequence[str], languages: Sequence[str], frequencies: Frequencies) -> FloatArray:
        """What each text is about, of unit length: (n, 384) float32. Each vector depends on its own text alone."""

        def one(text: str, language: str) -> FloatArray:
            ids = self._encoder.input_ids(text)
            (tokens,) = self._session.run([TOKENS_OUTPUT], {EMBEDDINGS_INPUT: self._encoder.embeddings_of(ids)})
            mean: FloatArray = frequencies.weights(ids, language) @ tokens[0]
            return mean / max(float(np.linalg.norm(mean)), 1e-9)

        with ThreadPoolExecutor(_THREADS) as pool:
            rows = list(pool.map(one, texts, languages))
        return np.stack(rows) if rows else np.empty((0, WIDTH), np.float32)


def tokens_record(graph: Path) -> dict[str, object]:
    """What is written beside the graph: its hash, and what it was made of."""
    made_of = {"weights_sha256": WEIGHTS_SHA256, "adapter": ENCODER_FOLDER.name, "strength": STRENGTH}
    return {"format": TOKENS_FORMAT, **made_of, "graph_sha256": sha256_of(graph)}


def verify_tokens(folder: Path) -> None:
    """Raises `EncoderRefused` when the graph is missing or not the one that was built."""
    try:
        known = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
        found = tokens_record(folder / GRAPH_NAME)
    except (OSError, ValueError):
        known, found = None, {}
    if known != found:
        raise EncoderRefused(
            f"The network that groups messages ({folder.name}) is missing or not as it was built. Run `make setup`, or "
            "`python -m bot.encoder.build` in the encoder's environment."
        )


def load_content_words(encoder: Encoder, folder: Path = TOKENS_FOLDER) -> ContentWords | None:
    """The network, or None where it is not built: messages are then grouped by the encoder's own vectors."""
    try:
        return ContentWords(encoder, folder)
    except EncoderRefused as refusal:
        logger.warning("Messages are grouped less well: %s", refusal)
        return None
