"""Trips to the database: several statements sent to the driver at once, without SQLAlchemy between.

PostgreSQL gets them in one pipeline (`gateway.core.postgres`), SQLite in one hop to the thread of its connection
(`gateway.core.sqlite`). What the drivers raise leaves here as SQLAlchemy's errors, so that callers know one kind.
"""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

import psycopg
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util.concurrency import greenlet_spawn, in_greenlet

from gateway.core.compiled import Prepared, Values
from gateway.core.driver import Driver, Step, wrapped
from gateway.core.postgres import PostgresDriver
from gateway.core.rows import Rows
from gateway.core.sqlite import SqliteDriver

PING_AFTER = 1.0  # seconds since a connection was used
MOST_IDLE = 3  # connections that stay with the road between two trips; the pool keeps the others
_PING = Step("SELECT 1", ())
_DRIVER = "driver"


class Connections:
    """The connections of the road: `size` at most, the one that was used last is used next.

    They are those of a pool of SQLAlchemy, which opens and closes them; to take one from there and give it back costs
    as much as a trip.
    """

    def __init__(self, engine: AsyncEngine, size: int) -> None:
        self._engine, self._is_sqlite = engine, engine.dialect.name == "sqlite"
        self._room = asyncio.Semaphore(size)
        self._idle: list[tuple[Any, Driver, float]] = []
        self._lost_at = float("-inf")  # when one was last found broken, on the monotonic clock
        self._is_closed = False

    async def take(self) -> tuple[Any, Driver]:
        """A connection, and what drives it; every one that is taken is given back."""
        await self._room.acquire()
        try:
            while self._idle:
                taken, driver, used_at = self._idle.pop()
                if used_at > max(time.monotonic() - PING_AFTER, self._lost_at) or await _answers(taken, driver):
                    return taken, driver
            return await self._open()
        except BaseException:
            self._room.release()
            raise

    async def give_back(self, taken: Any, driver: Driver, *, is_sound: bool = True) -> None:
        """Keep it for the next trip; one that is not sound is closed."""
        try:
            if is_sound and not self._is_closed and len(self._idle) < MOST_IDLE:
                self._idle.append((taken, driver, time.monotonic()))
                return
            await _put_away(taken, is_kept=is_sound)
        finally:
            self._room.release()

    async def execute(self, asked: Sequence[tuple[Prepared, Values]]) -> list[Rows]:
        """The answers to statements that are a transaction by themselves; on PostgreSQL a pipeline is one."""
        forms = [(known, known.form(values, is_sqlite=self._is_sqlite), values) for known, values in asked]
        begins = self._is_sqlite and not all(known.reads for known, _ in asked)
        steps = [Step(form.text, form.parameters(values)) for _, form, values in forms]
        taken, driver = await self.take()
        try:
            outcomes = await driver.go(steps, begin=begins, commit=begins)
        except BaseException:
            await self.give_back(taken, driver, is_sound=False)
            raise
        await self.give_back(taken, driver)
        return [
            Rows(map(known.row_type(outcome), form.converted(outcome.rows)))
            for (known, form, _), outcome in zip(forms, outcomes, strict=True)
        ]

    def suspect_all(self) -> None:
        """Check every connection before its next use: where one is broken, all others may be."""
        self._lost_at = time.monotonic()

    async def close(self) -> None:
        """Give those that are idle back to their pool, and each of the others when it is given back."""
        self._is_closed = True
        while self._idle:
            await greenlet_spawn(self._idle.pop()[0].close)

    def close_after_the_end(self, _: object, record: Any) -> None:
        """Listener of the pools' `checkin`: one that is gone keeps what it is given, and nobody would close that."""
        if self._is_closed and in_greenlet():
            record.invalidate()

    async def _open(self) -> tuple[Any, Driver]:
        try:
            taken: Any = await greenlet_spawn(self._engine.sync_engine.raw_connection)
        except (psycopg.Error, sqlite3.Error) as error:
            base = psycopg.Error if isinstance(error, psycopg.Error) else sqlite3.Error
            raise wrapped(error, base, lost=True) from error
        driver: Driver | None = taken.info.get(_DRIVER)  # what the server has prepared belongs to the connection
        if driver is None:
            driver = (SqliteDriver if self._is_sqlite else PostgresDriver)(taken.driver_connection)
            taken.info[_DRIVER] = driver
        return taken, driver


async def _answers(taken: Any, driver: Driver) -> bool:
    try:
        await driver.go([_PING])
    except BaseException as error:
        await _put_away(taken, is_kept=False)
        if isinstance(error, Exception):  # whatever it is: another connection is opened
            return False
        raise
    return True


async def _put_away(taken: Any, *, is_kept: bool) -> None:
    """Give it back to its pool, closed or to be used again."""
    # A statement of SQLAlchemy's own that is cancelled on it closes it there and then; to do so once more is a warning.
    if not is_kept and taken.is_valid:
        await greenlet_spawn(taken.invalidate)
    await greenlet_spawn(taken.close)


def with_async_driver(url: str) -> str:
    """The URL with the driver that we use, also for `postgresql://` and `sqlite://`."""
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    name = drivers.get(parsed.drivername)
    return (parsed.set(drivername=name) if name else parsed).render_as_string(hide_password=False)
