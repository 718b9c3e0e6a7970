"""Conversation: several classifiers over the same words, sentence vector and context, each with its own classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.arrays import FloatArray
from bot.classifier.features import Vocabulary, features_of
from bot.classifier.lexical import FeatureWeights, log_softmax

# A sentence vector is two side by side: the meaning and a middle layer.
VECTOR_PARTS = 2


@dataclass(frozen=True)
class Scaler:
    """Centres sentence vectors and brings each of their parts to the same mean length."""

    centre: FloatArray
    scale: FloatArray

    @classmethod
    def fitted(cls, vectors: FloatArray) -> Scaler:
        """From the vectors that are learned from."""
        centre = vectors.mean(axis=0)
        spread = ((vectors - centre) ** 2).mean(axis=0).reshape(VECTOR_PARTS, -1).sum(axis=1)
        scale = np.repeat(1 / np.sqrt(np.maximum(spread, 1e-12) * VECTOR_PARTS), vectors.shape[1] // VECTOR_PARTS)
        return cls(centre.astype(np.float32), scale.astype(np.float32))

    def scaled(self, vectors: FloatArray) -> FloatArray:
        """One vector or rows of them."""
        result: FloatArray = (vectors - self.centre) * self.scale
        return result


@dataclass(frozen=True)
class Head:
    """One classifier: its classes, and how much the words, and the vector with the context, count in it.

    `lexical_alone` is the words' share where there is no vector.
    """

    name: str
    classes: tuple[str, ...]
    lexical: float = 0.5
    dense: float = 0.5
    lexical_alone: float = 1.0


@dataclass(frozen=True)
class Heads:
    """All heads with their weights side by side: one product each for the words and for the rest."""

    heads: tuple[Head, ...]
    vocabulary: Vocabulary
    lexical_weights: FeatureWeights
    lexical_bias: FloatArray
    scaler: Scaler | None
    dense_weights: FloatArray
    dense_bias: FloatArray

    def knows_words_of(self, text: str) -> bool:
        """Whether a word of the text was learned; letter groups alone are in any string."""
        columns, _ = self.vocabulary.row(features_of(text))
        return bool(self.vocabulary.is_word[columns].any())

    def probabilities(self, text: str, vector: FloatArray | None, context: FloatArray) -> dict[str, dict[str, float]]:
        """Of each head, the probability of each class; `vector` is None where there is no encoder."""
        columns, values = self.vocabulary.row(features_of(text))
        lexical = self.lexical_weights.scores(columns, values) + self.lexical_bias
        dense = None
        if self.scaler is None:
            dense = context @ self.dense_weights + self.dense_bias
        elif vector is not None:
            dense = np.concatenate([self.scaler.scaled(vector), context]) @ self.dense_weights + self.dense_bias
        found: dict[str, dict[str, float]] = {}
        start = 0
        for head in self.heads:
            part = slice(start, start + len(head.classes))
            start = part.stop
            found[head.name] = _named(head, lexical[part], None if dense is None else dense[part])
        return found


def _named(head: Head, lexical: FloatArray, dense: FloatArray | None) -> dict[str, float]:
    scores = log_softmax(lexical)
    mixed = head.lexical_alone * scores if dense is None else head.lexical * scores + head.dense * log_softmax(dense)
    shares = np.exp(log_softmax(mixed))
    return {name: float(share) for name, share in zip(head.classes, shares, strict=True)}


def likeliest(probabilities: Mapping[str, float], number: int = 1) -> Sequence[tuple[str, float]]:
    """The classes of the highest probability, with it."""
    return sorted(probabilities.items(), key=lambda each: -each[1])[:number]
