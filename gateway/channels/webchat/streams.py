"""The web chat, on the way out: which pages listen, and how they hear of a change.

A stream reads the tables, never a memory: what wakes it is only a hint. A signal of any process wakes it at once; a
lost one is made up for by one question a second for all sessions that are open here.
"""

import asyncio
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from gateway.cancelling import cancel_once
from gateway.channels.webchat import limits
from gateway.channels.webchat.models import WebSession
from gateway.database import Database
from gateway.signals import Signals

log = structlog.get_logger()
LOOK_AGAIN = 1.0
CHANGED = "chat"  # the signal; its key is the session
_AT_ONCE = 500  # sessions in one question


class TooManyStreams(Exception):
    """This process, address or session has as many open streams as it may."""


class Streams:
    """The open streams of one process, and their bells."""

    def __init__(self, database: Database, signals: Signals) -> None:
        self._database = database
        self._signals = signals
        self._bells: dict[uuid.UUID, set[asyncio.Event]] = {}
        self._addresses: Counter[bytes] = Counter()
        self._seen: dict[uuid.UUID, int] = {}
        self._watching: asyncio.Task[None] | None = None
        self._hearing: asyncio.Task[None] | None = None
        self.closed = False

    @property
    def count(self) -> int:
        """How many are open."""
        return sum(map(len, self._bells.values()))

    @contextmanager
    def listen(self, session: uuid.UUID, address: bytes) -> Iterator[asyncio.Event]:
        """A bell that rings when the session may have changed; raises `TooManyStreams`."""
        bells = self._bells.get(session, set())
        if (
            self.count >= limits.STREAMS
            or self._addresses[address] >= limits.STREAMS_OF_ADDRESS
            or len(bells) >= limits.STREAMS_OF_SESSION
        ):
            raise TooManyStreams
        bell = asyncio.Event()
        self._bells.setdefault(session, bells).add(bell)
        self._addresses[address] += 1
        self._watch()
        try:
            yield bell
        finally:
            bells.discard(bell)
            if not bells:
                self._bells.pop(session, None)
                self._seen.pop(session, None)
            self._addresses[address] -= 1
            self._addresses += Counter()  # drops those that are at zero

    def wake(self, session: uuid.UUID) -> None:
        """Something of this session has changed."""
        for bell in self._bells.get(session, ()):
            bell.set()

    def close(self) -> None:
        """End every stream, so that a process can stop."""
        self.closed = True
        for task in filter(None, (self._watching, self._hearing)):
            cancel_once(task)
        for session in list(self._bells):
            self.wake(session)

    def _watch(self) -> None:
        if (self._watching is None or self._watching.done()) and not self.closed:
            self._watching = asyncio.get_running_loop().create_task(self._look_while_open())
        if (self._hearing is None or self._hearing.done()) and not self.closed:
            self._hearing = asyncio.get_running_loop().create_task(self._hear())

    async def _hear(self) -> None:
        async with self._signals.listen(CHANGED) as heard:
            async for _, key in heard:
                for session in self._named(key):
                    self.wake(session)

    def _named(self, key: str) -> list[uuid.UUID]:
        try:
            return [uuid.UUID(hex=key)]
        except ValueError:
            return list(self._bells)  # no name, or none of ours: any of them may have changed

    async def _look_while_open(self) -> None:
        while self._bells:
            try:
                await self._look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("streams_wait", error=type(error).__name__)
            except Exception as error:
                log.error("streams_wait", exc_info=error)
            await asyncio.sleep(LOOK_AGAIN)

    async def _look(self) -> None:
        open_here = list(self._bells)
        for start in range(0, len(open_here), _AT_ONCE):
            wanted = select(WebSession.id, WebSession.version).where(
                WebSession.id.in_(open_here[start : start + _AT_ONCE])
            )
            async with self._database.transaction() as session:
                rows = (await session.execute(wanted)).all()
            for session_id, version in rows:
                if self._seen.get(session_id) != version and session_id in self._bells:
                    self._seen[session_id] = version
                    self.wake(session_id)
