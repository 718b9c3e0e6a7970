"""Checks of what outlives the engine's memory, danger, consent, a watched phone, and of what a request is."""

import asyncio
import uuid

import pytest
from sqlalchemy import select

from gateway.conversations.contacts import AddressBook
from gateway.conversations.kinds import ChannelName, Danger
from gateway.conversations.models import Conversation, Message
from gateway.conversations.repository import open_told
from gateway.conversations.told import NOTHING_TOLD, Consent, DangerState, Told, ToldPart
from gateway.dialogue.engine import GivenState
from gateway.handover import ownership
from gateway.handover.corrections import correct
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.timers import run_due_timers
from gateway.privacy.subject_access import collect_own_data
from gateway.service import Service
from gateway.turns.edits import queue_edit, revoke_answered
from gateway.turns.run import run_turn
from tests.gateway.handover.test_ownership import HOUR, act, duty, turn
from tests.worlds import officers as desk
from tests.worlds.officers import SARI
from tests.worlds.outbox import conversation as new_conversation
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
KNIFE = answer("112!", topic="emergency_now", danger="emergency", escalation=("emergency",), state={"danger": "now"})
CALM = answer("Selvä.", topic="account_hacked")


async def told(service: Service, talk: uuid.UUID) -> Told:
    async with service.database.transaction() as session:
        row = await session.get_one(Conversation, talk)
        return open_told(service.keyring.unwrap(row.wrapped_key), row.told_sealed)


async def says(service: Service, engine: ScriptedEngine, talk: uuid.UUID, text: str, **state: str) -> None:
    """The citizen writes, and this is what the engine knows after it."""
    engine.next_answer = answer("Selvä.", state={"danger": "none", **state})
    await turn(service, talk, text)


async def message_ids(service: Service, talk: uuid.UUID) -> list[int]:
    async with service.database.transaction() as session:
        return list(
            await session.scalars(select(Message.id).where(Message.conversation_id == talk).order_by(Message.id))
        )


