"""Dialogue: what the gateway asks, checked before anything believes it."""

import json
from dataclasses import dataclass
from typing import Any, Final

from answers.limits import LANGUAGES, TEXT

# An opaque id of ours is a UUID; anything much longer is a mistake.
CONVERSATION_ID_LENGTH: Final = 128
CHANNEL_LENGTH: Final = 32

_KNOWN: Final = {"conversation_id", "channel", "text", "choice", "language", "reset"}


class Refused(ValueError):
    """A request that cannot be served; `status` is the HTTP status, the text says what to do."""

    def __init__(self, status: int, error: str) -> None:
        self.status = status
        super().__init__(error)


@dataclass(frozen=True)
class Question:
    """One message of a citizen: either words or a tapped choice; or the wish to forget the talk."""

    conversation_id: str
    channel: str
    text: str
    choice: str
    language: str
    reset: bool


def read_question(body: bytes) -> Question:
    """The request's JSON as a `Question`. Raises `Refused` (400, or 422 for a language we do not speak)."""
    asked = _read_object(body)
    unknown = sorted(asked.keys() - _KNOWN)
    if unknown:
        raise Refused(400, f"Unknown keys: {', '.join(unknown)}.")
    question = Question(
        conversation_id=_string(asked, "conversation_id", CONVERSATION_ID_LENGTH),
        channel=_string(asked, "channel", CHANNEL_LENGTH),
        text=_string(asked, "text", TEXT),
        choice=_string(asked, "choice", TEXT),
        language=_string(asked, "language", TEXT),
        reset=asked.get("reset") is True,
    )
    if not question.conversation_id:
        raise Refused(400, "conversation_id is missing.")
    if question.language and question.language not in LANGUAGES:
        raise Refused(422, f"language must be one of {', '.join(LANGUAGES)}.")
    if not question.reset:
        _check_message(question)
    return question


def _check_message(question: Question) -> None:
    if not question.channel:
        raise Refused(400, "channel is missing.")
    if bool(question.text.strip()) == bool(question.choice):
        raise Refused(400, "Give either text (not blank) or choice.")


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        asked = json.loads(body)
    except ValueError:
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(asked, dict):
        raise Refused(400, "The body is not a JSON object.")
    return asked


def _string(asked: dict[str, Any], key: str, longest: int) -> str:
    value = asked.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(400, f"{key} must be a string.")
    if len(value) > longest:
        raise Refused(400, f"{key} has more than {longest} characters.")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Refused(400, f"{key} is not valid Unicode.")
    return value
