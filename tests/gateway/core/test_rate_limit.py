"""Checks of station 5: token buckets in the database, over time, over a restart and over several processes."""

import asyncio
import datetime as dt

import pytest

from gateway.core.config.settings import Settings
from gateway.core.database import Database, now
from gateway.core.models import LimitScope
from gateway.core.rate_limit import (
    Rate,
    count_incoming,
    delete_full,
    number_rate,
    pair_rate,
    pause,
    read_buckets,
    take_tokens,
    timestamp,
)
from gateway.inbox.store import store_delivery
from gateway.service import Service
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.process_events import sort_events

pytestmark = pytest.mark.anyio
PAIR = Rate(burst=3, seconds=6)


async def take(database: Database, at: float, count: int = 1, rate: Rate = PAIR, key: str = "a") -> bool:
    async with database.transaction() as session:
        return key in await take_tokens(session, LimitScope.PAIR, {key: count}, rate, at)


async def test_a_bucket_gives_what_it_holds_and_then_one_token_at_a_time(service: Service) -> None:
    begun = timestamp()
    given = [await take(service.database, begun + after) for after in (0, 0, 0, 0, 5.9, 6, 6, 11.9, 12, 300, 300, 300)]

    assert given == [True, True, True, False, False, True, False, False, True, True, True, True]
    assert not await take(service.database, begun + 300)


async def test_each_citizen_has_a_bucket_and_a_whole_handful_is_asked_at_once(service: Service) -> None:
    at = timestamp()
    async with service.database.transaction() as session:
        await take_tokens(session, LimitScope.PAIR, {"full": 3}, PAIR, at)
        given = await take_tokens(session, LimitScope.PAIR, {"full": 1, "new": 1, "other": 2}, PAIR, at)

    assert given == {"new", "other"}


async def test_several_tokens_are_given_together_or_not_at_all(service: Service) -> None:
    at = timestamp()

    assert await take(service.database, at, 2)
    assert not await take(service.database, at, 2)
    assert await take(service.database, at, 1)


async def test_what_was_spent_is_still_spent_after_a_restart(service: Service) -> None:
    at = timestamp()
    await take(service.database, at, 3)
    next_process = Database(service.database.url)

    assert not await take(next_process, at)
    await next_process.close()


async def test_processes_at_the_same_moment_never_take_more_than_there_is(service: Service) -> None:
    at, rate = timestamp(), Rate(burst=20, seconds=6)
    others = [Database(service.database.url) for _ in range(2)]
    given = await asyncio.gather(
        *(take(database, at, rate=rate) for _ in range(15) for database in (service.database, *others))
    )
    for database in others:
        await database.close()

    assert (given.count(True), given.count(False)) == (20, 25)


async def test_a_limit_of_zero_seconds_is_none(service: Service) -> None:
    assert all([await take(service.database, 1.0, rate=Rate(1, 0)) for _ in range(3)])


async def test_what_citizens_send_counts_for_the_number_and_may_leave_it_in_debt(service: Service) -> None:
    rate = Rate(burst=10, seconds=3600)  # nothing comes back while the test lasts
    async with service.database.transaction() as session:
        await count_incoming(session, {"whatsapp 1": 12}, rate)
        row = (await read_buckets(session, LimitScope.NUMBER))["whatsapp 1"]
        refused = await take_tokens(session, LimitScope.NUMBER, {"whatsapp 1": 1}, rate, timestamp())

    assert round(rate.free(row.full_at, timestamp())) == -2
    assert not refused


async def test_sorting_counts_new_messages_by_number_and_neither_old_ones_nor_statuses(service: Service) -> None:
    old = {**bodies.message(), "timestamp": str(int((now() - dt.timedelta(minutes=5)).timestamp()))}
    fresh = [bodies.message(sender=f"35840123456{last}") for last in range(3)]
    content = bodies.body(old, *fresh, statuses=(bodies.status("sent", "wamid.X"),))
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels["whatsapp"], content)
        result = await sort_events(session, service.keyring, service.idle)

    assert result.received == {f"whatsapp {bodies.NUMBER}": 3}


async def test_a_pause_that_the_provider_asks_for_grows_and_is_kept(service: Service) -> None:
    pauses = []
    for _ in range(6):
        async with service.database.transaction() as session:
            begun = timestamp()
            until = await pause(session, LimitScope.PAIR, "a")
            # A request that was under way when the pause began does not make it longer.
            assert await pause(session, LimitScope.PAIR, "a") == until
            refused = await take_tokens(session, LimitScope.PAIR, {"a": 1}, PAIR, begun)
            row = (await read_buckets(session, LimitScope.PAIR))["a"]
            row.paused_until = begun - 1  # it is over
        pauses.append(round(until - begun))
        assert not refused

    assert pauses == [1, 4, 16, 64, 256, 300]


async def test_after_a_quiet_time_pauses_begin_anew(service: Service) -> None:
    for _ in range(3):
        async with service.database.transaction() as session:
            begun = timestamp()
            until = await pause(session, LimitScope.NUMBER, "a")
            (await read_buckets(session, LimitScope.NUMBER))["a"].paused_until = begun - 700

    assert round(until - begun) == 1


async def test_only_buckets_that_say_nothing_are_forgotten(service: Service) -> None:
    at = timestamp()
    async with service.database.transaction() as session:
        await take_tokens(session, LimitScope.PAIR, {"long ago": 1}, PAIR, at - 60)
        await take_tokens(session, LimitScope.PAIR, {"just now": 1}, PAIR, at)
        await pause(session, LimitScope.PAIR, "paused")
        await delete_full(session)
        left = await read_buckets(session, LimitScope.PAIR)

    assert set(left) == {"just now", "paused"}


def test_the_limits_are_metas_unless_an_operator_says_otherwise() -> None:
    settings = Settings(_env_file=None)
    number, pair = number_rate(settings), pair_rate(settings)

    assert (number.burst, round(number.size, 6)) == (80, 1)
    assert (pair.burst, pair.seconds) == (45, 6)
