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

    async def begin(self, name: str, source: str = "", *, urgent: bool = False) -> None:
        self.done[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._hold(name, source, urgent=urgent))
        await asyncio.sleep(0)

    async def end(self, name: str) -> None:
        self.done[name].set()
        await self.tasks[name]
        await asyncio.sleep(0)

    async def _hold(self, name: str, source: str, *, urgent: bool) -> None:
        async with self.slots.slot(name, urgent=urgent, source=source):
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


async def test_a_flood_from_one_source_delays_its_own_and_no_others() -> None:
    work = Work(PrioritySlots(1))
    for number in range(4):
        await work.begin(f"web {number}", "web")
    await work.begin("phone", "whatsapp")
    await work.begin("page", "messenger")
    for name in ("web 0", "web 1", "phone", "page", "web 2", "web 3"):
        await work.end(name)

    assert work.order == ["web 0", "web 1", "phone", "page", "web 2", "web 3"]


async def test_what_becomes_urgent_is_taken_out_of_the_turns_of_its_source() -> None:
    work = Work(PrioritySlots(1))
    for name in ("first", "second", "third"):
        await work.begin(name, "web")
    work.slots.hurry("third")
    await work.begin("phone", "whatsapp")
    for name in ("first", "third", "second", "phone"):
        await work.end(name)

    assert work.order == ["first", "third", "second", "phone"]
    assert not work.slots.is_full


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
