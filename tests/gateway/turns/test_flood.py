"""Checks of floods: one citizen is answered so often a minute, hears why once, and danger is never silenced."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest
import time_machine
from sqlalchemy import select

from gateway.conversations.kinds import TurnOutcome
from gateway.conversations.models import Turn
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.handover.models import QueueEntry
from simulator import Citizen
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    async with open_road(settings.model_copy(update={"citizen_turns": 3}), engine, pair_limit=False) as road:
        yield road


async def outcomes(road: Road) -> list[str]:
    async with road.service.database.transaction() as session:
        return list(await session.scalars(select(Turn.outcome).order_by(Turn.created_at)))


async def writes_and_waits(road: Road, citizen: Citizen, text: str) -> str:
    before = len(await outcomes(road))
    citizen.writes(text)

    async def answered() -> bool:
        return len(await outcomes(road)) > before

    await until(answered)
    return (await outcomes(road))[-1]


async def test_a_flood_is_answered_so_often_then_once_with_a_kind_line_then_not(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    seen = [await writes_and_waits(road, citizen, f"viesti {number}") for number in range(7)]

    assert seen == ["answered"] * 3 + [TurnOutcome.SLOWED_DOWN] + [TurnOutcome.TOO_MANY] * 3
    said = [(await citizen.next_reply()).text for _ in range(4)]
    assert "Viestejä tulee nyt niin tiheään" in said[-1]
    assert "112" in said[-1]
    assert len(engine.asked) == 7  # also what is not answered was looked at


@pytest.mark.parametrize("kind", ["emergency", "crisis"])
async def test_danger_in_a_flood_is_answered_and_queued(road: Road, engine: ScriptedEngine, kind: str) -> None:
    citizen = road.citizen()
    for number in range(6):
        await writes_and_waits(road, citizen, f"viesti {number}")
    for _ in range(4):
        await citizen.next_reply()
    engine.next_answer = answer("*112* – soita heti.", topic="emergency_now", danger=kind, escalation=(kind,))

    assert await writes_and_waits(road, citizen, "mua puukotetaan") == "answered"
    assert "112" in (await citizen.next_reply()).text
    async with road.service.database.transaction() as session:
        entries = list(await session.scalars(select(QueueEntry)))
    assert [(entry.reason, entry.urgency) for entry in entries] == [("danger", kind)]


async def test_who_asks_for_an_officer_or_meets_a_silent_engine_is_heard_too(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    for number in range(5):
        await writes_and_waits(road, citizen, f"viesti {number}")
    engine.next_answer = answer("Pyydän poliisin.", topic="talk_to_officer")
    assert await writes_and_waits(road, citizen, "haluan puhua poliisille") == "answered"
    engine.next_answer = None
    assert await writes_and_waits(road, citizen, "?") == "engine_failure"


async def test_others_are_answered_meanwhile_and_after_a_minute_so_is_the_citizen(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    for number in range(5):
        await writes_and_waits(road, citizen, f"viesti {number}")

    assert await writes_and_waits(road, road.citizen("Bertil"), "hej") == "answered"
    with time_machine.travel(now() + dt.timedelta(seconds=70), tick=True):
        assert await writes_and_waits(road, citizen, "viesti") == "answered"
