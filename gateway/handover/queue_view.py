"""Handover: the officers' queue as one picture, in as many questions for five hundred rows as for one."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.closed_window import window_of
from gateway.conversations.models import Contact, Conversation
from gateway.database import now
from gateway.handover.labels import labels_of
from gateway.handover.models import QueueEntry
from gateway.handover.officers import Officer
from gateway.handover.order import place
from gateway.handover.presence import Looking, looking
from gateway.handover.shifts import on_duty
from gateway.hours.schedule import opened_at
from gateway.service import Service

MOST_ROWS = 1000


@dataclass(frozen=True)
class QueueRow:
    """One conversation that waits for an officer or has one."""

    conversation_id: uuid.UUID
    state: str  # waiting, officer
    channel: str
    language: str | None
    topic: str | None
    reason: str
    urgency: str | None
    rank: int  # 0 danger, 1 crisis, 2 a minor at risk, 3 everybody else
    waiting_since: dt.datetime | None  # nobody waits for an answer while it is empty
    queued_at: dt.datetime
    window_ends: dt.datetime
    claimed_by: Officer | None
    blocked: bool
    labels: tuple[str, ...]
    looking: tuple[Looking, ...]


@dataclass(frozen=True)
class QueueView:
    """The queue in its order, how many wait in all, and who is on duty."""

    rows: Sequence[QueueRow]
    waiting: int
    on_duty: Sequence[Officer]


async def queue_view(session: AsyncSession, service: Service, *, limit: int = MOST_ROWS) -> QueueView:
    """Who waits, most urgent first, and who is being helped. Five questions, whatever the length, and the hours."""
    found = (await session.execute(_statement().limit(limit))).all()
    ids = [row.conversation_id for row in found]
    labels, lookers = await labels_of(session, ids), await looking(session, ids)
    waiting = await session.scalar(
        select(func.count())
        .select_from(QueueEntry)
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .where(QueueEntry.resolved_at.is_(None), Conversation.state == "waiting")
    )
    return QueueView(
        rows=await _in_order(session, service, [_row(service, row, labels, lookers) for row in found]),
        waiting=waiting or 0,
        on_duty=await on_duty(session, service.settings.officer_lost_seconds),
    )


async def _in_order(session: AsyncSession, service: Service, rows: Sequence[QueueRow]) -> Sequence[QueueRow]:
    schedule, at = await service.hours.schedule(session), now()
    opened = opened_at(schedule, at) if schedule else None

    def key(row: QueueRow) -> tuple[object, ...]:
        return row.state != "waiting", place(row.rank, row.waiting_since or row.queued_at, row.window_ends, at, opened)

    return sorted(rows, key=key)


def _statement() -> Select[*tuple[object, ...]]:
    return (
        select(
            QueueEntry.conversation_id,
            QueueEntry.topic,
            QueueEntry.reason,
            QueueEntry.urgency,
            QueueEntry.rank,
            QueueEntry.waiting_since,
            QueueEntry.queued_at,
            QueueEntry.language.label("asked_in"),
            Conversation.state,
            Conversation.channel,
            Conversation.language,
            Conversation.last_citizen_message_at,
            Conversation.officer_id,
            Conversation.officer_name,
            Contact.blocked_at,
        )
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(QueueEntry.resolved_at.is_(None), Conversation.state != "closed")
        # The state first, so that those who have an officer never push out who has none; then nearly as `order.place`
        # says, which decides among those that are found.
        .order_by(
            Conversation.state.desc(),
            QueueEntry.rank,
            func.coalesce(QueueEntry.waiting_since, QueueEntry.queued_at),
            QueueEntry.id,
        )
    )


def _row(
    service: Service,
    row: Row[*tuple[object, ...]],
    labels: dict[uuid.UUID, tuple[str, ...]],
    lookers: dict[uuid.UUID, list[Looking]],
) -> QueueRow:
    owner = Officer(row.officer_id, row.officer_name or "") if row.officer_id else None
    return QueueRow(
        conversation_id=row.conversation_id,
        state=row.state,
        channel=row.channel,
        language=row.language or row.asked_in,
        topic=row.topic,
        reason=row.reason,
        urgency=row.urgency,
        rank=row.rank,
        waiting_since=row.waiting_since,
        queued_at=row.queued_at,
        window_ends=row.last_citizen_message_at + window_of(service, row.channel),
        claimed_by=owner,
        blocked=row.blocked_at is not None,
        labels=labels.get(row.conversation_id, ()),
        looking=tuple(lookers.get(row.conversation_id, ())),
    )
