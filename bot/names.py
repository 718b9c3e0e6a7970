"""Dialogue: the names that Rasa, the answers and the gateway agree on."""

from typing import Final

# Rasa's own name for "the classifier was not sure".
UNSURE: Final = "nlu_fallback"

# The label of incomprehensible messages; its answer asks for more.
UNCLEAR: Final = "unclear_message"
OUT_OF_SCOPE: Final = "out_of_scope"

# Labels about the conversation itself: greetings, unclear or unrelated messages. They are never offered as guesses.
TALK_LABELS: Final = frozenset({"greeting_thanks", UNCLEAR, OUT_OF_SCOPE, "bot_status"})

# What is said about the last answer ("why?", "the second one") is no topic; see bot/conversation/intents.py.
FOLLOW_UP: Final = "follow_up_"

OFFICER: Final = "talk_to_officer"
EMERGENCY_TOPIC: Final = "emergency_now"
SUICIDE: Final = "suicidal_thoughts"

SCAM_CHECK: Final = "scam_check"
"""Name of what the gateway's check of a message is called: the intent, the slot, and the key of the reply."""
BANK_FIRST: Final = "bank_phishing"
"""The topic that a talk about a suspicious message goes on with: whoever has paid or logged in calls the bank first."""

EMERGENCY: Final = "emergency"
CRISIS: Final = "crisis"

CLARIFY: Final = "utter_clarify"
_ANSWER: Final = "utter_"

SECOND_TOPIC: Final = "second_topic"
"""Name of the entity for the less serious one of a message's two matters."""

DEFAULT_LANGUAGE: Final = "fi"
BEFORE: Final = "before"
"""What the citizen wrote before a message, among what the gateway tells beside it; it is never stored."""


def answer_action(topic: str) -> str:
    """Rasa's name of the action that says the answer to `topic`."""
    return _ANSWER + topic


def topic_of(action: str) -> str:
    """The topic that an answer's action belongs to."""
    return action[len(_ANSWER) :]
