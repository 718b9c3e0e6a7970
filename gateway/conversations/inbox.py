"""Station 1, the inbox: what a provider delivered is stored, once, before it is answered 200."""

import json
import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import Channel, IncomingEvent
from gateway.conversations.keys import Keyring
from gateway.conversations.models import InboxEvent, WebhookDelivery
from gateway.database import now


async def store_delivery(session: AsyncSession, keyring: Keyring, channel: Channel, body: bytes) -> frozenset[str]:
    """Write the body and its events in the caller's transaction; returns the kinds of what was new.

    A provider sends again until it sees 200, to every subscribed app: what is known by its id is not stored twice.
    """
    key_id, key = keyring.current_inbox_key()
    rows = [_event_row(keyring, channel, key_id, key, event) for event in channel.read(body)]
    if not rows:
        return frozenset()
    # Level 1: a body of JSON halves at almost no cost, and the raw copy lives for minutes.
    sealed = encryption.seal(key, zlib.compress(body, 1), "webhook_delivery.body")
    values = {"channel": channel.name, "received_at": now(), "key_id": key_id, "body_sealed": sealed}
    delivery_id = await session.scalar(_INSERT_DELIVERY, values)
    new = await _insert_new(session, [{**row, "delivery_id": delivery_id} for row in rows])
    if not new:
        await session.execute(delete(WebhookDelivery).where(WebhookDelivery.id == delivery_id))  # all of it was known
    return new


_INSERT_DELIVERY = insert(WebhookDelivery).returning(WebhookDelivery.id)


def _event_row(keyring: Keyring, channel: Channel, key_id: int, key: bytes, event: IncomingEvent) -> dict[str, Any]:
    state, reason = _first_state(channel, event)
    content = event.model_dump_json(exclude_none=True) if state == "new" else None
    return {
        "channel": channel.name,
        "kind": event.kind,
        "external_fingerprint": keyring.fingerprint(f"{channel.name} {event.kind}", event.unique_id),
        "key_id": key_id if content is not None else None,
        "content_sealed": encryption.seal(key, content, "inbox_event.content") if content is not None else None,
        "state": state,
        "reason": reason,
        "occurred_at": event.occurred_at,
        "received_at": now(),
    }


def _first_state(channel: Channel, event: IncomingEvent) -> tuple[str, str | None]:
    about = event.message or event.status or event.notice
    if about is None:
        return "ignored", event.name
    if not channel.is_ours(about.business_number):
        return "ignored", "not_our_number"
    if event.message is not None and event.message.kind == "group":
        return "ignored", "group"
    return "new", None


async def _insert_new(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> frozenset[str]:
    unique = {(row["kind"], row["external_fingerprint"]): row for row in reversed(rows)}
    ordered = list(reversed(unique.values()))
    found: set[str] = set()
    # SQLite takes at most 32,766 values in one statement; ten columns a row.
    for start in range(0, len(ordered), 500):
        chunk = ordered[start : start + 500]
        # One row alone, as nearly always, is a statement that SQLAlchemy keeps compiled.
        values = chunk[0] if len(chunk) == 1 else chunk
        statement = _insert_or_nothing(session).values(values).returning(InboxEvent.kind)
        found.update(await session.scalars(statement))
    return frozenset(found)


def _insert_or_nothing(session: AsyncSession) -> Any:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(InboxEvent).on_conflict_do_nothing()


def open_event(keyring: Keyring, row: InboxEvent) -> IncomingEvent | None:
    """The event of a stored row; nothing when its key or content is gone."""
    key = keyring.inbox_key(row.key_id)
    if key is None or row.content_sealed is None:
        return None
    plain = encryption.unseal(key, row.content_sealed, "inbox_event.content")
    return IncomingEvent.model_validate(json.loads(plain))
