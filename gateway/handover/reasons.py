"""Handover: why an officer did something, in words of their own, which may name people: sealed like a message."""

import base64
from collections.abc import Mapping
from typing import Any

from gateway import encryption
from gateway.conversations.models import Conversation
from gateway.service import Service

LONGEST = 200  # characters
_CONTEXT = "conversation_event.reason"
_FIELD = "reason_sealed"


def with_reason(service: Service, conversation: Conversation, reason: str) -> dict[str, str]:
    """The details of an event that hold these words, under the conversation's key."""
    words = reason.strip()[:LONGEST]
    if not words:
        return {}
    sealed = encryption.seal(service.keyring.unwrap(conversation.wrapped_key), words, _CONTEXT)
    return {_FIELD: base64.b64encode(sealed).decode()}


def opened_details(key: bytes, details: Mapping[str, Any]) -> dict[str, Any]:
    """The details of an event with the words readable, as `reason`."""
    opened = dict(details)
    if (sealed := opened.pop(_FIELD, None)) is not None:
        opened["reason"] = encryption.unseal(key, base64.b64decode(sealed), _CONTEXT).decode()
    return opened
