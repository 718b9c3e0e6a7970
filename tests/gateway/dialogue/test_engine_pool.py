"""Checks of several engines: each talk keeps its own, one message in flight, and none is lost with an engine."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gateway.core.config.settings import Settings
from gateway.dialogue.engine import DialogueRequest, DialogueUnavailable, EngineAway, RasaSlow
from gateway.dialogue.engine_pool import EnginePool, rasa_pool
from gateway.dialogue.engine_probe import FIRST_QUESTION
from tests.worlds import tiers
from tests.worlds.fake_rasa import FakeRasa
from tests.worlds.road import until
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio


@pytest.fixture
async def rasas() -> AsyncIterator[list[FakeRasa]]:
    """Three processes."""
    found = [FakeRasa() for _ in range(3)]
    for rasa in found:
        await rasa.start()
    yield found
    for rasa in found:
        await rasa.stop()


@pytest.fixture
async def engine(rasas: list[FakeRasa]) -> AsyncIterator[EnginePool]:
    """The three as one."""
    engine = rasa_pool(tuple(rasa.url for rasa in rasas), "token", 1.0, in_flight=1)
    yield engine
    await engine.close()


def request(talk: str) -> DialogueRequest:
    return DialogueRequest(conversation_id=talk, channel="whatsapp", text="hei")


async def test_every_message_of_a_talk_goes_to_the_same_engine_and_all_have_work(
    engine: EnginePool, rasas: list[FakeRasa]
) -> None:
    for _ in range(2):
        await asyncio.gather(*(engine.answer(request(f"talk {number}")) for number in range(60)))

    assert all(set(Counter(rasa.asked).values()) == {2} for rasa in rasas)
    assert min(len(rasa.asked) for rasa in rasas) > 16


async def test_an_engine_is_given_one_message_at_a_time(engine: EnginePool, rasas: list[FakeRasa]) -> None:
    for rasa in rasas:
        rasa.delay = 0.02
    await asyncio.gather(*(engine.answer(request(f"talk {number}")) for number in range(30)))

    assert [rasa.most_busy for rasa in rasas] == [1, 1, 1]


async def test_the_talks_of_an_engine_that_is_down_go_to_the_others_and_come_back_with_it(
    engine: EnginePool, rasas: list[FakeRasa]
) -> None:
    talks = [f"talk {number}" for number in range(30)]
    await asyncio.gather(*(engine.answer(request(talk)) for talk in talks))
    own = [set(rasa.asked) for rasa in rasas]
    await rasas[0].stop()
    for talk in talks:
        await engine.answer(request(talk))
    assert await engine.states() == {"1": False, "2": True, "3": True}
    assert own[1] <= set(rasas[1].asked[len(own[1]) :])  # who had another engine keeps it

    await rasas[0].start()
    await until(lambda: _is_back(engine, rasas[0], next(iter(own[0]))), 8)


async def _is_back(engine: EnginePool, rasa: FakeRasa, talk: str) -> bool:
    before = len(rasa.asked)
    await engine.answer(request(talk))
    return len(rasa.asked) > before


async def test_a_broken_engine_costs_its_talks_nothing(engine: EnginePool, rasas: list[FakeRasa]) -> None:
    rasas[0].status = 500
    for number in range(20):
        assert (await engine.answer(request(f"talk {number}"))).replies

    assert len(rasas[0].asked) == 1  # then it is left out, until it says by itself that it is ready


async def test_after_one_that_is_too_slow_another_is_asked_and_the_next_talk_does_not_wait(
    engine: EnginePool, rasas: list[FakeRasa]
) -> None:
    slow = rasas[0]
    slow.delay = 3.0
    talk = next(talk for talk in (f"talk {number}" for number in range(90)) if _own(engine, talk) == slow.url)
    assert (await engine.answer(request(talk))).replies

    assert [rasa.asked.count(talk) for rasa in rasas] in ([1, 1, 0], [1, 0, 1])
    slow.delay = 0.0
    async with asyncio.timeout(0.9):
        assert (await engine.answer(request(talk))).replies


async def test_after_two_that_are_too_slow_no_third_is_asked(engine: EnginePool, rasas: list[FakeRasa]) -> None:
    for rasa in rasas:
        rasa.delay = 3.0
    with pytest.raises(RasaSlow):
        await engine.answer(request("talk"))

    assert sorted(rasa.asked.count("talk") for rasa in rasas) == [0, 1, 1]


async def test_an_engine_that_starts_is_given_nobodys_words_before_it_has_answered_once(
    engine: EnginePool, rasas: list[FakeRasa]
) -> None:
    """Its first answer takes longer than any citizen is made to wait."""
    for rasa in rasas:
        await rasa.stop()
    with pytest.raises(EngineAway):
        await engine.answer(request("talk"))
    rasas[0].cold = 1.5
    await rasas[0].start()
    await engine.until_there(20)

    assert (await engine.answer(request("talk"))).replies
    first, *rest = rasas[0].texts
    assert first == FIRST_QUESTION
    assert set(rest) == {FIRST_QUESTION, None, "hei"}, "What it was asked is forgotten (a request without a text)."


async def test_who_waits_for_an_engine_that_hangs_goes_to_another_as_soon_as_that_is_known(
    engine: EnginePool, rasas: list[FakeRasa]
) -> None:
    hanging = rasas[0]
    hanging.delay = 2.5
    talks = [talk for talk in (f"talk {number}" for number in range(90)) if _own(engine, talk) == hanging.url]
    assert len(talks) > 10
    async with asyncio.timeout(2.4):
        answers = await asyncio.gather(*(engine.answer(request(talk)) for talk in talks), return_exceptions=True)

    assert len(hanging.asked) == 1
    said = {type(answer).__name__ for answer in answers}
    assert "DialogueAnswer" in said
    assert said <= {"DialogueAnswer", "EngineBusy"}, "On a busy machine some wait again; none is let down."


def _own(engine: EnginePool, talk: str) -> str:
    return engine._in_order(talk)[0].name


async def test_an_only_engine_that_hangs_is_given_nobody_else_and_all_hear_that_it_is_away(
    rasas: list[FakeRasa],
) -> None:
    rasas[0].delay = 2.5
    engine = rasa_pool((rasas[0].url,), "token", 0.5, in_flight=1)
    try:
        async with asyncio.timeout(1.5):
            answers = await asyncio.gather(
                *(engine.answer(request(f"talk {number}")) for number in range(8)), return_exceptions=True
            )
    finally:
        await engine.close()

    assert {type(answer).__name__ for answer in answers} == {"EngineAway"}
    assert len(rasas[0].asked) == 1


async def test_who_waits_behind_others_for_too_long_hears_that_the_engine_is_busy_and_it_stays(
    rasas: list[FakeRasa],
) -> None:
    rasas[0].delay = 0.4
    engine = rasa_pool((rasas[0].url,), "token", 0.8, in_flight=1)
    try:
        answers = await asyncio.gather(
            *(engine.answer(request(f"talk {number}")) for number in range(8)), return_exceptions=True
        )
        assert {type(answer).__name__ for answer in answers} == {"DialogueAnswer", "EngineBusy"}
        # Whom it has been given is waited for: what it began is not begun anew.
        assert len(rasas[0].asked) == sum(not isinstance(answer, Exception) for answer in answers)
        assert (await engine.answer(request("talk"))).replies
    finally:
        await engine.close()


async def test_with_all_of_them_away_nobody_is_made_to_wait_for_a_refusal_and_whoever_waits_hears_when_one_is_back(
    engine: EnginePool, rasas: list[FakeRasa]
) -> None:
    await engine.until_there(5)  # nobody has found out yet
    for rasa in rasas:
        await rasa.stop()
    for _ in range(2):
        with pytest.raises(EngineAway):
            await engine.answer(request("talk"))
    assert not await engine.is_ready()
    began = time.monotonic()
    with pytest.raises(EngineAway):
        await engine.answer(request("talk"))
    assert time.monotonic() - began < 0.1
    await engine.until_there(0.2)

    waiting = asyncio.create_task(engine.until_there(20))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await rasas[1].start()
    await waiting
    assert (await engine.answer(request("talk"))).replies


async def test_with_all_of_them_broken_each_is_tried(engine: EnginePool, rasas: list[FakeRasa]) -> None:
    for rasa in rasas:
        rasa.status, rasa.state = 500, {}
    for _ in range(2):
        with pytest.raises(DialogueUnavailable, match="500"):
            await engine.answer(request("talk"))

    rasas[1].status = 200
    assert (await engine.answer(request("talk"))).replies


@given(talks=st.lists(st.uuids(), min_size=1, max_size=30, unique=True), gone=st.integers(0, 3))
@hypothesis_settings(deadline=None, max_examples=tiers.examples(40))
def test_when_an_engine_goes_only_its_own_talks_move(talks: list[object], gone: int) -> None:
    names = [f"http://127.0.0.1:{port}" for port in range(5005, 5009)]
    whole = EnginePool({name: ScriptedEngine() for name in names}, 1)
    fewer = EnginePool({name: ScriptedEngine() for name in names if name != names[gone]}, 1)
    for talk in map(str, talks):
        before, after = whole._in_order(talk)[0].name, fewer._in_order(talk)[0].name
        assert before in (after, names[gone])


@pytest.mark.parametrize(
    ("values", "urls"),
    [
        ({}, ("http://127.0.0.1:5005",)),
        ({"rasa_processes": 3}, tuple(f"http://127.0.0.1:{port}" for port in (5005, 5006, 5007))),
        ({"rasa_url": "http://a:1, http://b:2/", "rasa_processes": 5}, ("http://a:1", "http://b:2")),
    ],
)
def test_the_addresses_come_from_the_settings(values: dict[str, Any], urls: tuple[str, ...]) -> None:
    assert Settings(**values).rasa_urls == urls


async def test_an_engine_that_answers_nonsense_about_itself_comes_back_when_it_is_well(
    engine: EnginePool, rasas: list[FakeRasa]
) -> None:
    for rasa in rasas:
        rasa.status, rasa.state = 500, ["somebody else's server"]
    with contextlib.suppress(DialogueUnavailable):
        await engine.answer(request("talk"))
    await asyncio.sleep(0.2)
    for rasa in rasas:
        rasa.status, rasa.state = 200, {"model_file": "models/neuvo.tar.gz"}

    async def all_back() -> bool:
        return all(place.is_up for place in engine._members)

    await until(all_back, 5)


async def test_a_choice_that_the_model_does_not_know_is_asked_as_words_and_no_outage(
    engine: EnginePool, rasas: list[FakeRasa]
) -> None:
    for rasa in rasas:
        rasa.refuses_choices = True
    made_up = DialogueRequest(conversation_id="talk", channel="web", choice="__class__", title="Tell me more")

    answer = await engine.answer(made_up)

    assert answer.replies
    assert set((await engine.states()).values()) == {True}
    assert [text for rasa in rasas for text in rasa.texts] == [None, "Tell me more"]
