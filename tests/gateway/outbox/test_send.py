"""Checks of station 5 on the whole road: limits, stops and lost answers, judged by the stand-in."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, update

from gateway.conversations.models import Conversation, Message, OutboxItem, SuspendedNumber
from gateway.core.config.settings import Settings
from gateway.handover.models import QueueEntry
from gateway.ops.outbox_admin import describe_sending, resume_sending
from simulator import Citizen, GraphFault
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.commands import run_command
from tests.worlds.road import Road, internal_health, open_road, until
from tests.worlds.row_counts import count as rows_of
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    """A gateway with an engine that answers as it is told."""
    async with open_road(settings.model_copy(update={"unknown_wait": 0.5}), engine) as road:
        yield road


async def count(road: Road, *conditions: Any) -> int:
    async with road.service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(OutboxItem).where(*conditions)) or 0


async def is_stopped(road: Road) -> bool:
    async with road.service.database.transaction() as session:
        return (await session.scalars(select(SuspendedNumber))).first() is not None


async def health(road: Road) -> dict[str, Any]:
    answered = await internal_health(road.app)
    assert answered.status_code == 200
    content: dict[str, Any] = answered.json()
    return content


async def no_reply(*people: Citizen, seconds: float = 1.3) -> None:
    """Longer than the outbox takes to look again."""
    before = [len(person.received) for person in people]
    await asyncio.sleep(seconds)
    assert [len(person.received) for person in people] == before


async def test_a_number_never_meets_metas_limit_and_everybody_is_answered(
    settings: Settings, engine: ScriptedEngine
) -> None:
    slow = settings.model_copy(update={"number_rate": 10.0})
    engine.go_on.clear()  # until what citizens wrote has been counted on both sides
    async with open_road(slow, engine, messages_per_second=10) as road:
        people = [road.citizen(f"Nro {place}") for place in range(16)]
        for person in people:
            person.writes("mun tili kaapattiin")
        await until(lambda: _all_sorted(road, len(people)))
        engine.go_on.set()
        for person in people:
            await person.next_reply(timeout=15)

        assert road.simulator.log.refused() == []
        assert [len(person.received) for person in people] == [1] * 16


async def _all_sorted(road: Road, messages: int) -> bool:
    return await rows_of(road.service, Message) == messages


async def test_a_citizen_who_gets_much_waits_and_the_others_do_not(settings: Settings, engine: ScriptedEngine) -> None:
    slow = settings.model_copy(update={"pair_burst": 1.0, "pair_seconds": 3.0})
    async with open_road(slow, engine) as road:
        busy, other = road.citizen("Aino"), road.citizen("Bertil")
        busy.writes("mun tili kaapattiin")
        await busy.next_reply()
        busy.writes("entä sitten")
        await until(lambda: _waits_for(road, "pair_rate"))
        assert "1 wait for the rate limit of one citizen" in await describe_sending(road.settings)
        other.writes("mun tili kaapattiin")
        first, second = await other.next_reply(), await busy.next_reply()

        assert first.at < second.at


async def _waits_for(road: Road, reason: str) -> bool:
    return await count(road, OutboxItem.waits_for == reason) > 0


@pytest.mark.parametrize(("code", "failure"), [(190, "auth"), (131031, "policy"), (131048, "policy")])
async def test_an_error_of_access_or_policy_stops_the_number_and_nothing_is_lost(
    road: Road, engine: ScriptedEngine, capfd: pytest.CaptureFixture[str], code: int, failure: str
) -> None:
    first, second = road.citizen("Aino"), road.citizen("Bertil")
    road.fault(GraphFault(code=code, times=None))
    for place, person in enumerate((first, first, second)):
        engine.next_answer = answer(f"Vastaus {place}.")
        person.writes("mun tili kaapattiin")
        await until(partial(_queued, road, place + 1))
    assert await is_stopped(road)
    refused = len(road.simulator.log.refused())

    assert (await health(road))["status"] == "degraded"
    assert (await health(road))["parts"]["sending"] == "down"
    said = await describe_sending(road.settings)
    assert f"{bodies.NUMBER} (whatsapp) is stopped" in said
    assert f"{failure} {code}" in said
    assert "3 wait until the number is started again" in said

    road.fault()
    await no_reply(first, second)
    assert len(road.simulator.log.refused()) == refused

    assert bodies.NUMBER in await resume_sending(road.settings, bodies.NUMBER)
    replies = [await person.next_reply() for person in (first, first, second)]
    assert [reply.text[-10:] for reply in replies] == [f"Vastaus {place}." for place in range(3)]
    assert (len(first.received), len(second.received)) == (2, 1)
    assert (await health(road))["parts"]["sending"] == "ok"
    assert await describe_sending(road.settings) == "Every number sends and nothing waits."
    assert capfd.readouterr().out.count("number_suspended") == 1


async def _queued(road: Road, wanted: int) -> bool:
    # While nothing is stopped a reply is `queued` for a moment before it is tried, too.
    return await is_stopped(road) and await count(road, OutboxItem.state == "queued") == wanted


async def test_a_stopped_number_stays_stopped_over_a_restart(settings: Settings, engine: ScriptedEngine) -> None:
    async with open_road(settings, engine) as road:
        road.simulator.new_phone("Aino", number="358401234567")
        road.fault(GraphFault(code=190, times=None))
        await road.post(bodies.body(bodies.message()))
        await until(lambda: _queued(road, 1))
    async with open_road(settings, engine) as road:
        road.simulator.new_phone("Aino", number="358401234567")
        await asyncio.sleep(1.3)
        assert await _queued(road, 1)
        assert road.simulator.log.refused() == []

        await resume_sending(road.settings, None)
        await until(lambda: _ended(road))


async def _ended(road: Road) -> bool:
    return await count(road, OutboxItem.state == "queued") == 0


async def test_a_reply_whose_day_ended_while_its_number_was_stopped_goes_to_an_officer_and_not_to_meta(
    road: Road,
) -> None:
    citizen = road.citizen()
    road.fault(GraphFault(code=190, times=None))
    citizen.writes("mun tili kaapattiin")
    await until(lambda: _queued(road, 1))
    async with road.service.database.transaction() as session:
        yesterday = Conversation.last_citizen_message_at
        moment = (await session.scalars(select(yesterday))).one() - dt.timedelta(hours=24)
        await session.execute(update(Conversation).values(last_citizen_message_at=moment))
    road.fault()
    refused = len(road.simulator.log.refused())
    await resume_sending(road.settings, None)
    await until(lambda: _failed(road))

    assert (citizen.received, len(road.simulator.log.refused())) == ([], refused)
    async with road.service.database.transaction() as session:
        assert [entry.reason for entry in await session.scalars(select(QueueEntry))] == ["window_closed"]


async def _failed(road: Road) -> bool:
    return await count(road, OutboxItem.state == "failed", OutboxItem.error_class == "window_closed") == 1


@pytest.mark.parametrize("kind", ["timeout", "reset"])
@pytest.mark.parametrize("arrived", [True, False])
async def test_a_sending_whose_answer_was_lost_reaches_the_citizen_once(
    settings: Settings, engine: ScriptedEngine, kind: str, arrived: bool
) -> None:
    quick = settings.model_copy(update={"unknown_wait": 1.0, "graph_timeout": 0.3})
    async with open_road(quick, engine) as road:
        citizen = road.citizen()
        fault = {"kind": kind, "seconds": 0.6, "accepted": arrived}
        # The fault is for the reply: "typing…" asks too, and must not use it up.
        road.fault(GraphFault.model_validate({**fault, "times": None}))
        citizen.writes("mun tili kaapattiin")
        await until(lambda: _tried(road))
        await asyncio.sleep(0.3 if kind == "timeout" else 0.1)
        road.fault()
        await citizen.next_reply()
        await no_reply(citizen, seconds=2)

        async with road.service.database.transaction() as session:
            (item,) = (await session.scalars(select(OutboxItem))).all()
        assert (item.state, item.attempts, item.waits_for) == ("sent", 1 if arrived else 2, None)


async def _tried(road: Road) -> bool:
    return await count(road, OutboxItem.attempts > 0) > 0


async def test_a_very_long_answer_arrives_in_order_with_the_buttons_on_the_last_part(
    road: Road, engine: ScriptedEngine
) -> None:
    words = " ".join(f"Lause numero {place} on tässä." for place in range(400))
    engine.next_answer = answer(words, buttons=(("topic:a", "Yksi"), ("topic:b", "Kaksi")))
    citizen = road.citizen()
    citizen.writes("mun tili kaapattiin")
    parts = [await citizen.next_reply(timeout=8) for _ in range(3)]

    assert [part.titles for part in parts] == [[], [], ["Yksi", "Kaksi"]]
    assert all(part.text.endswith(".") for part in parts)
    assert " ".join(part.text for part in parts).endswith(words)
    assert road.simulator.log.refused() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sending"], "Every number sends and nothing waits."),
        (["resume", bodies.NUMBER], "No such number is stopped; nothing was changed."),
    ],
)
def test_an_operator_asks_and_orders_from_the_command_line(database_url: str, words: list[str], said: str) -> None:
    done = run_command(*words, NEUVO_DATABASE_URL=database_url)

    assert (done.stdout.strip(), done.returncode) == (said, 0)
