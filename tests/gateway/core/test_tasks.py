"""Tasks are cancelled once, and end, whatever they were waiting for."""

import asyncio

import pytest

from gateway.core.tasks import cancel_once, wait_at_most

pytestmark = pytest.mark.anyio


async def loop_for_ever() -> None:
    while True:
        await wait_at_most(asyncio.Event(), 0.01)


async def test_who_is_cancelled_just_when_a_wait_is_over_ends_all_the_same() -> None:
    task = asyncio.create_task(loop_for_ever())
    while not task.cancelling():  # the time-out of its wait has passed, and it has not heard of it yet
        await asyncio.sleep(0)

    cancel_once(task)
    ended, _ = await asyncio.wait({task}, timeout=2)

    task.cancel()
    assert ended
    assert task.cancelled()


async def test_nobody_is_cancelled_twice() -> None:
    heard = 0

    async def closes() -> None:
        nonlocal heard
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            heard += 1
            await asyncio.sleep(0.01)
            heard += 1

    task = asyncio.create_task(closes())
    await asyncio.sleep(0)
    cancel_once(task)
    await asyncio.sleep(0)
    cancel_once(task)
    await asyncio.wait({task}, timeout=2)

    assert heard == 2
