"""Danger, the models: a classifier of all examples and lines, one of the lines alone, and the lines to look up.

Most examples are of topics, told as a matter is told. The lines are what people write all day beside it, with dangers
that have no word of one: a model of these alone sees other things, and both together are better than either
(docs/decisions/0024-danger-weighed.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.arrays import FloatArray
from bot.classifier.calibration import TARGET_PRECISION
from bot.classifier.model import TopicModel, VectorFunction
from bot.classifier.storage import read_model, write_model
from bot.classifier.training import NotEnoughExamples, trained_model
from bot.danger.labels import NEITHER
from bot.danger.nearest import NearestLines
from bot.encoder import Encoder, encode_cached

_LINES_FOLDER = "lines"
# Both parts of a model are always evaluated: here accuracy is worth a millisecond.
_ALWAYS = 1.1


@dataclass(frozen=True)
class DangerModel:
    """The two classifiers, and the lines for a second look; None where there are too few lines for one."""

    everything: TopicModel
    lines: TopicModel | None
    nearest: NearestLines | None = None

    @property
    def encoder(self) -> str | None:
        """The hash of the encoder that it was trained with; None: without vectors."""
        return self.everything.encoder

    def probabilities(self, text: str, vector: VectorFunction | None) -> tuple[dict[str, float], dict[str, float]]:
        """The probability of each label by all examples, and by the lines alone (empty without a model of them)."""
        lines = {} if self.lines is None else self.lines.guess(text, vector, _ALWAYS).probabilities
        return self.everything.guess(text, vector, _ALWAYS).probabilities, lines

    def write(self, folder: Path) -> None:
        """Write both into a folder."""
        write_model(self.everything, folder)
        if self.lines is not None:
            (folder / _LINES_FOLDER).mkdir()
            write_model(self.lines, folder / _LINES_FOLDER)
        if self.nearest is not None:
            self.nearest.write(folder)

    @classmethod
    def read(cls, folder: Path) -> DangerModel:
        """What `write` wrote. Raises `ModelRefused` where one cannot be read."""
        lines = folder / _LINES_FOLDER
        return cls(read_model(folder), read_model(lines) if lines.exists() else None, NearestLines.read(folder))


def trained_danger_model(
    examples: tuple[Sequence[str], Sequence[str]], lines: Iterable[tuple[str, str | None]], encoder: Encoder | None
) -> DangerModel:
    """The model of examples (texts, their labels) and of lines (each with its danger). Raises `NotEnoughExamples`."""
    known = [(text, danger or NEITHER) for text, danger in lines]
    texts, labels = [text for text, _ in known], [label for _, label in known]
    everything, _ = _trained([*examples[0], *texts], [*examples[1], *labels], encoder)
    try:
        alone, vectors = _trained(texts, labels, encoder)
    except NotEnoughExamples:
        return DangerModel(everything, None)
    return DangerModel(everything, alone, _nearest(alone, labels, vectors))


def _trained(
    texts: Sequence[str], labels: Sequence[str], encoder: Encoder | None
) -> tuple[TopicModel, FloatArray | None]:
    vectors = encode_cached(encoder, texts) if encoder is not None and texts else None
    identity = encoder.identity if encoder else None
    # A topic more or less must not decide whether a danger is detected: `stable`.
    return trained_model(texts, labels, vectors, identity, TARGET_PRECISION, stable=True)[0], vectors


def _nearest(model: TopicModel, labels: Sequence[str], vectors: FloatArray | None) -> NearestLines | None:
    if vectors is None or model.semantic is None:
        return None
    dangers = np.array([label != NEITHER for label in labels])
    neither = np.exp(model.semantic.log_probabilities_of(vectors)[:, list(model.topics).index(NEITHER)])
    return NearestLines.trained(vectors, dangers, np.where(dangers, 1 - neither, neither))
