"""Evaluation: what the trained model predicts for each message, as the first one of a conversation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.conversation.intents import ACT_OF, MOVE_OF
from bot.conversation.interpretation import INTERPRETATION
from bot.history import opening
from bot.names import FOLLOW_UP, OFFICER, SECOND_TOPIC, UNSURE
from bot.replies.questions import QUESTION_OF_TOPIC
from evaluation.dataset import FOLLOW_UPS, TOPICS, LabelledMessage

# One in four of the topics' messages is also predicted as if it came after an answer.
AFTER_ANSWER_INTERVAL = 4
# The topic that was answered before a follow-up.
ANSWERED = "account_hacked"
# A follow-up of the test set that is more than one move of the dialogue, by its label.
_SAME_MOVE = {
    "under_18": ("age_limits", "tells"),
    "what_next": ("what_first",),
    "no": ("wrong_topic", "ok"),
    "yes": ("ok",),
    "simpler": ("shorter",),
    "first": ("pick_1",),
    "second": ("pick_2",),
    "third": ("pick_3",),
    "wrong_guess": ("wrong_topic",),
}
MODEL = Path("models/neuvo.tar.gz")


@dataclass(frozen=True)
class Prediction:
    """What the model predicts for a message. `answered` is false where it would ask back instead of answering."""

    message: LabelledMessage
    guess: str
    confidence: float
    ranked: tuple[str, ...]
    answered: bool
    language: str | None
    danger: str | None
    # The second topic of a message about two.
    second: str | None
    # After an answer: the topic or act predicted then (None: not predicted), and the right one.
    after_answer: str | None
    wanted_after_answer: str

    @property
    def is_right(self) -> bool:
        """Whether the first guess is the label (or the second label of a message that has two)."""
        return self.is_in_top(1)

    def is_in_top(self, number: int) -> bool:
        """Whether the label is among the first `number` guesses."""
        return bool({self.message.label, self.message.also} & set(self.ranked[:number]))


async def predict(
    agent: Agent,
    messages: Iterable[LabelledMessage],
    on_progress: Callable[[int], None] = lambda done: None,
) -> list[Prediction]:
    """Predict all of them, in order. `on_progress` gets the number done."""
    assert agent.processor is not None
    started = DialogueStateTracker.from_events("evaluation", opening({}), agent.domain.slots)
    predictions: list[Prediction] = []
    for message in messages:
        on_progress(len(predictions))
        parsed = await agent.processor.parse_message(UserMessage(message.text), started)
        conversation = _answered(agent, message.language)
        after = None
        if message.kind == FOLLOW_UPS or (message.kind == TOPICS and len(predictions) % AFTER_ANSWER_INTERVAL == 0):
            after = await agent.processor.parse_message(UserMessage(message.text), conversation)
        wanted = _moves_of(message)
        predictions.append(_prediction(message, parsed, _move(after, wanted) if after else None, wanted[0]))
    return predictions


def _moves_of(message: LabelledMessage) -> list[str]:
    """What a message may be taken for after an answer: its act or question; its topic, or the same as a question."""
    if message.kind == FOLLOW_UPS:
        move = MOVE_OF.get(FOLLOW_UP + message.label, message.label)
        return [move, *_SAME_MOVE.get(message.label, ())]
    question = QUESTION_OF_TOPIC.get(message.label)
    return [message.label, *([question] if question else [])]


def _move(parsed: dict[str, Any], wanted: list[str]) -> str:
    """What the message was taken for: the best of `wanted` where it is among them."""
    found = parsed.get(INTERPRETATION) or {}
    intent = parsed["intent"]["name"]
    moves = [*found.get("questions", []), found.get("act"), ACT_OF.get(intent), intent]
    if intent == OFFICER:
        moves.append("want_officer")
    return next((wanted[0] for move in moves if move in wanted), str(intent))


def _answered(agent: Agent, language: str) -> DialogueStateTracker:
    """A conversation in which a message has just been answered."""
    intent = {"name": ANSWERED, "confidence": 0.9}
    parsed = {"intent": intent, "intent_ranking": [intent], "entities": [], "text": ""}
    turn = [UserUttered("", intent, [], parsed), ActionExecuted(f"utter_{ANSWERED}"), ActionExecuted("action_listen")]
    known = {"language": language, "topic": ANSWERED, "move": "subject", "turns": 1}
    return DialogueStateTracker.from_events("evaluation", [*opening(known), *turn], agent.domain.slots)


def _prediction(message: LabelledMessage, parsed: dict[str, Any], after: str | None, wanted: str) -> Prediction:
    ranking = [each for each in parsed["intent_ranking"] if each["name"] != UNSURE]
    return Prediction(
        message=message,
        guess=ranking[0]["name"],
        confidence=float(ranking[0]["confidence"]),
        ranked=tuple(each["name"] for each in ranking),
        answered=parsed["intent"]["name"] != UNSURE,
        language=_entity(parsed, "language"),
        danger=_entity(parsed, "danger"),
        second=_entity(parsed, SECOND_TOPIC),
        after_answer=after,
        wanted_after_answer=wanted,
    )


def _entity(parsed: dict[str, Any], name: str) -> str | None:
    return next((str(each["value"]) for each in parsed["entities"] if each["entity"] == name), None)
