"""Editors' workshop: one job at a time across all processes; its row tells everything that a page shows of it.

A job is held under a lease. Who holds it renews the lease; when a process dies, the lease runs out and another process
begins the step again, `MOST_ATTEMPTS` times at most.
"""

import datetime as dt
import uuid
from typing import Any, Final

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.models import ContentJob
from gateway.content.refusals import ChangedMeanwhile, ContentRefused
from gateway.content.repository import Editor
from gateway.content.words import say
from gateway.database import now

KINDS: Final = ("check", "train", "evaluate", "publish", "rollback")
STEPS: Final = {
    "check": ("check",),
    "train": ("check", "train"),
    "evaluate": ("check", "train", "evaluate", "compare"),
    "publish": ("check", "train", "evaluate", "compare", "swap"),
    "rollback": ("swap",),
}
LEASE: Final = dt.timedelta(seconds=15)
MOST_ATTEMPTS: Final = 3
_MOST_LINES: Final = 500


class LeaseLost(Exception):
    """Another process holds the job by now: this one leaves its row and its files alone."""


async def order(
    session: AsyncSession, kind: str, commit: str, editor: Editor, result: dict[str, Any] | None = None
) -> ContentJob:
    """A job that waits for a process to take it. Raises `ChangedMeanwhile` (409) while another one is not over."""
    job = ContentJob(
        kind=kind,
        state="waiting",
        active=1,
        commit=commit,
        account=editor.account[:64],
        name=editor.name[:128],
        created_at=now(),
        log=[_line("job_began")],
        result=result or {},
    )
    try:
        async with session.begin_nested():
            session.add(job)
    except IntegrityError:
        raise ChangedMeanwhile("job_running") from None
    return job


async def read(session: AsyncSession, job: uuid.UUID) -> ContentJob:
    """A job as it stands. Raises `ContentRefused` for an unknown one."""
    found = await session.get(ContentJob, job, populate_existing=True)
    if found is None:
        raise ContentRefused("no_such_job")
    return found


async def held(session: AsyncSession, job: uuid.UUID, holder: str | None) -> ContentJob:
    """A job as it stands, for the process that holds it. Raises `LeaseLost` for any other."""
    found = await read(session, job)
    if found.holder != holder:
        raise LeaseLost
    return found


async def recent(session: AsyncSession, limit: int = 20) -> list[ContentJob]:
    """The latest jobs, the newest first."""
    return list(await session.scalars(select(ContentJob).order_by(ContentJob.created_at.desc()).limit(limit)))


async def current(session: AsyncSession) -> ContentJob | None:
    """The job that is not over, when there is one."""
    return (await session.scalars(select(ContentJob).where(ContentJob.active == 1))).one_or_none()


async def cancel(session: AsyncSession, job: uuid.UUID) -> None:
    """Ask for the end of a job: at once while it waits, within seconds while it runs."""
    found = await read(session, job)
    if found.active is None:
        return
    found.cancel_requested = True
    if found.state == "waiting":
        end(found, "cancelled", "cancelled")


async def claim(session: AsyncSession, holder: str) -> ContentJob | None:
    """Take the job that waits, or whose process has died; None when there is none, or another process was faster."""
    free = or_(ContentJob.lease_until.is_(None), ContentJob.lease_until < now())
    taken = (
        await session.execute(
            update(ContentJob)
            .where(ContentJob.active == 1, free)
            .values(holder=holder, lease_until=now() + LEASE, attempts=ContentJob.attempts + 1)
            .returning(ContentJob.id)
        )
    ).scalar_one_or_none()
    if taken is None:
        return None
    job = await read(session, taken)
    if job.cancel_requested:
        end(job, "cancelled", "cancelled")
        return None
    if job.attempts > MOST_ATTEMPTS:
        end(job, "failed", "job_died", count=job.attempts - 1)
        return None
    if job.state == "running":
        note(job, "job_again", count=job.attempts)
    job.state = "running"
    return job


async def renew(session: AsyncSession, job: uuid.UUID, holder: str) -> bool:
    """Keep the lease; false when the job was cancelled, or belongs to somebody else by now."""
    kept = await session.execute(
        update(ContentJob)
        .where(
            ContentJob.id == job,
            ContentJob.active == 1,
            ContentJob.holder == holder,
            ContentJob.cancel_requested.is_(False),
        )
        .values(lease_until=now() + LEASE)
        .returning(ContentJob.id)
    )
    return kept.scalar_one_or_none() is not None


async def give_back(session: AsyncSession, job: uuid.UUID, holder: str) -> None:
    """Let another process go on at once: this one stops. The cut-off step does not count as an attempt."""
    await session.execute(
        update(ContentJob)
        .where(ContentJob.id == job, ContentJob.holder == holder, ContentJob.active == 1)
        .values(lease_until=None, attempts=ContentJob.attempts - 1)
    )


def note(job: ContentJob, key: str, **parameters: object) -> None:
    """Add a sentence to the job's log."""
    job.log = [*job.log, _line(key, **parameters)][-_MOST_LINES:]


def end(job: ContentJob, state: str, key: str, **parameters: object) -> None:
    """The job is over, for the reason that the sentence gives."""
    note(job, key, **parameters)
    job.state, job.active = state, None
    job.finished_at = now()
    job.holder = job.lease_until = None


def sentences(job: ContentJob, language: str) -> list[str]:
    """The job's log in fi, sv or en."""
    return [say(each["key"], language, **each["parameters"]) for each in job.log]


def outcome(job: ContentJob, language: str) -> str:
    """The last sentence: how the job ended, or what it does."""
    return sentences(job, language)[-1]


def _line(key: str, **parameters: object) -> dict[str, Any]:
    kept = {name: value if isinstance(value, int | float) else str(value) for name, value in parameters.items()}
    say(key, "en", **kept)  # a sentence that cannot be said is found here and not on a page
    return {"at": now().isoformat(), "key": key, "parameters": kept}
