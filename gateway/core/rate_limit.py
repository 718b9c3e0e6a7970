"""Rate limits: token buckets in the database, for all processes together, or in the memory of one process.

A bucket is stored as one timestamp: when it will be full again (the generic cell rate algorithm). Taking a token moves
it by the time in which one token refills, and the database itself refuses when it would lie further ahead than the size
of the bucket. A bucket without a row, or whose timestamp has passed, is full. The clocks of the processes must agree.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Executable, Float, bindparam, case, delete, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.core.compiled import prepare
from gateway.core.config.settings import Settings
from gateway.core.database import INSERTS, now, upsert
from gateway.core.models import LimitScope, TokenBucket

# "About the platform": after a refused message to one citizen wait 4^X seconds, X = 0, 1, 2 …
PAUSE_BASE = 4.0
# A pair's bucket is full again after 270 s, a number's after 1 s: longer pauses gain nothing.
LONGEST_PAUSE: Mapping[LimitScope, float] = {LimitScope.PAIR: 300.0, LimitScope.NUMBER: 60.0}
# Seconds without a refusal after which the pauses start again at the base.
STRIKES_RESET = 600.0
# Seconds; an incoming message that is older has refilled in the provider's bucket since.
INCOMING_MAX_AGE = 5.0
_ROUNDING = 1e-5  # seconds; a timestamp has about six digits after the point


class Pace(BaseModel):
    """A platform's rate limits for one of our accounts: `number_rate` messages a second to everybody together.

    To one citizen `pair_burst` messages at once, and one more each `pair_seconds` (0: no such limit).
    """

    model_config = ConfigDict(frozen=True)

    number_rate: float
    pair_burst: float
    pair_seconds: float
    both_directions: bool = False  # incoming messages count too


@dataclass(frozen=True)
class Rate:
    """A bucket of `burst` tokens, and a new one every `seconds`; zero seconds mean no limit."""

    burst: float
    seconds: float

    @property
    def size(self) -> float:
        """Seconds until an empty bucket is full."""
        return self.burst * self.seconds

    def free(self, full_at: float, at: float) -> float:
        """The tokens at the time `at`; negative when more was sent than allowed."""
        return self.burst - max(full_at - at, 0.0) / self.seconds if self.seconds else self.burst

    def free_at(self, full_at: float) -> float:
        """When the next whole token is there."""
        return full_at + self.seconds - self.size


def number_rate(pace: Pace | Settings) -> Rate:
    """The provider's limit for one of our numbers: a bucket of one second."""
    return Rate(pace.number_rate, 1 / pace.number_rate)


def pair_rate(pace: Pace | Settings) -> Rate:
    """The provider's limit for one number and one citizen."""
    return Rate(pace.pair_burst, pace.pair_seconds)


def timestamp() -> float:
    """The current time in seconds since 1970, as the buckets use it."""
    return now().timestamp()


async def take_tokens(
    session: AsyncSession, scope: LimitScope, tokens: Mapping[str, int], rate: Rate, at: float
) -> set[str]:
    """Take tokens from several buckets, each all or nothing; returns the keys of those that had enough."""
    if not rate.seconds or not tokens:
        return set(tokens)
    return await _move(session, scope, tokens, rate, at, may_overdraw=False)


async def count_incoming(session: AsyncSession, received: Mapping[str, int], rate: Rate) -> None:
    """Count incoming messages against the buckets of our numbers, which may become negative.

    The rows stay locked until the transaction ends: call this last.
    """
    if received:
        await _move(session, LimitScope.NUMBER, received, rate, timestamp(), may_overdraw=True)


async def _move(
    session: AsyncSession, scope: LimitScope, tokens: Mapping[str, int], rate: Rate, at: float, *, may_overdraw: bool
) -> set[str]:
    # In one order everywhere: no deadlock.
    rows = [{"scope": scope, "key": key, "full_at": at + tokens[key] * rate.seconds} for key in sorted(tokens)]
    times = {"at": at, "latest": at + rate.size + _ROUNDING}
    dialect = session.get_bind().dialect.name
    if may_overdraw and len(rows) == 1:  # nobody asks for the answer, so that it is sent together with what follows
        await session.execute(_COUNT[dialect], {**rows[0], **times})
        return set(tokens)
    if len(rows) == 1:  # the usual case: a prepared statement
        moved = await session.execute(_ONE_MOVE[dialect], {**rows[0], **times})
    else:
        values = [{**row, "paused_until": 0.0, "strikes": 0} for row in rows]
        moved = await session.execute(_move_statement(dialect, values, may_overdraw=may_overdraw), times)
    return set(moved.scalars())


