"""Checks of the fault test's own judge: it must see what is lost, said twice or failed, or it would prove nothing."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, update

from gateway.conversations.models import InboxEvent, Message, OutboxItem, Turn
from gateway.core.config.settings import Settings
from gateway.core.database import now
from simulator import Citizen, GraphFault
from tests.bench.breaking import Window
from tests.bench.judging import Verdict, judge
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    """A gateway that has answered one message."""
    quick = settings.model_copy(update={"unknown_wait": 0.3, "graph_timeout": 0.3})
    async with open_road(quick, engine) as road:
        await _talk(road)
        yield road


async def _talk(road: Road) -> None:
    citizen = road.citizen()
    citizen.writes("mun tili hakkeroitiin")
    await citizen.next_reply(timeout=10)
    await road.simulator.settled()
    await asyncio.sleep(0.4)  # the statuses are sorted


async def verdict_on(road: Road, *windows: Window) -> Verdict:
    return await judge(road.simulator, road.service.database, road.settings, list(windows))


async def change(road: Road, statement: object) -> None:
    async with road.service.database.transaction() as session:
        await session.execute(statement)  # type: ignore[call-overload]


async def test_a_good_day_has_no_problems(road: Road) -> None:
    verdict = await verdict_on(road)

    assert verdict.problems == []
    assert (verdict.messages, verdict.turns, verdict.replies, verdict.failures) == (1, 1, 1, 0)


async def test_a_message_without_a_turn_is_lost(road: Road) -> None:
    await change(road, update(Message).values(turn_id=None))
    await change(road, update(OutboxItem).values(turn_id=None, reply_kind="erased"))

    assert [sentence for sentence in (await verdict_on(road)).problems if "lost" in sentence]


async def test_a_message_that_was_never_stored_is_lost(road: Road) -> None:
    await change(road, delete(Message))

    assert [sentence for sentence in (await verdict_on(road)).problems if "lost" in sentence]


async def test_a_turn_with_two_replies_or_none_is_seen(road: Road) -> None:
    await change(road, update(OutboxItem).values(turn_id=None, reply_kind="erased"))

    assert "has 0 replies" in (await verdict_on(road)).problems[0]


async def test_a_reply_that_did_not_arrive_on_the_phone_is_seen(road: Road) -> None:
    await change(road, update(OutboxItem).values(id=uuid.uuid4()))

    assert any("did not arrive" in sentence for sentence in (await verdict_on(road)).problems)


async def test_a_failure_counts_only_while_a_fault_was_active_and_one_in_a_hundred(road: Road) -> None:
    await change(road, update(Turn).values(outcome="engine_failure"))
    alone, named = await verdict_on(road), await verdict_on(road, Window("rasa hangs", time.time() - 30, None))

    assert any("while nothing was wrong" in sentence for sentence in alone.problems)
    assert not any("while nothing was wrong" in sentence for sentence in named.problems)
    assert any("more than 1%" in sentence for sentence in named.problems)


async def test_a_double_that_nothing_hid_is_a_problem(road: Road) -> None:
    await change(road, update(OutboxItem).values(state="queued", due_at=now()))
    await until(lambda: _accepted(road, 2), 10)
    verdict = await verdict_on(road)

    assert [(double.times, double.cause) for double in verdict.doubles] == [(2, "")]
    assert any("nothing hid its outcome" in sentence for sentence in verdict.problems)


async def test_a_double_whose_outcome_a_time_out_hid_is_listed_and_no_problem(road: Road) -> None:
    # Twice: "typing…" is a request too, and comes before the reply.
    road.fault(GraphFault(kind="timeout", seconds=1.0, accepted=True, times=2), lost_statuses=["sent", "delivered"])
    citizen = road.citizen()
    citizen.writes("mun tili hakkeroitiin")
    await until(lambda: _accepted(road, 3), 15)
    road.simulator.faults.clear()
    await until(lambda: _arrived(citizen, 2), 10)
    verdict = await verdict_on(road)

    assert [(double.times, double.cause) for double in verdict.doubles] == [(2, "timeout after accepting")]
    assert verdict.problems == []


async def test_an_event_that_was_set_aside_is_seen(road: Road) -> None:
    await change(road, update(InboxEvent).values(state="failed"))

    assert any("set aside" in sentence for sentence in (await verdict_on(road)).problems)


async def _accepted(road: Road, count: int) -> bool:
    return len(road.simulator.log.accepted()) >= count


async def _arrived(citizen: Citizen, count: int) -> bool:
    return len(citizen.received) >= count
