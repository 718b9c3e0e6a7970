"""Conversation: what is known before a message, the same in training (from labels) and in service (from slots)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from answers.labels import ACTS, QUESTIONS

SUBJECT = "subject"
"""The move of a message that tells its matter, and neither asks a listed question nor does an act."""
MOVES = (SUBJECT, *QUESTIONS, *ACTS)

NONE = "none"
NOW = "now"
PASSED = "passed"

MOST_SUBJECTS = 4
# More turns than this make no difference to what is likely next.
MOST_TURNS = 5


@dataclass(frozen=True)
class Context:
    """What was said before: the subject, the moves of the last two turns, the danger, and what is known of people.

    `subjects` are earlier ones, the latest first; `turns` is the number of turns so far, up to `MOST_TURNS`; `asked` is
    the slot that the last reply asked for.
    """

    topic: str | None = None
    move: str | None = None
    earlier_move: str | None = None
    subjects: tuple[str, ...] = ()
    danger: str = NONE
    officer: str = NONE
    role: str | None = None
    turns: int = 0
    asked: str | None = None

    def after(self, topic: str | None, move: str, told: Mapping[str, str], danger: str | None) -> Context:
        """The context of the next message, where this one had that subject, move and danger."""
        left = topic is not None and self.topic is not None and topic != self.topic
        subjects = (self.topic, *self.subjects) if left and self.topic is not None else self.subjects
        return replace(
            self,
            topic=topic or self.topic,
            move=move,
            earlier_move=self.move,
            subjects=tuple(each for each in dict.fromkeys(subjects) if each != topic)[:MOST_SUBJECTS],
            danger=danger_after(self.danger, move, told.get("danger"), danger),
            officer=officer_after(self.officer, move),
            role=told.get("role", self.role),
            turns=min(self.turns + 1, MOST_TURNS),
            asked=None,
        )


def danger_after(before: str, move: str, told: str | None, danger: str | None) -> str:
    """Danger begins with an alarm and ends with the citizen's clear words only."""
    if danger is not None or told == NOW:
        return NOW
    if before != NONE and (move == "danger_over" or told == PASSED):
        return PASSED
    return before


def officer_after(before: str, move: str) -> str:
    """The request for an officer after a move."""
    return {"want_officer": "asked", "cancel_officer": "cancelled"}.get(move, before)
