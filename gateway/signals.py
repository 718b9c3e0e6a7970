"""Under the road: what one process tells the others, once it is committed; heard within milliseconds or not at all.

PostgreSQL carries signals by LISTEN and NOTIFY on one connection of its own; with SQLite there is one process. A
signal saves waiting and nothing depends on it: who listens must also look now and then.
"""

import asyncio
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import structlog
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from gateway.cancelling import cancel_once
from gateway.database import Database

log = structlog.get_logger()

Signal = tuple[str, str]

_CHANNEL = "neuvo"
_NOTIFY = text("SELECT pg_notify(:channel, payload) FROM unnest(CAST(:payloads AS text[])) AS payload")
# So long the signals of a process are collected for the others. PostgreSQL lets only one transaction with a NOTIFY
# commit at a time; the road's own transactions must not stand in that row.
COLLECT = 0.05
# PostgreSQL takes payloads under 8,000 bytes; names and ids are far shorter.
LONGEST = 200
# So many signals may wait for one slow listener; beyond them it is told to look at everything.
MOST_WAITING = 500
CONNECT_PATIENCE = 3.0
_RECONNECT_PAUSE = 1.0
# A server that vanished without a word is noticed after so long.
_QUIET = 20.0


class Signals:
    """Names and opaque ids to every process, this one included; never a text or an identifier of a person."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._address = None if database.is_sqlite else _plain_address(database.url)
        self._outgoing: dict[str, None] = {}
        self._telling: asyncio.Task[None] | None = None
        self._origin = uuid.uuid4().hex[:12]
        self._listeners: set[_Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    def send(self, session: AsyncSession, name: str, key: str = "") -> None:
        """Tell every process once this transaction is committed; nothing when it, or its savepoint, is rolled back.

        `key` says which (an opaque id); equal signals of one transaction are one. Raises `ValueError` when a name is
        no single word or both are too long.
        """
        if not name or " " in name or len(name) + len(key) > LONGEST:
            raise ValueError("A signal is one word and an opaque id.")
        inner = session.sync_session
        waiting = inner.info.get(_Outgoing.PLACE)
        if waiting is None:
            waiting = inner.info[_Outgoing.PLACE] = _Outgoing(self, inner)
        waiting.add((name, key))

    @asynccontextmanager
    async def listen(self, *names: str) -> AsyncIterator[AsyncIterator[Signal]]:
        """Hear these names from here to the end of the block, as pairs of name and key.

        An empty key says that any of them may have changed: also after a lost connection, and to a listener that was
        too slow to be told each.
        """
        listener = _Listener(names)
        self._listeners.add(listener)
        try:
            await self._be_connected()
            yield listener
        finally:
            self._listeners.discard(listener)

    async def close(self) -> None:
        """Say what has not been said yet, and give the connection back."""
        if self._telling is not None:
            telling = self._telling
            await asyncio.wait({telling}, timeout=CONNECT_PATIENCE)
            cancel_once(telling)
        if self._task is not None:
            cancel_once(self._task)
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def deliver(self, signals: list[Signal]) -> None:
        """To the listeners of this process."""
        for listener in self._listeners:
            for name, key in signals:
                listener.hear(name, key)

    def tell(self, signals: list[Signal]) -> None:
        """What is committed: to this process at once, to the others within milliseconds."""
        self.deliver(signals)
        if self._address is None or not signals:
            return
        self._outgoing.update(dict.fromkeys(f"{self._origin} {name} {key}" for name, key in signals))
        if self._telling is None:
            self._telling = asyncio.get_running_loop().create_task(self._tell_others())

    async def _tell_others(self) -> None:
        while self._outgoing:
            await asyncio.sleep(COLLECT)
            payloads, self._outgoing = list(self._outgoing), {}
            try:
                await self._database.alone(_NOTIFY, {"channel": _CHANNEL, "payloads": payloads})
            except (SQLAlchemyError, OSError) as error:
                log.warning("signals_not_told", error=type(error).__name__)  # who listens also looks by itself
            except Exception as error:  # nobody would be told anything ever after
                log.error("signals_not_told", exc_info=error)
        self._telling = None

    async def _be_connected(self) -> None:
        if self._address is None:
            return
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._stay_connected(self._address))
        try:
            async with asyncio.timeout(CONNECT_PATIENCE):
                await self._connected.wait()
        except TimeoutError:
            log.warning("signals_not_connected")  # it goes on trying, and who listens also looks by itself

    async def _stay_connected(self, address: str) -> None:
        lost = False
        while True:
            try:
                await self._hear(address, lost=lost)
            except (psycopg.Error, OSError) as error:
                log.warning("signals_interrupted", error=type(error).__name__)
            except Exception as error:  # nothing of the others would be heard ever after
                log.error("signals_interrupted", exc_info=error)
            self._connected.clear()
            lost = True
            await asyncio.sleep(_RECONNECT_PAUSE)

    async def _hear(self, address: str, *, lost: bool) -> None:
        options = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "application_name": "neuvo signals"}
        async with await psycopg.AsyncConnection.connect(address, autocommit=True, **options) as connection:  # type: ignore[arg-type]
            await connection.execute(f"LISTEN {_CHANNEL}")
            self._connected.set()
            if lost:
                self._look_at_everything()
            while True:
                async for notice in connection.notifies(timeout=_QUIET):
                    origin, name, key = [*notice.payload.split(" ", 2), "", ""][:3]  # somebody else's may have fewer
                    if origin != self._origin:  # told here already, at the commit
                        self.deliver([(name, key)])
                await connection.execute("SELECT 1")

    def _look_at_everything(self) -> None:
        for listener in self._listeners:
            listener.look_at_everything()


class _Outgoing:
    """What one session will say when it commits."""

    PLACE = "neuvo signals"

    def __init__(self, signals: Signals, session: Session) -> None:
        self._signals = signals
        self._session = session
        self._waiting: list[tuple[SessionTransaction | None, Signal]] = []

    def add(self, signal: Signal) -> None:
        """Keep it with the innermost savepoint, whose rollback also takes it back."""
        place = self._session.get_nested_transaction() or self._session.get_transaction()
        if all(signal != other or place is not where for where, other in self._waiting):
            self._waiting.append((place, signal))

    def _signals_once(self) -> list[Signal]:
        return list(dict.fromkeys(signal for _, signal in self._waiting))

    def after_commit(self, session: Session) -> None:
        """Say it; the end of a savepoint is no commit."""
        if session.in_nested_transaction():
            return
        told, self._waiting = self._signals_once(), []
        self._signals.tell(told)

    def after_rollback(self, previous: SessionTransaction) -> None:
        """Forget what was taken back."""
        self._waiting = [(place, signal) for place, signal in self._waiting if not _is_within(place, previous)]


# For all sessions once: to listen to each anew costs more than a statement.
@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if (outgoing := session.info.get(_Outgoing.PLACE)) is not None:
        outgoing.after_commit(session)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, previous: SessionTransaction) -> None:
    if (outgoing := session.info.get(_Outgoing.PLACE)) is not None:
        outgoing.after_rollback(previous)


def _is_within(place: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while place is not None:
        if place is outer:
            return True
        place = place.parent
    return False


class _Listener:
    """An endless iterator over what was heard; equal signals that wait are one."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = frozenset(names)
        self._heard: OrderedDict[Signal, None] = OrderedDict()
        self._something = asyncio.Event()

    def hear(self, name: str, key: str) -> None:
        """Keep a signal for whoever iterates."""
        if name not in self._names:
            return
        if len(self._heard) >= MOST_WAITING:
            self._heard.clear()
            self.look_at_everything()
        elif (name, "") not in self._heard:
            self._heard[name, key] = None
            self._something.set()

    def look_at_everything(self) -> None:
        """Something may have been missed."""
        self._heard.update({(name, ""): None for name in sorted(self._names)})
        self._something.set()

    def __aiter__(self) -> "_Listener":
        return self

    async def __anext__(self) -> Signal:
        while not self._heard:
            self._something.clear()
            await self._something.wait()
        return self._heard.popitem(last=False)[0]


def _plain_address(url: str) -> str:
    parts: Any = make_url(url).set(drivername="postgresql")
    address: str = parts.render_as_string(hide_password=False)
    return address
