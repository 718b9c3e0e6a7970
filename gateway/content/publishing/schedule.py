"""Content, the schedule: approved words that go live at a time which an editor has set; it can be moved or withdrawn.

What was approved is kept as the fingerprints of its items: another text is another fingerprint, and does not go.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.errors import ChangedMeanwhile, ContentRefused
from gateway.content.models import ContentJob, JobState, ScheduledPublishing, ScheduleState
from gateway.content.repository.git import Editor
from gateway.content.repository.items import Item
from gateway.core.database import now
from gateway.core.locale import HELSINKI

LONGEST: Final = dt.timedelta(days=90)


@dataclass(frozen=True)
class Standing:
    """A publishing at a time that is planned, or did not go live; `job` is None until its time has come."""

    row: ScheduledPublishing
    job: ContentJob | None

    @property
    def is_planned(self) -> bool:
        """Whether its time is still to come."""
        return self.row.state == ScheduleState.PLANNED

    @property
    def keys(self) -> list[str]:
        """The keys of its items."""
        return [key for key, _ in self.row.items]

    def changed(self, waiting: Iterable[Item]) -> list[str]:
        """The keys of its items that are not any more, among those that wait, what was approved."""
        return changed(self.row.items, waiting)


def changed(planned: Iterable[Sequence[str]], waiting: Iterable[Item]) -> list[str]:
    """The keys of planned items that were changed, published or taken back since."""
    prints = {each.key: each.fingerprint for each in waiting}
    return [key for key, fingerprint in planned if prints.get(key) != fingerprint]


def moment_of(written: str) -> dt.datetime:
    """A date and time of Helsinki as a form sends it, in UTC; at most `LONGEST` from now.

    Raises `ContentRefused` for what is no time, is over, is too far away, or is left out when the clocks go forward. Of
    an hour that comes twice the first is meant.
    """
    try:
        local = dt.datetime.fromisoformat(written)
        at = local.replace(tzinfo=HELSINKI).astimezone(dt.UTC)
        stands = at.astimezone(HELSINKI).replace(tzinfo=None) == local.replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise ContentRefused("schedule_no_time") from None
    if not stands:
        raise ContentRefused("schedule_no_such_hour")
    if at <= now():
        raise ContentRefused("schedule_over")
    if at > now() + LONGEST:
        raise ContentRefused("schedule_too_far", count=LONGEST.days)
    return at


async def plan(session: AsyncSession, items: Iterable[Item], at: dt.datetime, editor: Editor) -> ScheduledPublishing:
    """Let these approved items go live then. Raises `ChangedMeanwhile` where one of them has a time already."""
    chosen = list(items)
    await require_unplanned(session, chosen)
    row = ScheduledPublishing(
        at=at,
        state=ScheduleState.PLANNED,
        items=[[each.key, each.fingerprint] for each in chosen],
        account=editor.account[:64],
        name=editor.name[:128],
        set_at=now(),
    )
    session.add(row)
    await session.flush()
    return row


async def require_unplanned(session: AsyncSession, items: Iterable[Item]) -> None:
    """Raises `ChangedMeanwhile` (409) where one of them goes live at a time."""
    planned = select(ScheduledPublishing).where(ScheduledPublishing.state == ScheduleState.PLANNED)
    taken = {key for row in await session.scalars(planned) for key, _ in row.items}
    if any(each.key in taken for each in items):
        raise ChangedMeanwhile("schedule_taken")


async def move(session: AsyncSession, plan_id: uuid.UUID, at: dt.datetime, editor: Editor) -> None:
    """Another time, set by this editor. Raises `ChangedMeanwhile` where it is not planned any more."""
    wanted = (ScheduledPublishing.id == plan_id, ScheduledPublishing.state == ScheduleState.PLANNED)
    values = {"at": at, "account": editor.account[:64], "name": editor.name[:128], "set_at": now()}
    moved = update(ScheduledPublishing).where(*wanted).values(**values).returning(ScheduledPublishing.id)
    if (await session.execute(moved)).scalar_one_or_none() is None:
        raise ChangedMeanwhile("schedule_gone")


async def withdraw(session: AsyncSession, plan_id: uuid.UUID) -> None:
    """Forget one that is planned, or whose failure has been read. Raises `ChangedMeanwhile` where it is under way."""
    states = (ScheduleState.PLANNED, ScheduleState.REFUSED)
    over = select(ContentJob.id).where(ContentJob.active.is_(None))
    gone = (
        delete(ScheduledPublishing)
        .where(
            ScheduledPublishing.id == plan_id,
            or_(ScheduledPublishing.state.in_(states), ScheduledPublishing.job.in_(over)),
        )
        .returning(ScheduledPublishing.id)
    )
    if (await session.execute(gone)).scalar_one_or_none() is None:
        raise ChangedMeanwhile("schedule_gone")


async def standing(session: AsyncSession) -> list[Standing]:
    """Those that are planned, the next one first, and those that did not go live and nobody has put away."""
    is_known = or_(
        ScheduledPublishing.state != ScheduleState.ORDERED,
        (ContentJob.active.is_(None)) & (ContentJob.state != JobState.DONE),
    )
    found = await session.execute(
        select(ScheduledPublishing, ContentJob)
        .outerjoin(ContentJob, ContentJob.id == ScheduledPublishing.job)
        .where(is_known)
        .order_by(ScheduledPublishing.at)
    )
    return [Standing(row, job) for row, job in found]


async def next_due(session: AsyncSession, at: dt.datetime) -> ScheduledPublishing | None:
    """The one whose time came first."""
    due = (ScheduledPublishing.state == ScheduleState.PLANNED, ScheduledPublishing.at <= at)
    wanted = select(ScheduledPublishing).where(*due).order_by(ScheduledPublishing.at).limit(1)
    return (await session.scalars(wanted)).one_or_none()


async def take(session: AsyncSession, plan_id: uuid.UUID, to: ScheduleState, at: dt.datetime) -> bool:
    """Its time has come; false where another process took it, or an editor moved or withdrew it, meanwhile."""
    due = (ScheduledPublishing.state == ScheduleState.PLANNED, ScheduledPublishing.at <= at)
    taken = update(ScheduledPublishing).where(ScheduledPublishing.id == plan_id, *due).values(state=to)
    return (await session.execute(taken.returning(ScheduledPublishing.id))).scalar_one_or_none() is not None
