"""Messenger and Instagram, on the way in: statuses, and notices of who leads a talk and how a citizen came."""

import uuid
from typing import Any, Literal

from gateway.channels.base import IncomingEvent, IncomingNotice, IncomingStatus
from gateway.channels.pages.reading import Item, digest, event_of, moment_of, other, referral_of, text


def read_echo(item: Item, mid: str | None) -> IncomingEvent:
    """A message that went out from our place: ours by its reference or application, else somebody else leads."""
    message = item.raw["message"]
    if mid is None or item.person is None:
        return other("echo", digest(item.raw))
    if message.get("is_deleted") is True:
        return other("echo_deleted", mid)
    app_id = text(message.get("app_id"))
    by_us = app_id == item.app_id if app_id is not None and item.app_id else None
    if app_id is not None and not item.app_id and text(message.get("metadata")) is None:
        by_us = False  # what we send carries a reference
    if by_us is not False and (reference := _outbox_id(message.get("metadata"))) is not None:
        sent = IncomingStatus(
            external_id=mid, business_number=item.place, occurred_at=item.moment, status="sent", reference=reference
        )
        return event_of(sent, f"{mid} sent")
    return event_of(_notice(item, "echo", mid, by_us=by_us))


def _outbox_id(metadata: Any) -> str | None:
    """What we give along with a message; another application's metadata looks otherwise."""
    try:
        return str(uuid.UUID(text(metadata) or ""))
    except ValueError:
        return None


def read_standby(item: Item) -> IncomingEvent:
    """Another application leads this talk and we only listen: no words are kept, and nobody is answered."""
    if item.person is None or item.is_from_us:
        return other("standby", digest(item.raw))
    return event_of(_notice(item, "led_elsewhere", f"standby {digest(item.raw)}"))


def read_pass(item: Item) -> IncomingEvent:
    """The talk was given to an application: to us, where no other is named."""
    new_owner = text(item.raw["pass_thread_control"].get("new_owner_app_id"))
    ours = not item.app_id or new_owner in (None, item.app_id)
    return _control(item, "led_by_us" if ours else "led_elsewhere")


def read_take(item: Item) -> IncomingEvent:
    """Another application took the talk from us, or we from it."""
    previous = text(item.raw["take_thread_control"].get("previous_owner_app_id"))
    from_others = bool(item.app_id) and previous is not None and previous != item.app_id
    return _control(item, "led_by_us" if from_others else "led_elsewhere")


def read_referral(item: Item) -> IncomingEvent:
    """The citizen came back to an old talk by a link; the name is kept, nobody is answered before they write."""
    if item.person is None:
        return other("referral", digest(item.raw))
    name = referral_of(item.raw["referral"])
    return event_of(_notice(item, "referral", f"referral {digest(item.raw)}", referral=name))


def read_policy(item: Item) -> IncomingEvent:
    """Meta warns, blocks or unblocks our place; it names no person."""
    return event_of(_notice(item, "restricted", f"policy {digest(item.raw)}"))


def read_delivery(item: Item) -> IncomingEvent:
    """What has arrived: all before the watermark, or, without one, the newest message that is named."""
    return _status(item, "delivered", item.raw["delivery"])


def read_read(item: Item) -> IncomingEvent:
    """What has been read: by watermark on Messenger, up to one message on Instagram."""
    return _status(item, "read", item.raw["read"])


def _status(item: Item, name: str, content: dict[str, Any]) -> IncomingEvent:
    watermark = moment_of(content.get("watermark"))
    mids = content.get("mids")
    named = [found for mid in (mids if isinstance(mids, list) else []) if (found := text(mid)) is not None]
    mid = text(content.get("mid")) or (named[-1] if named else None)
    if item.person is None or (watermark is None and mid is None):
        return other(name, digest(item.raw))
    status = IncomingStatus(
        # A watermark reaches further than a name, and does not depend on our having noted the name yet.
        external_id="" if watermark is not None else mid or "",
        business_number=item.place,
        occurred_at=watermark or item.moment,
        status=name,
        earlier=True,
        user_id=item.person,
    )
    unique = f"{name} {digest([item.person, item.place, content.get('watermark'), mid])}"
    return event_of(status, unique)


def _control(item: Item, kind: Literal["led_by_us", "led_elsewhere"]) -> IncomingEvent:
    if item.person is None:
        return other("thread_control", digest(item.raw))
    return event_of(_notice(item, kind, f"control {digest(item.raw)}"))


def _notice(
    item: Item,
    kind: Literal["echo", "led_elsewhere", "led_by_us", "referral", "restricted"],
    external_id: str,
    **more: Any,
) -> IncomingNotice:
    return IncomingNotice(
        kind=kind,
        external_id=external_id,
        business_number=item.place,
        occurred_at=item.moment,
        user_id=item.person,
        **more,
    )
