"""Content, what is due: words whose time has come are handed to the lane of words, once, by whichever process looks.

The job and the state of its row are written in one transaction, so a process that dies at any point leaves either a
publishing that is still planned, or a job that another process runs.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import update

from gateway.accounts import audit
from gateway.content.errors import ContentRefused
from gateway.content.models import JobKind, ScheduledPublishing, ScheduleState
from gateway.content.publishing import jobs, schedule
from gateway.content.publishing.approvals import require_approval
from gateway.content.publishing.releases import Published
from gateway.content.publishing.selection import Waiting, commit_of, waiting
from gateway.content.repository.git import Editor
from gateway.content.repository.items import Item
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import Settings
from gateway.core.database import Database, now

# A service that stood still for longer tells the editors, instead of saying what may be wrong by now.
MOST_LATE: Final = dt.timedelta(hours=24)
# What is over in a moment: the next look tries again.
_PASSING: Final = ("busy", "job_running")


class _NotAsApproved(ContentRefused):
    """Some items are not any more what was approved."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__("schedule_changed", count=len(keys))
        self.keys = list(keys)


async def order_due(settings: Settings, database: Database) -> bool:
    """Order what is due first, or say in its row why it does not go; false where nothing is, or it must wait."""
    at = now()
    async with database.transaction() as session:
        row = await schedule.next_due(session, at)
    if row is None:
        return False
    try:
        if at - row.at > MOST_LATE:
            raise ContentRefused("schedule_missed")
        found, chosen, commit = await asyncio.to_thread(_prepared, settings, row)
        return await _order(settings, database, row, (found, chosen, commit), at)
    except ContentRefused as refusal:
        if refusal.key in _PASSING:
            return False
        return await _refuse(database, row.id, refusal, at)


def _prepared(settings: Settings, row: ScheduledPublishing) -> tuple[Waiting, list[Item], str]:
    """The items as they were approved, and their commit. Raises `ContentRefused` where one is another by now."""
    copy = WorkingCopy(settings.content_folder)
    try:
        found = waiting(copy, Published(settings).live().commit)
        if different := schedule.changed(row.items, found.items):
            raise _NotAsApproved(different)
        keys = {key for key, _ in row.items}
        chosen = [each for each in found.items if each.key in keys]
        return found, chosen, commit_of(copy, found, chosen, Editor(row.name, row.account))
    finally:
        copy.repository.git.close()


async def _order(
    settings: Settings,
    database: Database,
    row: ScheduledPublishing,
    prepared: tuple[Waiting, list[Item], str],
    at: dt.datetime,
) -> bool:
    found, chosen, commit = prepared
    async with database.transaction() as session:
        if not await schedule.take(session, row.id, ScheduleState.ORDERED, at):
            return False
        if settings.content_four_eyes:
            await require_approval(session, chosen)
        result = {"base": found.base, "items": [each.key for each in chosen]}
        job = await jobs.enqueue(session, JobKind.WORDS, commit, Editor(row.name, row.account), result)
        jobs.add_log(job, "job_at_its_time", name=row.name)
        await session.execute(update(ScheduledPublishing).where(ScheduledPublishing.id == row.id).values(job=job.id))
        details = {"items": len(chosen), "scheduled": True}
        await audit.record(session, row.account, "content_publish_ordered", commit, details)
    return True


async def _refuse(database: Database, plan_id: uuid.UUID, refusal: ContentRefused, at: dt.datetime) -> bool:
    why: dict[str, Any] = {"key": refusal.key, "parameters": dict(refusal.parameters)}
    why["changed"] = refusal.keys if isinstance(refusal, _NotAsApproved) else []
    async with database.transaction() as session:
        if not await schedule.take(session, plan_id, ScheduleState.REFUSED, at):
            return False
        await session.execute(update(ScheduledPublishing).where(ScheduledPublishing.id == plan_id).values(refusal=why))
        details = {"why": refusal.key}
        await audit.record(session, "schedule", "content_schedule_refused", str(plan_id), details)
    return True
