"""Messenger and Instagram, way in: statuses, and platform events: who controls a conversation, which link was used."""

import uuid
from typing import Any

from gateway.channels.meta.json import digest, text_or_number, timestamp_of
from gateway.channels.meta.parse import Item, event_of, other, referral_of
from gateway.conversations.kinds import PlatformEventKind
from gateway.conversations.messages import IncomingEvent, IncomingStatus, PlatformEvent


def read_echo(item: Item, mid: str | None) -> IncomingEvent:
    """A message that went out from our account: a status where it has our reference, else an echo."""
    message = item.raw["message"]
    if mid is None or item.person is None:
        return other("echo", digest(item.raw))
    if message.get("is_deleted") is True:
        return other("echo_deleted", mid)
    app_id = text_or_number(message.get("app_id"))
    by_us = app_id == item.app_id if app_id is not None and item.app_id else None
    if app_id is not None and not item.app_id and text_or_number(message.get("metadata")) is None:
        by_us = False  # what we send carries a reference
    if by_us is not False and (reference := _outbox_id(message.get("metadata"))) is not None:
        sent = IncomingStatus(
            external_id=mid,
            business_number=item.account_id,
            occurred_at=item.occurred_at,
            status="sent",
            reference=reference,
        )
        return event_of(sent, f"{mid} sent")
    return event_of(_platform_event(item, PlatformEventKind.ECHO, mid, by_us=by_us))


def _outbox_id(metadata: Any) -> str | None:
    """The outbox id that we sent along as metadata; `None` for another application's metadata."""
    try:
        return str(uuid.UUID(text_or_number(metadata) or ""))
    except ValueError:
        return None


def read_standby(item: Item) -> IncomingEvent:
    """Another application controls this conversation: no text is stored, and nobody is answered."""
    if item.person is None or item.is_from_us:
        return other("standby", digest(item.raw))
    return event_of(_platform_event(item, PlatformEventKind.EXTERNAL_CONTROL, f"standby {digest(item.raw)}"))


def read_pass(item: Item) -> IncomingEvent:
    """Control of the conversation was passed to an application: to us, where no other is named."""
    new_owner = text_or_number(item.raw["pass_thread_control"].get("new_owner_app_id"))
    ours = not item.app_id or new_owner in (None, item.app_id)
    return _control(item, PlatformEventKind.OWN_CONTROL if ours else PlatformEventKind.EXTERNAL_CONTROL)


def read_take(item: Item) -> IncomingEvent:
    """Another application took control of the conversation from us, or we from it."""
    previous = text_or_number(item.raw["take_thread_control"].get("previous_owner_app_id"))
    from_others = bool(item.app_id) and previous is not None and previous != item.app_id
    return _control(item, PlatformEventKind.OWN_CONTROL if from_others else PlatformEventKind.EXTERNAL_CONTROL)


def read_referral(item: Item) -> IncomingEvent:
    """The citizen came back to a conversation by a link: its code is stored; there is no reply before they write."""
    if item.person is None:
        return other("referral", digest(item.raw))
    name = referral_of(item.raw["referral"])
    return event_of(_platform_event(item, PlatformEventKind.REFERRAL, f"referral {digest(item.raw)}", referral=name))


def read_policy(item: Item) -> IncomingEvent:
    """Meta warns, blocks or unblocks our account; it names no person."""
    return event_of(_platform_event(item, PlatformEventKind.RESTRICTED, f"policy {digest(item.raw)}"))


def read_delivery(item: Item) -> IncomingEvent:
    """Messages were delivered: all up to the watermark, or, without one, up to the newest message that is named."""
    return _status(item, "delivered", item.raw["delivery"])


def read_read(item: Item) -> IncomingEvent:
    """Messages were read: up to the watermark on Messenger, up to one message on Instagram."""
    return _status(item, "read", item.raw["read"])


def _status(item: Item, name: str, content: dict[str, Any]) -> IncomingEvent:
    watermark = timestamp_of(content.get("watermark"))
    mids = content.get("mids")
    named = [found for mid in (mids if isinstance(mids, list) else []) if (found := text_or_number(mid)) is not None]
    mid = text_or_number(content.get("mid")) or (named[-1] if named else None)
    if item.person is None or (watermark is None and mid is None):
        return other(name, digest(item.raw))
    status = IncomingStatus(
        # A watermark covers more than an id, and does not depend on our having stored the id yet.
        external_id="" if watermark is not None else mid or "",
        business_number=item.account_id,
        occurred_at=watermark or item.occurred_at,
        status=name,
        earlier=True,
        user_id=item.person,
    )
    unique = f"{name} {digest([item.person, item.account_id, content.get('watermark'), mid])}"
    return event_of(status, unique)


def _control(item: Item, kind: PlatformEventKind) -> IncomingEvent:
    if item.person is None:
        return other("thread_control", digest(item.raw))
    return event_of(_platform_event(item, kind, f"control {digest(item.raw)}"))


def _platform_event(
    item: Item,
    kind: PlatformEventKind,
    external_id: str,
    **more: Any,
) -> PlatformEvent:
    return PlatformEvent(
        kind=kind,
        external_id=external_id,
        business_number=item.account_id,
        occurred_at=item.occurred_at,
        user_id=item.person,
        **more,
    )
