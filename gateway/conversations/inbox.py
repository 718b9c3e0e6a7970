"""Station 1, the inbox: what a provider delivered is stored, once, before it is answered 200."""

import json
import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import Channel, IncomingEvent
from gateway.conversations.keys import Keyring
from gateway.conversations.models import InboxEvent, WebhookDelivery
from gateway.database import now


async def store_delivery(session: AsyncSession, keyring: Keyring, channel: Channel, body: bytes) -> int:
    """Write the body and its events in the caller's transaction; returns how many events were new.

    A provider sends again until it sees 200, to every subscribed app: what is known by its id is not stored twice.
    """
    key_id, key = keyring.current_inbox_key()
    rows = [_event_row(keyring, channel, key_id, key, event) for event in channel.read(body)]
    new_ids = await _insert_new(session, rows)
    if new_ids:
        # Level 1: a body of JSON halves at almost no cost, and the raw copy lives for minutes.
        sealed = encryption.seal(key, zlib.compress(body, 1), "webhook_delivery.body")
        delivery = WebhookDelivery(channel=channel.name, received_at=now(), key_id=key_id, body_sealed=sealed)
        session.add(delivery)
        await session.flush()
        await _attach(session, new_ids, delivery.id)
    return len(new_ids)


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
    about = event.message or event.status
    if about is None:
        return "ignored", event.name
    if not channel.is_ours(about.business_number):
        return "ignored", "not_our_number"
    if event.message is not None and event.message.kind == "group":
        return "ignored", "group"
    return "new", None


async def _insert_new(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> list[int]:
    unique = {(row["kind"], row["external_fingerprint"]): row for row in reversed(rows)}
    ordered = list(reversed(unique.values()))
    found: list[int] = []
    # SQLite takes at most 32,766 values in one statement; nine columns a row.
    for start in range(0, len(ordered), 500):
        statement = _insert_or_nothing(session).values(ordered[start : start + 500]).returning(InboxEvent.id)
        found.extend((await session.scalars(statement)).all())
    return found


def _insert_or_nothing(session: AsyncSession) -> Any:
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(InboxEvent).on_conflict_do_nothing()


async def _attach(session: AsyncSession, event_ids: Sequence[int], delivery_id: int) -> None:
    for start in range(0, len(event_ids), 1000):
        chunk = event_ids[start : start + 1000]
        await session.execute(
            update(InboxEvent).where(InboxEvent.id.in_(chunk)).values(delivery_id=delivery_id),
            execution_options={"synchronize_session": False},
        )


def open_event(keyring: Keyring, row: InboxEvent) -> IncomingEvent | None:
    """The event of a stored row; nothing when its key or content is gone."""
    key = keyring.inbox_key(row.key_id)
    if key is None or row.content_sealed is None:
        return None
    plain = encryption.unseal(key, row.content_sealed, "inbox_event.content")
    return IncomingEvent.model_validate(json.loads(plain))
