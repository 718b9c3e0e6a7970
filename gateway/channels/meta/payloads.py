"""Messenger and Instagram, way in: the updates of Meta's webhook body as inbox events.

One body carries many updates over several entries: of conversations that are ours (`messaging`), of those that another
application controls (`standby`), and Instagram's dashboard writes them as `changes`. Nothing in a verified body
is an error: what is not understood becomes an `other` event that is stored and answered 200.
"""

from collections.abc import Callable, Iterator
from typing import Any

from gateway.channels.meta import platform_events
from gateway.channels.meta.json import coordinate, dicts, digest, get, read_document, text_or_number, without_depths
from gateway.channels.meta.parse import Account, Item, event_of, item_of, other, referral_of
from gateway.conversations.kinds import MessageKind
from gateway.conversations.messages import IncomingEvent, IncomingMessage

__all__ = ["Account", "read_events"]


# Whatever is not here (reels, posts, stories, bookings) is a message that we cannot read.
_KINDS: dict[str, MessageKind] = {
    "image": MessageKind.PICTURE,
    "video": MessageKind.VIDEO,
    "audio": MessageKind.VOICE,
    "file": MessageKind.FILE,
    "sticker": MessageKind.STICKER,
    "like_heart": MessageKind.STICKER,
    "location": MessageKind.LOCATION,
}
_OPENED_BY_OFFICERS = frozenset({MessageKind.PICTURE, MessageKind.VIDEO, MessageKind.VOICE, MessageKind.FILE})


def read_events(body: bytes, account: Account) -> list[IncomingEvent]:
    """All updates of a body in the order in which Meta wrote them."""
    try:
        events = _read_all(body, account)
    except RecursionError:
        events = _read_all(
            without_depths(body), account
        )  # one update is too deep for the reader; its neighbours are not
    return events or [other("empty", digest(body.hex()))]


def _read_all(body: bytes, account: Account) -> list[IncomingEvent]:
    try:
        document = read_document(body)
    except ValueError:
        return [other("unreadable", digest(body.hex()))]
    return list(_read_document(document, account))


def _read_document(document: Any, account: Account) -> Iterator[IncomingEvent]:
    for entry in dicts(get(document, "entry")):
        for raw in dicts(entry.get("messaging")):
            yield _read_item(item_of(raw, entry, account))
        for raw in dicts(entry.get("standby")):
            yield platform_events.read_standby(item_of(raw, entry, account))
        for change in dicts(entry.get("changes")):
            value = change.get("value")
            # Instagram's dashboard sends its samples so; comments and the like have other fields.
            if isinstance(value, dict) and "recipient" in value:
                yield _read_item(item_of(value, entry, account))
            else:
                name = text_or_number(change.get("field")) or "change"
                yield other(name, digest([entry.get("id"), entry.get("time"), change]))


def _read_item(item: Item) -> IncomingEvent:
    for key, read in _READERS.items():
        if isinstance(item.raw.get(key), dict):
            return read(item)
    return other(next((key for key in item.raw if key not in _ENVELOPE), "item"), digest(item.raw))


def _read_message(item: Item) -> IncomingEvent:
    message = item.raw["message"]
    mid = text_or_number(message.get("mid"))
    if message.get("is_echo") is True or item.is_from_us:
        return platform_events.read_echo(item, mid)
    if mid is None or item.person is None:
        return other("message", digest(item.raw))
    if message.get("is_deleted") is True:
        revoked = IncomingMessage(kind=MessageKind.REVOKE, about=mid, **item.address(f"{mid} deleted"))
        return event_of(revoked)
    kind = _kind_of(message)
    about = text_or_number(get(message.get("reply_to"), "mid"))
    return event_of(
        IncomingMessage(
            kind=kind,
            text=_text_of(message),
            choice=_choice_of(message),
            media_id=_media_of(message, kind),
            details=_details_of(message, kind),
            about=about,
            referral=referral_of(message.get("referral")),
            **item.address(mid),
        )
    )


