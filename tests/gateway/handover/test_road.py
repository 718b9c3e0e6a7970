"""Checks of handover on the whole road: a citizen's phone, officers, the bot between them."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.repository import locked
from gateway.core.config.settings import Settings
from gateway.handover import ownership
from gateway.handover.replies import reply
from gateway.handover.shifts import start_shift
from gateway.handover.timers import go_off_duty
from gateway.outbox.send import _send_and_record
from gateway.service import Service
from simulator import Citizen, Message
from tests.gateway.handover.test_ownership import act
from tests.worlds import officers as desk
from tests.worlds import outbox
from tests.worlds.officers import SARI
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    """A gateway whose clock is short, and an officer on duty."""
    short = settings.model_copy(update={"danger_answer_seconds": 1.0})
    async with open_road(short, engine, pair_limit=False) as road:
        await act(road.service, start_shift, SARI)
        yield road


async def asks(road: Road, engine: ScriptedEngine, language: str = "fi") -> tuple[Citizen, uuid.UUID]:
    """A new citizen who has asked for a person and got the bot's answer."""
    citizen = road.citizen()
    before = set(await conversations(road))
    engine.next_answer = answer("Jonossa.", topic="talk_to_officer", language=language)
    citizen.writes("ihminen kiitos")
    await citizen.next_reply()
    engine.next_answer = answer("BOTTI", language=language)
    (talk,) = set(await conversations(road)) - before
    return citizen, talk


async def conversations(road: Road) -> list[uuid.UUID]:
    async with road.service.database.transaction() as session:
        return list(await session.scalars(select(Conversation.id)))


async def claims(road: Road, talk: uuid.UUID) -> None:
    await act(road.service, ownership.claim, SARI, talk)
    road.service.wake_outbox()


async def test_a_person_answers_ticks_come_back_and_the_bot_speaks_again(road: Road, engine: ScriptedEngine) -> None:
    citizen, talk = await asks(road, engine, "sv")
    await claims(road, talk)
    assert (await citizen.next_reply()).text.startswith("En polis läser nu")
    async with road.service.signals.listen("conversation") as rings:
        await act(road.service, reply, SARI, talk, "Hej, jag är Sari.")
        road.service.wake_outbox()
        assert (await citizen.next_reply(timeout=20)).text == "Hej, jag är Sari."
        assert await asyncio.wait_for(anext(rings), 20) == ("conversation", talk.hex)
    await until(lambda: _delivered(road, talk))

    citizen.writes("hej Sari")
    await until(lambda: _asked(engine, "hej Sari"))
    await act(road.service, ownership.give_back, SARI, talk)
    road.service.wake_outbox()
    assert (await citizen.next_reply()).text.startswith("Polisen har nu avslutat")
    assert (await citizen.next_reply()).text.startswith("Var samtalet med polisen till hjälp?")
    citizen.writes("och nu?")
    assert (await citizen.next_reply()).text == "BOTTI"


async def _delivered(road: Road, talk: uuid.UUID) -> bool:
    said = await desk.said(road.service, talk, author="officer")
    return said[-1].delivery in ("delivered", "read")


async def _asked(engine: ScriptedEngine, text: str) -> bool:
    return any(request.text == text for request in engine.asked)


async def test_an_answer_that_the_engine_still_thinks_about_never_arrives(road: Road, engine: ScriptedEngine) -> None:
    citizen, talk = await asks(road, engine)
    engine.delay = 0.4
    citizen.writes("vielä yksi asia")
    await until(lambda: _asked(engine, "vielä yksi asia"))
    await claims(road, talk)
    await asyncio.sleep(1.0)

    assert [message.text[:20] for message in citizen.received[1:]] == ["Poliisi lukee nyt vi"]


