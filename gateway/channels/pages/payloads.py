"""Messenger and Instagram, second step in: Meta's webhook body becomes our own events.

One body carries many updates over several entries, some for a talk that is ours (`messaging`), some for one that
another application leads (`standby`), and Instagram's dashboard writes them as `changes`. Nothing in a verified body
is an error: what is not understood becomes an `other` event that is kept and answered 200.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from gateway.channels.base import IncomingEvent, IncomingMessage
from gateway.channels.nesting import whole_number, without_depths
from gateway.channels.pages import notices
from gateway.channels.pages.reading import (
    Account,
    Item,
    dicts,
    digest,
    event_of,
    get,
    item_of,
    other,
    referral_of,
    text,
)
from gateway.channels.pages.words import choice_of, kind_of, media_of, words_of

__all__ = ["Account", "read_events"]


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
        document = json.loads(body, parse_int=whole_number)
    except ValueError:
        return [other("unreadable", digest(body.hex()))]
    return list(_read_document(document, account))


def _read_document(document: Any, account: Account) -> Iterator[IncomingEvent]:
    for entry in dicts(get(document, "entry")):
        for raw in dicts(entry.get("messaging")):
            yield _read_item(item_of(raw, entry, account))
        for raw in dicts(entry.get("standby")):
            yield notices.read_standby(item_of(raw, entry, account))
        for change in dicts(entry.get("changes")):
            value = change.get("value")
            # Instagram's dashboard sends its samples so; comments and the like have other fields.
            if isinstance(value, dict) and "recipient" in value:
                yield _read_item(item_of(value, entry, account))
            else:
                name = text(change.get("field")) or "change"
                yield other(name, digest([entry.get("id"), entry.get("time"), change]))


def _read_item(item: Item) -> IncomingEvent:
    for key, read in _READERS.items():
        if isinstance(item.raw.get(key), dict):
            return read(item)
    return other(next((key for key in item.raw if key not in _ENVELOPE), "item"), digest(item.raw))


def _read_message(item: Item) -> IncomingEvent:
    message = item.raw["message"]
    mid = text(message.get("mid"))
    if message.get("is_echo") is True or item.is_from_us:
        return notices.read_echo(item, mid)
    if mid is None or item.person is None:
        return other("message", digest(item.raw))
    if message.get("is_deleted") is True:
        revoked = IncomingMessage(kind="revoke", about=mid, **item.address(f"{mid} deleted"))
        return event_of(revoked)
    kind = kind_of(message)
    about = text(get(message.get("reply_to"), "mid"))
    return event_of(
        IncomingMessage(
            kind=kind,
            text=words_of(message),
            choice=choice_of(message),
            media_id=media_of(message, kind),
            about=about,
            referral=referral_of(message.get("referral")),
            **item.address(mid),
        )
    )


def _read_postback(item: Item) -> IncomingEvent:
    postback = item.raw["postback"]
    # Old bodies have no id of their own.
    mid = text(postback.get("mid")) or f"postback {digest([item.person, item.raw.get('timestamp'), postback])}"
    payload, title = text(postback.get("payload")), text(postback.get("title"))
    if item.person is None or item.is_from_us or (payload is None and title is None):
        return other("postback", digest(item.raw))
    referral = referral_of(postback.get("referral"))
    return event_of(IncomingMessage(kind="choice", text=title, choice=payload, referral=referral, **item.address(mid)))


def _read_edit(item: Item) -> IncomingEvent:
    edit = item.raw["message_edit"]
    mid = text(edit.get("mid"))
    if mid is None or item.person is None or item.is_from_us:
        return other("message_edit", digest(item.raw))
    unique = f"{mid} edit {digest([edit.get('num_edit'), item.raw.get('timestamp')])}"
    return event_of(IncomingMessage(kind="edit", text=text(edit.get("text")), about=mid, **item.address(unique)))


def _read_reaction(item: Item) -> IncomingEvent:
    mid = text(item.raw["reaction"].get("mid"))
    if mid is None or item.person is None:
        return other("reaction", digest(item.raw))
    # The id is the message's that was reacted to: what happened, when and by whom must go with it.
    unique = f"{mid} reaction {digest(item.raw)}"
    return event_of(IncomingMessage(kind="reaction", about=mid, **item.address(unique)))


_ENVELOPE = frozenset({"sender", "recipient", "timestamp"})
# A body has one of these; a message that is changed has `message` too in some versions, so the change goes first.
_READERS: dict[str, Callable[[Item], IncomingEvent]] = {
    "message_edit": _read_edit,
    "message": _read_message,
    "postback": _read_postback,
    "reaction": _read_reaction,
    "delivery": notices.read_delivery,
    "read": notices.read_read,
    "pass_thread_control": notices.read_pass,
    "take_thread_control": notices.read_take,
    "referral": notices.read_referral,
    "policy_enforcement": notices.read_policy,
}
