"""Leases: which process works on which conversation, so that any number of processes may run without a leader.

Each process renews its own row every `RENEW_EVERY` seconds, for `LEASE`. It leases a conversation before a turn and
releases it in the transaction that writes the turn; a process that lost its lease meanwhile writes nothing. The leases
of a process that has stopped renewing are free: one small row a process is renewed, however many leases it has. The
clocks of the machines must agree, to a second or two.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Executable, Row, String, bindparam, delete, exists, literal_column, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from gateway.core.compiled import prepare
from gateway.core.database import INSERTS, Database, now
from gateway.core.models import ConversationLease, GatewayProcess

# Long enough for a process that is busy or cut off for a second, short enough for a citizen who waits.
LEASE = dt.timedelta(seconds=8)
RENEW_EVERY = 2.0  # seconds
# Numbers of PostgreSQL's advisory locks; the first of each pair says that they are ours.
_LOCKS = 0x4E657576
EVENT_PROCESSING, KEYS, RETENTION = 1, 2, 3


class LeaseLost(Exception):
    """Another process has leased this conversation meanwhile; what was prepared here must not be written."""


def is_alive(process: Any) -> ColumnElement[bool]:
    """Whether the process of a column renews its lease; the statement needs a value for `alive_at`."""
    return exists().where(GatewayProcess.id == process, GatewayProcess.alive_until > bindparam("alive_at"))


async def renew_lease(session: AsyncSession, process: str) -> None:
    """Renew the leases of this process for `LEASE`."""
    statement = _RENEW[session.get_bind().dialect.name]
    await session.execute(statement, {"process": process, "until": now() + LEASE})


async def end_lease(session: AsyncSession, process: str) -> None:
    """Release every lease of this process."""
    await session.execute(delete(GatewayProcess).where(GatewayProcess.id == process))


async def acquire(database: Database, process: str, conversation_id: uuid.UUID) -> bool:
    """Lease a conversation, as a transaction of its own; returns False when another process has it."""
    return bool(await database.execute_autocommit(*_acquiring(database, process, conversation_id)))


async def acquire_and_ask(
    database: Database, process: str, conversation_id: uuid.UUID, then: tuple[Executable, Mapping[str, Any]]
) -> Sequence[Row[Any]] | None:
    """The same; returns None when another process has it.

    Else the rows of `then`, a prepared statement that is executed in the same trip, once the lease is ours: what
    another process wrote before it let go of the conversation is seen.
    """
    acquired, found = await database.execute_together(_acquiring(database, process, conversation_id), then)
    return found if acquired else None


def _acquiring(database: Database, process: str, conversation_id: uuid.UUID) -> tuple[Executable, Mapping[str, Any]]:
    values = {"conversation_id": conversation_id, "leased_by": process, "alive_at": now()}
    return _ACQUIRE["sqlite" if database.is_sqlite else "postgresql"], values


async def release(session: AsyncSession, process: str, conversation_id: uuid.UUID) -> None:
    """Release a conversation in the caller's transaction; raises `LeaseLost` when another process has it."""
    if (await session.execute(*releasing(process, conversation_id))).scalar_one_or_none() is None:
        raise LeaseLost


def releasing(process: str, conversation_id: uuid.UUID) -> tuple[Executable, dict[str, Any]]:
    """The statement of `release`, for whoever asks more in the same trip; no row comes back when the lease is lost."""
    return _RELEASE, {"conversation": conversation_id, "process": process}


async def release_at_once(database: Database, process: str, conversation_id: uuid.UUID) -> None:
    """Release a conversation, as a transaction of its own, where nothing was written."""
    await database.execute_autocommit(*releasing(process, conversation_id))


async def delete_expired(session: AsyncSession) -> None:
    """Delete the rows of dead processes, after ten lease durations, and their leases."""
    long_ago = now() - 10 * LEASE
    await session.execute(delete(GatewayProcess).where(GatewayProcess.alive_until < long_ago))
    orphaned = delete(ConversationLease).where(ConversationLease.leased_by.not_in(select(GatewayProcess.id)))
    await session.execute(orphaned)


async def wait_for_lock(session: AsyncSession, lock: int) -> None:
    """Take an advisory lock until the end of the transaction (SQLite has one writer anyway).

    A process that is idle for as long as a lease loses its transaction and with it the lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_WAIT, _lock_values(lock))


async def try_lock(session: AsyncSession, lock: int) -> bool:
    """The same without waiting; returns False when another process has the lock."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(await session.scalar(_TAKE, _lock_values(lock)))


def _lock_values(lock: int) -> dict[str, Any]:
    return {"ours": _LOCKS, "lock": lock, "timeout": f"{LEASE.total_seconds():.0f}s"}


def _acquire_statement(insert: Any) -> Any:
    # As text: the column of the conflicting row. SQLAlchemy would select from the whole table instead.
    holder: ColumnElement[str] = literal_column("conversation_lease.leased_by", String)
    return insert.on_conflict_do_update(
        index_elements=["conversation_id"],
        set_={"leased_by": insert.excluded.leased_by},
        where=or_(holder == insert.excluded.leased_by, ~is_alive(holder)),
    ).returning(ConversationLease.conversation_id)


# Built once: building costs more than executing.
_IDLE_LIMIT = "set_config('idle_in_transaction_session_timeout', :timeout, true)"
_WAIT = prepare(text(f"SELECT pg_advisory_xact_lock(:ours, :lock), {_IDLE_LIMIT}"), answers=False)
_TAKE = prepare(text(f"SELECT pg_try_advisory_xact_lock(:ours, :lock), {_IDLE_LIMIT}"))
_COLUMNS: dict[str, Any] = {"conversation_id": bindparam("conversation_id"), "leased_by": bindparam("leased_by")}
_ACQUIRE = {
    dialect: prepare(_acquire_statement(insert(ConversationLease).values(_COLUMNS)))
    for dialect, insert in INSERTS.items()
}
_RENEW = {
    dialect: prepare(
        (
            row := insert(GatewayProcess.__table__).values(id=bindparam("process"), alive_until=bindparam("until"))
        ).on_conflict_do_update(index_elements=["id"], set_={"alive_until": row.excluded.alive_until})
    )
    for dialect, insert in INSERTS.items()
}
_RELEASE = prepare(
    delete(ConversationLease)
    .where(
        ConversationLease.conversation_id == bindparam("conversation"),
        ConversationLease.leased_by == bindparam("process"),
    )
    .returning(ConversationLease.conversation_id)
    .execution_options(synchronize_session=False)
)
