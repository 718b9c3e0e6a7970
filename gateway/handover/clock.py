"""Handover, beside the road: what must happen because a moment has come, found in the tables at every look.

Nothing is remembered in memory: the due moments are columns of open entries and shifts, so they survive a restart,
and of several processes the first to lock a conversation acts, while the others find nothing left to do.
"""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.faults import is_of_the_database
from gateway.conversations.models import Conversation, OutboxItem, Turn
from gateway.conversations.outbox import URGENT
from gateway.database import now
from gateway.errors import ConversationMissing
from gateway.handover.duty import waiting_line
from gateway.handover.models import QueueEntry
from gateway.handover.officers import Officer
from gateway.handover.order import CRISIS
from gateway.handover.owning import release, wait_out
from gateway.handover.queue import add_event, locked, open_entry
from gateway.handover.shifts import LOST, end_shift, left_behind, lost_officers
from gateway.handover.speaking import leave_choice, say_line
from gateway.service import Service
from gateway.settings import Settings

log = structlog.get_logger()
MOST_AT_ONCE = 50


@dataclass(frozen=True)
class _Limits:
    """The moments before which something is due now."""

    danger: dt.datetime
    comfort: dt.datetime
    waited_out: dt.datetime
    silent: dt.datetime

    @classmethod
    def of(cls, settings: Settings) -> "_Limits":
        moment = now()
        return cls(
            danger=moment - dt.timedelta(seconds=settings.danger_answer_seconds),
            comfort=moment - dt.timedelta(minutes=settings.waiting_line_minutes),
            waited_out=moment - dt.timedelta(hours=settings.waiting_ends_hours),
            silent=moment - dt.timedelta(minutes=settings.officer_silent_minutes),
        )

    def conditions(self) -> ColumnElement[bool]:
        """Which open entries have something due, for the database."""
        waiting, officer = Conversation.state == "waiting", Conversation.state == "officer"
        return or_(
            QueueEntry.danger_at <= self.danger,
            and_(waiting, QueueEntry.comforted_at.is_(None), QueueEntry.queued_at <= self.comfort),
            and_(waiting, QueueEntry.rank > CRISIS, QueueEntry.queued_at <= self.waited_out),
            and_(officer, QueueEntry.waiting_since <= self.silent, Conversation.owner_changed_at <= self.silent),
        )


async def tick(service: Service) -> bool:
    """One look at the clock; returns whether more may be due at once."""
    limits = _Limits.of(service.settings)
    async with service.database.transaction() as session:
        due = await session.scalars(
            select(QueueEntry.conversation_id)
            .join(Conversation, Conversation.id == QueueEntry.conversation_id)
            .where(QueueEntry.resolved_at.is_(None), limits.conditions())
            .order_by(QueueEntry.rank, QueueEntry.queued_at)
            .limit(MOST_AT_ONCE)
        )
        found = list(due)
        lost = await lost_officers(session, service.settings.officer_lost_seconds)
    acted = [await _carefully(service, each, partial(_act, limits=limits)) for each in found]
    for officer_id in lost:
        async with service.database.transaction() as session:
            await end_shift(session, service, officer_id, reason=LOST)
    freed = await _free_left_behind(service)
    if found or freed:
        service.wake_outbox()
    return len(found) == MOST_AT_ONCE and any(acted)


_Work = Callable[[AsyncSession, Service, uuid.UUID], Awaitable[None]]


async def _carefully(service: Service, conversation_id: uuid.UUID, work: _Work) -> bool:
    """Work in a transaction of its own; where it fails it is told and tried again, and holds nobody else up."""
    try:
        async with service.database.transaction() as session:
            await work(session, service, conversation_id)
    except ConversationMissing:
        pass  # it was deleted since we looked
    except Exception as error:
        if is_of_the_database(error):
            raise
        log.error("handover_clock_failed", conversation=conversation_id.hex, exc_info=error)
        return False
    return True


async def go_off_duty(service: Service, officer: Officer) -> None:
    """End a shift, and put what the officer still has back into the queue.

    Each conversation in a transaction of its own; should the process die in between, the clock goes on with it.
    """
    async with service.database.transaction() as session:
        await end_shift(session, service, officer.id)
    if await _free_left_behind(service):
        service.wake_outbox()


async def _free_left_behind(service: Service) -> int:
    async with service.database.transaction() as session:
        found = await left_behind(session)
    for conversation_id, reason in found:
        await _carefully(service, conversation_id, partial(_free, reason=f"shift_{reason}"))
    return len(found)


async def _free(session: AsyncSession, service: Service, conversation_id: uuid.UUID, *, reason: str) -> None:
    conversation = await locked(session, conversation_id)
    if conversation.state == "officer" and conversation_id in dict(await left_behind(session)):
        await release(session, service, None, conversation_id, reason)


async def _act(session: AsyncSession, service: Service, conversation_id: uuid.UUID, *, limits: _Limits) -> None:
    conversation = await locked(session, conversation_id)
    entry = await open_entry(session, conversation)
    if entry is None:
        return  # it has ended since we looked
    if entry.danger_at is not None and entry.danger_at <= limits.danger:
        await _say_112(session, service, conversation, entry)
    if conversation.state == "officer":
        changed_at = conversation.owner_changed_at or entry.queued_at
        if entry.waiting_since is not None and max(entry.waiting_since, changed_at) <= limits.silent:
            await release(session, service, None, conversation_id, "officer_silent")
    elif conversation.state == "waiting":
        if entry.rank > CRISIS and entry.queued_at <= limits.waited_out:
            await wait_out(session, service, conversation)
        elif entry.comforted_at is None and entry.queued_at <= limits.comfort:
            entry.comforted_at = now()
            add_event(session, conversation_id, "waiting_line", "gateway")
            line, hours = await waiting_line(session, service, conversation)
            await say_line(
                session, service, conversation, line, choices=leave_choice(service, conversation), more=hours
            )


async def _say_112(session: AsyncSession, service: Service, conversation: Conversation, entry: QueueEntry) -> None:
    """Nobody has answered words of danger: the number goes out, whoever owns the conversation.

    What the bot said at once counts only where it was not dropped because an officer came in between; what an officer
    wrote, only where it was after the words could be read here: two messages may cross.
    """
    sent_at, entry.danger_at = entry.danger_at, None
    read_at = await session.scalar(
        select(func.min(Turn.created_at)).where(
            Turn.conversation_id == conversation.id, Turn.danger.is_not(None), Turn.created_at >= sent_at
        )
    )
    answered = await session.scalar(
        select(OutboxItem.id)
        .where(
            OutboxItem.conversation_id == conversation.id,
            OutboxItem.created_at >= (read_at or sent_at),
            OutboxItem.state.not_in(("dropped", "failed")),
            or_(OutboxItem.author == "officer", OutboxItem.priority == URGENT),
        )
        .limit(1)
    )
    if answered is not None:
        return
    line = "crisis_first" if entry.urgency == "crisis" else "danger_first"
    said = await say_line(session, service, conversation, line, priority=URGENT)
    add_event(session, conversation.id, "danger_line", "gateway", said=said)
    service.signals.send(session, "conversation", conversation.id.hex)
