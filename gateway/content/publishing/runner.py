"""Content, the job runner: takes jobs and runs them, in each gateway process and in a command."""

import asyncio
import os
import socket
import uuid
from pathlib import Path
from typing import Any, Final

import structlog

from gateway.content.errors import ContentRefused
from gateway.content.models import ContentJob, JobState
from gateway.content.publishing import jobs
from gateway.content.publishing.due import order_due
from gateway.content.publishing.publish import Publishing
from gateway.content.publishing.rasa_process import RASA
from gateway.core.config.settings import Settings
from gateway.core.database import Database
from gateway.core.tasks import cancel_once, end_if_cancelled

log = structlog.get_logger()

LOOK_EVERY: Final = 2.0
RENEW_EVERY: Final = 2.0


class JobRunner:
    """Takes the waiting job, or one whose process has died, and runs it beside everything else."""

    def __init__(self, settings: Settings, database: Database, config: Path | None = None) -> None:
        self._settings = settings
        self._database = database
        self._config = config
        self._process = f"{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._loops: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to look for jobs, where there is an environment in which they can be done."""
        if not RASA.exists():
            log.info("jobs_are_done_elsewhere")  # in production, by the container that editors use
            return
        self._loops = [asyncio.create_task(self._look(lane), name="look for jobs") for lane in jobs.Lane]
        self._loops.append(asyncio.create_task(self._look_at_the_clock(), name="look for words that are due"))

    async def stop(self) -> None:
        """End; a job that runs is given back, and another process begins its step again."""
        for loop in self._loops:
            cancel_once(loop)
        await asyncio.gather(*self._loops, return_exceptions=True)

    async def run_next(self, lane: jobs.Lane = jobs.Lane.BOT) -> bool:
        """Take one job of a lane and run it to its end; false when there is none to take."""
        if not await jobs.any_to_take(self._database, lane):
            return False
        async with self._database.transaction() as session:
            job = await jobs.take_lease(session, self._process, lane)
        if job is None:
            return False
        work = asyncio.create_task(self._run(job))
        renewing = asyncio.create_task(self._renew(job.id, work))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            if work.cancelled():  # an editor cancelled the job, or another process has it by now
                await self._end_cancelled(job)
                return True
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            async with self._database.transaction() as session:
                await jobs.release_lease(session, job.id, self._process)
            raise
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
        return True

    async def _look(self, lane: jobs.Lane) -> None:
        while True:
            try:
                if not await self.run_next(lane):
                    await asyncio.sleep(LOOK_EVERY)
            except Exception as error:  # the next look may find the database again
                log.error("job_loop_failed", exc_info=error)
                end_if_cancelled()
                await asyncio.sleep(LOOK_EVERY)

    async def _look_at_the_clock(self) -> None:
        while True:
            try:
                await order_due(self._settings, self._database)
            except Exception as error:  # the next look may find the database again
                log.error("due_loop_failed", exc_info=error)
                end_if_cancelled()
            await asyncio.sleep(LOOK_EVERY)

    async def _run(self, job: ContentJob) -> None:
        publishing = Publishing(self._settings, self._database, job, self._config)
        try:
            key, parameters = await publishing.run(job.step)
            state = JobState.DONE
        except ContentRefused as refusal:
            state, key, parameters = JobState.REFUSED, refusal.key, refusal.parameters
        except jobs.LeaseLost:
            log.warning("job_lease_lost", kind=job.kind)
            return
        except Exception as error:  # the row must not stay active for ever
            log.error("job_failed", kind=job.kind, step=job.step, exc_info=error)
            state, key, parameters = JobState.FAILED, "job_error", {}
        await self._end(publishing, job, state, key, parameters)

    async def _renew(self, job: uuid.UUID, work: asyncio.Task[None]) -> None:
        while True:
            await asyncio.sleep(RENEW_EVERY)
            try:
                async with self._database.transaction() as session:
                    kept = await jobs.renew_lease(session, job, self._process)
            except Exception as error:  # a lease outlives a database that is away for a moment
                log.warning("job_not_renewed", exc_info=error)
                end_if_cancelled()
                continue
            if not kept:
                work.cancel()
                return

    async def _end_cancelled(self, job: ContentJob) -> None:
        publishing = Publishing(self._settings, self._database, job, self._config)
        await self._end(publishing, job, JobState.CANCELLED, "cancelled", {})

    async def _end(
        self, publishing: Publishing, job: ContentJob, state: JobState, key: str, parameters: dict[str, Any]
    ) -> None:
        """The job is over; what another process holds by now, row and files, is left alone."""
        async with self._database.transaction() as session:
            row = await jobs.get(session, job.id)
            if row.leased_by == self._process and row.active:
                publishing.tidy()
                jobs.finish(row, state, key, **parameters)
