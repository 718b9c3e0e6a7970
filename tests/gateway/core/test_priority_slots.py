"""Checks of slots: who goes in first, and what hangs holds nobody up who must not wait."""

import asyncio
import contextlib

import pytest

from gateway.core.priority_slots import PrioritySlots

pytestmark = pytest.mark.anyio


class Work:
    """Takes a slot, says so, and keeps it until it is told to let go."""

    def __init__(self, slots: PrioritySlots) -> None:
        self.slots = slots
        self.order: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.done: dict[str, asyncio.Event] = {}

    async def begin(self, name: str, *, urgent: bool = False) -> None:
        self.done[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._hold(name, urgent=urgent))
        await asyncio.sleep(0)

    async def end(self, name: str) -> None:
        self.done[name].set()
        await self.tasks[name]
        await asyncio.sleep(0)

    async def _hold(self, name: str, *, urgent: bool) -> None:
        async with self.slots.slot(name, urgent=urgent):
            self.order.append(name)
            await self.done[name].wait()


async def test_what_is_urgent_goes_before_what_waits_longer() -> None:
    work = Work(PrioritySlots(1))
    for name in ("first", "second"):
        await work.begin(name)
    await work.begin("danger", urgent=True)
    for name in ("first", "danger", "second"):
        await work.end(name)

    assert work.order == ["first", "danger", "second"]


async def test_what_becomes_urgent_while_it_waits_goes_before_the_others() -> None:
    work = Work(PrioritySlots(1))
    for name in ("first", "second", "third"):
        await work.begin(name)
    work.slots.hurry("third")
    for name in ("first", "third", "second"):
        await work.end(name)

    assert work.order == ["first", "third", "second"]


async def test_slots_in_reserve_are_for_what_is_urgent_alone() -> None:
    work = Work(PrioritySlots(1, reserve=1))
    for name in ("hangs", "waits"):
        await work.begin(name)
    await work.begin("danger", urgent=True)

    assert work.order == ["hangs", "danger"]
    await work.end("danger")
    assert work.order == ["hangs", "danger"]  # a slot of the reserve is no slot for others
    for name in ("hangs", "waits"):
        await work.end(name)
    assert work.order == ["hangs", "danger", "waits"]


async def test_who_gives_up_while_waiting_leaves_no_slot_taken() -> None:
    work = Work(PrioritySlots(1))
    for name in ("first", "second", "third"):
        await work.begin(name)
    work.tasks["second"].cancel()
    await work.end("first")
    # The third was admitted in the moment in which it is cancelled.
    await work.begin("fourth")
    work.done["third"].clear()
    work.tasks["third"].cancel()
    for name in ("second", "third"):
        with contextlib.suppress(asyncio.CancelledError):
            await work.tasks[name]
    await asyncio.sleep(0)
    await work.end("fourth")

    assert work.order[-1] == "fourth"
