"""Station 5, pace: how much may go out now, from one number to everybody and from it to one citizen.

Token buckets in the database, so that they survive a restart and hold for all processes together. A bucket is one
moment: when it will be full again. Taking a token moves that moment by the time in which one token refills, and the
database itself refuses when the moment would lie further ahead than the bucket is large. A bucket without a row, or
with a moment that has passed, is full. Only the clocks of the processes must agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Float, bindparam, case, delete, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import Pace
from gateway.conversations.models import SendLimit
from gateway.database import now
from gateway.settings import Settings

# `chat` and `address` are the web chat's: what a session writes, and what comes from one address of the net.
Scope = Literal["number", "pair", "chat", "address"]

# "About the platform": after a refused message to one citizen wait 4^X seconds, X = 0, 1, 2 …
PAUSE_BASE = 4.0
# A pair's bucket is full again after 270 s, a number's after one: nothing is gained by longer pauses.
LONGEST_PAUSE: Mapping[str, float] = {"pair": 300.0, "number": 60.0}
# After so long without a refusal the pauses begin anew.
STRIKES_END = 600.0
# What a citizen sent longer ago was counted by the provider then and has refilled since.
INCOMING_COUNTS = 5.0
_ROUNDING = 1e-5  # seconds; a moment is a number with about six digits after the point


@dataclass(frozen=True)
class Rate:
    """`burst` tokens at most, and a new one every `seconds`; zero seconds lift the limit."""

    burst: float
    seconds: float

    @property
    def size(self) -> float:
        """Seconds until an empty bucket is full."""
        return self.burst * self.seconds

    def free(self, full_at: float, at: float) -> float:
        """Tokens that are there at a moment; below zero when more went out than was allowed."""
        return self.burst - max(full_at - at, 0.0) / self.seconds if self.seconds else self.burst

    def free_at(self, full_at: float) -> float:
        """When there is a whole token again."""
        return full_at + self.seconds - self.size


def number_rate(pace: Pace | Settings) -> Rate:
    """The provider's limit for one of our numbers: a bucket of one second."""
    return Rate(pace.number_rate, 1 / pace.number_rate)


def pair_rate(pace: Pace | Settings) -> Rate:
    """The provider's limit for one number and one citizen."""
    return Rate(pace.pair_burst, pace.pair_seconds)


def moment() -> float:
    """Now, as the buckets count it."""
    return now().timestamp()


async def spend(session: AsyncSession, scope: Scope, tokens: Mapping[str, int], rate: Rate, at: float) -> set[str]:
    """Take tokens from several buckets, each all or nothing; returns the keys of those that gave them."""
    if not rate.seconds or not tokens:
        return set(tokens)
    return await _move(session, scope, tokens, rate, at, in_debt=False)


async def count_incoming(session: AsyncSession, received: Mapping[str, int], rate: Rate) -> None:
    """What citizens sent counts for the number too, though nobody can refuse it: the bucket may go into debt.

    The rows stay locked until the transaction ends: call this last.
    """
    if received:
        await _move(session, "number", received, rate, moment(), in_debt=True)


async def _move(
    session: AsyncSession, scope: Scope, tokens: Mapping[str, int], rate: Rate, at: float, *, in_debt: bool
) -> set[str]:
    # In one order everywhere, so that two processes never wait for each other's rows.
    rows = [{"scope": scope, "key": key, "full_at": at + tokens[key] * rate.seconds} for key in sorted(tokens)]
    of_time = {"at": at, "latest": at + rate.size + _ROUNDING}
    dialect = session.get_bind().dialect.name
    if len(rows) == 1:  # as nearly always: a statement that is made once
        moved = await session.execute(_ONE_MOVE[dialect, in_debt], {**rows[0], **of_time})
    else:
        values = [{**row, "paused_until": 0.0, "strikes": 0} for row in rows]
        moved = await session.execute(_move_statement(dialect, values, in_debt=in_debt), of_time)
    return set(moved.scalars())


def _move_statement(dialect: str, values: Any, *, in_debt: bool) -> Any:
    insert = _INSERTS[dialect](SendLimit.__table__).values(values)
    at, latest = bindparam("at", type_=Float), bindparam("latest", type_=Float)
    begins = case((SendLimit.full_at > at, SendLimit.full_at), else_=at)
    moved = begins + (insert.excluded.full_at - at)
    allowed = true() if in_debt else (moved <= latest) & (SendLimit.paused_until <= at)
    return insert.on_conflict_do_update(
        index_elements=["scope", "key"], set_={"full_at": moved}, where=allowed
    ).returning(SendLimit.key)


_INSERTS: Mapping[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_ONE = {
    "scope": bindparam("scope"), "key": bindparam("key"), "full_at": bindparam("full_at"), "paused_until": 0.0,
    "strikes": 0,
}  # fmt: skip
_ONE_MOVE = {
    (dialect, in_debt): _move_statement(dialect, _ONE, in_debt=in_debt)
    for dialect in _INSERTS
    for in_debt in (False, True)
}


async def slow_down(session: AsyncSession, scope: Scope, key: str) -> float:
    """The provider refused: pause this bucket and return until when.

    Requests that were under way when the pause began do not make it longer.
    """
    at = moment()
    row = await session.get(SendLimit, (scope, key), populate_existing=True)
    if row is not None and row.paused_until > at:
        return row.paused_until
    again = row is not None and at - row.paused_until < STRIKES_END
    strikes = row.strikes + 1 if row is not None and again else 1
    until = at + min(PAUSE_BASE ** (strikes - 1), LONGEST_PAUSE[scope])
    values = {"paused_until": until, "strikes": strikes}
    insert = _insert(session)(SendLimit).values(scope=scope, key=key, full_at=at, **values)
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=[SendLimit.scope, SendLimit.key], set_=values, where=SendLimit.paused_until <= at
        )
    )
    return until


async def buckets(session: AsyncSession, scope: Scope, keys: Sequence[str] | None = None) -> dict[str, SendLimit]:
    """The rows of a scope, or those with these keys, by key."""
    wanted = select(SendLimit).where(SendLimit.scope == scope).execution_options(populate_existing=True)
    if keys is not None:
        wanted = wanted.where(SendLimit.key.in_(keys))
    return {row.key: row for row in await session.scalars(wanted)}


async def forget_full(session: AsyncSession) -> None:
    """Delete the rows of citizens that say nothing any more."""
    at = moment()
    quiet = or_(SendLimit.strikes == 0, SendLimit.paused_until < at - STRIKES_END)
    await session.execute(delete(SendLimit).where(SendLimit.scope != "number", SendLimit.full_at < at, quiet))


def _insert(session: AsyncSession) -> Any:
    return _INSERTS[session.get_bind().dialect.name]
