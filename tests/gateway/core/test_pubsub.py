"""Checks of signals: told after the commit, to every process, and never more than a listener can hold."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import text

from gateway.app import create_service
from gateway.core.config.settings import Settings
from gateway.core.pubsub import MAX_QUEUED, Signal
from gateway.service import Service
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.services import POSTGRES

pytestmark = pytest.mark.anyio
POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
async def other(settings: Settings, service: Service) -> AsyncIterator[Service]:
    """A second process on the same database."""
    other = create_service(settings, ScriptedEngine())
    yield other
    await other.close()


async def say(service: Service, *signals: Signal) -> None:
    async with service.database.transaction() as session:
        for name, key in signals:
            service.signals.send(session, name, key)


async def heard(signals: AsyncIterator[Signal], count: int, seconds: float = 3.0) -> list[Signal]:
    async with asyncio.timeout(seconds):
        return [await anext(signals) for _ in range(count)]


async def nothing_more(signals: AsyncIterator[Signal], seconds: float = 0.3) -> None:
    with pytest.raises(TimeoutError):
        await heard(signals, 1, seconds)


async def test_a_signal_is_heard_once_by_this_process_and_only_by_who_listens_for_it(service: Service) -> None:
    async with service.signals.listen("a") as one, service.signals.listen("b", "a") as both:
        await say(service, ("a", "1"), ("b", ""), ("a", "1"), ("c", "2"))

        assert await heard(one, 1) == [("a", "1")]
        assert await heard(both, 2) == [("a", "1"), ("b", "")]
        await nothing_more(one)
        await nothing_more(both)


async def test_nothing_is_said_before_the_commit_or_after_a_rollback(service: Service) -> None:
    async with service.signals.listen("a") as signals:
        async with service.database.transaction() as session:
            service.signals.send(session, "a", "committed")
            await nothing_more(signals)
        assert await heard(signals, 1) == [("a", "committed")]

        with contextlib.suppress(KeyError):
            async with service.database.transaction() as session:
                service.signals.send(session, "a", "rolled back")
                raise KeyError
        await nothing_more(signals)


async def test_a_savepoint_takes_back_what_was_said_in_it_and_nothing_else(service: Service) -> None:
    async with service.signals.listen("a") as signals:
        async with service.database.transaction() as session:
            service.signals.send(session, "a", "before")
            with contextlib.suppress(KeyError):
                async with session.begin_nested():
                    service.signals.send(session, "a", "undone")
                    raise KeyError
            async with session.begin_nested():
                service.signals.send(session, "a", "kept")
            await nothing_more(signals, 0.1)  # the end of a savepoint is no commit

        assert await heard(signals, 2) == [("a", "before"), ("a", "kept")]
        await nothing_more(signals)


@POSTGRESQL
async def test_every_other_process_hears_it_too(service: Service, other: Service) -> None:
    async with other.signals.listen("a") as there, service.signals.listen("a") as here:
        await say(service, ("a", "1"), ("a", "2"), ("b", "3"))
        with contextlib.suppress(KeyError):
            async with service.database.transaction() as session:
                service.signals.send(session, "a", "rolled back")
                raise KeyError

        assert await heard(there, 2) == [("a", "1"), ("a", "2")]
        assert await heard(here, 2) == [("a", "1"), ("a", "2")]
        await nothing_more(there)
        await nothing_more(here)  # not a second time from the database


@POSTGRESQL
async def test_a_lost_connection_comes_back_and_says_that_something_may_have_been_missed(
    service: Service, other: Service
) -> None:
    async with other.signals.listen("a", "b") as there:
        async with await psycopg.AsyncConnection.connect(POSTGRES, autocommit=True) as connection:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'neuvo signals' AND datname = %s",
                [other.database.engine.url.database],
            )

        assert await heard(there, 2, 8) == [("a", ""), ("b", "")]
        await say(service, ("a", "1"))
        assert await heard(there, 1) == [("a", "1")]


@POSTGRESQL
async def test_who_listens_while_the_database_is_away_goes_on_after_a_moment(service: Service) -> None:
    service.signals._address = "postgresql://nobody@127.0.0.1:9/none"
    async with asyncio.timeout(6), service.signals.listen("a") as signals:
        await say(service, ("a", "1"))
        assert await heard(signals, 1) == [("a", "1")]


async def test_a_slow_listener_is_told_to_look_at_everything_instead_of_being_told_each(service: Service) -> None:
    async with service.signals.listen("a", "b") as signals:
        for number in range(MAX_QUEUED * 3):
            service.signals.deliver([("a", str(number))])
        waiting = await heard(signals, 2)

        assert sorted(waiting) == [("a", ""), ("b", "")]
        await nothing_more(signals)


@pytest.mark.parametrize(("name", "key"), [("", "1"), ("two words", "1"), ("a", "x" * 300)])
async def test_a_signal_is_a_word_and_an_id(service: Service, name: str, key: str) -> None:
    async with service.database.transaction() as session:
        with pytest.raises(ValueError, match="one word"):
            service.signals.send(session, name, key)
        await session.execute(text("SELECT 1"))


@POSTGRESQL
@pytest.mark.parametrize("payload", ["", "hello", "two words", "x a"])
async def test_a_notice_that_is_not_ours_ends_nothing(service: Service, other: Service, payload: str) -> None:
    async with other.signals.listen("b") as there:
        await service.database.execute_autocommit(text("SELECT pg_notify('neuvo', :payload)"), {"payload": payload})
        await say(service, ("b", "1"))

        assert await heard(there, 1) == [("b", "1")]


async def test_what_cannot_be_told_to_others_does_not_silence_what_comes_after(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[object] = []

    async def execute_autocommit(statement: object, values: dict[str, list[str]]) -> None:
        told.append(values["payloads"])
        if len(told) == 1:
            raise RuntimeError("nobody foresaw this")

    monkeypatch.setattr(service.database, "execute_autocommit", execute_autocommit)
    service.signals._address = "as on PostgreSQL"
    for name in ("a", "b"):
        service.signals.tell([(name, "1")])
        assert service.signals._publishing is not None
        await service.signals._publishing

    assert len(told) == 2
