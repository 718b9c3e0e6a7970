"""Content, jobs: one at a time in each lane across all processes; the row holds everything that a page shows of it.

Words go live in seconds, in a lane of their own, beside any training.

A process runs a job under a lease, which it renews; when the process dies, the lease expires and another process
begins the step again, `MOST_ATTEMPTS` times at most.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.errors import ChangedMeanwhile, ContentRefused
from gateway.content.models import ContentJob, JobKind, JobState, JobStep
from gateway.content.repository.git import Editor
from gateway.content.wording import english, say
from gateway.core.compiled import prepare
from gateway.core.database import Database, now

STEPS: Final[Mapping[JobKind, tuple[JobStep, ...]]] = {
    JobKind.CHECK: (JobStep.CHECK,),
    JobKind.TRAIN: (JobStep.CHECK, JobStep.TRAIN),
    JobKind.EVALUATE: (JobStep.CHECK, JobStep.TRAIN, JobStep.EVALUATE, JobStep.COMPARE),
    JobKind.PUBLISH: tuple(JobStep),
    JobKind.WORDS: (JobStep.CHECK, JobStep.SWAP),
    JobKind.ROLLBACK: (JobStep.SWAP,),
}
_FREE = prepare(
    select(ContentJob.id)
    .where(
        ContentJob.active == bindparam("lane"),
        or_(ContentJob.lease_until.is_(None), ContentJob.lease_until < bindparam("at")),
    )
    .limit(1)
)


# How much of a job's time a step takes.
_WEIGHTS: Final[Mapping[JobStep, float]] = {
    JobStep.CHECK: 2,
    JobStep.TRAIN: 50,
    JobStep.EVALUATE: 45,
    JobStep.COMPARE: 1,
    JobStep.SWAP: 2,
}


# How long a training takes on two cores where this installation has not finished one yet.
_USUAL: Final[Mapping[JobKind, dt.timedelta]] = {
    JobKind.TRAIN: dt.timedelta(minutes=15),
    JobKind.EVALUATE: dt.timedelta(minutes=35),
    JobKind.PUBLISH: dt.timedelta(minutes=35),
}
_LOOKED_AT: Final = 10


class Lane(IntEnum):
    """Where a job stands in line; each lane has one job at a time."""

    BOT = 1
    WORDS = 2


LANES: Final[Mapping[JobKind, Lane]] = {
    kind: Lane.WORDS if kind in (JobKind.WORDS, JobKind.ROLLBACK) else Lane.BOT for kind in JobKind
}
LEASE: Final = dt.timedelta(seconds=15)
MOST_ATTEMPTS: Final = 3
_MOST_LINES: Final = 500


class LeaseLost(Exception):
    """Another process holds the job by now: this one leaves its row and its files alone."""


async def enqueue(
    session: AsyncSession, kind: JobKind, commit: str, editor: Editor, result: dict[str, Any] | None = None
) -> ContentJob:
    """Create a job that waits for a process. Raises `ChangedMeanwhile` (409) while one of its lane is not over."""
    job = ContentJob(
        kind=kind,
        state=JobState.WAITING,
        active=LANES[kind],
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


async def get(session: AsyncSession, job: uuid.UUID) -> ContentJob:
    """A job as it stands. Raises `ContentRefused` for an unknown one."""
    found = await session.get(ContentJob, job, populate_existing=True)
    if found is None:
        raise ContentRefused("no_such_job")
    return found


async def get_leased(session: AsyncSession, job: uuid.UUID, process: str | None) -> ContentJob:
    """A job as it stands, for the process that holds its lease. Raises `LeaseLost` for any other."""
    found = await get(session, job)
    if found.leased_by != process:
        raise LeaseLost
    return found


async def latest(session: AsyncSession) -> list[ContentJob]:
    """The latest job of each lane, the newest first."""
    found = []
    for lane in Lane:
        kinds = [kind for kind in JobKind if LANES[kind] == lane]
        wanted = select(ContentJob).where(ContentJob.kind.in_(kinds)).order_by(ContentJob.created_at.desc()).limit(1)
        found += list(await session.scalars(wanted))
    return sorted(found, key=lambda each: each.created_at, reverse=True)


async def usual_time(session: AsyncSession, kind: JobKind) -> dt.timedelta | None:
    """How long the last job of a kind took that trained to its end; None for a kind that does not train."""
    if kind not in _USUAL:
        return None
    ended = select(ContentJob).where(ContentJob.kind == kind, ContentJob.finished_at.is_not(None))
    for job in await session.scalars(ended.order_by(ContentJob.created_at.desc()).limit(_LOOKED_AT)):
        # A job that found its model trained already is short, and one that was cancelled or refused early says nothing.
        whole = job.state == JobState.DONE or "comparison" in job.result
        if whole and job.result.get("trained") and job.finished_at is not None:
            return job.finished_at - began_at(job)
    return _USUAL[kind]


async def cancel(session: AsyncSession, job: uuid.UUID) -> None:
    """Ask for the end of a job: at once while it waits, within seconds while it runs."""
    found = await get(session, job)
    if found.active is None:
        return
    found.cancel_requested = True
    if found.state == JobState.WAITING:
        finish(found, JobState.CANCELLED, "cancelled")


async def any_to_take(database: Database, lane: Lane) -> bool:
    """Whether `take_lease` may find one; at a tenth of its cost, for most looks end here."""
    return bool(await database.execute_autocommit(_FREE, {"lane": lane, "at": now()}))


async def take_lease(session: AsyncSession, process: str, lane: Lane = Lane.BOT) -> ContentJob | None:
    """Take the job of a lane that waits, or whose process has died; None where another process was faster, too."""
    free = or_(ContentJob.lease_until.is_(None), ContentJob.lease_until < now())
    taken = (
        await session.execute(
            update(ContentJob)
            .where(ContentJob.active == lane, free)
            .values(leased_by=process, lease_until=now() + LEASE, attempts=ContentJob.attempts + 1)
            .returning(ContentJob.id)
        )
    ).scalar_one_or_none()
    if taken is None:
        return None
    job = await get(session, taken)
    if job.cancel_requested:
        finish(job, JobState.CANCELLED, "cancelled")
        return None
    if job.attempts > MOST_ATTEMPTS:
        finish(job, JobState.FAILED, "job_died", count=job.attempts - 1)
        return None
    if job.state == JobState.RUNNING:
        add_log(job, "job_again", count=job.attempts)
    job.state = JobState.RUNNING
    return job


async def renew_lease(session: AsyncSession, job: uuid.UUID, process: str) -> bool:
    """Keep the lease; false when the job was cancelled, or belongs to somebody else by now."""
    kept = await session.execute(
        update(ContentJob)
        .where(
            ContentJob.id == job,
            ContentJob.active.is_not(None),
            ContentJob.leased_by == process,
            ContentJob.cancel_requested.is_(False),
        )
        .values(lease_until=now() + LEASE)
        .returning(ContentJob.id)
    )
    return kept.scalar_one_or_none() is not None


async def release_lease(session: AsyncSession, job: uuid.UUID, process: str) -> None:
    """Let another process go on at once: this one stops. The cut-off step does not count as an attempt."""
    await session.execute(
        update(ContentJob)
        .where(ContentJob.id == job, ContentJob.leased_by == process, ContentJob.active.is_not(None))
        .values(lease_until=None, attempts=ContentJob.attempts - 1)
    )


def add_log(job: ContentJob, key: str, **parameters: object) -> None:
    """Add a sentence to the job's log."""
    job.log = [*job.log, _line(key, **parameters)][-_MOST_LINES:]


