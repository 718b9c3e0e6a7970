"""Signals between processes: published when a transaction is committed, received within milliseconds or not at all.

PostgreSQL carries signals by LISTEN and NOTIFY on one connection of its own; with SQLite there is one process. Delivery
is best effort: a signal only saves waiting, and every listener must also poll.
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

from gateway.core.compiled import prepare
from gateway.core.database import Database
from gateway.core.tasks import cancel_once, end_if_cancelled

log = structlog.get_logger()

Signal = tuple[str, str]

_CHANNEL = "neuvo"
_NOTIFY = prepare(text("SELECT pg_notify(:channel, payload) FROM unnest(CAST(:payloads AS text[])) AS payload"))
# Seconds in which the signals of a process are collected. PostgreSQL commits only one transaction with a NOTIFY at a
# time, and those of the pipeline must not wait for that lock.
BATCH_DELAY = 0.05
# Characters of a name and key; PostgreSQL accepts payloads under 8,000 bytes.
MAX_LENGTH = 200
# Signals queued for one slow listener; over it, it is told that anything may have changed.
MAX_QUEUED = 500
CONNECT_TIMEOUT = 3.0  # seconds
_RECONNECT_DELAY = 1.0  # seconds
_KNOWN_AFTER = 2.5  # seconds after which every process has looked who lives
# Seconds without a notification after which the connection is checked.
_CHECK_AFTER = 20.0


class Signals:
    """Publishes names and opaque ids to every process, this one included; never a text or an identifier of a person."""

    def __init__(self, database: Database, direct_url: str = "") -> None:
        """`direct_url`: the server itself, where the database's address is a pooler's, which cannot LISTEN."""
        self._database = database
        self._address = None if database.is_sqlite else _plain_address(direct_url or database.url)
        self._outgoing: dict[str, None] = {}
        self._publishing: asyncio.Task[None] | None = None
        # Whether no other process of this service lives, as the last look has found: then nobody needs to be notified.
        self.is_alone = False
        self._origin = uuid.uuid4().hex[:12]
        self._listeners: set[_Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()

    def send(self, session: AsyncSession, name: str, key: str = "") -> None:
        """Publish a signal once this transaction is committed; it is dropped when it, or its savepoint, is rolled back.

        `key` is an opaque id; equal signals of one transaction are sent once. Raises `ValueError` when the name is not
        one word, or both are over `MAX_LENGTH`.
        """
        if not name or " " in name or len(name) + len(key) > MAX_LENGTH:
            raise ValueError("A signal is one word and an opaque id.")
        inner = session.sync_session
        outgoing = inner.info.get(_Outgoing.KEY)
        if outgoing is None:
            outgoing = inner.info[_Outgoing.KEY] = _Outgoing(self, inner)
        outgoing.add((name, key))

    @asynccontextmanager
    async def listen(self, *names: str) -> AsyncIterator[AsyncIterator[Signal]]:
        """Receive the signals of these names until the end of the block, as pairs of name and key.

        An empty key says that any of them may have changed: after a lost connection, and for a listener that was too
        slow.
        """
        listener = _Listener(names)
        self._listeners.add(listener)
        try:
            await self._ensure_connected()
            yield listener
        finally:
            self._listeners.discard(listener)

    async def close(self) -> None:
        """Publish what is pending, and close the connection."""
        if self._publishing is not None:
            publishing = self._publishing
            await asyncio.wait({publishing}, timeout=CONNECT_TIMEOUT)
            cancel_once(publishing)
        if self._task is not None:
            cancel_once(self._task)
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def deliver(self, signals: list[Signal]) -> None:
        """Pass signals to the listeners of this process."""
        for listener in self._listeners:
            for name, key in signals:
                listener.put(name, key)

    def tell(self, signals: list[Signal]) -> None:
        """Publish signals of a committed transaction: to this process at once, to the others within milliseconds."""
        self.deliver(signals)
        if self._address is None or self.is_alone or not signals:
            return
        self._outgoing.update(dict.fromkeys(f"{self._origin} {name} {key}" for name, key in signals))
        if self._publishing is None:
            self._publishing = asyncio.get_running_loop().create_task(self._publish_batches())

    async def _publish_batches(self) -> None:
        while self._outgoing:
            await asyncio.sleep(BATCH_DELAY)
            payloads, self._outgoing = list(self._outgoing), {}
            try:
                await self._database.execute_autocommit(_NOTIFY, {"channel": _CHANNEL, "payloads": payloads})
            except (SQLAlchemyError, OSError) as error:
                log.warning("signals_not_published", exc_info=error)  # listeners also poll
            except Exception as error:  # else no signal would ever be published again
                log.error("signals_not_published", exc_info=error)
        self._publishing = None

    async def _ensure_connected(self) -> None:
        if self._address is None:
            return
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep_connected(self._address))
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await self._connected.wait()
        except TimeoutError:
            log.warning("signals_not_connected")  # it goes on trying, and listeners also poll

    async def _keep_connected(self, address: str) -> None:
        lost = False
        while True:
            try:
                await self._receive(address, lost=lost)
            except (psycopg.Error, OSError) as error:
                log.warning("signals_interrupted", exc_info=error)
            except Exception as error:  # else no signal of other processes would ever be received again
                log.error("signals_interrupted", exc_info=error)
            end_if_cancelled()
            self._connected.clear()
            lost = True
            await asyncio.sleep(_RECONNECT_DELAY)

    async def _receive(self, address: str, *, lost: bool) -> None:
        options = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "application_name": "neuvo signals"}
        async with await psycopg.AsyncConnection.connect(address, autocommit=True, **options) as connection:  # type: ignore[arg-type]
            await connection.execute(f"LISTEN {_CHANNEL}")
            self._connected.set()
            if lost:
                self._mark_all_changed()
            else:
                # Until their next look other processes do not know of this one and notify nobody.
                asyncio.get_running_loop().call_later(_KNOWN_AFTER, self._mark_all_changed)
            while True:
                async for notification in connection.notifies(timeout=_CHECK_AFTER):
                    origin, name, key = [*notification.payload.split(" ", 2), "", ""][
                        :3
                    ]  # a foreign one may have fewer parts
                    if origin != self._origin:  # its own signals were delivered at the commit
                        self.deliver([(name, key)])
                await connection.execute("SELECT 1")

    def _mark_all_changed(self) -> None:
        for listener in self._listeners:
            listener.mark_all_changed()


class _Outgoing:
    """The signals of one session, published when it commits."""

    KEY = "neuvo signals"

    def __init__(self, signals: Signals, session: Session) -> None:
        self._signals = signals
        self._session = session
        self._waiting: list[tuple[SessionTransaction | None, Signal]] = []

    def add(self, signal: Signal) -> None:
        """Add a signal to the innermost savepoint, whose rollback drops it."""
        scope = self._session.get_nested_transaction() or self._session.get_transaction()
        if all(signal != other or scope is not added_in for added_in, other in self._waiting):
            self._waiting.append((scope, signal))

    def _signals_once(self) -> list[Signal]:
        return list(dict.fromkeys(signal for _, signal in self._waiting))

    def after_commit(self, session: Session) -> None:
        """Publish the signals; the end of a savepoint is no commit."""
        if session.in_nested_transaction():
            return
        committed, self._waiting = self._signals_once(), []
        self._signals.tell(committed)

    def after_rollback(self, previous: SessionTransaction) -> None:
        """Drop what was rolled back."""
        self._waiting = [(scope, signal) for scope, signal in self._waiting if not _is_within(scope, previous)]


# Once for all sessions: to register listeners on each costs more than a statement.
@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if (outgoing := session.info.get(_Outgoing.KEY)) is not None:
        outgoing.after_commit(session)


@event.listens_for(Session, "after_soft_rollback")
def _after_rollback(session: Session, previous: SessionTransaction) -> None:
    if (outgoing := session.info.get(_Outgoing.KEY)) is not None:
        outgoing.after_rollback(previous)


def _is_within(scope: SessionTransaction | None, outer: SessionTransaction) -> bool:
    while scope is not None:
        if scope is outer:
            return True
        scope = scope.parent
    return False


class _Listener:
    """An endless iterator over received signals; equal signals that wait are merged."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = frozenset(names)
        self._queue: OrderedDict[Signal, None] = OrderedDict()
        self._available = asyncio.Event()

    def put(self, name: str, key: str) -> None:
        """Queue a signal of a subscribed name."""
        if name not in self._names:
            return
        if len(self._queue) >= MAX_QUEUED:
            self._queue.clear()
            self.mark_all_changed()
        elif (name, "") not in self._queue:
            self._queue[name, key] = None
            self._available.set()

    def mark_all_changed(self) -> None:
        """Queue each name with an empty key: signals may have been lost."""
        self._queue.update({(name, ""): None for name in sorted(self._names)})
        self._available.set()

    def __aiter__(self) -> "_Listener":
        return self

    async def __anext__(self) -> Signal:
        while not self._queue:
            self._available.clear()
            await self._available.wait()
        return self._queue.popitem(last=False)[0]


def _plain_address(url: str) -> str:
    parts: Any = make_url(url).set(drivername="postgresql")
    address: str = parts.render_as_string(hide_password=False)
    return address
