"""Handover timers, outside the pipeline: danger nobody answered, reassurance, invitations, silent officers, shifts.

No timer is in memory: due times follow from columns of open entries and shifts, so they survive a restart. Of several
processes the first to lock a conversation acts, and the others find the timer no longer due.
"""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import (
    Author,
    ConversationState,
    Danger,
    EventKind,
    HandoverReason,
    OutboxState,
    Priority,
    UnaskedKind,
)
from gateway.conversations.models import Conversation, OutboxItem, Turn
from gateway.conversations.priority import CRISIS
from gateway.conversations.repository import GATEWAY, add_event, locked
from gateway.core.actors import Officer
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.db_errors import is_database_fault
from gateway.core.errors import ConversationMissing
from gateway.handover.invitations import invite, silent_past_window
from gateway.handover.models import QueueEntry, ShiftEnd
from gateway.handover.ownership import release, wait_out
from gateway.handover.queue import find_open_entry, request_officer
from gateway.handover.replies import leave_choice, queue_line
from gateway.handover.shifts import end_shift, lost_officers, orphaned_conversations, waiting_line
from gateway.hours.schedule import Schedule, opened_at
from gateway.outbox.queue import ReplyTo
from gateway.outbox.templates import OutboxContext

log = structlog.get_logger()
BATCH_SIZE = 50
SERVED_BEFORE_END = dt.timedelta(hours=6)
NEVER = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


def _waited_out(settings: Settings, schedule: Schedule | None, at: dt.datetime) -> dt.datetime:
    """Who has waited since before this waits no longer.

    Nobody is given up on outside the service hours, nor before most of a day of service has passed since they opened:
    whoever wrote on Friday evening is there on Monday. Who was invited to write again has as long from then on.
    """
    limit = at - dt.timedelta(hours=settings.waiting_ends_hours)
    if schedule is None:
        return limit
    opened = opened_at(schedule, at)
    return limit if opened is None or at - opened >= SERVED_BEFORE_END else NEVER


@dataclass(frozen=True)
class _DueLimits:
    """Timestamps: what happened before each is due now."""

    danger: dt.datetime
    reassure: dt.datetime
    waited_out: dt.datetime
    silent: dt.datetime

    @classmethod
    def of(cls, settings: Settings, schedule: Schedule | None) -> "_DueLimits":
        at = now()
        return cls(
            danger=at - dt.timedelta(seconds=settings.danger_answer_seconds),
            reassure=at - dt.timedelta(minutes=settings.waiting_line_minutes),
            waited_out=_waited_out(settings, schedule, at),
            silent=at - dt.timedelta(minutes=settings.officer_silent_minutes),
        )

    def conditions(self) -> ColumnElement[bool]:
        """The SQL condition for open entries with a due timer."""
        waiting = Conversation.state == ConversationState.WAITING
        officer, rests = Conversation.state == ConversationState.OFFICER, QueueEntry.snoozed_until
        return or_(
            QueueEntry.danger_at <= self.danger,
            and_(waiting, QueueEntry.reassured_at.is_(None), QueueEntry.queued_at <= self.reassure),
            and_(
                waiting,
                rests.is_(None),
                QueueEntry.rank > CRISIS,
                QueueEntry.queued_at <= self.waited_out,
                QueueEntry.invited_at.is_(None) | (QueueEntry.invited_at <= self.waited_out),
            ),
            and_(officer, QueueEntry.waiting_since <= self.silent, Conversation.owner_changed_at <= self.silent),
        )


async def run_due_timers(service: OutboxContext) -> bool:
    """Run the timers that are due, `BATCH_SIZE` conversations at most; returns whether more may be due."""
    async with service.database.transaction() as session:
        limits = _DueLimits.of(service.settings, await service.hours.schedule(session))
        due = await session.scalars(
            select(QueueEntry.conversation_id)
            .join(Conversation, Conversation.id == QueueEntry.conversation_id)
            .where(QueueEntry.resolved_at.is_(None), limits.conditions())
            .order_by(QueueEntry.rank, QueueEntry.queued_at)
            .limit(BATCH_SIZE)
        )
        found = list(due)
        silent = await silent_past_window(session, service)
        lost = await lost_officers(session, service.settings.officer_lost_seconds)
    succeeded = [await _run_isolated(service, each, partial(_apply_due, limits=limits)) for each in found]
    for officer_id in lost:
        async with service.database.transaction() as session:
            await end_shift(session, service, officer_id, reason=ShiftEnd.LOST)
    released = await _release_orphaned(service)
    for each in silent:
        await _run_isolated(service, each, invite)
    if found or released or silent:
        service.wake_outbox()
    unanswered = await _queue_unanswered(service)
    return (len(found) == BATCH_SIZE and any(succeeded)) or unanswered


_Work = Callable[[AsyncSession, OutboxContext, uuid.UUID], Awaitable[None]]


