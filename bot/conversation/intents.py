"""Conversation: how an interpretation is told to Rasa, whose rules go by one intent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from answers.labels import ACTS, QUESTIONS
from bot.names import FOLLOW_UP, OFFICER, UNSURE

if TYPE_CHECKING:
    # The tuning reads the names here, in an environment without the classifiers' packages.
    from bot.conversation.interpretation import Interpretation

QUESTION: Final = FOLLOW_UP + "question"
"""A question about the subject of the talk."""
MORE: Final = FOLLOW_UP + "more"
"""The button that gives the rest of an answer."""

# Acts that are a topic of their own: there the gateway does something, or the topic's page is the answer.
_TOPIC_OF: Final = {"want_officer": OFFICER, "erase": "erase_my_data"}
# Acts under the names that the gateway's counts have always had.
_NAMED: Final = {
    "wrong_topic": FOLLOW_UP + "wrong_guess",
    "pick_1": FOLLOW_UP + "first",
    "pick_2": FOLLOW_UP + "second",
    "pick_3": FOLLOW_UP + "third",
}
_ASK: Final = "ask_"


def act_intent(act: str) -> str:
    """The intent of an act."""
    return _TOPIC_OF.get(act) or _NAMED.get(act) or FOLLOW_UP + act


ACT_OF: Final = {act_intent(act): act for act in ACTS if act not in _TOPIC_OF}

MOVE_OF: Final = {
    **ACT_OF,
    f"{FOLLOW_UP}already_paid": "already_paid",
    f"{FOLLOW_UP}what_next": "what_happens_next",
}
"""What single examples teach (data/nlu/follow_ups): the move of a message in the middle of a talk."""

INTENTS: Final = tuple(sorted({QUESTION, MORE, *ACT_OF, *(f"{FOLLOW_UP}{_ASK}{name}" for name in QUESTIONS)}))
"""The intents that no topic file gives; each has a rule."""


def intent_of(found: Interpretation) -> str:
    """The intent of a message: its new subject, its question, its act, or that the bot has to ask."""
    if found.is_new and found.topic is not None:
        return found.topic
    if found.questions:
        return QUESTION
    return UNSURE if found.act is None else act_intent(found.act)


def button_of(question: str) -> str:
    """The intent of a button that asks a question."""
    return f"{FOLLOW_UP}{_ASK}{question}"


def question_of(intent: str) -> str | None:
    """The question that a button's intent asks."""
    name = intent.removeprefix(FOLLOW_UP + _ASK)
    return name if intent.startswith(FOLLOW_UP + _ASK) and name in QUESTIONS else None
