"""Station 1, storage: a delivery and its events are stored, once, before it is answered 200."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Executable, bindparam, delete, insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import Channel
from gateway.conversations.kinds import (
    Danger,
    IgnoreReason,
    InboxEventKind,
    InboxState,
    MessageKind,
    Priority,
)
from gateway.conversations.messages import IncomingEvent
from gateway.conversations.models import InboxEvent, WebhookDelivery
from gateway.core import crypto
from gateway.core.compiled import prepare
from gateway.core.database import INSERTS, Database, now
from gateway.core.direct import ask_all
from gateway.core.keyring import Keyring
from screening.danger.screen import screen

log = structlog.get_logger()


@dataclass(frozen=True)
class SealedDelivery:
    """A body and its events as rows of the tables; no events where there is nothing to store.

    A body that holds nothing but statuses that were understood is not kept: all of it stands in its events.
    """

    values: dict[str, Any]
    events: list[dict[str, Any]]


def read_events(channel: Channel, body: bytes) -> list[IncomingEvent]:
    """The updates of a body, each message with what the danger screen says of it."""
    return [_screened(event) for event in channel.read(body)]


def _screened(event: IncomingEvent) -> IncomingEvent:
    message = event.message
    # The title of a tapped button is our own text.
    if message is None or not message.text or message.kind in (MessageKind.CHOICE, MessageKind.GROUP):
        return event
    try:
        found = screen(message.text)
    except Exception as error:  # a first opinion must never cost the message
        log.error("message_not_screened", exc_info=error)
        return event
    if found is None:
        return event
    return event.model_copy(update={"message": message.model_copy(update={"suspected": Danger(found)})})


def seal_delivery(
    keyring: Keyring, channel: Channel, body: bytes, events: Sequence[IncomingEvent] | None = None
) -> SealedDelivery:
    """Encrypt the rows to be written for a body and its events, which are read here where they are not given.

    Needs no database.
    """
    key_id, key = keyring.current_inbox_key()
    events = read_events(channel, body) if events is None else events
    rows = [_event_row(keyring, channel, key_id, key, event) for event in events]
    # Level 1: a body of JSON halves at almost no cost, and the raw copy lives for minutes.
    keeps_body = any(each["kind"] != InboxEventKind.STATUS or each["state"] != InboxState.NEW for each in rows)
    sealed = crypto.seal(key, zlib.compress(body, 1), "webhook_delivery.body") if keeps_body else None
    return SealedDelivery(
        {"channel": channel.name, "received_at": now(), "key_id": key_id, "body_sealed": sealed}, rows
    )


async def store_delivery(
    session: AsyncSession, keyring: Keyring, channel: Channel, body: bytes
) -> frozenset[InboxEventKind]:
    """Write a body and its events in the caller's transaction, in order; returns the kinds of the new events.

    A provider repeats a delivery until it sees 200: an event whose id is stored already is not stored again.
    """
    return await store_all(session, [seal_delivery(keyring, channel, body)])


async def store_sealed(database: Database, deliveries: Sequence[SealedDelivery]) -> frozenset[InboxEventKind]:
    """The same for several, in a transaction of their own; on PostgreSQL in one statement."""
    if not database.is_sqlite:
        stored = await database.execute_autocommit(*_storing(deliveries))
        return frozenset(InboxEventKind(row.kind) for row in stored)
    async with database.direct() as session:
        return await store_all(session, deliveries)


async def store_all(session: AsyncSession, deliveries: Sequence[SealedDelivery]) -> frozenset[InboxEventKind]:
    """The same for several, in the caller's transaction."""
    if session.get_bind().dialect.name == "postgresql":
        return frozenset(map(InboxEventKind, (await session.execute(_INSERT_ALL, _arrays(deliveries))).scalars()))
    new: frozenset[InboxEventKind] = frozenset()
    for delivery in filter(lambda each: each.events, deliveries):
        if delivery.values["body_sealed"] is None:
            new |= await _insert_new(session, [{**row, "delivery_id": None} for row in delivery.events])
            continue
        delivery_id = await session.scalar(_INSERT_DELIVERY, delivery.values)
        kinds = await _insert_new(session, [{**row, "delivery_id": delivery_id} for row in delivery.events])
        if not kinds:
            await session.execute(_DELETE_DELIVERY, {"delivery": delivery_id})  # every event was a duplicate
        new |= kinds
    return new


