"""Handover, saved views: choices of the queue's rows that an officer has given a name; alarms know nothing of them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import ChannelName
from gateway.core.database import now
from gateway.core.locale import Language
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.team_models import MAX_NAME, SavedView

MAX_VIEWS = 20  # of one officer


@dataclass(frozen=True)
class QueueFilter:
    """Which rows of the queue are shown; what is not given does not matter."""

    language: str = ""
    channel: str = ""
    skill: str = ""
    team: uuid.UUID | None = None
    area: uuid.UUID | None = None
    for_me: bool = False


@dataclass(frozen=True)
class KeptView:
    """A filter with the name that its officer has given it."""

    id: uuid.UUID
    name: str
    filter: QueueFilter


async def views_of(session: AsyncSession, person_id: uuid.UUID) -> Sequence[KeptView]:
    """The officer's views, by name."""
    rows = await session.scalars(select(SavedView).where(SavedView.person_id == person_id))
    found = [
        KeptView(
            row.id, row.name,
            QueueFilter(row.language or "", row.channel or "", row.skill or "", row.team_id, row.area_id, row.for_me),
        )
        for row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.name.casefold(), each.id))


async def keep_view(session: AsyncSession, person_id: uuid.UUID, name: str, kept: QueueFilter) -> None:
    """Keep a view under a name; raises `HandoverTextRefused`."""
    name = " ".join(name.split())
    if not 0 < len(name) <= MAX_NAME:
        raise HandoverTextRefused("view_incomplete", longest=MAX_NAME)
    if (await session.scalar(select(func.count()).where(SavedView.person_id == person_id)) or 0) >= MAX_VIEWS:
        raise HandoverTextRefused("views_full", most=MAX_VIEWS)
    session.add(
        SavedView(
            person_id=person_id,
            name=name,
            language=Language(kept.language) if kept.language else None,
            channel=ChannelName(kept.channel) if kept.channel else None,
            skill=kept.skill or None,
            team_id=kept.team,
            area_id=kept.area,
            for_me=kept.for_me,
            created_at=now(),
        )
    )


async def delete_view(session: AsyncSession, person_id: uuid.UUID, view_id: uuid.UUID) -> None:
    """Delete a view of this officer; nobody else's."""
    await session.execute(delete(SavedView).where(SavedView.id == view_id, SavedView.person_id == person_id))
