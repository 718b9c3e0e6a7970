"""Messenger and Instagram, on the way in: what kind of message it is, its words, its tapped choice, its file."""

from typing import Any

from gateway.channels.base import MessageKind
from gateway.channels.pages.reading import dicts, get, text

# Whatever is not here (reels, posts, stories, bookings) is a message that we cannot read.
_KINDS: dict[str, MessageKind] = {
    "image": "picture",
    "video": "video",
    "audio": "voice",
    "file": "file",
    "sticker": "sticker",
    "like_heart": "sticker",
    "location": "location",
}
_OPENED_BY_OFFICERS = frozenset({"picture", "video", "voice", "file"})


def kind_of(message: dict[str, Any]) -> MessageKind:
    """Our name for a message's kind."""
    if choice_of(message) is not None:
        return "choice"
    attachment = _attachment(message)
    named = text(attachment.get("type"))
    # Stickers came as pictures with an id until 2026-08-30, and as `sticker` since.
    is_sticker = any("sticker_id" in part for part in (message, attachment, _payload(attachment)))
    kind = "sticker" if is_sticker else _KINDS.get(named or "", "unsupported")
    if named == "fallback" or not (named or is_sticker):
        # A shared link, or nothing attached: the words are all there is.
        return "text" if text(message.get("text")) is not None else "unsupported"
    return "text" if kind == "unsupported" and text(message.get("text")) is not None else kind


def words_of(message: dict[str, Any]) -> str | None:
    """What the citizen wrote; of a tapped quick reply, its title."""
    return text(message.get("text"))


def choice_of(message: dict[str, Any]) -> str | None:
    """The payload of a tapped quick reply."""
    return text(get(message.get("quick_reply"), "payload"))


def media_of(message: dict[str, Any], kind: MessageKind) -> str | None:
    """Where an officer may open a file; never fetched here, and a place on a map is never kept."""
    return text(_payload(_attachment(message)).get("url")) if kind in _OPENED_BY_OFFICERS else None


def _attachment(message: dict[str, Any]) -> dict[str, Any]:
    return next(iter(dicts(message.get("attachments"))), {})


def _payload(attachment: dict[str, Any]) -> dict[str, Any]:
    payload = attachment.get("payload")
    return payload if isinstance(payload, dict) else {}
