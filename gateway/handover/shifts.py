"""Handover: which officers are on duty; the queue, the lines for citizens and colleagues ask here."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway.conversations.models import Conversation
from gateway.database import now
from gateway.handover.models import OfficerShift
from gateway.handover.officers import Officer
from gateway.service import Service

ENDED, LOST = "ended", "lost"


async def start_shift(session: AsyncSession, service: Service, officer: Officer) -> None:
    """Go on duty; a second time only says that the officer is still there."""
    if await heartbeat(session, officer):
        return
    moment = now()
    session.add(OfficerShift(officer_id=officer.id, officer_name=officer.name, started_at=moment, seen_at=moment))
    await session.flush()
    service.signals.send(session, "duty")


async def heartbeat(session: AsyncSession, officer: Officer) -> bool:
    """A sign of life of the officer's console; returns whether they are on duty."""
    seen = await session.scalar(
        update(OfficerShift)
        .where(OfficerShift.officer_id == officer.id, OfficerShift.ended_at.is_(None))
        .values(seen_at=now())
        .returning(OfficerShift.id)
    )
    return seen is not None


async def end_shift(session: AsyncSession, service: Service, officer_id: uuid.UUID, *, reason: str = ENDED) -> bool:
    """Go off duty; returns whether there was a shift to end. `clock.go_off_duty` also frees the conversations."""
    limits = [OfficerShift.officer_id == officer_id, OfficerShift.ended_at.is_(None)]
    if reason == LOST:  # a sign of life may have come since we looked
        limits.append(OfficerShift.seen_at < _lost_before(service.settings.officer_lost_seconds))
    ended = await session.scalar(
        update(OfficerShift).where(*limits).values(ended_at=now(), end_reason=reason).returning(OfficerShift.id)
    )
    service.signals.send(session, "duty")
    return ended is not None


async def left_behind(session: AsyncSession) -> Sequence[tuple[uuid.UUID, str]]:
    """Conversations whose owner's shift has ended since they took them, each with the reason of its end."""
    later = aliased(OfficerShift)
    on_again = exists().where(later.officer_id == Conversation.officer_id, later.ended_at.is_(None))
    rows = await session.execute(
        select(Conversation.id, OfficerShift.end_reason)
        .join(OfficerShift, OfficerShift.officer_id == Conversation.officer_id)
        .where(Conversation.officer_id.is_not(None), OfficerShift.ended_at >= Conversation.owner_changed_at, ~on_again)
        .order_by(Conversation.id)
    )
    return [(row.id, row.end_reason or ENDED) for row in rows]


async def lost_officers(session: AsyncSession, lost_seconds: float) -> Sequence[uuid.UUID]:
    """Officers on duty whose console has been silent for too long."""
    lost = select(OfficerShift.officer_id).where(
        OfficerShift.ended_at.is_(None), OfficerShift.seen_at < _lost_before(lost_seconds)
    )
    return list(await session.scalars(lost))


async def on_duty(session: AsyncSession, lost_seconds: float) -> Sequence[Officer]:
    """The officers who are there now, by name; whether they are supervisors is not known here."""
    rows = await session.scalars(
        select(OfficerShift).where(*_present(lost_seconds)).order_by(OfficerShift.officer_name)
    )
    return [Officer(row.officer_id, row.officer_name) for row in rows]


async def is_on_duty(session: AsyncSession, officer_id: uuid.UUID, lost_seconds: float) -> bool:
    """Whether this officer is there now."""
    wanted = select(OfficerShift.id).where(OfficerShift.officer_id == officer_id, *_present(lost_seconds))
    return (await session.scalar(wanted)) is not None


async def anybody_on_duty(session: AsyncSession, lost_seconds: float) -> bool:
    """Whether any officer is there now."""
    return (await session.scalar(select(OfficerShift.id).where(*_present(lost_seconds)).limit(1))) is not None


def _present(lost_seconds: float) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return OfficerShift.ended_at.is_(None), OfficerShift.seen_at >= _lost_before(lost_seconds)


def _lost_before(lost_seconds: float) -> dt.datetime:
    return now() - dt.timedelta(seconds=lost_seconds)
