"""Content, a job's row while it runs: what its steps found, and how far they are; only for who holds its lease."""

import asyncio
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.models import ContentJob, JobStep
from gateway.content.publishing import jobs
from gateway.core.database import Database

_MOVES_EVERY: Final = 2.0  # seconds


class JobRecord:
    """The row of a running job; each method is a transaction. Raises `LeaseLost` where another process has it."""

    def __init__(self, database: Database, job: ContentJob) -> None:
        self.id, self.kind, self.commit = job.id, job.kind, job.commit
        self.by, self.account = job.name, job.account
        self.result: dict[str, Any] = dict(job.result)
        self.database = database
        self._process = job.leased_by

    async def enter(self, step: JobStep) -> None:
        """A step begins."""
        async with self.database.transaction() as session:
            job = await self._row(session)
            if job.step != step:  # a step that is begun again keeps count of how often
                job.step, job.attempts = step, 1
            job.progress = 0.0
            jobs.add_log(job, f"step_{step}")

    async def keep(self, **found: Any) -> None:
        """Keep what a step found."""
        self.result = {**self.result, **found}
        async with self.database.transaction() as session:
            (await self._row(session)).result = self.result

    async def note(self, key: str, **parameters: object) -> None:
        """Add a sentence to the log."""
        async with self.database.transaction() as session:
            jobs.add_log(await self._row(session), key, **parameters)

    async def progress(self, share: float) -> None:
        """Say how far the step is, 0 to 1."""
        async with self.database.transaction() as session:
            (await self._row(session)).progress = share

    @asynccontextmanager
    async def moving(self, expected: float) -> AsyncIterator[None]:
        """Let the progress move with the time while a step works that tells nothing; `expected` in seconds.

        It slows down and never arrives by itself: a step that takes longer than expected is not said to be done.
        """
        began = time.monotonic()

        async def move() -> None:
            while True:
                await asyncio.sleep(_MOVES_EVERY)
                await self.progress(1 - math.exp(-1.6 * (time.monotonic() - began) / max(expected, 1.0)))

        moving = asyncio.create_task(move())
        try:
            yield
        finally:
            moving.cancel()
            await asyncio.gather(moving, return_exceptions=True)

    async def _row(self, session: AsyncSession) -> ContentJob:
        return await jobs.get_leased(session, self.id, self._process)
