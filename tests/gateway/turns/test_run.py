"""Checks of station 3: what is read in one turn, and that no word of a citizen is left unread."""

import uuid

import pytest
from sqlalchemy import select

from gateway.conversations.models import Conversation, Turn
from gateway.handover import ownership
from gateway.service import Service
from gateway.turns.run import run_turn
from gateway.turns.turn_input import MAX_CHARACTERS
from tests.worlds import officers as desk
from tests.worlds.officers import SARI
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio


async def outcomes(service: Service, talk: uuid.UUID) -> list[str]:
    async with service.database.transaction() as session:
        wanted = select(Turn.outcome).where(Turn.conversation_id == talk).order_by(Turn.created_at)
        return list(await session.scalars(wanted))


async def test_of_a_long_burst_every_word_is_read_also_the_last(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    written = ["a" * 1500, "b" * 1500, "c" * 1500, "se tulee sisään"]
    for words in written:
        await desk.writes(service, talk, words)
    while await run_turn(service, talk):
        pass

    asked = [request.text or "" for request in engine.asked]
    assert "\n".join(asked) == "\n".join(written)
    assert max(map(len, asked)) <= MAX_CHARACTERS


async def test_the_longest_message_is_read_to_its_end(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    await desk.writes(service, talk, "a" * 4085 + " apua apua")
    await run_turn(service, talk)

    assert (engine.asked[0].text or "").endswith("apua apua")


async def test_blanks_are_no_words_and_no_failure_of_the_engine(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    await desk.writes(service, talk, "\u00a0\n \u2003")
    await run_turn(service, talk)

    assert (engine.asked, await outcomes(service, talk)) == ([], ["answered"])
    assert (await desk.row(service, talk)).state == "bot"
    assert len(await desk.said(service, talk, author="bot")) == 1


async def test_what_waits_in_a_talk_when_it_is_closed_is_answered_in_the_next(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.owned(service)
    for words in ("kiitos", "hei vielä yks juttu"):
        await desk.writes(service, talk, words)
    async with service.database.transaction() as session:
        await ownership.close(session, service, SARI, talk, "asia selvä")
    await run_turn(service, talk)
    async with service.database.transaction() as session:
        (new,) = await session.scalars(select(Conversation.id).where(Conversation.id != talk))
    await run_turn(service, new)

    assert engine.asked[-1].text == "kiitos\nhei vielä yks juttu"
    assert (await outcomes(service, talk), await outcomes(service, new)) == ([], ["answered"])
    (said,) = await desk.said(service, new)
    assert said.text.endswith("Hei!")
    assert (await desk.row(service, new)).contact_id == (await desk.row(service, talk)).contact_id
    assert engine.asked[-1].conversation_id == (await desk.row(service, new)).dialogue_id.hex
    await desk.writes(service, new, "ja kolmas")
    await run_turn(service, new)
    assert await outcomes(service, new) == ["answered", "answered"]
