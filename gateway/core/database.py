"""The database: engines, transactions (one per request or job, committed here and nowhere else) and column types."""

import asyncio
import datetime as dt
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from enum import IntEnum, StrEnum
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Enum,
    Executable,
    Integer,
    MetaData,
    Table,
    column,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect, Row, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from gateway.core.compiled import Prepared, prepared
from gateway.core.direct import DirectSession
from gateway.core.sqlite import BUSY_TIMEOUT, begin_immediately, prepare_connection, undo_before_closing
from gateway.core.trips import PING_AFTER, Connections, with_async_driver

# Names of constraints, so that a migration can address them on both databases.
_NAMES = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# PostgreSQL's default allows a hundred connections: eight processes have twelve each. One listens for signals.
PAGE_CONNECTIONS, ROAD_CONNECTIONS = 5, 6
_USED = "used at"
_AUTOVACUUM = text("SHOW autovacuum")
_IDLE_IN_TRANSACTION = 30_000  # milliseconds; longer than any work between two statements of one transaction


# SQLite generates keys only in an INTEGER column.
RowNumber = BigInteger().with_variant(Integer, "sqlite")

# The INSERT of each database that knows `on_conflict_do_update` and `on_conflict_do_nothing`, by its dialect's name:
# the one place where the two databases are told apart for an upsert.
INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


class Base(DeclarativeBase):
    """Every table of the gateway."""

    metadata = MetaData(naming_convention=_NAMES)


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A timestamp in UTC; SQLite does not store the zone, so it is removed and restored here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Convert to UTC; raises `ValueError` for a timestamp without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A timestamp without a time zone cannot be stored.")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Restore the zone."""
        return value.replace(tzinfo=dt.UTC) if value is not None and value.tzinfo is None else value


ENUM_LENGTH = 32  # characters; a new value of a set needs no wider column


