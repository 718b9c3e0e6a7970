"""Console: the officers' queue, loaded with the same number of queries for any number of rows."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.previews import previews
from gateway.console.sources import beyond_share, networks_of
from gateway.conversations.kinds import ChannelName, ConversationState, Danger, HandoverReason, QueueRank
from gateway.conversations.models import Contact, Conversation
from gateway.conversations.priority import sort_key
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.handover.alarms import IS_WAITING
from gateway.handover.assignment import is_asked
from gateway.handover.labels import labels_of
from gateway.handover.models import QueueEntry
from gateway.handover.presence import Viewer, viewers_of
from gateway.handover.shifts import on_duty
from gateway.hours.schedule import opened_at
from gateway.outbox.reengagement import window_of
from gateway.outbox.templates import OutboxContext

MAX_ROWS = 1000
# Of those on top, so many have words unless all are asked for; in so many urgent ones the very danger is looked for.
WITH_WORDS, WITH_DANGER_WORDS = 200, 20


@dataclass(frozen=True)
class QueueRow:
    """One conversation that waits for an officer or has one; `waiting_since` is None while no answer is awaited."""

    conversation_id: uuid.UUID
    state: ConversationState
    channel: ChannelName
    language: str | None
    topic: str | None
    reason: HandoverReason
    urgency: Danger | None
    rank: QueueRank
    waiting_since: dt.datetime | None
    queued_at: dt.datetime
    snoozed_until: dt.datetime | None
    window_ends: dt.datetime
    claimed_by: Officer | None
    blocked: bool
    labels: tuple[str, ...]
    looking: tuple[Viewer, ...]
    team_id: uuid.UUID | None
    area_id: uuid.UUID | None
    skill: str | None  # the group of its topic
    asked: Officer | None  # who is asked to take it
    of_one_network: int  # how many in the queue come from the same crowded network, itself included; else 0
    words: str  # the citizen's last, or those of danger; empty where there are none, or far down the queue


@dataclass(frozen=True)
class QueueView:
    """The queue in its order, how many wait in total, and who is on duty."""

    rows: Sequence[QueueRow]
    waiting: int
    on_duty: Sequence[Officer]


async def queue_view(
    session: AsyncSession,
    service: OutboxContext,
    *,
    reader: uuid.UUID | None = None,
    limit: int = MAX_ROWS,
    shown: Callable[[QueueRow], bool] = lambda _: True,
    with_words: int = WITH_WORDS,
) -> QueueView:
    """The open entries, the most urgent first: eight queries at most for any length, and one for the service hours.

    Words are shown of what waits and of what `reader` has; of others' conversations a page of their own asks why. The
    first `with_words` of those that are `shown` have them.
    """
    found = (await session.execute(_statement().limit(limit))).all()
    ids = [row.conversation_id for row in found]
    labels, viewers = await labels_of(session, ids), await viewers_of(session, ids)
    waiting = await session.scalar(
        select(func.count())
        .select_from(QueueEntry)
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .where(QueueEntry.resolved_at.is_(None), IS_WAITING)
    )
    networks = await networks_of(session, service.keyring, [row.conversation_id for row in found])
    rows = await _in_order(session, service, [_row(service, row, labels, viewers) for row in found], networks)
    return QueueView(
        rows=await _with_words(session, service, rows, reader, shown, with_words),
        waiting=waiting or 0,
        on_duty=await on_duty(session, service.settings.officer_lost_seconds),
    )


async def _with_words(
    session: AsyncSession,
    service: OutboxContext,
    rows: Sequence[QueueRow],
    reader: uuid.UUID | None,
    shown: Callable[[QueueRow], bool],
    most: int,
) -> Sequence[QueueRow]:
    """The reader's own stand behind all who wait: however many these are, their words are shown."""
    own = [row for row in rows if row.claimed_by is not None and row.claimed_by.id == reader]
    read = own + [row for row in rows if row.claimed_by is None and shown(row)]
    urgent = [row.conversation_id for row in read if row.urgency is not None][:WITH_DANGER_WORDS]
    on_top = [row.conversation_id for row in read[:most]]
    followed = frozenset(row.conversation_id for row in own)
    said = await previews(session, service.keyring, on_top, frozenset(urgent), followed)
    return [replace(row, words=said.get(row.conversation_id, "")) for row in rows]


async def _in_order(
    session: AsyncSession, service: OutboxContext, rows: Sequence[QueueRow], networks: dict[uuid.UUID, bytes]
) -> Sequence[QueueRow]:
    schedule, at = await service.hours.schedule(session), now()
    opened = opened_at(schedule, at) if schedule else None

    def key(row: QueueRow) -> tuple[object, ...]:
        return row.state != ConversationState.WAITING, sort_key(
            row.rank, row.waiting_since or row.queued_at, row.window_ends, at, opened
        )

    numbers = Counter(networks.values())
    crowds = {conversation: numbers[network] for conversation, network in networks.items()}
    rows = [replace(row, of_one_network=crowds.get(row.conversation_id, 0)) for row in rows]
    ordered = sorted(rows, key=key)
    beyond = beyond_share([(row.conversation_id, row.rank) for row in ordered], networks)
    # The sort is stable: only what is beyond its share moves, behind the others of its rank.
    return sorted(
        ordered, key=lambda row: (row.state != ConversationState.WAITING, row.rank, row.conversation_id in beyond)
    )


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
            QueueEntry.snoozed_until,
            QueueEntry.language.label("queued_language"),
            QueueEntry.team_id,
            QueueEntry.area_id,
            QueueEntry.assigned_to,
            QueueEntry.assigned_name,
            QueueEntry.assigned_at,
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
        .where(QueueEntry.resolved_at.is_(None), Conversation.state != ConversationState.CLOSED)
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
    service: OutboxContext,
    row: Row[*tuple[object, ...]],
    labels: dict[uuid.UUID, tuple[str, ...]],
    viewers: dict[uuid.UUID, list[Viewer]],
) -> QueueRow:
    owner = Officer(row.officer_id, row.officer_name or "") if row.officer_id else None
    return QueueRow(
        conversation_id=row.conversation_id,
        state=row.state,
        channel=row.channel,
        language=row.language or row.queued_language,
        topic=row.topic,
        reason=row.reason,
        urgency=row.urgency,
        rank=row.rank,
        waiting_since=row.waiting_since,
        queued_at=row.queued_at,
        snoozed_until=row.snoozed_until,
        window_ends=row.last_citizen_message_at + window_of(service, row.channel),
        claimed_by=owner,
        blocked=row.blocked_at is not None,
        labels=labels.get(row.conversation_id, ()),
        looking=tuple(viewers.get(row.conversation_id, ())),
        team_id=row.team_id,
        area_id=row.area_id,
        skill=service.lines.group_of(row.topic),
        asked=_asked(service, row),
        of_one_network=0,
        words="",
    )


def _asked(service: OutboxContext, row: Row[*tuple[object, ...]]) -> Officer | None:
    if row.state != ConversationState.WAITING or row.assigned_to is None:
        return None
    asked = is_asked(row.assigned_at, row.queued_at, service.settings.assignment_minutes)
    return Officer(row.assigned_to, row.assigned_name or "") if asked else None