async def test_what_may_be_danger_is_told_112_when_the_officer_who_has_the_talk_is_silent(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen, talk = await asks(road, engine)
    await claims(road, talk)
    await until(lambda: _has_heard(citizen, "Poliisi lukee"))
    engine.next_answer = answer("Onko joku vaarassa?", possible_danger="emergency")
    citizen.writes("se on taas tuolla rapussa")
    await until(lambda: _has_heard(citizen, "112"), 15)

    assert not any("Onko joku" in message.text for message in citizen.received), "the bot spoke beside an officer"
    assert (await desk.entry(road.service, talk)).urgency is None, "a doubt is no alarm"


async def test_an_officer_who_answers_what_may_be_danger_is_not_talked_over(road: Road, engine: ScriptedEngine) -> None:
    citizen, talk = await asks(road, engine)
    await claims(road, talk)
    engine.next_answer = answer("Onko joku vaarassa?", possible_danger="emergency")
    citizen.writes("se on taas tuolla rapussa")
    await until(lambda: _asked(engine, "se on taas tuolla rapussa"))
    await act(road.service, reply, SARI, talk, "Kuka siellä on?")
    road.service.wake_outbox()
    await until(lambda: _has_heard(citizen, "Kuka siellä on?"))
    await asyncio.sleep(2.0)

    assert not await _has_heard(citizen, "112")


async def test_whenever_the_officer_claims_the_bot_is_silent_afterwards(road: Road, engine: ScriptedEngine) -> None:
    engine.delay = 0.02
    moments = [step * 0.02 for step in range(10)]

    async def story(moment: float, citizen: Citizen, talk: uuid.UUID) -> float:
        citizen.writes("ja sitten")
        await asyncio.sleep(moment)
        await claims(road, talk)
        claimed_at = time.time()
        await until(lambda: _has_heard(citizen, "Poliisi lukee"), 15)
        await asyncio.sleep(0.5)
        return claimed_at

    pairs = [await asks(road, engine) for _ in moments]
    claimed = await asyncio.gather(*(story(moment, *pair) for moment, pair in zip(moments, pairs, strict=True)))

    for claimed_at, (citizen, _) in zip(claimed, pairs, strict=True):
        taken = [message.at for message in road.simulator.state.by_phone[citizen.id] if _is_of_the_bot(message)]
        # A request that had begun before the claim may reach the provider a moment after it.
        assert all(at < claimed_at + 0.2 for at in taken)


async def _has_heard(citizen: Citizen, beginning: str) -> bool:
    return any(message.text.startswith(beginning) for message in citizen.received)


def _is_of_the_bot(message: Message) -> bool:
    return message.author == "service" and message.content.get("body") == "BOTTI"


async def test_a_reply_that_a_sender_already_holds_is_held_back_at_the_last_moment(service: Service) -> None:
    talk = await desk.waiting(service)
    async with service.database.transaction() as session:
        row = await locked(session, talk)
        await outbox.put(session, service, row, "Botti")
    (held,) = (await outbox.look(service)).items
    await act(service, ownership.claim, SARI, talk)
    await _send_and_record(service, held)
    assert (await outbox.row(service, held.id)).state == "dropped"

    await act(service, ownership.give_back, SARI, talk)
    await outbox.change(service, held.id, state="queued")
    assert "Botti" not in await outbox.texts(service)


async def test_danger_with_an_officer_who_does_not_answer_brings_112_in_time(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen, talk = await asks(road, engine)
    await claims(road, talk)
    await citizen.next_reply()
    engine.next_answer = answer("x", topic="emergency_now", danger="emergency")
    citizen.writes("hänellä on veitsi")

    assert (await citizen.next_reply(timeout=20)).text.startswith("112")


async def test_danger_while_waiting_brings_112_at_once(road: Road, engine: ScriptedEngine) -> None:
    citizen, talk = await asks(road, engine)
    engine.next_answer = answer("112 – soita heti.", topic="emergency_now", danger="emergency")
    citizen.writes("hänellä on veitsi")

    assert (await citizen.next_reply(timeout=20)).text.startswith("112")
    assert (await desk.entry(road.service, talk)).rank == 0


async def test_the_button_takes_the_citizen_back_to_the_bot(road: Road, engine: ScriptedEngine) -> None:
    citizen, talk = await asks(road, engine)
    await claims(road, talk)
    await citizen.next_reply()
    citizen.taps("Takaisin botille")

    assert (await citizen.next_reply()).text.startswith("Selvä, et ole enää")
    assert (await desk.row(road.service, talk)).state == "bot"


async def test_an_officer_who_goes_home_leaves_the_citizen_with_the_bot_and_in_the_queue(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen, talk = await asks(road, engine)
    await claims(road, talk)
    await citizen.next_reply()
    await go_off_duty(road.service, SARI)

    assert (await citizen.next_reply()).text.startswith("Poliisi joutui lähtemään")
    citizen.writes("haloo")
    assert (await citizen.next_reply()).text == "BOTTI"
    assert (await desk.row(road.service, talk)).state == "waiting"


async def test_no_blue_ticks_and_no_dots_of_the_bot_while_an_officer_has_it(
    road: Road, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    citizen, talk = await asks(road, engine)
    await claims(road, talk)
    await citizen.next_reply()
    shown: list[str] = []

    async def show_typing(recipient: object, external_id: str) -> None:
        shown.append(external_id)

    monkeypatch.setattr(road.service.channels["whatsapp"], "show_typing", show_typing)
    citizen.writes("oletko siellä")
    await until(lambda: _asked(engine, "oletko siellä"))
    await asyncio.sleep(0.1)

    assert shown == []
    async with road.service.database.transaction() as session:
        rows = await session.scalars(select(OutboxItem).where(OutboxItem.author == "bot"))
        assert len(list(rows)) == 1


@pytest.mark.parametrize(("danger", "state"), [(None, "bot"), ("crisis", "waiting")])
async def test_words_of_ones_own_take_the_request_back_while_nothing_urgent_is_known(
    road: Road, engine: ScriptedEngine, danger: str | None, state: str
) -> None:
    citizen = road.citizen()
    engine.next_answer = answer("Kysyn poliisilta.", topic="talk_to_officer", danger=danger)
    citizen.writes("haluun puhua poliisille")
    await citizen.next_reply()
    engine.next_answer = answer("Selvä.", topic="follow_up_cancel", act="cancel_officer")
    citizen.writes("ei tarviikaa enää mitään poliisii")
    await citizen.next_reply()

    async def is_so() -> bool:
        async with road.service.database.transaction() as session:
            found = (await session.scalars(select(Conversation))).one()
            return found.state == state

    await until(is_so)
