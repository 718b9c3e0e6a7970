"""Bulletins, what holds now: read from the database each second, or at a turn when that is two seconds ago."""

import datetime as dt
import time
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.content import BulletinContent
from gateway.bulletins.models import Bulletin, BulletinVersion
from gateway.database import now

# Seconds for which a process may go on with what it read last: far below the five in which a notice must be heard.
REMEMBERED = 2.0


@dataclass(frozen=True)
class Notice:
    """A published bulletin as citizens hear it."""

    id: uuid.UUID
    content: BulletinContent
    starts_at: dt.datetime
    ends_at: dt.datetime
    first_published_at: dt.datetime
    # When the words in force were published, where they are not the first ones.
    corrected_at: dt.datetime | None
    news: int

    @property
    def changed_at(self) -> dt.datetime:
        """When it last said something new."""
        return self.corrected_at or self.first_published_at


class Notices:
    """The notices of one process; no process asks another, so any number of them agree within `REMEMBERED` seconds."""

    def __init__(self) -> None:
        self._coming: tuple[Notice, ...] = ()
        self._read_at = float("-inf")
        self._changes = 0

    async def in_force(self, session: AsyncSession) -> tuple[Notice, ...]:
        """What holds at this moment, the newest words first; a start or an end is never late."""
        if time.monotonic() - self._read_at >= REMEMBERED:
            await self.refresh(session)
        at = now()
        return tuple(notice for notice in self._coming if notice.starts_at <= at < notice.ends_at)

    async def refresh(self, session: AsyncSession) -> None:
        """Read now; the process does so each second beside the road, so that a turn need not."""
        asked_at, changes = time.monotonic(), self._changes
        self._coming = await coming(session)
        if changes == self._changes:  # else it was read before the change that we were told of
            self._read_at = asked_at

    def forget(self) -> None:
        """Read again at the next question: this process has changed a bulletin, and need not wait to hear of it."""
        self._changes += 1
        self._read_at = float("-inf")


async def coming(session: AsyncSession) -> tuple[Notice, ...]:
    """Every published notice that has not ended, those that have not begun included, the newest words first."""
    rows = await session.execute(
        select(Bulletin, BulletinVersion)
        .join(
            BulletinVersion,
            (BulletinVersion.bulletin_id == Bulletin.id) & (BulletinVersion.number == Bulletin.published),
        )
        .where(Bulletin.state == "published", Bulletin.ends_at > now())
    )
    notices = [notice_of(bulletin, version) for bulletin, version in rows]
    return tuple(sorted(notices, key=lambda notice: notice.changed_at, reverse=True))


def notice_of(bulletin: Bulletin, version: BulletinVersion) -> Notice:
    """A published bulletin with the version in force."""
    assert bulletin.starts_at is not None
    assert bulletin.ends_at is not None
    assert bulletin.first_published_at is not None
    assert version.published_at is not None
    corrected = version.published_at if version.published_at > bulletin.first_published_at else None
    return Notice(
        id=bulletin.id,
        content=BulletinContent.model_validate(version.content),
        starts_at=bulletin.starts_at,
        ends_at=bulletin.ends_at,
        first_published_at=bulletin.first_published_at,
        corrected_at=corrected,
        news=bulletin.news,
    )
