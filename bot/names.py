"""Dialogue: the names that Rasa, the answers and the gateway agree on."""

from typing import Final

# Rasa's own name for "the classifier was not sure".
UNSURE: Final = "nlu_fallback"

# The label of messages that nobody could understand; its answer asks for more.
UNCLEAR: Final = "unclear_message"

# The group of answers about the talk itself: greetings, unclear or foreign matters. They are no guesses worth offering.
TALK_GROUP: Final = "dialogue"

OFFICER: Final = "talk_to_officer"
SUICIDE: Final = "suicidal_thoughts"

EMERGENCY: Final = "emergency"
CRISIS: Final = "crisis"

CLARIFY: Final = "utter_clarify"
_ANSWER: Final = "utter_"

DEFAULT_LANGUAGE: Final = "fi"


def answer_action(topic: str) -> str:
    """Rasa's name of the action that says the answer to `topic`."""
    return _ANSWER + topic


def topic_of(action: str) -> str:
    """The topic that an answer's action belongs to."""
    return action[len(_ANSWER) :]