def _move_statement(dialect: str, values: Any, *, may_overdraw: bool, answers: bool = True) -> Any:
    insert = INSERTS[dialect](TokenBucket.__table__).values(values)
    at, latest = bindparam("at", type_=Float), bindparam("latest", type_=Float)
    begins = case((TokenBucket.full_at > at, TokenBucket.full_at), else_=at)
    moved = begins + (insert.excluded.full_at - at)
    allowed = true() if may_overdraw else (moved <= latest) & (TokenBucket.paused_until <= at)
    moving = insert.on_conflict_do_update(index_elements=["scope", "key"], set_={"full_at": moved}, where=allowed)
    return moving.returning(TokenBucket.key) if answers else moving


_ONE = {
    "scope": bindparam("scope"), "key": bindparam("key"), "full_at": bindparam("full_at"), "paused_until": 0.0,
    "strikes": 0,
}  # fmt: skip
_ONE_MOVE = {dialect: prepare(_move_statement(dialect, _ONE, may_overdraw=False)) for dialect in INSERTS}
_COUNT = {dialect: prepare(_move_statement(dialect, _ONE, may_overdraw=True, answers=False)) for dialect in INSERTS}


def take_one(dialect: str, scope: LimitScope, key: str, rate: Rate, at: float) -> tuple[Executable, Mapping[str, Any]]:
    """What takes a token from one bucket; no row comes back when it has none."""
    values = {"scope": scope, "key": key, "full_at": at + rate.seconds, "at": at, "latest": at + rate.size + _ROUNDING}
    return _ONE_MOVE[dialect], values


def give_back(scope: LimitScope, key: str, rate: Rate) -> tuple[Executable, Mapping[str, Any]]:
    """What puts a token that was taken and not used back into its bucket."""
    return _GIVE_BACK, {"of_scope": scope, "of_key": key, "seconds": rate.seconds}


_GIVE_BACK = prepare(
    update(TokenBucket.__table__)  # type: ignore[arg-type]  # every declared class has a Table
    .where(TokenBucket.scope == bindparam("of_scope"), TokenBucket.key == bindparam("of_key"))
    .values(full_at=TokenBucket.full_at - bindparam("seconds", type_=Float))
)


async def pause(session: AsyncSession, scope: LimitScope, key: str) -> float:
    """Pause a bucket after a refusal of the provider; returns until when, in seconds since 1970.

    Refusals of requests that were in flight when the pause began do not make it longer.
    """
    at = timestamp()
    row = await session.get(TokenBucket, (scope, key), populate_existing=True)
    if row is not None and row.paused_until > at:
        return row.paused_until
    repeated = row is not None and at - row.paused_until < STRIKES_RESET
    strikes = row.strikes + 1 if row is not None and repeated else 1
    until = at + min(PAUSE_BASE ** (strikes - 1), LONGEST_PAUSE[scope])
    values = {"paused_until": until, "strikes": strikes}
    insert = upsert(session, TokenBucket).values(scope=scope, key=key, full_at=at, **values)
    await session.execute(
        insert.on_conflict_do_update(
            index_elements=[TokenBucket.scope, TokenBucket.key], set_=values, where=TokenBucket.paused_until <= at
        )
    )
    return until


async def read_buckets(
    session: AsyncSession, scope: LimitScope, keys: Sequence[str] | None = None
) -> dict[str, TokenBucket]:
    """The rows of a scope, or those with these keys, by key."""
    wanted = select(TokenBucket).where(TokenBucket.scope == scope).execution_options(populate_existing=True)
    if keys is not None:
        wanted = wanted.where(TokenBucket.key.in_(keys))
    return {row.key: row for row in await session.scalars(wanted)}


async def delete_full(session: AsyncSession) -> None:
    """Delete full buckets, but those of our numbers."""
    at = timestamp()
    quiet = or_(TokenBucket.strikes == 0, TokenBucket.paused_until < at - STRIKES_RESET)
    await session.execute(
        delete(TokenBucket).where(TokenBucket.scope != LimitScope.NUMBER, TokenBucket.full_at < at, quiet)
    )


_MAX_BUCKETS = 20_000


@dataclass
class MemoryBuckets:
    """Token buckets in the memory of this process; over `_MAX_BUCKETS` the fullest are dropped first."""

    rows: dict[str, float] = field(default_factory=dict)

    def take(self, key: str, rate: Rate) -> bool:
        """Take a token; returns False when there is none."""
        at = timestamp()
        full_at = max(self.rows.get(key, at), at) + rate.seconds
        if full_at > at + rate.size:
            return False
        self.rows[key] = full_at
        if len(self.rows) > _MAX_BUCKETS:
            self._drop_fullest(at)
        return True

    def _drop_fullest(self, at: float) -> None:
        emptiest = sorted(self.rows.items(), key=lambda row: row[1])[_MAX_BUCKETS // 2 :]
        self.rows = {key: full_at for key, full_at in emptiest if full_at > at}
