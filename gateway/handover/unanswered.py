"""Handover, timers of alarms: danger that nobody takes goes to the supervisors; who answers no alarm is not on duty.

An empty chair must never count as an officer: citizens are told that somebody is there, and colleagues rely on it.
"""

import datetime as dt
import uuid

import structlog
from sqlalchemy import ColumnElement, Select, and_, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.conversations.kinds import ConversationState, EventKind
from gateway.conversations.models import Conversation
from gateway.conversations.repository import GATEWAY, add_event, locked
from gateway.core.database import now
from gateway.handover.alarms import IS_WAITING, alert
from gateway.handover.assignment import assign_due
from gateway.handover.models import AlertKind, OfficerShift, QueueEntry, ShiftEnd
from gateway.handover.push_alarms import push_due
from gateway.handover.queue import find_open_entry
from gateway.handover.replies import send_promised
from gateway.handover.shifts import anybody_on_duty, end_shift
from gateway.handover.snooze import wake_due
from gateway.hours.schedule import is_open, open_for
from gateway.outbox.templates import OutboxContext

log = structlog.get_logger()
BATCH_SIZE = 50
EMPTY_CHAIR = dt.timedelta(hours=12)  # for so long what waited at an unanswered shift's end is due to go further


async def run_alarms(service: OutboxContext) -> bool:
    """All of these timers; returns whether more may be due."""
    await send_promised(service)
    await wake_due(service)
    await assign_due(service)
    await push_due(service)
    escalated = await escalate_due(service)
    await end_unanswered_shifts(service)
    return escalated == BATCH_SIZE


async def escalate_due(service: OutboxContext) -> int:
    """Let the supervisors hear what nobody has taken in time; returns how many conversations that were."""
    async with service.database.transaction() as session:
        due = list(await session.scalars((await _due(session, service)).limit(BATCH_SIZE)))
    for conversation_id in due:
        async with service.database.transaction() as session:
            await _escalate(session, service, conversation_id)
    return len(due)


async def _escalate(session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID) -> None:
    conversation = await locked(session, conversation_id)
    entry = await find_open_entry(session, conversation)
    if entry is None or entry.escalated_at is not None:
        return  # another process was faster, or an officer has come
    entry.escalated_at, entry.pushed_at = now(), None
    add_event(session, conversation_id, EventKind.ESCALATED, GATEWAY, urgency=entry.urgency)
    service.signals.send(session, "conversation", conversation_id.hex)


async def _due(session: AsyncSession, service: OutboxContext) -> Select[uuid.UUID]:
    settings, at = service.settings, now()
    urgent_before = at - dt.timedelta(seconds=settings.alarm_escalates_seconds)
    due: ColumnElement[bool] = and_(QueueEntry.urgency.is_not(None), QueueEntry.alarmed_at <= urgent_before)
    schedule = await service.hours.schedule(session)
    if schedule is not None and is_open(schedule, at):
        # Of who wrote on Friday evening the time runs from Monday's opening: officers must have had it.
        before = open_for(schedule, at, dt.timedelta(minutes=settings.waiting_escalates_minutes))
        is_waiting = Conversation.state == ConversationState.WAITING
        due = or_(due, and_(is_waiting, QueueEntry.queued_at <= before)) if before else due
    if not await anybody_on_duty(session, settings.officer_lost_seconds):
        due = or_(due, and_(IS_WAITING, await _left_to_empty_chairs(session)))
    return (
        select(QueueEntry.conversation_id)
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .where(
            QueueEntry.resolved_at.is_(None),
            QueueEntry.escalated_at.is_(None),
            QueueEntry.waiting_since.is_not(None),
            Conversation.state != ConversationState.CLOSED,
            due,
        )
        .order_by(QueueEntry.rank, QueueEntry.alarmed_at)
    )


async def _left_to_empty_chairs(session: AsyncSession) -> ColumnElement[bool]:
    """What was heard by nobody but an officer who answered no alarm, and is off duty for it.

    Its citizen wrote while somebody was said to be there, so it goes further at once, however calm it is.
    """
    ended = await session.execute(
        select(OfficerShift.acted_at, OfficerShift.ended_at).where(
            OfficerShift.end_reason == ShiftEnd.UNANSWERED, OfficerShift.ended_at > now() - EMPTY_CHAIR
        )
    )
    return or_(false(), *(QueueEntry.alarmed_at.between(row.acted_at, row.ended_at) for row in ended))


async def end_unanswered_shifts(service: OutboxContext) -> int:
    """End the shift of whoever has done nothing since an alarm of `alarm_answer_minutes` ago; returns how many."""
    limit = now() - dt.timedelta(minutes=service.settings.alarm_answer_minutes)
    async with service.database.transaction() as session:
        rows = await session.execute(
            select(OfficerShift.officer_id, QueueEntry.alarmed_at)
            .join(QueueEntry, QueueEntry.alarmed_at > OfficerShift.acted_at)
            .join(Conversation, Conversation.id == QueueEntry.conversation_id)
            .where(
                OfficerShift.ended_at.is_(None),
                QueueEntry.resolved_at.is_(None),
                QueueEntry.alarmed_at <= limit,
                IS_WAITING,
            )
            .order_by(QueueEntry.alarmed_at.desc())
        )
        absent = {row.officer_id: row.alarmed_at for row in rows}  # the earliest alarm of each, which comes last
        for officer_id, alarmed_at in absent.items():
            ended = await end_shift(session, service, officer_id, reason=ShiftEnd.UNANSWERED, acted_before=alarmed_at)
            if ended:
                alert(session, service, officer_id, AlertKind.OFF_DUTY, None)
                await audit.record(session, GATEWAY, "shift_ended_unanswered", str(officer_id))
                log.warning("shift_ended_unanswered", officer=str(officer_id))
    return len(absent)
