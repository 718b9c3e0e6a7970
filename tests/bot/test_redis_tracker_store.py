"""What is kept of a talk in Redis, where every Rasa finds it: a real Redis, a database of its own."""

import asyncio
import os
import socket
import uuid
from collections import OrderedDict
from collections.abc import Coroutine, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from rasa.core.tracker_store import TrackerStore, check_if_tracker_store_async
from rasa.shared.core.events import Restarted
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot import redis_tracker_store
from bot.redis_tracker_store import RedisTrackerStore
from tests.bot.test_tracker_store import DOMAIN, intents, talk, turn

REDIS = os.environ.get("NEUVO_TEST_REDIS", "redis://127.0.0.1:6379/15")


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Redis, and names of this test alone in it."""
    parts = urlsplit(REDIS)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 6379), timeout=3).close()
    except OSError:
        sentence = "Redis is not here, so this part was not checked; give its address in NEUVO_TEST_REDIS."
        if os.environ.get("NEUVO_REQUIRE_SERVICES") == "1":
            pytest.fail(sentence)
        pytest.skip(sentence)
    name = f"test:{uuid.uuid4().hex}:"
    monkeypatch.setattr(redis_tracker_store, "_KEY_PREFIX", name)
    monkeypatch.setattr(redis_tracker_store, "_INDEX", f"{name}index")
    yield REDIS
    client = redis.Redis.from_url(REDIS)
    if found := list(client.scan_iter(f"{name}*")):
        client.delete(*found)
    client.close()


_made: list[RedisTrackerStore] = []


def machine(address: str, **bounds: Any) -> RedisTrackerStore:
    """The store of a Rasa that shares nothing else with another."""
    _made.append(RedisTrackerStore(DOMAIN, address=address, trackers=OrderedDict(), **bounds))
    return _made[-1]


def run(steps: Coroutine[Any, Any, Any]) -> Any:
    """Run the steps, and close every store that they made in the same loop."""

    async def and_close() -> Any:
        try:
            return await steps
        finally:
            while _made:
                await _made.pop().close()

    return asyncio.run(and_close())


def stored(address: str) -> dict[bytes, bytes]:
    with redis.Redis.from_url(address) as client:
        return {
            key: client.get(key)
            for key in client.scan_iter(f"{redis_tracker_store._KEY_PREFIX}*")
            if b"index" not in key
        }


def test_a_talk_goes_on_in_another_process_and_no_word_of_it_is_in_redis(address: str) -> None:
    async def talk_here_and_there() -> None:
        await machine(address).save(talk(turn(1, slots={"language": "sv"})))
        tracker = await machine(address).retrieve("a")
        assert tracker is not None
        assert (tracker.get_slot("language"), intents(tracker)) == ("sv", ["hacked"])

    run(talk_here_and_there())
    (kept,) = stored(address).values()
    assert b"secret" not in kept
    assert b"our long answer" not in kept


def test_talks_are_bounded_in_turns_and_time_and_expire_by_themselves(address: str) -> None:
    async def many_turns() -> None:
        store = machine(address, turns=2, idle_minutes=0.005)
        await store.save(talk(*(turn(number) for number in range(9))))
        tracker = await machine(address).retrieve("a")
        assert tracker is not None
        assert len(intents(tracker)) == 2
        await asyncio.sleep(0.4)
        assert await machine(address).retrieve("a") is None

    run(many_turns())
    assert stored(address) == {}


def test_when_there_is_no_room_the_longest_untouched_talk_goes(address: str) -> None:
    async def crowd() -> list[bool]:
        store = machine(address, conversations=2)
        for conversation in ("a", "b", "a", "c"):
            await store.save(talk(turn(1), conversation=conversation))
        return [await machine(address).retrieve(name) is not None for name in ("a", "b", "c")]

    assert run(crowd()) == [True, False, True]
    assert len(stored(address)) == 2


def test_a_restart_forgets_the_talk_everywhere(address: str) -> None:
    async def restart() -> None:
        store = machine(address)
        await store.save(talk(turn(1)))
        await store.save(talk([*turn(2), Restarted()]))
        assert await machine(address).retrieve("a") is None

    run(restart())
    assert stored(address) == {}


def test_while_redis_is_away_the_talk_goes_on_in_this_process() -> None:
    async def alone() -> None:
        store = machine("redis://127.0.0.1:9/0")
        await store.save(talk(turn(1)))
        tracker = await store.retrieve("a")
        assert tracker is not None
        assert intents(tracker) == ["hacked"]

    run(alone())


def test_rasa_finds_it_by_its_name_and_it_asks_for_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUVO_REDIS_URL", REDIS)
    store = TrackerStore.create(EndpointConfig(type="bot.redis_tracker_store.RedisTrackerStore"))
    assert isinstance(store, RedisTrackerStore)
    assert check_if_tracker_store_async(store)
    monkeypatch.delenv("NEUVO_REDIS_URL")
    with pytest.raises(RasaException, match="NEUVO_REDIS_URL is missing"):
        RedisTrackerStore(DOMAIN)
