"""Dialogue: the gateway's requests, validated before use."""

import json
from dataclasses import dataclass, field
from typing import Any, Final

from answers.limits import LANGUAGES, TEXT
from scam_check.parts import PartsRefused, parts_from_json

# Conversation ids are UUIDs; anything much longer is a mistake.
MAX_CONVERSATION_ID_LENGTH: Final = 128
MAX_CHANNEL_LENGTH: Final = 32

_KEYS: Final = {"conversation_id", "channel", "text", "choice", "language", "reset", "state", "scam_check", "before"}
# What the gateway remembers for longer than Rasa: the danger, the request for an officer, and a watched phone.
_STATE: Final = {
    "danger": ("none", "now", "passed"),
    "consent": ("none", "offered", "asked", "cancelled"),
    "watched": (True, False, "yes", "no"),
}


class Refused(ValueError):
    """A request that cannot be served; `status` is the HTTP status, the text says what to do."""

    def __init__(self, status: int, error: str) -> None:
        self.status = status
        super().__init__(error)


@dataclass(frozen=True)
class DialogueRequest:
    """One message of a citizen, either text or a tapped choice; or, with `reset`, to forget the conversation.

    `before`: what the citizen wrote before it, which only danger is judged by, and which is not kept.
    """

    conversation_id: str
    channel: str
    text: str
    choice: str
    language: str
    reset: bool
    state: dict[str, Any] = field(default_factory=dict)
    scam_check: dict[str, Any] | None = None
    before: str = ""


def parse_request(body: bytes) -> DialogueRequest:
    """The request of a JSON body. Raises `Refused` (400, or 422 for a language we do not speak)."""
    fields = _parse_object(body)
    unknown = sorted(fields.keys() - _KEYS)
    if unknown:
        raise Refused(400, f"Unknown keys: {', '.join(unknown)}.")
    request = DialogueRequest(
        conversation_id=_string(fields, "conversation_id", MAX_CONVERSATION_ID_LENGTH),
        channel=_string(fields, "channel", MAX_CHANNEL_LENGTH),
        text=_string(fields, "text", TEXT),
        choice=_string(fields, "choice", TEXT),
        language=_string(fields, "language", TEXT),
        reset=fields.get("reset") is True,
        state=_state(fields.get("state")),
        scam_check=_scam_check(fields.get("scam_check")),
        before=_string(fields, "before", TEXT),
    )
    if not request.conversation_id:
        raise Refused(400, "conversation_id is missing.")
    if request.language and request.language not in LANGUAGES:
        raise Refused(422, f"language must be one of {', '.join(LANGUAGES)}.")
    if not request.reset:
        _check_message(request)
    return request


def _state(given: Any) -> dict[str, Any]:
    """What the gateway remembers of the conversation; a slot that is None is not known."""
    if given is None:
        return {}
    if not isinstance(given, dict) or given.keys() - _STATE.keys():
        raise Refused(400, f"state must be an object with {', '.join(_STATE)}.")
    for slot, value in given.items():
        if value is not None and value not in _STATE[slot]:
            raise Refused(400, f"state.{slot} must be one of {', '.join(map(str, _STATE[slot]))}.")
    return {slot: value for slot, value in given.items() if value is not None}


def _scam_check(given: Any) -> dict[str, Any] | None:
    """What the gateway's check said of a pasted message, every value of it in the closed lists."""
    if given is None:
        return None
    try:
        return parts_from_json(given).as_json()
    except PartsRefused as refused:
        raise Refused(400, str(refused)) from None


def _check_message(request: DialogueRequest) -> None:
    if not request.channel:
        raise Refused(400, "channel is missing.")
    if bool(request.text.strip()) == bool(request.choice):
        raise Refused(400, "Give either text (not blank) or choice.")


def _parse_object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body)
    except ValueError:
        raise Refused(400, "The body is not JSON.") from None
    if not isinstance(parsed, dict):
        raise Refused(400, "The body is not a JSON object.")
    return parsed


def _string(fields: dict[str, Any], key: str, max_length: int) -> str:
    value = fields.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Refused(400, f"{key} must be a string.")
    if len(value) > max_length:
        raise Refused(400, f"{key} has more than {max_length} characters.")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise Refused(400, f"{key} is not valid Unicode.")
    return value
