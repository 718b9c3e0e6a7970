"""Checks of turns while an engine starts or is behind: they wait for it, with a limit, and 112 never waits."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from gateway.conversations.models import Turn
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest, RasaAway, RasaSlow
from gateway.dialogue.engine_pool import EnginePool
from gateway.dialogue.engine_probe import FIRST_QUESTION
from gateway.turns.pace import HELD_STEP
from tests.worlds.road import Road, open_road
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio

FIXED_LINE = "En pysty vastaamaan juuri nyt"
WAIT = 4.0


class StartingEngine(ScriptedEngine):
    """Nothing listens there until `starts` says so."""

    is_there = False
    tried = 0

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        self.tried += 1
        if not self.is_there:
            raise RasaAway("Rasa cannot be reached.")
        return await super().answer(request)

    async def is_ready(self) -> bool:
        return self.is_there


class SlowOnce(ScriptedEngine):
    """So cold, or on so busy a machine, that its first answer takes longer than a citizen may wait for one."""

    tried = 0

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        self.tried += 1
        if self.tried == 1:
            raise RasaSlow("Rasa gave no answer in time.")
        return await super().answer(request)


class AlwaysSlow(ScriptedEngine):
    """It answers the probe, and never a citizen."""

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        if request.text == FIRST_QUESTION:
            return await super().answer(request)
        raise RasaSlow("Rasa gave no answer in time.")


class EngineBehind(ScriptedEngine):
    """So slow that whoever is behind a few others waits for longer than the pool lets one wait at a time."""

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        await asyncio.sleep(0.4)
        return await super().answer(request)


@pytest.fixture
def starting() -> StartingEngine:
    return StartingEngine()


@pytest.fixture
async def road(settings: Settings, starting: StartingEngine) -> AsyncIterator[Road]:
    pool = EnginePool({"http://127.0.0.1:5005": starting}, 1)
    async with open_road(settings.model_copy(update={"engine_wait": WAIT}), pool, pair_limit=False) as road:
        yield road


async def outcomes(road: Road) -> list[str]:
    async with road.service.database.transaction() as session:
        return list(await session.scalars(select(Turn.outcome)))


async def test_who_writes_while_the_engine_starts_gets_the_answer_once_it_is_there(
    road: Road, starting: StartingEngine
) -> None:
    citizens = [road.citizen() for _ in range(5)]
    for citizen in citizens:
        citizen.writes("mun instatili hakkeroitiin")
    await asyncio.sleep(WAIT / 3)
    assert [citizen.received for citizen in citizens] == [[]] * 5
    assert starting.tried < 5 * 3, "Whoever waits does not ask again and again."
    starting.is_there = True

    assert all([(await citizen.next_reply(timeout=15)).text.endswith("Hei!") for citizen in citizens])
    assert await outcomes(road) == ["answered"] * 5


async def test_what_follows_while_the_engine_starts_is_answered_together(road: Road, starting: StartingEngine) -> None:
    citizen = road.citizen()
    citizen.writes("mun instatili hakkeroitiin")
    await asyncio.sleep(0.5)
    citizen.writes("ja salasana vaihdettiin")
    await asyncio.sleep(0.5)
    starting.is_there = True

    await citizen.next_reply(timeout=15)
    asked = [request.text for request in starting.asked if request.text != FIRST_QUESTION]
    assert asked == ["mun instatili hakkeroitiin\nja salasana vaihdettiin"]


async def test_after_the_limit_the_fixed_line_is_said_and_no_later_message_waits_for_longer(road: Road) -> None:
    citizen, began = road.citizen(), time.monotonic()
    citizen.writes("mun instatili hakkeroitiin")

    assert FIXED_LINE in (await citizen.next_reply(timeout=30)).text
    assert time.monotonic() - began >= WAIT
    assert await outcomes(road) == ["engine_failure"]


async def test_danger_is_told_112_at_once_and_judged_when_the_engine_is_there(
    road: Road, starting: StartingEngine
) -> None:
    citizen, began = road.citizen(), time.monotonic()
    citizen.writes("apua joku murtautuu meille sisään nyt")

    assert (await citizen.next_reply(timeout=10)).text.startswith("112")
    assert time.monotonic() - began < WAIT
    assert await outcomes(road) == []
    starting.is_there = True
    async with asyncio.timeout(15):
        while await outcomes(road) != ["answered"]:
            await asyncio.sleep(0.05)


async def test_who_waited_while_nobody_answered_is_answered_however_many_wait_with_them(settings: Settings) -> None:
    pool = EnginePool({"http://127.0.0.1:5005": EngineBehind()}, 1, timeout=1.0)
    async with open_road(settings.model_copy(update={"engine_wait": 30.0}), pool, pair_limit=False) as road:
        citizens = [road.citizen() for _ in range(8)]
        for citizen in citizens:
            citizen.writes("mun instatili hakkeroitiin")

        assert all([(await citizen.next_reply(timeout=20)).text.endswith("Hei!") for citizen in citizens])
        assert await outcomes(road) == ["answered"] * 8


async def test_whom_an_only_engine_let_wait_for_too_long_is_answered_when_it_is_well(settings: Settings) -> None:
    pool = EnginePool({"http://127.0.0.1:5005": SlowOnce()}, 1)
    async with open_road(settings.model_copy(update={"engine_wait": 30.0}), pool, pair_limit=False) as road:
        citizen = road.citizen()
        citizen.writes("mun instatili hakkeroitiin")

        assert (await citizen.next_reply(timeout=20)).text.endswith("Hei!")
        assert await outcomes(road) == ["answered"]


async def test_a_message_for_which_no_engine_finds_an_answer_is_not_asked_for_ever(settings: Settings) -> None:
    pool = EnginePool({"http://127.0.0.1:5005": AlwaysSlow()}, 1)
    async with open_road(settings.model_copy(update={"engine_wait": WAIT}), pool, pair_limit=False) as road:
        citizen = road.citizen()
        citizen.writes("mun instatili hakkeroitiin")

        assert FIXED_LINE in (await citizen.next_reply(timeout=30)).text
        assert await outcomes(road) == ["engine_failure"]


async def test_who_waits_behind_others_hears_the_fixed_line_after_the_limit(settings: Settings) -> None:
    pool = EnginePool({"http://127.0.0.1:5005": EngineBehind()}, 1, timeout=1.0)
    async with open_road(settings.model_copy(update={"engine_wait": 0.0}), pool, pair_limit=False) as road:
        citizens = [road.citizen() for _ in range(8)]
        for citizen in citizens:
            citizen.writes("mun instatili hakkeroitiin")

        said = [(await citizen.next_reply(timeout=20)).text for citizen in citizens]
        assert any(FIXED_LINE in text for text in said)
        assert any(text.endswith("Hei!") for text in said)


async def test_who_wrote_before_a_restart_of_everything_waits_for_the_engine_from_the_restart_on(
    road: Road, starting: StartingEngine
) -> None:
    await road.service.engine.until_there(0)
    with pytest.raises(RasaAway):  # it is known to be away
        await road.service.engine.answer(DialogueRequest(conversation_id="x", channel="whatsapp", text="hei"))
    citizen = road.citizen()
    citizen.writes("mun instatili hakkeroitiin")
    await asyncio.sleep(WAIT / 2)
    road.service.started_at = now()  # as the process that takes it over after the restart
    await asyncio.sleep(HELD_STEP)  # it was looked at once since
    assert citizen.received == []
    starting.is_there = True

    assert (await citizen.next_reply(timeout=15)).text.endswith("Hei!")
