"""Under the road: which process works on what, so that any number of them may run and none leads.

Each process says every `BEAT` that it lives, for `LEASE` seconds. It claims a conversation before a turn and gives it
back in the transaction that writes the turn; whoever lost its claim meanwhile writes nothing. What a process held that
is not heard of any more is free at once: one small row a process is renewed, however many claims it holds. Only the
clocks of the machines must agree, to a second or two.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import String, bindparam, delete, exists, literal_column, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from gateway.conversations.models import ConversationClaim, GatewayProcess
from gateway.database import Database, now

# Long enough for a process that is busy or cut off for a moment, short enough for a citizen who waits.
LEASE = dt.timedelta(seconds=8)
BEAT = 2.0
# Numbers of PostgreSQL's advisory locks; the first of each pair says that they are ours.
_LOCKS = 0x4E657576
SORTING, KEYS, TIDYING = 1, 2, 3


class ClaimLost(Exception):
    """Another process answers this conversation now; what was prepared here must not be written."""


def lives(process: Any) -> ColumnElement[bool]:
    """Whether the process of a column was heard of; the statement needs a value for `alive_at`."""
    return exists().where(GatewayProcess.id == process, GatewayProcess.alive_until > bindparam("alive_at"))


async def say_alive(session: AsyncSession, process: str) -> None:
    """Keep what this process holds for another lease."""
    until = now() + LEASE
    insert = _insert(session)(GatewayProcess).values(id=process, alive_until=until)
    await session.execute(insert.on_conflict_do_update(index_elements=["id"], set_={"alive_until": until}))


async def say_farewell(session: AsyncSession, process: str) -> None:
    """What this process holds is free at once."""
    await session.execute(delete(GatewayProcess).where(GatewayProcess.id == process))


async def claim_at_once(database: Database, process: str, conversation_id: uuid.UUID) -> bool:
    """Whether the conversation is now this process's own; a transaction by itself."""
    statement = _CLAIMS["sqlite" if database.is_sqlite else "postgresql"]
    values = {"conversation_id": conversation_id, "claimed_by": process, "alive_at": now()}
    return bool(await database.alone(statement, values))


async def give_back(session: AsyncSession, process: str, conversation_id: uuid.UUID) -> None:
    """Let go of a conversation in the caller's transaction; raises `ClaimLost` when another process has it."""
    held = await session.execute(_GIVE_BACK, {"held": conversation_id, "process": process})
    if held.scalar_one_or_none() is None:
        raise ClaimLost


async def give_back_at_once(database: Database, process: str, conversation_id: uuid.UUID) -> None:
    """Let go of a conversation about which nothing was written."""
    await database.alone(_GIVE_BACK, {"held": conversation_id, "process": process})


async def forget_the_dead(session: AsyncSession) -> None:
    """Delete the rows of processes that were not heard of for long, and what they held."""
    long_ago = now() - 10 * LEASE
    await session.execute(delete(GatewayProcess).where(GatewayProcess.alive_until < long_ago))
    held = delete(ConversationClaim).where(ConversationClaim.claimed_by.not_in(select(GatewayProcess.id)))
    await session.execute(held)


async def wait_for_lock(session: AsyncSession, lock: int) -> None:
    """One process at a time from here to the end of the transaction (SQLite has one writer anyway).

    One that stands still meanwhile, for as long as a lease, loses its transaction and with it the lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(_WAIT, _lock_values(lock))


async def take_lock(session: AsyncSession, lock: int) -> bool:
    """The same, unless another process is at it."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(await session.scalar(_TAKE, _lock_values(lock)))


def _lock_values(lock: int) -> dict[str, Any]:
    return {"ours": _LOCKS, "lock": lock, "patience": f"{LEASE.total_seconds():.0f}s"}


def _insert(session: AsyncSession) -> Any:
    return postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert


def _claim_statement(insert: Any) -> Any:
    # As text: the column of the row that is in the way. SQLAlchemy would look through the whole table instead.
    holder: ColumnElement[str] = literal_column("conversation_claim.claimed_by", String)
    return insert.on_conflict_do_update(
        index_elements=["conversation_id"],
        set_={"claimed_by": insert.excluded.claimed_by},
        where=or_(holder == insert.excluded.claimed_by, ~lives(holder)),
    ).returning(ConversationClaim.conversation_id)


# Made once: to build these costs more than to run them.
_LIMITED = "set_config('idle_in_transaction_session_timeout', :patience, true)"
_WAIT = text(f"SELECT pg_advisory_xact_lock(:ours, :lock), {_LIMITED}")
_TAKE = text(f"SELECT pg_try_advisory_xact_lock(:ours, :lock), {_LIMITED}")
_COLUMNS: dict[str, Any] = {"conversation_id": bindparam("conversation_id"), "claimed_by": bindparam("claimed_by")}
_CLAIMS = {
    "postgresql": _claim_statement(postgresql.insert(ConversationClaim).values(_COLUMNS)),
    "sqlite": _claim_statement(sqlite.insert(ConversationClaim).values(_COLUMNS)),
}
_GIVE_BACK = (
    delete(ConversationClaim)
    .where(ConversationClaim.conversation_id == bindparam("held"), ConversationClaim.claimed_by == bindparam("process"))
    .returning(ConversationClaim.conversation_id)
    .execution_options(synchronize_session=False)
)
