"""Station 1, the inbox: what a provider delivered is stored, once, before it is answered 200."""

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import Channel, IncomingEvent
from gateway.conversations.keys import Keyring
from gateway.conversations.models import InboxEvent, WebhookDelivery
from gateway.database import Database, now


@dataclass(frozen=True)
class SealedDelivery:
    """A body and its events as the tables hold them; no events where there is nothing to keep."""

    values: dict[str, Any]
    events: list[dict[str, Any]]


def seal_delivery(keyring: Keyring, channel: Channel, body: bytes) -> SealedDelivery:
    """Read a body and seal what will be written; needs no database."""
    key_id, key = keyring.current_inbox_key()
    rows = [_event_row(keyring, channel, key_id, key, event) for event in channel.read(body)]
    # Level 1: a body of JSON halves at almost no cost, and the raw copy lives for minutes.
    sealed = encryption.seal(key, zlib.compress(body, 1), "webhook_delivery.body")
    return SealedDelivery(
        {"channel": channel.name, "received_at": now(), "key_id": key_id, "body_sealed": sealed}, rows
    )


async def store_deliveries(
    session: AsyncSession, keyring: Keyring, bodies: Iterable[tuple[Channel, bytes]]
) -> frozenset[str]:
    """Write bodies and their events in the caller's transaction, in order; returns the kinds of what was new.

    A provider sends again until it sees 200, to every subscribed app: what is known by its id is not stored twice.
    """
    return await _store(session, [seal_delivery(keyring, channel, body) for channel, body in bodies])


async def store_delivery(session: AsyncSession, keyring: Keyring, channel: Channel, body: bytes) -> frozenset[str]:
    """The same for one body."""
    return await store_deliveries(session, keyring, [(channel, body)])


async def store_sealed(database: Database, deliveries: Sequence[SealedDelivery]) -> frozenset[str]:
    """The same for several, in a transaction of their own; on PostgreSQL in one statement."""
    if not database.is_sqlite:
        return frozenset(row.kind for row in await database.alone(_TOGETHER, _arrays(deliveries)))
    async with database.transaction() as session:
        return await _store(session, deliveries)


async def _store(session: AsyncSession, deliveries: Sequence[SealedDelivery]) -> frozenset[str]:
    if session.get_bind().dialect.name == "postgresql":
        return frozenset((await session.execute(_TOGETHER, _arrays(deliveries))).scalars())
    new: frozenset[str] = frozenset()
    for delivery in filter(lambda each: each.events, deliveries):
        delivery_id = await session.scalar(_INSERT_DELIVERY, delivery.values)
        kinds = await _insert_new(session, [{**row, "delivery_id": delivery_id} for row in delivery.events])
        if not kinds:
            await session.execute(delete(WebhookDelivery).where(WebhookDelivery.id == delivery_id))  # all was known
        new |= kinds
    return new


_INSERT_DELIVERY = insert(WebhookDelivery).returning(WebhookDelivery.id)
# Bodies and events as arrays, so that it is one statement, and one text, for however many. A body whose every event
# was known is not kept. The order of the bodies, and within each of its events, is that of the rows' ids.
_TOGETHER = text(
    """
    WITH delivery AS MATERIALIZED (
        SELECT nextval(pg_get_serial_sequence('webhook_delivery', 'id')) AS id, given.*
        FROM unnest(
            CAST(:channel AS varchar[]), CAST(:received_at AS timestamptz[]), CAST(:delivery_key AS integer[]),
            CAST(:body_sealed AS bytea[])
        ) WITH ORDINALITY AS given (channel, received_at, key_id, body_sealed, place)
    ), event AS (
        INSERT INTO inbox_event (
            delivery_id, channel, received_at, kind, external_fingerprint, key_id, content_sealed, state, reason,
            occurred_at
        )
        SELECT
            delivery.id, delivery.channel, delivery.received_at, given.kind, given.fingerprint, given.key_id,
            given.content_sealed, given.state, given.reason, given.occurred_at
        FROM unnest(
            CAST(:place AS bigint[]), CAST(:kind AS varchar[]), CAST(:external_fingerprint AS bytea[]),
            CAST(:key_id AS integer[]), CAST(:content_sealed AS bytea[]), CAST(:state AS varchar[]),
            CAST(:reason AS varchar[]), CAST(:occurred_at AS timestamptz[])
        ) WITH ORDINALITY AS given (
            place, kind, fingerprint, key_id, content_sealed, state, reason, occurred_at, number
        )
        JOIN delivery ON delivery.place = given.place
        ORDER BY given.number
        ON CONFLICT DO NOTHING
        RETURNING delivery_id, kind
    ), kept AS (
        INSERT INTO webhook_delivery (id, channel, received_at, key_id, body_sealed)
        SELECT id, channel, received_at, key_id, body_sealed FROM delivery
        WHERE id IN (SELECT delivery_id FROM event)
    )
    SELECT DISTINCT kind FROM event
    """
)
_OF_EVENTS = ("kind", "external_fingerprint", "key_id", "content_sealed", "state", "reason", "occurred_at")


def _arrays(deliveries: Sequence[SealedDelivery]) -> dict[str, list[Any]]:
    events = [(place, row) for place, each in enumerate(deliveries, 1) for row in each.events]
    return {
        "channel": [each.values["channel"] for each in deliveries],
        "received_at": [each.values["received_at"] for each in deliveries],
        "delivery_key": [each.values["key_id"] for each in deliveries],
        "body_sealed": [each.values["body_sealed"] for each in deliveries],
        "place": [place for place, _ in events],
        **{name: [row[name] for _, row in events] for name in _OF_EVENTS},
    }


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
    found: set[str] = set()
    # SQLite takes at most 32,766 values in one statement; ten columns a row.
    for start in range(0, len(rows), 500):
        chunk = rows[start : start + 500]
        # One row alone, as nearly always, is a statement that SQLAlchemy keeps compiled.
        values = chunk[0] if len(chunk) == 1 else chunk
        statement = sqlite.insert(InboxEvent).values(values).on_conflict_do_nothing().returning(InboxEvent.kind)
        found.update(await session.scalars(statement))
    return frozenset(found)


def open_event(keyring: Keyring, row: InboxEvent) -> IncomingEvent | None:
    """The event of a stored row; nothing when its key or content is gone."""
    key = keyring.inbox_key(row.key_id)
    if key is None or row.content_sealed is None:
        return None
    plain = encryption.unseal(key, row.content_sealed, "inbox_event.content")
    return IncomingEvent.model_validate(json.loads(plain))