def _read_postback(item: Item) -> IncomingEvent:
    postback = item.raw["postback"]
    # Old bodies have no id of their own.
    mid = (
        text_or_number(postback.get("mid")) or f"postback {digest([item.person, item.raw.get('timestamp'), postback])}"
    )
    payload, title = text_or_number(postback.get("payload")), text_or_number(postback.get("title"))
    if item.person is None or item.is_from_us or (payload is None and title is None):
        return other("postback", digest(item.raw))
    referral = referral_of(postback.get("referral"))
    return event_of(
        IncomingMessage(kind=MessageKind.CHOICE, text=title, choice=payload, referral=referral, **item.address(mid))
    )


def _read_edit(item: Item) -> IncomingEvent:
    edit = item.raw["message_edit"]
    mid = text_or_number(edit.get("mid"))
    if mid is None or item.person is None or item.is_from_us:
        return other("message_edit", digest(item.raw))
    unique = f"{mid} edit {digest([edit.get('num_edit'), item.raw.get('timestamp')])}"
    return event_of(
        IncomingMessage(kind=MessageKind.EDIT, text=text_or_number(edit.get("text")), about=mid, **item.address(unique))
    )


def _read_reaction(item: Item) -> IncomingEvent:
    reaction = item.raw["reaction"]
    mid = text_or_number(reaction.get("mid"))
    if mid is None or item.person is None:
        return other("reaction", digest(item.raw))
    # The id is the message's that was reacted to: what happened, when and by whom must go with it.
    unique = f"{mid} reaction {digest(item.raw)}"
    emoji = text_or_number(reaction.get("emoji")) if reaction.get("action") != "unreact" else None
    return event_of(IncomingMessage(kind=MessageKind.REACTION, about=mid, reaction=emoji, **item.address(unique)))


def _kind_of(message: dict[str, Any]) -> MessageKind:
    if _choice_of(message) is not None:
        return MessageKind.CHOICE
    attachment = _attachment(message)
    named = text_or_number(attachment.get("type"))
    has_text = _text_of(message) is not None
    # Stickers came as pictures with an id until 2026-08-30, and as `sticker` since.
    is_sticker = any("sticker_id" in part for part in (message, attachment, _payload(attachment)))
    kind = MessageKind.STICKER if is_sticker else _KINDS.get(named or "", MessageKind.UNSUPPORTED)
    if named == "fallback" or not (named or is_sticker):
        # A shared link, or nothing attached: the text is all there is.
        return MessageKind.TEXT if has_text else MessageKind.UNSUPPORTED
    return MessageKind.TEXT if kind == MessageKind.UNSUPPORTED and has_text else kind


def _text_of(message: dict[str, Any]) -> str | None:
    return text_or_number(message.get("text"))


def _choice_of(message: dict[str, Any]) -> str | None:
    return text_or_number(get(message.get("quick_reply"), "payload"))


def _media_of(message: dict[str, Any], kind: MessageKind) -> str | None:
    # For an officer to open: never fetched by the service.
    return text_or_number(_payload(_attachment(message)).get("url")) if kind in _OPENED_BY_OFFICERS else None


def _details_of(message: dict[str, Any], kind: MessageKind) -> tuple[tuple[str, str], ...]:
    """Where a place is, for an officer who opens it."""
    if kind != MessageKind.LOCATION:
        return ()
    place = _payload(_attachment(message)).get("coordinates")
    found = (("latitude", coordinate(get(place, "lat"))), ("longitude", coordinate(get(place, "long"))))
    return tuple((name, value) for name, value in found if value)


def _attachment(message: dict[str, Any]) -> dict[str, Any]:
    return next(iter(dicts(message.get("attachments"))), {})


def _payload(attachment: dict[str, Any]) -> dict[str, Any]:
    payload = attachment.get("payload")
    return payload if isinstance(payload, dict) else {}


_ENVELOPE = frozenset({"sender", "recipient", "timestamp"})
# A body has one of these; a message that is changed has `message` too in some versions, so the change goes first.
_READERS: dict[str, Callable[[Item], IncomingEvent]] = {
    "message_edit": _read_edit,
    "message": _read_message,
    "postback": _read_postback,
    "reaction": _read_reaction,
    "delivery": platform_events.read_delivery,
    "read": platform_events.read_read,
    "pass_thread_control": platform_events.read_pass,
    "take_thread_control": platform_events.read_take,
    "referral": platform_events.read_referral,
    "policy_enforcement": platform_events.read_policy,
}
