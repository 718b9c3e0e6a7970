"""Conversation: a message of several parts ("what does it cost and do my parents find out") has several questions.

The heads find one move in a message; a second question hides behind the first. So each part is read by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from answers.labels import QUESTIONS
from bot.conversation.heads import likeliest
from bot.conversation.interpretation import Interpretation

# From here on a part asks its question; whole messages are believed on less.
PART_THRESHOLD: Final = 0.6
_MOST_QUESTIONS: Final = 2
_MOST_PARTS: Final = 4
_LEAST_LETTERS: Final = 6
_BETWEEN: Final = re.compile(
    r"[?!.;,:]+\s|[?!.;,]+$|\s+(?:ja|sekä|mut|mutta|och|å|o|men|and|n|but|&|\+)\s+", re.IGNORECASE
)
_QUESTIONS: Final = frozenset(QUESTIONS)

Moves = Callable[[str], Mapping[str, float]]
"""The probability of each move of a text in this conversation."""


def parts_of(text: str) -> list[str]:
    """The parts of a message, where it has several; else nothing."""
    parts = [part.strip() for part in _BETWEEN.split(text)]
    parts = [part for part in parts if len(part) >= _LEAST_LETTERS]
    return parts if 1 < len(parts) <= _MOST_PARTS else []


def with_parts(found: Interpretation, text: str, moves: Moves) -> Interpretation:
    """The interpretation with what its parts ask beside it."""
    if found.topic is None or found.is_new or len(found.questions) >= _MOST_QUESTIONS:
        return found
    asked = []
    for part in parts_of(text):
        move, share = likeliest(moves(part))[0]
        if move in _QUESTIONS and share >= PART_THRESHOLD:
            asked.append(move)
    questions = tuple(dict.fromkeys([*asked, *found.questions]))[:_MOST_QUESTIONS]
    if not asked or questions == found.questions:
        return found
    return replace(found, move=questions[0], questions=questions, act=None, guesses=())