_INSERT_DELIVERY = prepare(
    insert(WebhookDelivery.__table__)  # type: ignore[arg-type]  # every declared class has a Table
    .values({name: bindparam(name) for name in ("channel", "received_at", "key_id", "body_sealed")})
    .returning(WebhookDelivery.id)
)
_DELETE_DELIVERY = prepare(delete(WebhookDelivery).where(WebhookDelivery.id == bindparam("delivery")))
# Bodies and events as arrays, so that any number is one statement with one text. A body whose every event is a
# duplicate is not stored. The order of the bodies, and within each of its events, is that of the rows' ids.
_INSERT_ALL = prepare(
    text(
        """
    WITH delivery AS MATERIALIZED (
        SELECT nextval(pg_get_serial_sequence('webhook_delivery', 'id')) AS id, given.*
        FROM unnest(
            CAST(:channel AS varchar[]), CAST(:received_at AS timestamptz[]), CAST(:delivery_key AS integer[]),
            CAST(:body_sealed AS bytea[])
        ) WITH ORDINALITY AS given (channel, received_at, key_id, body_sealed, place)
    ), event AS (
        INSERT INTO inbox_event (
            delivery_id, channel, received_at, kind, external_fingerprint, key_id, content_sealed, state, priority,
            reason, occurred_at
        )
        SELECT
            CASE WHEN delivery.body_sealed IS NOT NULL THEN delivery.id END, delivery.channel, delivery.received_at,
            given.kind, given.fingerprint, given.key_id,
            given.content_sealed, given.state, given.priority, given.reason, given.occurred_at
        FROM unnest(
            CAST(:place AS bigint[]), CAST(:kind AS varchar[]), CAST(:external_fingerprint AS bytea[]),
            CAST(:key_id AS integer[]), CAST(:content_sealed AS bytea[]), CAST(:state AS varchar[]),
            CAST(:priority AS integer[]), CAST(:reason AS varchar[]), CAST(:occurred_at AS timestamptz[])
        ) WITH ORDINALITY AS given (
            place, kind, fingerprint, key_id, content_sealed, state, priority, reason, occurred_at, number
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
)
# The same for one event alone, which most deliveries are: without arrays at a third of the server's work.
_INSERT_ONE = prepare(
    text(
        """
    WITH event AS (
        INSERT INTO inbox_event (
            delivery_id, channel, received_at, kind, external_fingerprint, key_id, content_sealed, state, priority,
            reason, occurred_at
        )
        VALUES (
            nextval(pg_get_serial_sequence('webhook_delivery', 'id')), :channel, :received_at, :kind,
            :external_fingerprint, :key_id, :content_sealed, :state, :priority, :reason, :occurred_at
        )
        ON CONFLICT DO NOTHING
        RETURNING delivery_id, kind
    ), kept AS (
        INSERT INTO webhook_delivery (id, channel, received_at, key_id, body_sealed)
        SELECT
            delivery_id, CAST(:channel AS varchar), CAST(:received_at AS timestamptz),
            CAST(:delivery_key AS integer), CAST(:body_sealed AS bytea)
        FROM event
    )
    SELECT kind FROM event
    """
    )
)
_EVENT_COLUMNS = (
    "kind",
    "external_fingerprint",
    "key_id",
    "content_sealed",
    "state",
    "priority",
    "reason",
    "occurred_at",
)


def _arrays(deliveries: Sequence[SealedDelivery]) -> dict[str, list[Any]]:
    events = [(place, row) for place, each in enumerate(deliveries, 1) for row in each.events]
    return {
        "channel": [each.values["channel"] for each in deliveries],
        "received_at": [each.values["received_at"] for each in deliveries],
        "delivery_key": [each.values["key_id"] for each in deliveries],
        "body_sealed": [each.values["body_sealed"] for each in deliveries],
        "place": [place for place, _ in events],
        **{name: [row[name] for _, row in events] for name in _EVENT_COLUMNS},
    }


def _storing(deliveries: Sequence[SealedDelivery]) -> tuple[Executable, dict[str, Any]]:
    """The statement that stores them on PostgreSQL, and its values."""
    if len(deliveries) > 1 or len(deliveries[0].events) != 1:
        return _INSERT_ALL, _arrays(deliveries)
    if deliveries[0].values["body_sealed"] is None:
        return _INSERT_EVENT["postgresql"], {**deliveries[0].events[0], "delivery_id": None}
    return _INSERT_ONE, _single(deliveries[0])


def _single(delivery: SealedDelivery) -> dict[str, Any]:
    values, event = delivery.values, delivery.events[0]
    texts = {name: str(event[name]) for name in ("kind", "state")}
    return {
        **{name: event[name] for name in _EVENT_COLUMNS},
        **texts,
        "reason": None if event["reason"] is None else str(event["reason"]),
        "priority": int(event["priority"]),
        "channel": str(values["channel"]),
        "received_at": values["received_at"],
        "delivery_key": values["key_id"],
        "body_sealed": values["body_sealed"],
    }


def named_under(keyring: Keyring, channel: Channel, event: IncomingEvent) -> bytes:
    """The keyed hash under which an event is stored; raises `StorageUnavailable` before the keys are loaded."""
    return keyring.fingerprint(f"{channel.name} {event.kind}", event.unique_id)


def _event_row(keyring: Keyring, channel: Channel, key_id: int, key: bytes, event: IncomingEvent) -> dict[str, Any]:
    state, reason = _initial_state(channel, event)
    content = event.model_dump_json(exclude_none=True) if state == InboxState.NEW else None
    return {
        "channel": channel.name,
        "kind": event.kind,
        "external_fingerprint": named_under(keyring, channel, event),
        "key_id": key_id if content is not None else None,
        "content_sealed": crypto.seal(key, content, "inbox_event.content") if content is not None else None,
        "state": state,
        "priority": Priority.URGENT if event.message is not None and event.message.suspected else Priority.REPLY,
        "reason": reason,
        "occurred_at": event.occurred_at,
        "received_at": now(),
    }


def _initial_state(channel: Channel, event: IncomingEvent) -> tuple[InboxState, str | None]:
    about = event.message or event.status or event.platform_event
    if about is None:
        return InboxState.IGNORED, event.name
    if not channel.is_ours(about.business_number):
        return InboxState.IGNORED, IgnoreReason.NOT_OUR_NUMBER
    if event.message is not None and event.message.kind == MessageKind.GROUP:
        return InboxState.IGNORED, IgnoreReason.GROUP
    return InboxState.NEW, None


async def _insert_new(session: AsyncSession, rows: Sequence[dict[str, Any]]) -> frozenset[InboxEventKind]:
    inserted = await ask_all(session, *((_INSERT_EVENT["sqlite"], row) for row in rows))
    return frozenset(each for found in inserted for each in found.scalars())


_INSERT_EVENT = {
    dialect: prepare(
        insert(InboxEvent.__table__)
        .values({name: bindparam(name) for name in ("delivery_id", "channel", "received_at", *_EVENT_COLUMNS)})
        .on_conflict_do_nothing()
        .returning(InboxEvent.kind)
    )
    for dialect, insert in INSERTS.items()
}


def open_event(keyring: Keyring, row: InboxEvent) -> IncomingEvent | None:
    """The decrypted event of a row, or None when its key or content has been deleted."""
    key = keyring.inbox_key(row.key_id)
    if key is None or row.content_sealed is None:
        return None
    return IncomingEvent.model_validate_json(crypto.unseal(key, row.content_sealed, "inbox_event.content"))
