"""Console, the supervisor's board: who is on duty with what, and who waits how long."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.queue_view import QueueRow, queue_view
from gateway.conversations.kinds import ConversationState
from gateway.handover.models import OfficerShift
from gateway.outbox.templates import OutboxContext


@dataclass(frozen=True)
class OfficerOnBoard:
    """An officer on duty: since when, when they last did something, and what they carry."""

    id: uuid.UUID
    name: str
    started_at: dt.datetime
    acted_at: dt.datetime
    carries: Sequence[QueueRow]

    @property
    def waiting_since(self) -> dt.datetime | None:
        """Since when the citizen who has waited longest for this officer waits."""
        return min((row.waiting_since for row in self.carries if row.waiting_since), default=None)


@dataclass(frozen=True)
class Board:
    """Who is on duty, what has an owner who is not, and who waits."""

    officers: Sequence[OfficerOnBoard]
    left_alone: Sequence[QueueRow]
    waiting: Sequence[QueueRow]


async def board(session: AsyncSession, service: OutboxContext) -> Board:
    """The board as it is now."""
    rows = (await queue_view(session, service)).rows
    shifts = await session.scalars(
        select(OfficerShift).where(OfficerShift.ended_at.is_(None)).order_by(OfficerShift.officer_name)
    )
    officers = [
        OfficerOnBoard(
            shift.officer_id,
            shift.officer_name,
            shift.started_at,
            shift.acted_at,
            [row for row in rows if row.claimed_by and row.claimed_by.id == shift.officer_id],
        )
        for shift in shifts
    ]
    on_duty = {officer.id for officer in officers}
    return Board(
        officers=officers,
        left_alone=[row for row in rows if row.claimed_by and row.claimed_by.id not in on_duty],
        waiting=[row for row in rows if row.state == ConversationState.WAITING and row.snoozed_until is None],
    )