def finish(job: ContentJob, state: JobState, key: str, **parameters: object) -> None:
    """The job is over, for the reason that the sentence gives."""
    add_log(job, key, **parameters)
    job.state, job.active = state, None
    job.finished_at = now()
    job.leased_by = job.lease_until = None


def began_at(job: ContentJob) -> dt.datetime:
    """When its first step began; until then, when it was ordered."""
    first = next((each["at"] for each in job.log if each["key"].startswith("step_")), None)
    return dt.datetime.fromisoformat(first) if first else job.created_at


def share_done(job: ContentJob) -> float:
    """How much of a job is done, 0 to 1, by the time that its steps take."""
    if job.active is None:
        return 1.0
    steps = STEPS[job.kind]
    at = steps.index(job.step) if job.step in steps else 0
    weights = [_WEIGHTS[step] for step in steps]
    return (sum(weights[:at]) + weights[at] * job.progress) / sum(weights)


def sentences(job: ContentJob, language: str) -> list[str]:
    """The job's log in fi, sv or en."""
    return [say(each["key"], language, **each["parameters"]) for each in job.log]


def outcome(job: ContentJob, language: str) -> str:
    """The last sentence: how the job ended, or what it does."""
    return sentences(job, language)[-1]


def _line(key: str, **parameters: object) -> dict[str, Any]:
    kept = {name: value if isinstance(value, int | float) else str(value) for name, value in parameters.items()}
    english(key, **kept)  # a sentence that cannot be said is found here and not on a page
    return {"at": now().isoformat(), "key": key, "parameters": kept}
