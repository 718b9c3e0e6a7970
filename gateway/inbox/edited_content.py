"""Station 2, edits: the content of a message after it was edited: new words; what it quotes and carries stays."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.conversations.models import Message
from gateway.core import crypto

_CONTEXT = "message.content"
_STAYS = ("about", "details", "media_id")


def edited_content(key: bytes, original: Message, content: Mapping[str, Any]) -> bytes:
    """The new content, sealed; `key` is the conversation's, `content` what is new, masked."""
    sealed = original.content_sealed
    before = json.loads(crypto.unseal(key, sealed, _CONTEXT)) if sealed else {}
    kept = {name: before[name] for name in _STAYS if before.get(name)}
    now_is = {**kept, **content, "media_id": content["media_id"] or kept.get("media_id"), "edited": True}
    return crypto.seal(key, json.dumps(now_is), _CONTEXT)