async def _run_isolated(service: OutboxContext, conversation_id: uuid.UUID, work: _Work) -> bool:
    """Run the work in a transaction of its own; a failure is logged and retried, and does not stop the others."""
    try:
        async with service.database.transaction() as session:
            await work(session, service, conversation_id)
    except ConversationMissing:
        pass  # deleted since the query
    except Exception as error:
        if is_database_fault(error):
            raise
        log.error("handover_timer_failed", conversation=conversation_id.hex, exc_info=error)
        return False
    return True


async def _queue_unanswered(service: OutboxContext) -> bool:
    """Let officers look where nobody answered whether somebody is in danger; the citizen hears nothing of it."""
    due = now() - dt.timedelta(minutes=service.settings.danger_question_minutes)
    async with service.database.transaction() as session:
        asked = select(Conversation.id).where(Conversation.danger_asked_at <= due)
        found = list(await session.scalars(asked.order_by(Conversation.danger_asked_at).limit(BATCH_SIZE)))
    succeeded = [await _run_isolated(service, each, partial(_queue_one, due=due)) for each in found]
    return len(found) == BATCH_SIZE and any(succeeded)


async def _queue_one(
    session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID, *, due: dt.datetime
) -> None:
    conversation = await locked(session, conversation_id)
    if conversation.danger_asked_at is None or conversation.danger_asked_at > due:
        return  # answered since the query
    conversation.danger_asked_at = None
    if conversation.state == ConversationState.BOT:
        reason = HandoverReason.POSSIBLE_DANGER
        await request_officer(session, conversation, reason=reason, urgency=None, topic=None)
        service.signals.send(session, "conversation", conversation_id.hex)


async def go_off_duty(service: OutboxContext, officer: Officer) -> None:
    """End a shift, and put the officer's conversations back into the queue.

    Each in a transaction of its own; if the process dies in between, the timers do the rest.
    """
    async with service.database.transaction() as session:
        await end_shift(session, service, officer.id)
    if await _release_orphaned(service):
        service.wake_outbox()


async def _release_orphaned(service: OutboxContext) -> int:
    async with service.database.transaction() as session:
        found = await orphaned_conversations(session)
    for conversation_id, reason in found:
        await _run_isolated(service, conversation_id, partial(_release_one, reason=f"shift_{reason}"))
    return len(found)


async def _release_one(
    session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID, *, reason: str
) -> None:
    conversation = await locked(session, conversation_id)
    if conversation.state == ConversationState.OFFICER and conversation_id in dict(
        await orphaned_conversations(session)
    ):
        await release(session, service, None, conversation_id, reason)


async def _apply_due(
    session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID, *, limits: _DueLimits
) -> None:
    conversation = await locked(session, conversation_id)
    entry = await find_open_entry(session, conversation)
    if entry is None:
        return  # resolved since the query
    if entry.danger_at is not None and entry.danger_at <= limits.danger:
        await _send_danger_line(session, service, conversation, entry)
    if conversation.state == ConversationState.OFFICER:
        changed_at = conversation.owner_changed_at or entry.queued_at
        if entry.waiting_since is not None and max(entry.waiting_since, changed_at) <= limits.silent:
            await release(session, service, None, conversation_id, "officer_silent")
    elif conversation.state == ConversationState.WAITING:
        waits_since = max(entry.queued_at, entry.invited_at or entry.queued_at)
        if entry.snoozed_until is None and entry.rank > CRISIS and waits_since <= limits.waited_out:
            await wait_out(session, service, conversation)
        elif entry.reassured_at is None and entry.queued_at <= limits.reassure:
            entry.reassured_at = now()
            line, hours = await waiting_line(session, service, conversation)
            choices, kind = leave_choice(service, conversation), UnaskedKind.STILL_WAITING
            if await queue_line(session, service, conversation, line, kind, choices=choices, more=hours):
                add_event(session, conversation_id, EventKind.WAITING_LINE, GATEWAY)


async def _send_danger_line(
    session: AsyncSession, service: OutboxContext, conversation: Conversation, entry: QueueEntry
) -> None:
    """Danger is unanswered: send 112 or the helplines, whoever owns the conversation.

    A reply of the bot counts as an answer only if it was not dropped because an officer claimed in between; a reply of
    an officer, only if it was written after the message could be read here: two messages may cross.
    """
    sent_at, entry.danger_at = entry.danger_at or now(), None
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
            OutboxItem.state.not_in((OutboxState.DROPPED, OutboxState.FAILED)),
            or_(OutboxItem.author == Author.OFFICER, OutboxItem.priority == Priority.URGENT),
        )
        .limit(1)
    )
    if answered is not None:
        return
    line = "crisis_first" if entry.urgency == Danger.CRISIS else "danger_first"
    origin = ReplyTo.danger(sent_at) or UnaskedKind.LATE_DANGER_LINE
    queued = await queue_line(session, service, conversation, line, origin, priority=Priority.URGENT)
    add_event(session, conversation.id, EventKind.DANGER_LINE, GATEWAY, said=queued)
    service.signals.send(session, "conversation", conversation.id.hex)
