"""Conversation: the trained model, which reads a message in its context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bot.arrays import FloatArray
from bot.classifier.lexical import log_softmax
from bot.conversation.context import Context
from bot.conversation.features import ContextFeatures, Seen
from bot.conversation.heads import Heads, Scaler


@dataclass(frozen=True)
class SmallModel:
    """Logistic regression over sentence vectors, trained on single messages: what a message alone looks like.

    Both training and service ask it, because the big classifiers have learned from the talks themselves.
    """

    classes: tuple[str, ...]
    scaler: Scaler
    weights: FloatArray
    bias: FloatArray

    def probabilities(self, vector: FloatArray) -> dict[str, float]:
        """Of one message."""
        return dict(zip(self.classes, self.rows(vector[None])[0].tolist(), strict=True))

    def rows(self, vectors: FloatArray) -> FloatArray:
        """Of many messages, one row each, in the order of `classes`."""
        scores = log_softmax(self.scaler.scaled(vectors) @ self.weights + self.bias)
        result: FloatArray = np.exp(scores)
        return result


@dataclass(frozen=True)
class ConversationModel:
    """Heads over words, vector and context. `encoder` is the hash of the encoder it was trained with, or None."""

    encoder: str | None
    topics: SmallModel | None
    dangers: SmallModel | None
    topic_names: tuple[str, ...]
    heads: Heads

    @cached_property
    def features(self) -> ContextFeatures:
        """Turns contexts into numbers."""
        return ContextFeatures(self.topic_names)

    def seen(self, vector: FloatArray | None, patterns: frozenset[str]) -> Seen:
        """What the message alone looks like."""
        if vector is None or self.topics is None or self.dangers is None:
            return Seen({}, {}, patterns)
        return Seen(self.topics.probabilities(vector), self.dangers.probabilities(vector), patterns)

    def read(
        self, text: str, language: str, vector: FloatArray | None, context: Context, patterns: frozenset[str]
    ) -> tuple[Mapping[str, Mapping[str, float]], Seen]:
        """Of each head, the probability of each class; and what the message alone looks like."""
        seen = self.seen(vector, patterns)
        row = self.features.row(text, language, context, seen)
        return self.heads.probabilities(text, vector, row), seen
