"""Dialogue: the names that Rasa, the answers and the gateway agree on."""

from typing import Final

# Rasa's own name for "the classifier was not sure".
UNSURE: Final = "nlu_fallback"

# The label of messages that nobody could understand; its answer asks for more.
UNCLEAR: Final = "unclear_message"

# Labels about the talk itself: greetings, unclear or foreign matters. They are no topic that one could have meant.
TALK_LABELS: Final = frozenset({"greeting_thanks", UNCLEAR, "out_of_scope", "bot_status"})

# What is said about the last answer ("why?", "the second one") is no topic; see bot/follow_ups.
FOLLOW_UP: Final = "follow_up_"

OFFICER: Final = "talk_to_officer"
SUICIDE: Final = "suicidal_thoughts"

EMERGENCY: Final = "emergency"
CRISIS: Final = "crisis"

CLARIFY: Final = "utter_clarify"
_ANSWER: Final = "utter_"

SECOND_TOPIC: Final = "second_topic"
"""Name of the entity for the less serious one of a message's two matters."""

DEFAULT_LANGUAGE: Final = "fi"


def answer_action(topic: str) -> str:
    """Rasa's name of the action that says the answer to `topic`."""
    return _ANSWER + topic


def topic_of(action: str) -> str:
    """The topic that an answer's action belongs to."""
    return action[len(_ANSWER) :]
