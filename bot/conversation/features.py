"""Conversation: a message and its context as numbers, beside its words and its sentence vector."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from answers.limits import LANGUAGES
from bot.arrays import FloatArray
from bot.conversation.context import MOST_TURNS, MOVES, NONE, NOW, PASSED, Context
from bot.names import CRISIS, EMERGENCY

_LEAST = 1e-4
_LONG = 30
_DANGERS = (NONE, NOW, PASSED)
_OFFICER = (NONE, "offered", "asked", "cancelled")
_ROLES = ("victim", "doer", "helper", "witness", "professional")
_ASKED = ("role", "age", "whose_age", "done", "bank", "platform")
# How much the numbers count beside the words: a context is a hint, and the words decide.
SCALE = 0.35


@dataclass(frozen=True)
class Seen:
    """What earlier stations saw in the message alone."""

    topics: Mapping[str, float]
    """Probability of each topic, by the small model that training and service share."""
    dangers: Mapping[str, float]
    patterns: frozenset[str]
    """Dangers that a pattern saw."""


class ContextFeatures:
    """Turns messages into rows; `topics` in the order of the small topic model."""

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = list(topics)
        self._column = {topic: index for index, topic in enumerate(self._topics)}
        self._move = {move: index for index, move in enumerate(MOVES)}
        self.width = len(self.row("", "fi", Context(), Seen({}, {}, frozenset())))

    def row(self, text: str, language: str, context: Context, seen: Seen) -> FloatArray:
        """The numbers of one message."""
        parts = [
            self._topic_row(context, seen),
            self._one_hot(self._column, context.topic),
            self._one_hot(self._move, context.move),
            0.5 * self._one_hot(self._move, context.earlier_move),
            np.array([*_state_row(context), *_text_row(text, language, seen)], np.float32),
        ]
        row: FloatArray = SCALE * np.concatenate(parts)
        return row

    def _topic_row(self, context: Context, seen: Seen) -> FloatArray:
        """How well the message fits the present subject and earlier ones, how well another, and which other."""
        own = seen.topics.get(context.topic or "", 0.0)
        others = sorted((p for topic, p in seen.topics.items() if topic != context.topic), reverse=True) or [0.0]
        earlier = max((seen.topics.get(topic, 0.0) for topic in context.subjects), default=0.0)
        entropy = -sum(p * math.log(max(p, 1e-9)) for p in seen.topics.values()) / 4
        fit = [own, _log(own), others[0], _log(others[0]), _log(others[0]) - _log(own), earlier, _log(earlier), entropy]
        all_topics = np.array([math.sqrt(seen.topics.get(topic, 0.0)) for topic in self._topics], np.float32)
        return np.concatenate([2 * np.array(fit, np.float32), 1.5 * all_topics])

    @staticmethod
    def _one_hot(columns: Mapping[str, int], value: str | None) -> FloatArray:
        row = np.zeros(len(columns), np.float32)
        if value is not None and value in columns:
            row[columns[value]] = 1.0
        return row


def _state_row(context: Context) -> list[float]:
    turns = [float(context.turns >= number) for number in range(1, MOST_TURNS + 1)]
    dangers = [float(context.danger == value) for value in _DANGERS]
    officer = [float(context.officer == value) for value in _OFFICER]
    roles = [float(context.role == value) for value in _ROLES]
    asked = [float(context.asked == value) for value in _ASKED]
    return [*turns, *dangers, *officer, *roles, *asked, float(context.topic is None), float(len(context.subjects) > 0)]


def _text_row(text: str, language: str, seen: Seen) -> list[float]:
    words = len(text.split())
    lengths = [float(words <= most) for most in (1, 2, 3, 5, 8, 14, _LONG)]
    signs = [float("?" in text), float("!" in text), float(any(sign.isdigit() for sign in text))]
    dangers = [math.sqrt(seen.dangers.get(kind, 0.0)) for kind in (EMERGENCY, CRISIS)]
    logs = [_log(seen.dangers.get(kind, 0.0)) for kind in (EMERGENCY, CRISIS)]
    patterns = [2.0 * float(kind in seen.patterns) for kind in (EMERGENCY, CRISIS)]
    return [*lengths, *signs, *(float(language == code) for code in LANGUAGES), *dangers, *logs, *patterns]


def _log(probability: float) -> float:
    return math.log(max(probability, _LEAST)) / -math.log(_LEAST)
