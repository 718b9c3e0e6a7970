"""Under the road: one engine, one transaction per request or job, committed here and nowhere else."""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any

from sqlalchemy import DateTime, Executable, MetaData, event, text
from sqlalchemy.engine import Connection, CursorResult, Dialect, Row, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

# Names for constraints, so that a later migration can find them on both databases.
_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Of a process's connections, those that are kept for statements that stand alone.
ALONE = 4
TRUSTED_FOR = 1.0  # seconds since a connection was used
_USED = "used at"
_AUTOVACUUM = text("SHOW autovacuum")
_STANDS_STILL = 30_000  # milliseconds; longer than any work between two statements of one transaction
_SQLITE_WAITS = 15_000  # milliseconds for another process to finish its writing


class Base(DeclarativeBase):
    """Every table of the gateway."""

    metadata = MetaData(naming_convention=_NAMES)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is taken off and put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse a moment without a zone: it would be read as another moment."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give the zone back."""
        return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value


def now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


class Database:
    """The engine and its transactions; the same code on SQLite (WAL, one writer) and PostgreSQL."""

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self.url = _with_async_driver(url)
        self.is_sqlite = make_url(self.url).get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(self.url, **self._options(pool_size - ALONE))
        self._alone: AsyncEngine | None = None
        self._lost_at = float("-inf")  # when a connection was last found dead, on the monotonic clock
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        # SQLite has one writer: queueing here is fairer and cheaper than its sleeping retries.
        self._writer: asyncio.Lock | None = asyncio.Lock() if self.is_sqlite else None
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_immediately)
            return
        committing = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
        self._alone = create_async_engine(self.url, **self._options(ALONE), **committing)
        for engine in (self.engine, self._alone):
            event.listen(engine.sync_engine, "checkin", _remember_use)
            event.listen(engine.sync_engine, "checkout", self._ping_after_a_pause)
            event.listen(engine.sync_engine, "handle_error", self._distrust)

    def _options(self, size: int) -> dict[str, Any]:
        if self.is_sqlite:
            return {}
        # No overflow: a connection that is opened for one transaction and closed again costs more than the work in it.
        # A server that has vanished without a word must be noticed in seconds; the system would take minutes. So must
        # we, where we stand still within a transaction: what it has locked, all other processes would wait for.
        given = make_url(self.url).query.get("options", "")
        options = f"{given} -c idle_in_transaction_session_timeout={_STANDS_STILL}"
        patience = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "options": options}
        return {"pool_size": size, "pool_use_lifo": True, "max_overflow": 0, "connect_args": patience}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends and undone when it raises."""
        turn: AbstractAsyncContextManager[Any] = self._writer or nullcontext()
        async with turn, self._sessions() as session, session.begin():
            yield session

    async def alone(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """The rows of one statement that is a transaction by itself: PostgreSQL is asked once and not three times.

        It is committed when this returns. Only for what no other statement must be undone with.
        """
        if self._alone is None:
            async with self.transaction() as session:
                return _rows(await (await session.connection()).execute(statement, values))
        async with self._alone.connect() as connection:
            return _rows(await connection.execute(statement, values))

    def _ping_after_a_pause(self, connection: Any, record: Any, _: object) -> None:
        """A connection that was used a moment ago is trusted: to ask it each time would be a third of all questions.

        Raises `DisconnectionError`, upon which the pool opens a new one.
        """
        used_at = record.info.get(_USED, time.monotonic())
        if used_at > max(time.monotonic() - TRUSTED_FOR, self._lost_at):
            return
        try:
            alive = self.engine.sync_engine.dialect.do_ping(connection)
        except self.engine.sync_engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
        if not alive:
            raise DisconnectionError

    async def overwrite_deleted(self) -> None:
        """SQLite: carry what was deleted from the write-ahead log into the pages, where it is overwritten.

        Does nothing while another process reads, and on PostgreSQL, whose vacuum goes by itself.
        """
        if self._writer is None:
            return
        async with self._writer, self.engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            # Not through SQLAlchemy, which would begin a transaction; and nobody is to wait for a slow reader.
            await driver.execute("PRAGMA busy_timeout=0")
            try:
                await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                await driver.execute(f"PRAGMA busy_timeout={_SQLITE_WAITS}")

    async def is_left_untidy(self) -> bool:
        """Whether this PostgreSQL was told not to vacuum and analyze by itself, which it does unless told."""
        return not self.is_sqlite and (await self.alone(_AUTOVACUUM))[0][0] == "off"

    def _distrust(self, context: Any) -> None:
        """Where one connection is dead or cannot be opened, all others may be dead too."""
        if context.is_disconnect or context.connection is None:
            self._lost_at = time.monotonic()

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()
        if self._alone is not None:
            await self._alone.dispose()


def _with_async_driver(url: str) -> str:
    """Accept the addresses people know (`postgresql://`, `sqlite://`) and name the driver we use."""
    parsed = make_url(url)
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    name = drivers.get(parsed.drivername)
    return (parsed.set(drivername=name) if name else parsed).render_as_string(hide_password=False)


def _rows(result: CursorResult[Any]) -> Sequence[Row[Any]]:
    return result.all() if result.returns_rows else ()


def _remember_use(_: object, record: Any) -> None:
    record.info[_USED] = time.monotonic()


def _prepare_sqlite(connection: Any, _: object) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own
    cursor = connection.cursor()
    # FULL: a stored message survives a power cut; that is what the 200 to the provider promises.
    # secure_delete: what is deleted is overwritten, so that no wrapped key of somebody erased lingers in free pages.
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={_SQLITE_WAITS}",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediately(connection: Connection) -> None:
    # A read that later writes would fail with "database is locked" instead of waiting.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
