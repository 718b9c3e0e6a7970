"""The web chat, way out: the open event streams of a process, and what wakes them.

A stream always reads the tables: a wake-up is only a hint. A signal of any process wakes it at once; a lost signal is
made up for by one query a second for all sessions that are open here.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.channels.webchat import limits
from gateway.channels.webchat.models import WebSession
from gateway.core.database import Database
from gateway.core.pubsub import Signals
from gateway.core.tasks import cancel_once, end_if_cancelled

log = structlog.get_logger()
POLL_INTERVAL = 1.0  # seconds
SESSION_CHANGED = "chat"  # the signal; its key is the session
_BATCH = 500  # sessions in one query


class TooManyStreams(Exception):
    """This process, address or session has as many open streams as it may."""


class Streams:
    """The open streams of one process, and their wake-up events."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals
        self._wakeups: dict[uuid.UUID, set[asyncio.Event]] = {}
        self._addresses: Counter[bytes] = Counter()
        self._seen: dict[uuid.UUID, int] = {}
        self._polling: asyncio.Task[None] | None = None
        self._receiving: asyncio.Task[None] | None = None
        self.closed = False

    @property
    def count(self) -> int:
        """The number of open streams."""
        return sum(map(len, self._wakeups.values()))

    @contextmanager
    def listen(self, session: uuid.UUID, address: bytes) -> Iterator[asyncio.Event]:
        """An event that is set when the session may have changed; raises `TooManyStreams`."""
        wakeups = self._wakeups.get(session, set())
        if (
            self.count >= limits.STREAMS
            or self._addresses[address] >= limits.STREAMS_OF_ADDRESS
            or len(wakeups) >= limits.STREAMS_OF_SESSION
        ):
            raise TooManyStreams
        wakeup = asyncio.Event()
        self._wakeups.setdefault(session, wakeups).add(wakeup)
        self._addresses[address] += 1
        self._start_tasks()
        try:
            yield wakeup
        finally:
            wakeups.discard(wakeup)
            if not wakeups:
                self._wakeups.pop(session, None)
                self._seen.pop(session, None)
            self._addresses[address] -= 1
            self._addresses += Counter()  # drops those that are at zero

    def wake(self, session: uuid.UUID) -> None:
        """Wake the streams of a session that has changed."""
        for wakeup in self._wakeups.get(session, ()):
            wakeup.set()

    def close(self) -> None:
        """End every stream, so that a process can stop."""
        self.closed = True
        for task in filter(None, (self._polling, self._receiving)):
            cancel_once(task)
        for session in list(self._wakeups):
            self.wake(session)

    def _start_tasks(self) -> None:
        if (self._polling is None or self._polling.done()) and not self.closed:
            self._polling = asyncio.get_running_loop().create_task(self._poll_while_open())
        if (self._receiving is None or self._receiving.done()) and not self.closed:
            self._receiving = asyncio.get_running_loop().create_task(self._receive_signals())

    async def _receive_signals(self) -> None:
        async with self._signals.listen(SESSION_CHANGED) as signals:
            async for _, key in signals:
                for session in self._sessions_of(key):
                    self.wake(session)

    def _sessions_of(self, key: str) -> list[uuid.UUID]:
        try:
            return [uuid.UUID(hex=key)]
        except ValueError:
            return list(self._wakeups)  # not a session id: any of them may have changed

    async def _poll_while_open(self) -> None:
        while self._wakeups:
            try:
                await self._poll()
            except (SQLAlchemyError, OSError) as error:
                log.warning("stream_poll_failed", exc_info=error)
            except Exception as error:
                log.error("stream_poll_failed", exc_info=error)
            end_if_cancelled()
            await asyncio.sleep(POLL_INTERVAL)

    async def _poll(self) -> None:
        open_here = list(self._wakeups)
        for start in range(0, len(open_here), _BATCH):
            query = select(WebSession.id, WebSession.version).where(
                WebSession.id.in_(open_here[start : start + _BATCH])
            )
            async with self._database.transaction() as session:
                rows = (await session.execute(query)).all()
            for session_id, version in rows:
                if self._seen.get(session_id) != version and session_id in self._wakeups:
                    self._seen[session_id] = version
                    self.wake(session_id)
