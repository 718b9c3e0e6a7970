"""Handover: the reasons that officers give in their own words, which may name people: encrypted like a message."""

import base64
from collections.abc import Mapping
from typing import Any

from gateway.conversations.models import Conversation
from gateway.core import crypto
from gateway.core.context import Context

LONGEST = 200  # characters
_CONTEXT = "conversation_event.reason"
_FIELD = "reason_sealed"


def with_reason(service: Context, conversation: Conversation, reason: str) -> dict[str, str]:
    """The details of an event that hold a reason, under the conversation's key; cut at `LONGEST` characters."""
    words = reason.strip()[:LONGEST]
    if not words:
        return {}
    sealed = crypto.seal(service.keyring.unwrap(conversation.wrapped_key), words, _CONTEXT)
    return {_FIELD: base64.b64encode(sealed).decode()}


def opened_details(key: bytes, details: Mapping[str, Any]) -> dict[str, Any]:
    """The details of an event with the reason decrypted, as `reason`."""
    opened = dict(details)
    if (sealed := opened.pop(_FIELD, None)) is not None:
        opened["reason"] = crypto.unseal(key, base64.b64decode(sealed), _CONTEXT).decode()
    return opened
