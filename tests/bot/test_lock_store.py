"""One message of a conversation at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from rasa.core.lock_store import LockError, LockStore
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.lock_store import FairLockStore


def run(play: Callable[[FairLockStore], Awaitable[None]]) -> FairLockStore:
    store = FairLockStore()

    async def whole() -> None:
        await play(store)

    asyncio.run(whole())
    return store


def test_messages_of_one_conversation_are_served_in_the_order_they_came() -> None:
    served: list[str] = []

    async def turn(store: FairLockStore, name: str) -> None:
        async with store.lock("a"):
            served.append(f"{name} in")
            await asyncio.sleep(0.002)
            served.append(f"{name} out")

    async def play(store: FairLockStore) -> None:
        await asyncio.gather(*(turn(store, str(number)) for number in range(5)))

    run(play)
    assert served == [f"{number} {step}" for number in range(5) for step in ("in", "out")]


def test_a_burst_does_not_wait_for_a_poll() -> None:
    async def play(store: FairLockStore) -> None:
        async def turn() -> None:
            async with store.lock("a"):
                await asyncio.sleep(0.001)

        await asyncio.gather(*(turn() for _ in range(20)))

    started = time.monotonic()
    run(play)
    assert time.monotonic() - started < 10  # by polls each second it would be twenty


def test_conversations_do_not_wait_for_each_other() -> None:
    async def play(store: FairLockStore) -> None:
        async with store.lock("a"), store.lock("b"):
            assert len(store) == 2

    run(play)


def test_nothing_is_left_of_a_conversation_that_is_served() -> None:
    async def play(store: FairLockStore) -> None:
        for _ in range(3):
            async with store.lock("a"):
                pass

    assert len(run(play)) == 0


def test_a_turn_that_fails_lets_the_next_one_in() -> None:
    async def play(store: FairLockStore) -> None:
        with pytest.raises(ZeroDivisionError):
            async with store.lock("a"):
                raise ZeroDivisionError
        async with store.lock("a"):
            pass

    assert len(run(play)) == 0


@pytest.mark.parametrize("cancelled", [0, 1, 2])
def test_a_cancelled_turn_neither_blocks_nor_overtakes(cancelled: int) -> None:
    served: list[int] = []

    async def turn(store: FairLockStore, number: int) -> None:
        async with store.lock("a"):
            await asyncio.sleep(0.002)
            served.append(number)

    async def play(store: FairLockStore) -> None:
        turns = [asyncio.create_task(turn(store, number)) for number in range(4)]
        await asyncio.sleep(0.001)
        turns[cancelled].cancel()
        await asyncio.gather(*turns, return_exceptions=True)

    assert len(run(play)) == 0
    assert served == [number for number in range(4) if number != cancelled]


def test_who_waits_too_long_is_told_and_forgotten() -> None:
    async def play(store: FairLockStore) -> None:
        async with store.lock("a"):
            with pytest.raises(LockError, match="busy"):
                async with store.lock("a", lock_lifetime=0.005):
                    pass
        async with store.lock("a"):
            pass

    assert len(run(play)) == 0


def test_rasa_finds_it_by_its_name_in_endpoints() -> None:
    assert isinstance(LockStore.create(EndpointConfig(type="bot.lock_store.FairLockStore")), FairLockStore)


def test_several_workers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANIC_WORKERS", "2")
    with pytest.raises(RasaException, match="SANIC_WORKERS must be 1"):
        FairLockStore()


def test_the_last_waiter_is_not_forgotten_when_an_earlier_one_gives_up() -> None:
    order: list[Any] = []

    async def play(store: FairLockStore) -> None:
        async def patient() -> None:
            async with store.lock("a"):
                order.append("served")

        async with store.lock("a"):
            impatient = asyncio.create_task(_give_up(store))
            await asyncio.sleep(0)
            waiting = asyncio.create_task(patient())
            await impatient
        await asyncio.wait_for(waiting, 1)

    assert len(run(play)) == 0
    assert order == ["served"]


async def _give_up(store: FairLockStore) -> None:
    with pytest.raises(LockError):
        async with store.lock("a", lock_lifetime=0.002):
            pass
