"""Checks of likeness: our own texts are encoded once, citizens' words are not kept, and citizens' turns go first."""

import asyncio

import pytest

from gateway.dialogue.engine import DialogueUnavailable
from gateway.dialogue.engine_pool import rasa_pool
from gateway.dialogue.likeness import Likeness
from tests.gateway.dialogue.test_engine_pool import request
from tests.worlds.fake_rasa import FakeRasa
from tests.worlds.road import until
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
TEXTS = ["maksoin huijarille rahaa", "poliisi vastaa huomenna", "poista kuva palvelusta"]


async def test_what_means_the_same_is_nearest() -> None:
    likeness = await Likeness(ScriptedEngine().embed).of("mä maksoin rahaa sille", TEXTS)

    assert likeness.index(max(likeness)) == 0
    assert all(-1.001 <= each <= 1.001 for each in likeness)


async def test_our_own_texts_are_encoded_once_and_the_citizens_words_each_time() -> None:
    engine = ScriptedEngine()
    likeness = Likeness(engine.embed)
    for _ in range(3):
        await likeness.of("apua", TEXTS)

    assert sorted(engine.embedded) == sorted([*TEXTS, "apua", "apua", "apua"])


async def test_many_texts_go_in_small_requests_with_the_token() -> None:
    rasa = FakeRasa()
    await rasa.start()
    pool = rasa_pool((rasa.url,), "token", 2.0, in_flight=1)
    likeness = await Likeness(pool.embed).of("apua", [f"teksti {number}" for number in range(40)])
    await pool.close()
    await rasa.stop()

    assert len(likeness) == 40
    assert [count for _, count in rasa.embedded] == [16, 16, 8, 1]
    assert {token for token, _ in rasa.embedded} == {"Bearer token"}


async def test_while_citizens_wait_for_every_engine_nothing_is_encoded() -> None:
    rasa = FakeRasa()
    await rasa.start()
    rasa.delay = 0.5
    pool = rasa_pool((rasa.url,), "token", 5.0, in_flight=1)
    turns = [asyncio.create_task(pool.answer(request(f"talk {number}"))) for number in range(3)]

    async def busy() -> bool:
        return rasa.busy == 1

    await until(busy)
    with pytest.raises(DialogueUnavailable, match="first"):
        await pool.embed(["apua"])
    rasa.delay = 0.0
    await asyncio.gather(*turns)

    assert len(await pool.embed(["apua"])) == 1
    await pool.close()
    await rasa.stop()


@pytest.mark.parametrize("status", [404, 500, 503])
async def test_an_engine_without_an_encoder_is_said_to_be_away_and_still_answers_citizens(status: int) -> None:
    rasa = FakeRasa()
    await rasa.start()
    pool = rasa_pool((rasa.url,), "token", 2.0, in_flight=1)
    rasa.status = status
    with pytest.raises(DialogueUnavailable):
        await pool.embed(["apua"])
    rasa.status = 200

    assert (await pool.answer(request("talk"))).replies
    await pool.close()
    await rasa.stop()