async def test_what_was_told_goes_to_the_engine_with_each_message_however_much_it_forgets(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = KNIFE
    await turn(service, talk, "hänellä on veitsi")
    await says(service, engine, talk, "isä lukee mun viestit", danger="now", watched="yes")
    await says(service, engine, talk, "poliisi kiitos", danger="now", watched="yes", officer="asked")
    for _ in range(2):  # of an engine that has lost the conversation
        engine.next_answer = CALM
        await turn(service, talk, "entä nyt")

    assert [request.state for request in engine.asked] == [
        GivenState(),
        GivenState(danger=DangerState.NOW),
        GivenState(danger=DangerState.NOW, watched=True),
        GivenState(danger=DangerState.NOW, watched=True, consent=Consent.ASKED),
        GivenState(danger=DangerState.NOW, watched=True, consent=Consent.ASKED),
    ]


async def test_danger_ends_by_the_citizens_words_and_by_nothing_else(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = KNIFE
    await turn(service, talk, "hänellä on veitsi")
    engine.next_answer = None
    await turn(service, talk, "kiitos")
    await says(service, engine, talk, "kiitos")
    assert (await told(service, talk)).danger == "now"

    await says(service, engine, talk, "hän lähti, kaikki hyvin", danger="passed")
    assert (await told(service, talk)).danger == "passed"
    # What officers have to look at stays urgent until one of them has.
    assert (await desk.entry(service, talk)).urgency == "emergency"
    engine.next_answer = KNIFE
    await turn(service, talk, "hän tuli takaisin")
    assert (await told(service, talk)).danger == "now"


async def test_danger_is_kept_where_the_answer_that_reported_it_cannot_be_written(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = answer(danger="emergency").model_copy(update={"replies": (None,)})
    await turn(service, talk, "hänellä on veitsi")

    assert (await told(service, talk)).danger == "now"


async def test_each_part_is_linked_to_the_message_that_told_it(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    await desk.writes(service, talk, "hei")
    await desk.writes(service, talk, "oon 14 ja äiti lukee viestit")
    slots: dict[str, str | tuple[str, ...]] = {
        "age": "under_15",
        "watched": "yes",
        "done": ("paid", "blocked"),
        "role": "victim",
    }
    engine.next_answer = answer(state=slots, told=("age", "watched", "done"), told_at=len("hei\n"))
    await run_turn(service, talk)
    _, second = await message_ids(service, talk)

    known = await told(service, talk)
    assert known.watched
    # Not the role: the engine knew it before, so this message did not tell it.
    assert known.facts == {ToldPart.AGE: ("under_15",), ToldPart.DONE: ("paid", "blocked")}
    assert set(known.sources.values()) == {second}


async def test_what_a_message_told_in_passing_goes_when_it_is_revoked_and_danger_stays(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = answer(state={"age": "under_15", "watched": "yes"}, told=("age", "watched"), danger="crisis")
    await turn(service, talk, "oon 14, äiti lukee nää")
    async with service.database.transaction() as session:
        await revoke_answered(session, service.keyring, (await session.scalars(select(Message))).one())

    known = await told(service, talk)
    assert (known.facts, known.watched, known.danger) == ({}, True, "now")


async def test_an_edit_tells_danger_alone(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    await turn(service, talk, "hei")
    async with service.database.transaction() as session:
        queue_edit(session, (await session.scalars(select(Message))).one())
    engine.next_answer = answer(
        "112", danger="emergency", topic="talk_to_officer", state={"watched": "yes"}, told=("watched",)
    )
    await run_turn(service, talk)

    assert engine.asked[-1].state is None
    known = await told(service, talk)
    assert (known.danger, known.consent, known.watched) == ("now", "none", False)


async def test_what_an_officer_sets_right_while_the_engine_thinks_stays_right(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    await desk.tells(service, talk, danger=DangerState.NOW, watched=True)
    engine.next_answer = answer(state={"danger": "now", "watched": "yes"})
    engine.go_on.clear()
    await desk.writes(service, talk, "joo")
    thinking = asyncio.create_task(run_turn(service, talk))
    while not engine.asked:
        await asyncio.sleep(0.01)
    await act(service, correct, SARI, talk, "danger", "none")
    await act(service, correct, SARI, talk, "watched", "no")
    engine.go_on.set()
    await thinking

    known = await told(service, talk)
    assert (known.danger, known.watched) == ("none", False)
    assert dict(known.corrected_by) == {"danger": SARI.name, "watched": SARI.name}


async def test_danger_that_an_officer_found_over_is_urgent_no_more(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = KNIFE
    await turn(service, talk, "hänellä on veitsi")
    await act(service, correct, SARI, talk, "danger", "passed")

    entry, row = await desk.entry(service, talk), await desk.row(service, talk)
    assert (entry.urgency, entry.rank, entry.danger_at, row.urgency) == (None, 3, None, None)
    assert (await desk.events(service, talk))[-1] == "told_corrected"
    assert (await told(service, talk)).danger == "passed"


@pytest.mark.parametrize(("part", "value"), [("danger", "now"), ("consent", "asked"), ("age", "adult"), ("x", "none")])
async def test_an_officer_sets_nothing_that_only_a_citizen_can_tell(service: Service, part: str, value: str) -> None:
    talk = await desk.conversation(service)
    with pytest.raises(HandoverTextRefused):
        await act(service, correct, SARI, talk, part, value)


async def test_it_is_sealed_and_without_anything_told_there_is_nothing(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    await turn(service, talk, "hei")
    assert (await desk.row(service, talk)).told_sealed is None
    await says(service, engine, talk, "äiti lukee nää", watched="yes")

    sealed = (await desk.row(service, talk)).told_sealed or b""
    assert b"watched" not in sealed
    assert (await told(service, talk)).watched


async def test_the_citizen_gets_it_with_their_own_data(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = answer(
        state={"danger": "passed", "watched": "yes", "officer": "asked", "age": "under_15", "platform": "snapchat"},
        told=("age", "platform"),
    )
    await desk.tells(service, talk, danger=DangerState.NOW)
    await turn(service, talk, "hei")
    async with service.database.transaction() as session:
        data = "\n".join(await collect_own_data(session, service, await session.get_one(Conversation, talk)))

    noted = "Vaara: ohi; Puhelin: joku muu voi lukea sitä; Poliisi: pyydetty; Oma ikä: alle 15; Palvelu: snapchat"
    assert f"Sanoistasi päätelty: {noted}" in data


async def test_a_watched_phone_stays_watched_in_the_citizens_next_conversation_and_nothing_else_does(
    service: Service,
) -> None:
    talk = (await new_conversation(service)).id
    await desk.tells(
        service, talk, watched=True, danger=DangerState.NOW, consent=Consent.ASKED, sources={ToldPart.WATCHED: 7}
    )
    await act(service, ownership.claim, SARI, talk)
    await act(service, ownership.close, SARI, talk, "settled")
    async with service.database.transaction() as session:
        book = AddressBook(session, service.keyring, ChannelName.WHATSAPP, service.idle)
        following = (await book.next_conversation(await session.get_one(Conversation, talk))).row.id
    assert following != talk
    assert await told(service, following) == Told(watched=True)

    await act(service, correct, SARI, following, "watched", "no")
    await act(service, ownership.claim, SARI, following)
    await act(service, ownership.close, SARI, following, "settled")
    async with service.database.transaction() as session:
        book = AddressBook(session, service.keyring, ChannelName.WHATSAPP, service.idle)
        third = (await book.next_conversation(await session.get_one(Conversation, following))).row.id
    assert await told(service, third) == NOTHING_TOLD


# What is a request, and what undoes it


async def test_a_guess_that_somebody_wants_an_officer_asks_for_nobody(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = answer("Pyydänkö poliisin?", topic="talk_to_officer", state={"officer": "offered"})
    await turn(service, talk, "ei vastaa puhelimeen poliisi")

    assert (await desk.row(service, talk)).state == "bot"
    assert (await told(service, talk)).consent == "offered"
    engine.next_answer = answer("Jonossa.", topic="talk_to_officer", state={"officer": "asked"})
    await turn(service, talk, "joo")
    assert ((await desk.row(service, talk)).state, (await desk.entry(service, talk)).reason) == ("waiting", "asked")


async def test_a_yes_long_ago_is_no_request_in_a_later_turn(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.owned(service)
    await act(service, ownership.give_back, SARI, talk)
    engine.next_answer = answer("En tiedä.", topic="talk_to_officer", state={"officer": "none"})
    await turn(service, talk, "miksei poliisi vastaa")

    assert engine.asked[-1].state == GivenState(consent=Consent.NONE)  # the request has ended
    assert (await desk.row(service, talk)).state == "bot"


async def test_the_button_asks_also_while_the_engine_is_silent(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = None
    await desk.writes(service, talk, "Puhu poliisin kanssa", "choice", choice="topic:talk_to_officer")
    await run_turn(service, talk)

    assert (await desk.entry(service, talk)).reason == "asked"
    assert (await told(service, talk)).consent == "asked"


@pytest.mark.parametrize("by_word", [True, False])
async def test_taking_it_back_ends_the_waiting(service: Service, engine: ScriptedEngine, by_word: bool) -> None:
    talk = await desk.waiting(service)
    if by_word:
        await turn(service, talk, "Takaisin botille")
    else:
        engine.next_answer = answer("Peruttu.", act="cancel_officer", state={"officer": "cancelled"})
        await turn(service, talk, "äh antaa olla")

    assert (await desk.row(service, talk)).state == "bot"
    assert (await desk.said(service, talk))[-1].text.startswith("Selvä, et ole enää")
    assert (await told(service, talk)).consent == "cancelled"


@pytest.mark.parametrize("by_word", [True, False])
async def test_where_there_is_danger_only_the_request_is_undone_and_officers_look_all_the_same(
    service: Service, engine: ScriptedEngine, by_word: bool
) -> None:
    talk = await desk.waiting(service, urgency=Danger.EMERGENCY)
    if by_word:
        await turn(service, talk, "lopeta")
    else:
        engine.next_answer = answer("Peruin pyynnön.", act="cancel_officer", state={"officer": "cancelled"})
        await turn(service, talk, "ei tarviikaa enää")

    (line,) = await desk.said(service, talk)
    assert "eruin py" in line.text
    entry = await desk.entry(service, talk)
    assert ((await desk.row(service, talk)).state, entry.resolved_at, entry.reason) == ("waiting", None, "danger")
    assert "request_cancelled" in await desk.events(service, talk)
    assert (await told(service, talk)).consent == "cancelled"
    await act(service, ownership.claim, SARI, talk)
    assert len(await desk.said(service, talk)) == 1  # nobody tells them of an officer now


async def test_danger_queues_without_a_word_of_a_request(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = KNIFE
    await turn(service, talk, "hänellä on veitsi")
    await desk.age(service, talk, queued_at=HOUR)
    await run_due_timers(service)
    engine.next_answer = CALM
    await turn(service, talk, "lopeta")  # there is nothing to leave: the word goes to the engine
    await act(service, ownership.claim, SARI, talk)
    await act(service, ownership.give_back, SARI, talk)

    assert engine.asked[-1].text == "lopeta"
    heard = " ".join(each.text for each in await desk.said(service, talk)).lower()
    assert "pyyntö" not in heard
    assert "jonossa" not in heard
    assert "poliisi lukee" not in heard


async def test_who_asks_after_danger_waits_from_then_on_and_is_told_when_nobody_is_there(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    engine.next_answer = KNIFE
    await turn(service, talk, "hänellä on veitsi")
    await desk.age(service, talk, queued_at=HOUR)
    engine.next_answer = answer("Jonossa.", topic="talk_to_officer", state={"danger": "now"})
    await turn(service, talk, "haluun puhua poliisille")
    assert "ei ole vuorossa" in (await desk.said(service, talk))[-1].text
    before = len(await desk.said(service, talk))
    await duty(service, SARI)
    await run_due_timers(service)

    assert len(await desk.said(service, talk)) == before  # not "still waiting" at once
    assert (await desk.entry(service, talk)).urgency == "emergency"
