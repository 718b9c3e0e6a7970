"""SQLite: how its connections are set up, and several statements in one hop to the thread of a connection."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, cast

import aiosqlite
from sqlalchemy.engine import Connection
from sqlalchemy.util.concurrency import await_, in_greenlet

from gateway.core.driver import BEGIN_IMMEDIATE, COMMIT, Step, wrapped
from gateway.core.tasks import retrieve_error

BUSY_TIMEOUT = 15_000  # milliseconds
BEGUN = "begun below"  # option of a connection whose transaction has begun before SQLAlchemy gets it


def prepare_connection(connection: Any, _: object) -> None:
    """Listener of the pool's `connect`."""
    connection.isolation_level = None  # the driver must not open transactions of its own
    cursor = connection.cursor()
    # FULL: a stored message survives a power cut; that is what the 200 to the provider promises.
    # secure_delete: deleted rows are overwritten, so that no wrapped key of an erased citizen stays in free pages.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT}",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def begin_immediately(connection: Connection) -> None:
    """Listener of the engine's `begin`."""
    if BEGUN not in connection.get_execution_options():
        connection.exec_driver_sql(BEGIN_IMMEDIATE.text)


def undo_before_closing(connection: Any, *_: object) -> None:
    """Listener of the pool's `invalidate`: undo what is open, even where a statement was cancelled in the middle.

    SQLite closes a connection for good when its last cursor is gone, and one may live on in a traceback: until then a
    transaction that nobody undoes would keep every other writer out.
    """
    if in_greenlet():  # else the collector closes it, and nothing can be waited for
        await_(asyncio.shield(_undo(connection.driver_connection)))


async def _undo(connection: aiosqlite.Connection) -> None:
    with suppress(sqlite3.Error, ValueError):  # aiosqlite's word for one that is closed
        await connection.rollback()


class SqliteOutcome:
    """The answer to one statement."""

    __slots__ = ("_described", "rows", "touched")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self._described = cursor.description or ()
        self.rows: Sequence[Sequence[Any]] = cursor.fetchall() if self._described else ()
        self.touched = cursor.rowcount

    def names(self) -> Sequence[str]:
        """The names of its columns."""
        return [each[0] for each in self._described]


class SqliteDriver:
    """A connection of aiosqlite, whose thread runs all statements of a trip in one go."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection: Any = connection

    async def go(self, steps: Sequence[Step], *, begin: bool = False, commit: bool = False) -> Sequence[SqliteOutcome]:
        """One hop to the thread, and none where nothing waits.

        Within a transaction the lock of the only writer is ours, and no disk is waited for before the commit: there a
        short statement takes a fraction of what a hop to a thread and back does.
        """
        waits = begin or commit or not all(step.is_short for step in steps)
        if not waits and self._connection._conn.in_transaction:
            return self._at_once(steps)
        every = [*[BEGIN_IMMEDIATE] * begin, *steps, *[COMMIT] * commit]
        found = cast(list[SqliteOutcome], await self._hop(_run, every))
        return found[begin : begin + len(steps)]

    def _at_once(self, steps: Sequence[Step]) -> Sequence[SqliteOutcome]:
        try:
            return _run(self._connection._conn, steps)
        except sqlite3.Error as error:
            raise wrapped(error, sqlite3.Error, lost=False) from error

    async def rollback(self) -> None:
        """Undo, where a transaction is open."""
        await self._hop(sqlite3.Connection.rollback)

    async def _hop(self, work: Any, *arguments: Any) -> Any:
        connection = self._connection
        # What `Connection._execute` of aiosqlite does, without a task for each hop.
        if not connection._running:  # its thread has ended, and would never answer
            raise ValueError("Connection closed")
        running = asyncio.get_running_loop().create_future()
        connection._tx.put_nowait((running, partial(work, connection._conn, *arguments)))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            # The thread goes on; what it does must be over before the connection is used for anything else.
            await asyncio.wait({running})
            retrieve_error(running)
            raise
        except sqlite3.Error as error:
            raise wrapped(error, sqlite3.Error, lost=False) from error


def _run(connection: sqlite3.Connection, steps: Sequence[Step]) -> list[SqliteOutcome]:
    return [SqliteOutcome(connection.execute(step.text, step.values)) for step in steps]
