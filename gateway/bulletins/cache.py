"""Bulletins, the cache of those in force: reloaded every second, or by a turn when older than two seconds."""

import datetime as dt
import time
import uuid
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.content import BulletinContent
from gateway.bulletins.models import Bulletin, BulletinVersion
from gateway.bulletins.states import BulletinState
from gateway.conversations.scam_checks import ScamChecks
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.outbox.templates import OutboxContext

# Seconds for which a process may use what it loaded: far below the five in which a bulletin must be in effect.
CACHE_SECONDS = 2.0


@dataclass(frozen=True)
class ActiveBulletin:
    """A published bulletin as citizens hear it."""

    id: uuid.UUID
    content: BulletinContent
    starts_at: dt.datetime
    ends_at: dt.datetime
    first_published_at: dt.datetime
    # When the words in force were published, where they are not the first ones.
    corrected_at: dt.datetime | None
    updates: int

    @property
    def changed_at(self) -> dt.datetime:
        """When its text was last changed."""
        return self.corrected_at or self.first_published_at


class BulletinCache:
    """The cache of one process; processes do not notify each other, so all agree within `CACHE_SECONDS`."""

    def __init__(self) -> None:
        self._bulletins: tuple[ActiveBulletin, ...] = ()
        self._loaded_at = float("-inf")
        self._changes = 0

    async def in_force(self, session: AsyncSession) -> tuple[ActiveBulletin, ...]:
        """The bulletins in force now, the newest change first; starts and ends are exact."""
        if time.monotonic() - self._loaded_at >= CACHE_SECONDS:
            await self.refresh(session)
        at = now()
        return tuple(bulletin for bulletin in self._bulletins if bulletin.starts_at <= at < bulletin.ends_at)

    async def refresh(self, session: AsyncSession) -> None:
        """Load now; the worker does so each second, so that turns need not."""
        started_at, changes = time.monotonic(), self._changes
        self._bulletins = await load_published(session)
        if changes == self._changes:  # else it was loaded before the change
            self._loaded_at = started_at

    def mark(self, at: float) -> tuple[float, int]:
        """What `note_none` needs to know of the time, on the monotonic clock, at which the tables were looked at."""
        return at, self._changes

    def note_none(self, mark: tuple[float, int]) -> None:
        """A look at the tables has found no bulletin: nothing need be loaded."""
        looked_at, changes = mark
        if changes == self._changes:
            self._bulletins, self._loaded_at = (), looked_at

    def invalidate(self) -> None:
        """Reload at the next use: this process has changed a bulletin."""
        self._changes += 1
        self._loaded_at = float("-inf")


async def load_published(session: AsyncSession) -> tuple[ActiveBulletin, ...]:
    """Every published bulletin that has not ended, future ones included, the newest change first."""
    rows = await session.execute(_PUBLISHED, {"at": now()})
    bulletins = [active_bulletin(bulletin, version) for bulletin, version in rows]
    return tuple(sorted(bulletins, key=lambda bulletin: bulletin.changed_at, reverse=True))


# Prepared, so that a turn that loads them stays on the short way to the database.
_PUBLISHED = prepare(
    select(Bulletin, BulletinVersion)
    .join(
        BulletinVersion,
        (BulletinVersion.bulletin_id == Bulletin.id) & (BulletinVersion.number == Bulletin.published),
    )
    .where(Bulletin.state == BulletinState.PUBLISHED, Bulletin.ends_at > bindparam("at"))
)


def active_bulletin(bulletin: Bulletin, version: BulletinVersion) -> ActiveBulletin:
    """A published bulletin with the version in force."""
    assert bulletin.starts_at is not None
    assert bulletin.ends_at is not None
    assert bulletin.first_published_at is not None
    assert version.published_at is not None
    corrected = version.published_at if version.published_at > bulletin.first_published_at else None
    return ActiveBulletin(
        id=bulletin.id,
        content=BulletinContent.model_validate(version.content),
        starts_at=bulletin.starts_at,
        ends_at=bulletin.ends_at,
        first_published_at=bulletin.first_published_at,
        corrected_at=corrected,
        updates=bulletin.updates,
    )


class BulletinsContext(OutboxContext, Protocol):
    """A process that knows the bulletins in force."""

    @property
    def bulletins(self) -> BulletinCache:
        """The bulletins in force, kept in memory."""

    @property
    def scam_checks(self) -> ScamChecks:
        """The check of suspicious messages, with the senders' names."""
