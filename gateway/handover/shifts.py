"""Handover: shifts: which officers are on duty, and what a waiting citizen is told about it."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, exists, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway.conversations.models import Conversation
from gateway.core.actors import Officer
from gateway.core.database import UtcDateTime, now
from gateway.core.locale import LANGUAGES
from gateway.handover.models import OfficerShift, ShiftEnd
from gateway.hours.schedule import is_open
from gateway.outbox.templates import OutboxContext


async def start_shift(session: AsyncSession, service: OutboxContext, officer: Officer) -> None:
    """Begin a shift; for an officer on duty it is only a heartbeat."""
    if await heartbeat(session, officer, idle=0.0):
        return
    at = now()
    session.add(OfficerShift(officer_id=officer.id, officer_name=officer.name, started_at=at, seen_at=at, acted_at=at))
    await session.flush()
    service.signals.send(session, "duty")


async def heartbeat(session: AsyncSession, officer: Officer, *, idle: float | None = None) -> bool:
    """Record a heartbeat of a page of the officer; returns whether they are on duty.

    `idle`: seconds since the officer's own last press or key there; None where the page does not know.
    """
    at = now()
    changes: dict[str, Any] = {"seen_at": at}
    if idle is not None:
        acted_at = at - dt.timedelta(seconds=max(idle, 0.0))
        changes["acted_at"] = case(
            (OfficerShift.acted_at < acted_at, literal(acted_at, UtcDateTime)), else_=OfficerShift.acted_at
        )
    shift_id = await session.scalar(
        update(OfficerShift)
        .where(OfficerShift.officer_id == officer.id, OfficerShift.ended_at.is_(None))
        .values(**changes)
        .returning(OfficerShift.id)
        .execution_options(synchronize_session=False)
    )
    return shift_id is not None


async def end_shift(
    session: AsyncSession,
    service: OutboxContext,
    officer_id: uuid.UUID,
    *,
    reason: ShiftEnd = ShiftEnd.ENDED,
    acted_before: dt.datetime | None = None,
) -> bool:
    """End a shift; returns whether there was one. `timers.go_off_duty` also releases the officer's conversations.

    With `acted_before` only if the officer has done nothing since then.
    """
    conditions = [OfficerShift.officer_id == officer_id, OfficerShift.ended_at.is_(None)]
    if reason == ShiftEnd.LOST:  # a heartbeat may have come since the check
        conditions.append(OfficerShift.seen_at < _lost_limit(service.settings.officer_lost_seconds))
    if acted_before is not None:
        conditions.append(OfficerShift.acted_at < acted_before)
    ended = await session.scalar(
        update(OfficerShift).where(*conditions).values(ended_at=now(), end_reason=reason).returning(OfficerShift.id)
    )
    service.signals.send(session, "duty")
    return ended is not None


async def orphaned_conversations(session: AsyncSession) -> Sequence[tuple[uuid.UUID, ShiftEnd]]:
    """Conversations whose owner's shift has ended since they got them, each with the reason of that end."""
    later = aliased(OfficerShift)
    on_duty_again = exists().where(later.officer_id == Conversation.officer_id, later.ended_at.is_(None))
    rows = await session.execute(
        select(Conversation.id, OfficerShift.end_reason)
        .join(OfficerShift, OfficerShift.officer_id == Conversation.officer_id)
        .where(
            Conversation.officer_id.is_not(None), OfficerShift.ended_at >= Conversation.owner_changed_at, ~on_duty_again
        )
        .order_by(Conversation.id)
    )
    return [(row.id, row.end_reason or ShiftEnd.ENDED) for row in rows]


async def lost_officers(session: AsyncSession, lost_seconds: float) -> Sequence[uuid.UUID]:
    """Officers on duty whose console has sent no heartbeat for `lost_seconds`."""
    lost = select(OfficerShift.officer_id).where(
        OfficerShift.ended_at.is_(None), OfficerShift.seen_at < _lost_limit(lost_seconds)
    )
    return list(await session.scalars(lost))


async def on_duty(session: AsyncSession, lost_seconds: float) -> Sequence[Officer]:
    """The officers on duty, by name; `supervisor` is not filled in."""
    rows = await session.scalars(
        select(OfficerShift).where(*_is_active(lost_seconds)).order_by(OfficerShift.officer_name)
    )
    return [Officer(row.officer_id, row.officer_name) for row in rows]


async def is_on_duty(session: AsyncSession, officer_id: uuid.UUID, lost_seconds: float) -> bool:
    """Whether this officer is on duty."""
    query = select(OfficerShift.id).where(OfficerShift.officer_id == officer_id, *_is_active(lost_seconds))
    return (await session.scalar(query)) is not None


async def anybody_on_duty(session: AsyncSession, lost_seconds: float) -> bool:
    """Whether any officer is on duty."""
    return (await session.scalar(select(OfficerShift.id).where(*_is_active(lost_seconds)).limit(1))) is not None


def _is_active(lost_seconds: float) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return OfficerShift.ended_at.is_(None), OfficerShift.seen_at >= _lost_limit(lost_seconds)


def _lost_limit(lost_seconds: float) -> dt.datetime:
    return now() - dt.timedelta(seconds=lost_seconds)


ON_DUTY, NOBODY = "handover_still_waiting", "handover_nobody_on_duty"


async def waiting_line(session: AsyncSession, service: OutboxContext, conversation: Conversation) -> tuple[str, str]:
    """The key of the line for a waiting citizen and, outside the service hours, when officers answer, in words."""
    if await anybody_on_duty(session, service.settings.officer_lost_seconds):
        return ON_DUTY, ""
    schedule = await service.hours.schedule(session)
    if schedule is None or is_open(schedule, now()):
        return NOBODY, ""
    return NOBODY, await service.hours.presence(session, conversation.language or LANGUAGES[0], service.lines)


async def nobody_reads_line(session: AsyncSession, service: OutboxContext, conversation: Conversation) -> str:
    """The sentence for whoever writes of danger while no officer is on duty, else empty."""
    if await anybody_on_duty(session, service.settings.officer_lost_seconds):
        return ""
    return service.lines.say("danger_nobody_reads", conversation.language)


async def nobody_on_duty_line(session: AsyncSession, service: OutboxContext, conversation: Conversation) -> str:
    """The text added to the bot's answer when an officer is requested and none is on duty, else empty.

    The service hours are in the answer itself.
    """
    line, _ = await waiting_line(session, service, conversation)
    return "" if line == ON_DUTY else service.lines.say(line, conversation.language)