class _IntEnumType(TypeDecorator[IntEnum]):
    """A number that is a member of an `IntEnum`."""

    impl = Integer
    cache_ok = True

    def __init__(self, kind: type[IntEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        """The plain number, which every driver knows."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> IntEnum | None:
        """The member."""
        return None if value is None else self.kind(value)


def enum_column(kind: type[StrEnum | IntEnum]) -> Any:
    """The column type of a closed set: its values, and a CHECK named `ck_<table>_<name of the set>` on both databases.

    `state: Mapped[OutboxState] = mapped_column(enum_column(OutboxState))`. Rows come back with members of the set.
    """
    if issubclass(kind, IntEnum):
        return _IntEnumType(kind)
    return Enum(
        kind,
        name=_snake_case(kind.__name__),
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=ENUM_LENGTH,
    )


@event.listens_for(Column, "after_parent_attach")
def _check_int_enum(attached: Column[Any], table: Table) -> None:
    # SQLAlchemy's own Enum has such a constraint for strings alone.
    if isinstance(attached.type, _IntEnumType):
        members = [member.value for member in attached.type.kind]
        name = _snake_case(attached.type.kind.__name__)
        allowed = column(attached.name, Integer).in_(members)
        # Bound to the type, as Enum's own: a copy of the table makes it once and not twice.
        table.append_constraint(CheckConstraint(allowed, name=name, _type_bound=True))


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def upsert(session: AsyncSession, table: Any) -> Any:
    """An INSERT into a table or mapped class that may end with `on_conflict_do_update` or `on_conflict_do_nothing`."""
    return INSERTS[session.get_bind().dialect.name](table)


def now() -> dt.datetime:
    """The current time, in UTC."""
    return dt.datetime.now(dt.UTC)


class Database:
    """The engine and its transactions; the same code on SQLite (WAL, one writer) and PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.url = with_async_driver(url)
        self.is_sqlite = make_url(self.url).get_backend_name() == "sqlite"
        self.engine: AsyncEngine = create_async_engine(self.url, **self._options(PAGE_CONNECTIONS))
        self._road = self.engine if self.is_sqlite else self._in_autocommit()
        self._connections = Connections(self._road, ROAD_CONNECTIONS)
        self._lost_at = float("-inf")  # when a connection was last found broken, on the monotonic clock
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        # SQLite has one writer: a queue here is fairer and cheaper than its busy retries.
        self._writer: asyncio.Lock | None = asyncio.Lock() if self.is_sqlite else None
        for engine in {self.engine, self._road}:
            event.listen(engine.sync_engine, "checkin", self._connections.close_after_the_end)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", prepare_connection)
            event.listen(self.engine.sync_engine, "begin", begin_immediately)
            event.listen(self.engine.sync_engine, "invalidate", undo_before_closing)
            return
        for engine in (self.engine, self._road):
            event.listen(engine.sync_engine, "checkin", _remember_use)
            event.listen(engine.sync_engine, "checkout", self._ping_when_idle)
            event.listen(engine.sync_engine, "handle_error", self._suspect_all)

    def _in_autocommit(self) -> AsyncEngine:
        autocommit = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
        return create_async_engine(self.url, **self._options(ROAD_CONNECTIONS), **autocommit)

    def _options(self, size: int) -> dict[str, Any]:
        hidden = {"hide_parameters": True}  # an error of the driver must not quote citizens in a traceback
        if self.is_sqlite:
            # Used by one thread at a time: that of the connection, or the event loop's (`gateway.core.sqlite`).
            return {**hidden, "connect_args": {"check_same_thread": False}}
        # No overflow: a connection opened for one transaction costs more than the work in it. A server that vanished
        # must be noticed in seconds, not in the minutes of TCP's own time-outs; and so must a process of ours that is
        # idle in a transaction, because the others wait for its locks.
        given = make_url(self.url).query.get("options", "")
        options = f"{given} -c idle_in_transaction_session_timeout={_IDLE_IN_TRANSACTION}"
        timeouts = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "options": options}
        return {**hidden, "pool_size": size, "pool_use_lifo": True, "max_overflow": 0, "connect_args": timeouts}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends and undone when it raises."""
        writer: AbstractAsyncContextManager[Any] = self._writer or nullcontext()
        async with writer, self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def direct(self) -> AsyncIterator[DirectSession]:
        """The same as `transaction`, at a fraction of its cost where the statements are prepared: for the road."""
        writer: AbstractAsyncContextManager[Any] = self._writer or nullcontext()
        session = DirectSession(self._road, self._connections)
        async with writer:
            try:
                yield session
                if await session.finish():
                    await session.commit()
            except BaseException as error:
                self._suspect(error)
                await session.release(failed=True)
                raise
            await session.release(failed=False)

    async def execute_autocommit(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Execute one statement as a transaction of its own, committed on return; returns its rows.

        On PostgreSQL one round trip instead of three. Only where no other statement must be rolled back with it.
        """
        return (await self._execute_prepared([(prepared(statement) or Prepared(statement), values or {})]))[0]

    async def execute_together(self, *asked: tuple[Executable, Mapping[str, Any]]) -> Sequence[Sequence[Row[Any]]]:
        """The same for several prepared statements, one transaction and one trip; returns the rows of each."""
        known = [(found, values) for statement, values in asked if (found := prepared(statement)) is not None]
        assert len(known) == len(asked)
        return await self._execute_prepared(known)

    async def _execute_prepared(
        self, asked: Sequence[tuple[Prepared, Mapping[str, Any]]]
    ) -> Sequence[Sequence[Row[Any]]]:
        writer: AbstractAsyncContextManager[Any] = nullcontext()
        if self._writer is not None and not all(known.reads for known, _ in asked):
            writer = self._writer
        async with writer:
            try:
                return cast(Sequence[Sequence[Row[Any]]], await self._connections.execute(asked))
            except Exception as error:
                self._suspect(error)
                raise

    def _ping_when_idle(self, connection: Any, record: Any, _: object) -> None:
        """Check a connection that was idle; to ping at every checkout would be a third of all queries.

        Raises `DisconnectionError`, upon which the pool opens a new one.
        """
        used_at = record.info.get(_USED, time.monotonic())
        if used_at > max(time.monotonic() - PING_AFTER, self._lost_at):
            return
        try:
            alive = self.engine.sync_engine.dialect.do_ping(connection)
        except self.engine.sync_engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
        if not alive:
            raise DisconnectionError

    async def truncate_wal(self) -> None:
        """SQLite: checkpoint and truncate the write-ahead log, so that deleted rows are overwritten on disk.

        Does nothing while another process reads, and on PostgreSQL, which vacuums by itself.
        """
        if self._writer is None:
            return
        async with self._writer, self.engine.connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert driver is not None
            # Not through SQLAlchemy, which would begin a transaction; and without waiting for a slow reader.
            await driver.execute("PRAGMA busy_timeout=0")
            try:
                await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                await driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")

    async def autovacuum_is_off(self) -> bool:
        """Whether autovacuum is switched off on this PostgreSQL; its default is on."""
        return not self.is_sqlite and (await self.execute_autocommit(_AUTOVACUUM))[0][0] == "off"

    def _suspect_all(self, context: Any) -> None:
        """Ping every connection before its next use: where one is broken, all others may be."""
        if context.is_disconnect or context.connection is None:
            self._lost_at = time.monotonic()
            self._connections.suspect_all()

    def _suspect(self, error: BaseException) -> None:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            self._lost_at = time.monotonic()
            self._connections.suspect_all()

    async def close(self) -> None:
        """Close every connection, those that are in use when they are given back."""
        await self._connections.close()
        for engine in {self.engine, self._road}:
            await engine.dispose()


def _remember_use(_: object, record: Any) -> None:
    record.info[_USED] = time.monotonic()
