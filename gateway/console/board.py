"""Console, the supervisor's board: who is on duty with what, and who waits how long."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.queue_view import QueueRow, queue_view
from gateway.conversations.kinds import ConversationState, HandoverReason
from gateway.core.database import now
from gateway.handover.models import OfficerShift
from gateway.outbox.reengagement import FALLBACK_LANGUAGE, invitation_languages
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
    """Who is on duty, what has an owner who is not, who waits, and how many of these cannot be invited to write again.

    Those are past the reply window, and the invitation is not approved in their language.
    """

    officers: Sequence[OfficerOnBoard]
    left_alone: Sequence[QueueRow]
    waiting: Sequence[QueueRow]
    cannot_be_invited: int


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
    waiting = [row for row in rows if row.state == ConversationState.WAITING and row.snoozed_until is None]
    return Board(
        officers=officers,
        left_alone=[row for row in rows if row.claimed_by and row.claimed_by.id not in on_duty],
        waiting=waiting,
        cannot_be_invited=sum(_cannot_be_invited(service, row) for row in waiting),
    )


def _cannot_be_invited(service: OutboxContext, row: QueueRow) -> bool:
    channel = service.channels.get(row.channel)
    if channel is None or not channel.has_templates or row.reason != HandoverReason.ASKED or row.window_ends > now():
        return False
    return (row.language or FALLBACK_LANGUAGE) not in invitation_languages(service)
