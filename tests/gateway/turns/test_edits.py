"""Checks of edits: a changed message is read once more, and danger in it is answered as danger always is."""

import asyncio

import pytest
from sqlalchemy import select, update

from gateway.content.models import MissedMessage
from gateway.conversations.models import Conversation, Message, Turn
from gateway.core.database import Base
from gateway.handover.models import QueueEntry
from tests.worlds.road import Road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
DANGER = answer("Soita 112.", topic="emergency_now", danger="emergency", escalation=("emergency",))


async def rows[Row: Base](road: Road, table: type[Row]) -> list[Row]:
    async with road.service.database.transaction() as session:
        return list((await session.scalars(select(table))).all())


async def _asked(engine: ScriptedEngine, count: int) -> bool:
    return len(engine.asked) >= count


async def test_an_edit_that_tells_of_danger_after_the_answer_gets_112_and_goes_before_officers(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    written = citizen.writes("mun tili kaapattiin")
    await citizen.next_reply()
    engine.next_answer = DANGER
    citizen.sends("edit", about=written.id, text="se mies on oven takana")

    assert (await citizen.next_reply()).text.startswith("Soita 112.")
    (conversation,) = await rows(road, Conversation)
    (entry,) = await rows(road, QueueEntry)
    assert (conversation.urgency, entry.urgency, entry.reason) == ("emergency", "emergency", "danger")
    assert engine.asked[1].conversation_id != engine.asked[0].conversation_id
    assert len({message.turn_id for message in await rows(road, Message)}) == len(await rows(road, Turn)) == 2


async def test_an_edit_without_danger_is_read_and_leaves_no_trace_and_the_talk_goes_on(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    written = citizen.writes("mun tili kaapattiin")
    await citizen.next_reply()
    citizen.sends("edit", about=written.id, text="mun insta kaapattiin")
    await until(lambda: _asked(engine, 2))
    citizen.writes("mitä nyt")
    await citizen.next_reply()

    assert len(citizen.received) == 2
    assert len(await rows(road, Message)) == len(await rows(road, Turn)) == 2
    assert engine.asked[2].conversation_id == engine.asked[0].conversation_id


async def test_an_edit_that_comes_while_the_engine_reads_the_old_words_is_read_too(
    road: Road, engine: ScriptedEngine
) -> None:
    engine.delay = 0.5
    citizen = road.citizen()
    written = citizen.writes("mun tili kaapattiin")
    await until(lambda: _asked(engine, 1))
    citizen.sends("edit", about=written.id, text="se mies on oven takana")
    await asyncio.sleep(0.2)
    await until(lambda: _asked(engine, 2))
    engine.next_answer = DANGER

    await citizen.next_reply()
    assert "Soita 112." in (await citizen.next_reply()).text
    assert [request.text for request in engine.asked] == ["mun tili kaapattiin", "se mies on oven takana"]


async def test_an_edit_that_nobody_could_judge_gets_the_line_with_112(road: Road, engine: ScriptedEngine) -> None:
    citizen = road.citizen()
    written = citizen.writes("mun tili kaapattiin")
    await citizen.next_reply()
    engine.next_answer = None
    citizen.sends("edit", about=written.id, text="se mies on oven takana")

    assert "112" in (await citizen.next_reply()).text


async def test_who_unsends_what_became_dangerous_takes_the_words_back_and_officers_still_look(
    road: Road, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("Mitä tarkoitat?", topic="unclear_message")
    citizen = road.citizen()
    written = citizen.writes("mun juttu yksi")
    await citizen.next_reply()
    assert len(await rows(road, MissedMessage)) == 1
    engine.next_answer = DANGER
    citizen.sends("edit", about=written.id, text="se mies on oven takana")
    await citizen.next_reply()
    assert await rows(road, MissedMessage) == []  # the editors' copy of the old words went with them
    citizen.sends("revoke", about=written.id)

    async def gone() -> bool:
        return all(message.content_sealed is None for message in await rows(road, Message))

    await until(gone)
    (conversation,) = await rows(road, Conversation)
    (entry,) = await rows(road, QueueEntry)
    assert (conversation.urgency, entry.urgency, entry.resolved_at) == ("emergency", "emergency", None)
    assert [turn.danger for turn in await rows(road, Turn)] == [None, "emergency"]


async def test_an_edit_with_danger_in_a_talk_that_is_over_begins_a_new_one_and_can_be_taken_back(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    written = citizen.writes("mun tili kaapattiin")
    await citizen.next_reply()
    async with road.service.database.transaction() as session:
        await session.execute(update(Conversation).values(state="closed"))
    engine.next_answer = DANGER
    citizen.sends("edit", about=written.id, text="se mies on oven takana")

    assert "Soita 112." in (await citizen.next_reply()).text
    (new,) = [each for each in await rows(road, Conversation) if each.state != "closed"]
    (entry,) = await rows(road, QueueEntry)
    assert (new.state, entry.conversation_id, entry.urgency) == ("waiting", new.id, "emergency")
    citizen.sends("revoke", about=written.id)
    await until(lambda: _all_taken_back(road))


async def _all_taken_back(road: Road) -> bool:
    return [message.content_sealed for message in await rows(road, Message)] == [None, None]
