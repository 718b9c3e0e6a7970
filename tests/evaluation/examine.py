"""Examination: every message goes through the trained model as the first one of a conversation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from answers.content import Content, read_content
from answers.library import content_directory
from bot.follow_ups.meant import meant
from bot.history import opening
from bot.names import FOLLOW_UP, SECOND_TOPIC, UNSURE
from tests.evaluation.messages import FOLLOW_UPS, TOPICS, Question

# Of the topics' messages, so many are asked once more as if they came after an answer: one in four.
EVERY = 4
# What the talk was about before a follow-up.
ANSWERED = "account_hacked"
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
    # Another matter that the same message is about.
    second: str | None
    # After an answer: what the message was taken for then (a topic or an act; None: not asked), and what it should be.
    after_answer: str | None
    wanted_after_answer: str

    @property
    def is_right(self) -> bool:
        """Whether the first guess is the label (or the second label of a message that has two)."""
        return self.is_among(1)

    def is_among(self, number: int) -> bool:
        """Whether the label is among so many guesses."""
        return bool({self.question.label, self.question.also} & set(self.ranked[:number]))


async def examine(
    agent: Agent,
    asked: Iterable[Question],
    content: Content | None = None,
    on_asked: Callable[[int], None] = lambda number: None,
) -> list[Examined]:
    """Ask all of them, in order; `on_asked` is told how many have been. `content` is the published one if not given."""
    assert agent.processor is not None
    begun = DialogueStateTracker.from_events("examination", opening({}), agent.domain.slots)
    content = content or read_content(content_directory(), "")
    found: list[Examined] = []
    for question in asked:
        on_asked(len(found))
        parsed = await agent.processor.parse_message(UserMessage(question.text), begun)
        talk = _answered(agent, question.language)
        later = None
        if question.kind == FOLLOW_UPS or (question.kind == TOPICS and len(found) % EVERY == 0):
            later = await agent.processor.parse_message(UserMessage(question.text), talk)
        wanted = question.label
        if question.kind == FOLLOW_UPS:
            wanted = meant(FOLLOW_UP + question.label, content, talk)
        found.append(_examined(question, parsed, later["intent"]["name"] if later else None, wanted))
    return found


def _answered(agent: Agent, language: str) -> DialogueStateTracker:
    """A talk in which a question has just been answered."""
    intent = {"name": ANSWERED, "confidence": 0.9}
    parsed = {"intent": intent, "intent_ranking": [intent], "entities": [], "text": ""}
    said = [UserUttered("", intent, [], parsed), ActionExecuted(f"utter_{ANSWERED}"), ActionExecuted("action_listen")]
    return DialogueStateTracker.from_events(
        "examination", [*opening({"language": language}), *said], agent.domain.slots
    )


def _examined(question: Question, parsed: dict[str, Any], later: str | None, wanted: str) -> Examined:
    ranking = [each for each in parsed["intent_ranking"] if each["name"] != UNSURE]
    return Examined(
        question=question,
        guess=ranking[0]["name"],
        confidence=float(ranking[0]["confidence"]),
        ranked=tuple(each["name"] for each in ranking),
        answered=parsed["intent"]["name"] != UNSURE,
        language=_entity(parsed, "language"),
        danger=_entity(parsed, "danger"),
        second=_entity(parsed, SECOND_TOPIC),
        after_answer=later,
        wanted_after_answer=wanted,
    )


def _entity(parsed: dict[str, Any], name: str) -> str | None:
    return next((str(each["value"]) for each in parsed["entities"] if each["entity"] == name), None)
