"""Examination: every message goes through the trained model as the first one of a conversation."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.trackers import DialogueStateTracker

from bot.history import opening
from bot.names import UNSURE
from tests.evaluation.messages import Question

MODEL = Path("models/neuvo.tar.gz")


@dataclass(frozen=True)
class Examined:
    """What the model made of a message. `answered` is false where it would ask back instead of answering."""

    question: Question
    guess: str
    confidence: float
    ranked: tuple[str, ...]
    answered: bool
    language: str | None
    danger: str | None

    @property
    def is_right(self) -> bool:
        """Whether the first guess is the label (or the second label of a message that has two)."""
        return self.is_among(1)

    def is_among(self, number: int) -> bool:
        """Whether the label is among so many guesses."""
        return bool({self.question.label, self.question.also} & set(self.ranked[:number]))


async def examine(agent: Agent, asked: Iterable[Question]) -> list[Examined]:
    """Ask all of them, in order."""
    assert agent.processor is not None
    tracker = DialogueStateTracker.from_events("examination", opening({}), agent.domain.slots)
    found = []
    for question in asked:
        parsed = await agent.processor.parse_message(UserMessage(question.text), tracker)
        found.append(_examined(question, parsed))
    return found


def _examined(question: Question, parsed: dict[str, Any]) -> Examined:
    ranking = [each for each in parsed["intent_ranking"] if each["name"] != UNSURE]
    return Examined(
        question=question,
        guess=ranking[0]["name"],
        confidence=float(ranking[0]["confidence"]),
        ranked=tuple(each["name"] for each in ranking),
        answered=parsed["intent"]["name"] != UNSURE,
        language=_entity(parsed, "language"),
        danger=_entity(parsed, "danger"),
    )


def _entity(parsed: dict[str, Any], name: str) -> str | None:
    return next((str(each["value"]) for each in parsed["entities"] if each["entity"] == name), None)
