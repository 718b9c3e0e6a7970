"""Operations, parts: what this process depends on, asked within a second for the health pages and the metrics alike."""

import asyncio
import datetime as dt
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sqlalchemy import select

from gateway.content.publishing.releases import Published
from gateway.conversations.models import SuspendedNumber
from gateway.dialogue.engine_pool import EnginePool
from gateway.inbox.context import InboxContext
from gateway.inbox.spool import Backlog
from gateway.ops.probe import Probe
from gateway.ops.redis_probe import PONG, ping_redis
from gateway.ops.stored_state import StoredState, look

PATIENCE = 0.5  # seconds for all parts together; whoever asks for health wants an answer within one
SPOOL_PATIENCE = 0.25  # seconds for a test write to the spool, when the database has not answered
STORED_FRESH = 5.0  # seconds for which a look at the tables is shown again
STORED_KEPT = 60.0  # seconds after which a look is too old to be shown at all
SCRAPE_PATIENCE = 0.05  # seconds that a scrape waits for a new look; it shows the last one otherwise
FIRST_PATIENCE = 0.25  # the same where there is none to show


class WorkerState(Protocol):
    """The loops of this process that process messages."""

    def is_alive(self) -> bool:
        """Whether every loop runs."""

    def last_steps(self) -> Mapping[str, dt.datetime]:
        """When each loop last completed a step."""


@dataclass(frozen=True)
class Condition:
    """How every part is; `sending`: no number is suspended. `redis` is None where it is not used."""

    database: bool
    sending: bool
    worker: bool
    engines: Mapping[str, bool]
    redis: bool | None
    backlog: Backlog
    accepting: bool

    @property
    def healthy(self) -> bool:
        """Whether nothing is wrong at all."""
        parts = (self.database, self.sending, self.worker, *self.engines.values(), self.redis is not False)
        return all(parts) and bool(self.engines) and not self.backlog.waiting


class Parts:
    """The probes of one process; they live as long as its service."""

    def __init__(self, service: InboxContext, worker: WorkerState) -> None:
        self._service, self._worker = service, worker
        self._database = Probe("database", self._ask_database)
        engine = service.engine
        questions = engine.questions() if isinstance(engine, EnginePool) else {"1": self._ask_engine}
        self._engines = {number: Probe(f"engine {number}", question) for number, question in questions.items()}
        self._redis = Probe("redis", self._ask_redis)
        self._spool = Probe("spool", lambda: asyncio.to_thread(service.spool.can_append))
        self._stored = Probe("stored_state", lambda: look(service.database), STORED_FRESH)

    async def begin(self) -> None:
        """Ask everything once, before anybody may: whoever comes first waits for nothing that is silent already."""
        await self.condition()
        await self.stored()

    async def condition(self) -> Condition:
        """How every part is now; a part that does not answer in time counts as down."""
        sending, redis, *engines = await asyncio.gather(
            self._database.ask(PATIENCE),
            self._redis.ask(PATIENCE),
            *(probe.ask(PATIENCE) for probe in self._engines.values()),
        )
        database = sending is not None
        return Condition(
            database=database,
            sending=sending is not False,
            worker=self._worker.is_alive(),
            engines={number: bool(ready) for number, ready in zip(self._engines, engines, strict=True)},
            redis=None if self._service.settings.redis_url is None else bool(redis),
            backlog=self._service.spool.backlog(),
            accepting=database or bool(await self._spool.ask(SPOOL_PATIENCE)),
        )

    async def stored(self, *, wait: bool = True) -> tuple[StoredState | None, float]:
        """The last look at the tables and its age in seconds, or None and infinity where it is too old.

        A new look begins when the last is older than `STORED_FRESH`; without `wait` it is for whoever asks next.
        """
        known = self._stored.last()[1] <= STORED_KEPT
        await self._stored.ask((SCRAPE_PATIENCE if known else FIRST_PATIENCE) if wait else 0.0)
        state, age = self._stored.last()
        return (state, age) if age <= STORED_KEPT else (None, float("inf"))

    def loops(self) -> Mapping[str, dt.datetime]:
        """When each loop of this process last completed a step."""
        return self._worker.last_steps()

    def spool_limit(self) -> int:
        """The most bytes that the spool may hold."""
        return self._service.settings.spool_size_limit

    def published_at(self) -> dt.datetime | None:
        """When what is live was published; None for the project's own, and where its record cannot be read."""
        try:
            release = Published(self._service.settings).live()
            return release.made_at if release.commit else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def disks(self) -> dict[str, tuple[int, int]]:
        """Free and all bytes of the disk under each folder in which this process writes."""
        settings, found = self._service.settings, dict[str, tuple[int, int]]()
        for name, folder in (
            ("state", settings.state_dir),
            ("spool", settings.spool_folder),
            ("published", settings.published_folder),
        ):
            try:
                used = shutil.disk_usage(_existing(folder))
            except OSError:
                continue
            found[name] = used.free, used.total
        return found

    async def close(self) -> None:
        """Cancel what is still being asked."""
        probes = (self._database, *self._engines.values(), self._redis, self._spool, self._stored)
        await asyncio.gather(*(probe.close() for probe in probes))

    async def _ask_database(self) -> bool:
        """Whether no number is suspended."""
        statement = select(SuspendedNumber.channel).limit(1)
        async with self._service.database.engine.connect() as connection:
            return (await connection.execute(statement)).first() is None

    async def _ask_engine(self) -> bool:
        return await self._service.engine.is_ready()

    async def _ask_redis(self) -> bool | None:
        url = self._service.settings.redis_url
        return None if url is None else await ping_redis(url.get_secret_value(), PATIENCE) == PONG


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there already."""
    return next(path for path in (folder, *folder.resolve().parents) if path.exists())
