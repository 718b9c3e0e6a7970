"""Checks of handover on real tables: claims, changes of owner, what may be said, and what the clock does."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable

import pytest
import time_machine
from sqlalchemy import delete, select, update

from gateway.console.conversation_view import earlier_conversations
from gateway.conversations.contacts import AddressBook
from gateway.conversations.kinds import Author, ChannelName, Danger, HandoverReason
from gateway.conversations.models import BlockedAddress, Contact, Conversation, Message, OutboxItem, Turn
from gateway.conversations.repository import locked
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed, ConversationMissing, NothingWritten, WindowClosed
from gateway.core.locale import HELSINKI
from gateway.handover import ownership
from gateway.handover.blocking import block, end_old_blocks, unblock
from gateway.handover.models import OfficerShift, QueueEntry
from gateway.handover.queue import request_officer
from gateway.handover.replies import reply
from gateway.handover.shifts import anybody_on_duty, heartbeat, on_duty, start_shift
from gateway.handover.timers import go_off_duty, run_due_timers
from gateway.hours.service import save as save_hours
from gateway.inbox.store import store_delivery
from gateway.service import Service
from gateway.turns.run import run_turn
from tests.worlds import officers as desk
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.officers import CHIEF, JAN, SARI
from tests.worlds.outbox import put, texts
from tests.worlds.process_events import sort_events
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


async def act(
    service: Service, change: Callable[..., Awaitable[object]], *arguments: object, **named: object
) -> object:
    """One change in a transaction of its own, as a page makes it."""
    async with service.database.transaction() as session:
        return await change(session, service, *arguments, **named)


async def duty(service: Service, *officers: Officer) -> None:
    for officer in officers:
        await act(service, start_shift, officer)


async def turn(service: Service, talk: uuid.UUID, text: str, kind: str = "text") -> None:
    await desk.writes(service, talk, text, kind)
    await run_turn(service, talk)


async def test_one_claims_and_the_second_is_told_who_was_faster(service: Service) -> None:
    talk = await desk.owned(service, SARI)

    with pytest.raises(ChangeNotAllowed, match="Sari Virtanen was faster"):
        await act(service, ownership.claim, JAN, talk)
    assert (await desk.row(service, talk)).officer_id == SARI.id
    assert await desk.events(service, talk) == ["begun", "queued", "claimed"]


async def test_a_claim_tells_the_citizen_that_a_person_answers_now_and_how_to_leave(service: Service) -> None:
    talk = await desk.owned(service, language="sv")

    (line,) = await desk.said(service, talk)
    assert line.text.startswith("En polis läser nu")
    assert line.choices == ("Tillbaka till boten",)


async def test_an_officer_steps_in_where_the_bot_answers(service: Service) -> None:
    talk = await desk.conversation(service)
    await act(service, ownership.claim, SARI, talk)

    assert await desk.events(service, talk) == ["begun", "queued", "claimed", "held_back"]
    assert await desk.said(service, talk) == []  # they did not ask for anybody
    assert ((await desk.entry(service, talk)).reason, (await desk.row(service, talk)).state) == ("officer", "officer")


async def test_a_claim_drops_what_the_bot_had_queued_and_nothing_else(service: Service) -> None:
    talk = await desk.waiting(service)
    async with service.database.transaction() as session:
        row = await locked(session, talk)
        for author in (Author.BOT, Author.SYSTEM):
            await put(session, service, row, author, author)
    await act(service, ownership.claim, SARI, talk)

    assert await desk.states(service, talk) == [("bot", "dropped"), ("system", "queued"), ("system", "queued")]


async def test_only_the_owner_writes(service: Service) -> None:
    talk = await desk.owned(service, SARI)

    for stranger in (JAN, CHIEF):
        with pytest.raises(ChangeNotAllowed, match="Sari Virtanen has this conversation now"):
            await act(service, reply, stranger, talk, "Hei")
    await act(service, reply, SARI, talk, "Hei, olen Sari.")
    (said,) = await desk.said(service, talk, author="officer")
    assert (said.text, said.officer_name, said.delivery) == ("Hei, olen Sari.", "Sari Virtanen", "waiting to be sent")


async def test_the_same_form_sent_twice_is_said_once(service: Service) -> None:
    talk, form = await desk.owned(service), uuid.uuid4()
    first = await act(service, reply, SARI, talk, "Hei", form_id=form)
    second = await act(service, reply, SARI, talk, "Hei", form_id=form)

    assert (first, second) == (True, False)
    assert len(await desk.said(service, talk, author="officer")) == 1


async def test_outside_the_24_hours_nothing_is_said(service: Service) -> None:
    talk = await desk.owned(service)
    await desk.age(service, talk, last_citizen_message_at=24 * HOUR)

    with pytest.raises(WindowClosed):
        await act(service, reply, SARI, talk, "Hei")
    await act(service, ownership.give_back, SARI, talk)
    assert len(await desk.said(service, talk)) == 1  # only what was said while the window was open


@pytest.mark.parametrize("text", ["", "  \n", "x" * 4097])
async def test_an_empty_or_endless_reply_is_refused(service: Service, text: str) -> None:
    talk = await desk.owned(service)

    with pytest.raises(NothingWritten):
        await act(service, reply, SARI, talk, text)


async def test_a_reply_that_is_queued_is_not_sent_under_a_new_owner(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await act(service, reply, SARI, talk, "Sarin sanat")
    await act(service, ownership.take_over, CHIEF, talk)

    while (said := await texts(service)) and "Sarin sanat" not in said:
        await _let_go(service)
    assert said == []
    assert ("officer", "dropped") in await desk.states(service, talk)


async def test_the_last_words_before_closing_still_go_out(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await act(service, reply, SARI, talk, "Hyvää jatkoa!")
    await act(service, ownership.close, SARI, talk, "asia selvä")
    await texts(service)
    await _let_go(service)

    assert await texts(service) == ["Hyvää jatkoa!"]


async def _let_go(service: Service) -> None:
    """What was claimed has been sent and has arrived."""
    async with service.database.transaction() as session:
        await session.execute(
            update(OutboxItem).where(OutboxItem.state == "sending").values(state="sent", delivery_rank=2)
        )


async def test_giving_back_begins_a_new_dialogue_and_tells_the_citizen_in_their_language(service: Service) -> None:
    talk = await desk.owned(service, language="en")
    before = (await desk.row(service, talk)).dialogue_id
    await act(service, ownership.give_back, SARI, talk)

    row = await desk.row(service, talk)
    assert (row.state, row.officer_id) == ("bot", None)
    assert row.dialogue_id != before
    assert (await desk.said(service, talk))[-1].text.startswith("The police officer has ended this chat")
    assert await desk.events(service, talk) == ["begun", "queued", "claimed", "given_back", "human_stretch_ended"]
    assert (await desk.entry(service, talk)).resolved_at is not None


async def test_the_bot_answers_again_after_giving_back(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.owned(service)
    await turn(service, talk, "kuulitko")
    assert not await desk.said(service, talk, author="bot")
    await act(service, ownership.give_back, SARI, talk)
    await turn(service, talk, "mites sitten")

    assert len(await desk.said(service, talk, author="bot")) == 1
    assert engine.asked[0].conversation_id != engine.asked[1].conversation_id


async def test_a_supervisor_takes_over_and_an_officer_does_not(service: Service) -> None:
    talk = await desk.owned(service, SARI)

    with pytest.raises(ChangeNotAllowed, match="only by its supervisor"):
        await act(service, ownership.take_over, JAN, talk)
    await act(service, ownership.take_over, CHIEF, talk)
    assert (await desk.row(service, talk)).officer_name == "Päivi Salo"
    with pytest.raises(ChangeNotAllowed, match="already"):
        await act(service, ownership.take_over, CHIEF, talk)


async def test_a_conversation_is_handed_only_to_a_colleague_on_duty(service: Service) -> None:
    talk = await desk.owned(service, SARI)

    with pytest.raises(ChangeNotAllowed, match="Jan Lindqvist is not on duty"):
        await act(service, ownership.hand_on, SARI, talk, JAN, "puhuu ruotsia")
    await duty(service, JAN)
    waited_since = (await desk.entry(service, talk)).waiting_since
    await act(service, ownership.hand_on, SARI, talk, JAN, "puhuu ruotsia")
    assert (await desk.row(service, talk)).officer_id == JAN.id
    assert (await desk.entry(service, talk)).waiting_since == waited_since
    with pytest.raises(ChangeNotAllowed):
        await act(service, reply, SARI, talk, "vielä yksi asia")


async def test_closing_needs_a_reason_and_the_owner(service: Service) -> None:
    talk = await desk.owned(service, SARI)

    with pytest.raises(ChangeNotAllowed, match="give a reason"):
        await act(service, ownership.close, SARI, talk, "  ")
    with pytest.raises(ChangeNotAllowed, match="Sari Virtanen has it"):
        await act(service, ownership.close, JAN, talk, "asiaton")
    await act(service, ownership.close, SARI, talk, "asia selvä")
    with pytest.raises(ChangeNotAllowed):
        await act(service, ownership.claim, JAN, talk)


async def test_a_conversation_that_is_gone_is_said_to_be_gone(service: Service) -> None:
    with pytest.raises(ConversationMissing):
        await act(service, ownership.give_back, SARI, uuid.uuid4())


async def test_the_waiting_clock_is_the_first_unanswered_message_and_no_handover_sets_it(service: Service) -> None:
    talk = await desk.waiting(service)
    await desk.age(service, talk, waiting_since=30 * MINUTE)
    first = (await desk.entry(service, talk)).waiting_since
    await act(service, ownership.claim, SARI, talk)
    await turn(service, talk, "haloo")
    await act(service, ownership.release, SARI, talk, "ruokatauko")
    assert (await desk.entry(service, talk)).waiting_since == first

    await act(service, ownership.claim, JAN, talk)
    await act(service, reply, JAN, talk, "Hei")
    assert (await desk.entry(service, talk)).waiting_since is None
    await turn(service, talk, "ja vielä yksi")
    again = (await desk.entry(service, talk)).waiting_since
    assert again is not None
    assert again > now() - MINUTE


async def test_words_to_an_officer_get_a_turn_and_no_reply_of_the_bot(service: Service) -> None:
    talk = await desk.owned(service)
    await turn(service, talk, "kiitos kun vastasit")

    async with service.database.transaction() as session:
        (row,) = (await session.scalars(select(Turn).where(Turn.conversation_id == talk))).all()
    assert (row.outcome, row.topic) == ("not_answered", "account_hacked")
    assert not await desk.said(service, talk, author="bot")


async def test_danger_while_an_officer_is_silent_brings_112_once(service: Service, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("x", topic="emergency_now", danger="emergency")
    talk = await desk.owned(service)
    await turn(service, talk, "hänellä on veitsi")
    assert (await desk.entry(service, talk)).rank == 0
    await run_due_timers(service)
    assert len(await desk.said(service, talk)) == 1  # 30 seconds are the officer's

    await desk.age(service, talk, danger_at=31 * dt.timedelta(seconds=1))
    await asyncio.gather(run_due_timers(service), run_due_timers(service))
    await run_due_timers(service)
    lines = [each.text for each in await desk.said(service, talk)]
    assert [text.startswith("112") for text in lines] == [False, True]


async def test_no_112_where_the_officer_has_answered_in_time(service: Service, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("x", topic="emergency_now", danger="emergency")
    talk = await desk.owned(service)
    await turn(service, talk, "hänellä on veitsi")
    await act(service, reply, SARI, talk, "Soita heti 112.")

    assert (await desk.entry(service, talk)).danger_at is None


async def test_what_an_officer_wrote_before_the_danger_was_read_here_is_no_answer_to_it(
    service: Service, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("x", topic="emergency_now", danger="emergency")
    talk = await desk.owned(service)
    await act(service, reply, SARI, talk, "Kerro lisää.")
    await desk.writes(service, talk, "hän tulee sisään")
    async with service.database.transaction() as session:  # the two crossed: it was sent before, and came after
        await session.execute(update(Message).values(sent_at=now() - MINUTE))
    await run_turn(service, talk)
    await run_due_timers(service)

    assert (await desk.said(service, talk))[-1].text.startswith("112")


async def test_112_goes_out_where_the_bots_warning_was_dropped_by_a_claim(
    service: Service, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("112!", topic="emergency_now", danger="emergency", escalation=("emergency",))
    talk = await desk.waiting(service)
    await turn(service, talk, "hänellä on veitsi")
    await act(service, ownership.claim, SARI, talk)
    assert ("bot", "dropped") in await desk.states(service, talk)
    await desk.age(service, talk, danger_at=MINUTE)
    await run_due_timers(service)

    assert (await desk.said(service, talk))[-1].text.startswith("112")


async def test_no_second_112_where_the_bots_warning_went_out(service: Service, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("112!", topic="emergency_now", danger="emergency", escalation=("emergency",))
    talk = await desk.waiting(service)
    await turn(service, talk, "hänellä on veitsi")
    before = len(await desk.said(service, talk))
    async with service.database.transaction() as session:
        entry = (await session.scalars(select(QueueEntry))).one()
        entry.danger_at = now() - MINUTE
        await session.execute(update(OutboxItem).values(created_at=now()))
    await run_due_timers(service)

    assert len(await desk.said(service, talk)) == before


async def test_crisis_brings_the_helpers_and_not_only_112(service: Service, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("x", topic="suicidal_thoughts", danger="crisis")
    talk = await desk.owned(service)
    await turn(service, talk, "en jaksa enää")
    await desk.age(service, talk, danger_at=MINUTE)
    await run_due_timers(service)

    assert "116 111" in (await desk.said(service, talk))[-1].text


async def test_a_silent_officers_conversation_goes_back_and_keeps_its_place(service: Service) -> None:
    talk = await desk.owned(service)
    await desk.age(service, talk, waiting_since=11 * MINUTE, owner_changed_at=11 * MINUTE)
    since = (await desk.entry(service, talk)).waiting_since
    await run_due_timers(service)

    row, entry = await desk.row(service, talk), await desk.entry(service, talk)
    assert (row.state, row.officer_id, entry.waiting_since) == ("waiting", None, since)
    assert (await desk.said(service, talk))[-1].text.startswith("Poliisi joutui lähtemään")
    assert (await desk.events(service, talk))[-1] == "released"


async def test_an_officer_who_has_answered_keeps_the_conversation(service: Service) -> None:
    talk = await desk.owned(service)
    await act(service, reply, SARI, talk, "Hei")
    await desk.age(service, talk, owner_changed_at=HOUR)
    await run_due_timers(service)

    assert (await desk.row(service, talk)).state == "officer"


async def test_a_new_owner_gets_minutes_of_their_own(service: Service) -> None:
    talk = await desk.waiting(service)
    await desk.age(service, talk, waiting_since=2 * HOUR)
    await act(service, ownership.claim, SARI, talk)
    await run_due_timers(service)

    assert (await desk.row(service, talk)).state == "officer"


async def test_nobody_takes_it_and_a_kind_line_comes_once(service: Service) -> None:
    talk = await desk.waiting(service)
    await duty(service, SARI)
    await desk.age(service, talk, queued_at=6 * MINUTE)
    await run_due_timers(service)
    await run_due_timers(service)

    (line,) = await desk.said(service, talk)
    assert line.text.startswith("Kukaan poliisi ei ole vielä ehtinyt")
    assert line.choices == ("Takaisin botille",)


async def kept_hours(service: Service, day: str, *, weekend: bool = True) -> None:
    """Every day has these hours, or every one of the working week."""
    week = {key: [day] for key in ("monday", "tuesday", "wednesday", "thursday", "friday")}
    week |= {key: [day] if weekend else [] for key in ("saturday", "sunday")}
    async with service.database.transaction() as session:
        await save_hours(session, SARI, {"week": week, "holidays": [day]})
    service.hours.forget()


@pytest.mark.parametrize(("day", "tells_hours"), [("0:00-24:00", False), ("{later}", True)])
async def test_with_nobody_on_duty_the_line_says_so_and_outside_the_hours_when_they_come(
    service: Service, day: str, tells_hours: bool
) -> None:
    hour = now().astimezone(HELSINKI).hour
    later = "3:00-4:00" if hour >= 12 else "22:00-23:00"
    await kept_hours(service, day.format(later=later))
    talk = await desk.waiting(service)
    await desk.age(service, talk, queued_at=6 * MINUTE)
    await run_due_timers(service)

    (line,) = await desk.said(service, talk)
    assert line.text.startswith("Juuri nyt yksikään poliisi ei ole vuorossa")
    assert ("Nyt ei ole palveluaika" in line.text) is tells_hours


async def test_who_asks_while_nobody_is_on_duty_is_told_at_once(service: Service, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("Jonossa.", topic="talk_to_officer")
    talk, other = await desk.conversation(service), await desk.conversation(service)
    await turn(service, talk, "haluun puhua poliisille")
    await duty(service, SARI)
    await turn(service, other, "haluun puhua poliisille")

    assert "ei ole vuorossa" in (await desk.said(service, talk))[-1].text
    assert "ei ole vuorossa" not in (await desk.said(service, other))[-1].text


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2027-01-16 09:30", "waiting"),  # Saturday
        ("2027-01-18 08:00", "waiting"),  # Monday, before it opens
        ("2027-01-18 10:00", "waiting"),  # Monday, an hour after
        ("2027-01-18 15:30", "bot"),  # Monday, when officers have had most of the day
    ],
)
async def test_who_wrote_on_friday_evening_still_waits_on_monday_morning(
    service: Service, moment: str, state: str
) -> None:
    await kept_hours(service, "9:00-16:00", weekend=False)
    friday = dt.datetime(2027, 1, 15, 20, tzinfo=HELSINKI)
    with time_machine.travel(dt.datetime.fromisoformat(moment).replace(tzinfo=HELSINKI), tick=True):
        talk = await desk.waiting(service)
        await desk.age(service, talk, queued_at=now() - friday)
        await run_due_timers(service)

    assert (await desk.row(service, talk)).state == state


async def test_waiting_ends_after_hours_and_danger_never_does(service: Service) -> None:
    await kept_hours(service, "0:00-24:00")
    calm, urgent = await desk.waiting(service), await desk.waiting(service, urgency=Danger.CRISIS)
    for talk in (calm, urgent):
        await desk.age(service, talk, queued_at=13 * HOUR)
    await run_due_timers(service)

    assert (await desk.row(service, calm)).state == "bot"
    assert (await desk.said(service, calm))[-1].text.startswith("Anteeksi, poliisi ei ehtinyt")
    assert (await desk.row(service, urgent)).state == "waiting"


@pytest.mark.parametrize("claimed", [False, True])
async def test_the_citizen_ends_it_by_word(service: Service, engine: ScriptedEngine, claimed: bool) -> None:
    talk = await desk.owned(service) if claimed else await desk.waiting(service)
    await turn(service, talk, "Takaisin botille")

    row = await desk.row(service, talk)
    assert (row.state, row.officer_id) == ("bot", None)
    assert (await desk.said(service, talk))[-1].text.startswith("Selvä, et ole enää")
    assert engine.asked == []


async def test_danger_beside_the_word_keeps_the_officer(service: Service, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("x", topic="emergency_now", danger="emergency")
    talk = await desk.owned(service)
    await desk.writes(service, talk, "hänellä on veitsi")
    await turn(service, talk, "lopeta")

    assert (await desk.row(service, talk)).state == "officer"
    assert engine.asked[0].text == "hänellä on veitsi"


async def test_with_the_bot_the_word_is_an_ordinary_word(service: Service, engine: ScriptedEngine) -> None:
    talk = await desk.conversation(service)
    await turn(service, talk, "lopeta")

    assert engine.asked[0].text == "lopeta"


async def test_ending_the_shift_frees_every_conversation(service: Service) -> None:
    await duty(service, SARI, JAN)
    mine, other = await desk.owned(service, SARI), await desk.owned(service, JAN)
    await go_off_duty(service, SARI)

    assert (await desk.row(service, mine)).state == "waiting"
    assert (await desk.row(service, other)).officer_id == JAN.id
    async with service.database.transaction() as session:
        assert [each.name for each in await on_duty(session, 120)] == ["Jan Lindqvist"]


async def test_a_lost_console_ends_the_shift_and_a_sign_of_life_keeps_it(service: Service) -> None:
    await duty(service, SARI, JAN)
    mine, other = await desk.owned(service, SARI), await desk.owned(service, JAN)
    async with service.database.transaction() as session:
        await session.execute(update(OfficerShift).values(seen_at=now() - 5 * MINUTE))
        assert not await anybody_on_duty(session, 120)
        assert await heartbeat(session, JAN)
    await run_due_timers(service)

    assert [(await desk.row(service, talk)).state for talk in (mine, other)] == ["waiting", "officer"]
    async with service.database.transaction() as session:
        assert not await heartbeat(session, SARI)


async def test_a_shift_that_ended_while_the_process_died_is_cleaned_up_at_the_next_look(service: Service) -> None:
    await duty(service, SARI)
    talk = await desk.owned(service, SARI)
    async with service.database.transaction() as session:
        await session.execute(update(OfficerShift).values(ended_at=now(), end_reason="ended"))
    await run_due_timers(service)

    assert (await desk.row(service, talk)).state == "waiting"


async def test_starting_a_shift_twice_is_one_shift(service: Service) -> None:
    await duty(service, SARI, SARI)

    async with service.database.transaction() as session:
        assert len((await session.scalars(select(OfficerShift))).all()) == 1


async def test_a_blocked_citizen_is_kept_parsed_and_answered_only_in_danger(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    with pytest.raises(NothingWritten):
        await act(service, block, SARI, talk, "")
    await act(service, block, SARI, talk, "uhkailee")
    await turn(service, talk, "ootteko siellä")
    assert await desk.said(service, talk) == []
    engine.next_answer = answer("112!", topic="emergency_now", danger="emergency", escalation=("emergency",))
    await turn(service, talk, "hänellä on veitsi")
    assert len(await desk.said(service, talk, author="bot")) == 1
    assert (await desk.row(service, talk)).state == "waiting"

    engine.next_answer = answer()
    await act(service, unblock, SARI, talk)
    await turn(service, talk, "hei taas")
    assert len(await desk.said(service, talk, author="bot")) == 2
    assert [kind for kind in await desk.events(service, talk) if "block" in kind] == ["blocked", "unblocked"]


async def test_who_asks_for_a_person_is_queued_with_what_they_spoke_of(
    service: Service, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer(topic="sextortion")
    talk = await desk.conversation(service)
    await turn(service, talk, "se kiristää mua kuvilla")
    engine.next_answer = answer(topic="talk_to_officer")
    await turn(service, talk, "haluun puhua poliisille")

    entry = await desk.entry(service, talk)
    assert (entry.topic, entry.rank) == ("sextortion", 2)


async def test_a_citizen_who_says_to_be_15_goes_before_an_adult(service: Service, engine: ScriptedEngine) -> None:
    engine.next_answer = answer(topic="account_hacked")
    talk = await desk.conversation(service)
    await turn(service, talk, "oon 15 ja mun tili on hakkeroitu")
    assert (await desk.row(service, talk)).said_under_18
    engine.next_answer = answer(topic="talk_to_officer")
    await turn(service, talk, "poliisi kiitos")

    assert (await desk.entry(service, talk)).rank == 2


async def test_danger_while_waiting_raises_and_a_calm_word_never_lowers(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.waiting(service)
    engine.next_answer = answer("112", topic="emergency_now", danger="emergency")
    await turn(service, talk, "hänellä on veitsi")
    engine.next_answer = answer(topic="greeting_thanks")
    await turn(service, talk, "kiitos")

    entry = await desk.entry(service, talk)
    assert (entry.rank, entry.urgency, entry.topic) == (0, "emergency", "emergency_now")
    assert (await desk.events(service, talk)).count("urgency_raised") == 1


async def test_two_requests_at_once_are_one_entry(service: Service) -> None:
    talk = await desk.conversation(service)

    async def ask() -> bool:
        async with service.database.transaction() as session:
            row = await session.get_one(Conversation, talk)
            await asyncio.sleep(0.02)
            return await request_officer(session, row, reason=HandoverReason.ASKED, urgency=None, topic=None)

    assert sorted(await asyncio.gather(ask(), ask(), ask())) == [False, False, True]


async def test_what_is_written_after_closing_begins_anew_with_the_bot(service: Service) -> None:
    talk = await desk.owned(service)
    await act(service, ownership.close, SARI, talk, "asia selvä")
    closed = await desk.row(service, talk)
    async with service.database.transaction() as session:
        contact = await session.get_one(Contact, closed.contact_id)
        book = AddressBook(session, service.keyring, ChannelName.WHATSAPP, service.idle)
        new = await book._open_row(contact, bodies.NUMBER, now())
        (before,) = await earlier_conversations(session, new)
    assert (new.state, new.id == talk, new.introduced_at) == ("bot", False, None)
    assert (before.id, before.with_officer, before.state) == (talk, True, "closed")


async def writes(service: Service) -> uuid.UUID:
    """A message of one citizen from the webhook on; their newest conversation."""
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels["whatsapp"], bodies.body(bodies.message()))
    async with service.database.transaction() as session:
        await sort_events(session, service.keyring, service.idle)
    async with service.database.transaction() as session:
        return (await session.scalars(select(Conversation.id))).one()


async def test_to_erase_does_not_lift_a_block_and_an_officer_does(service: Service) -> None:
    talk = await writes(service)
    await act(service, block, SARI, talk, "uhkailee", "threats")
    async with service.database.transaction() as session:
        await session.execute(delete(Conversation))
        await session.execute(delete(Contact))
    again = await writes(service)
    async with service.database.transaction() as session:
        assert (await session.scalars(select(Contact))).one().blocked_at is not None
        assert {row.ground for row in await session.scalars(select(BlockedAddress))} == {"threats"}

    await act(service, unblock, SARI, again)
    async with service.database.transaction() as session:
        assert (await session.scalars(select(Contact))).one().blocked_at is None
        assert (await session.scalars(select(BlockedAddress))).all() == []


async def test_a_block_has_an_end(service: Service) -> None:
    talk = await desk.conversation(service)
    await act(service, block, SARI, talk, "uhkailee", "threats")
    async with service.database.transaction() as session:
        await end_old_blocks(session)
        assert (await session.scalars(select(Contact))).one().blocked_at is not None
        await session.execute(update(BlockedAddress).values(until=now() - dt.timedelta(seconds=1)))
        await end_old_blocks(session)
    async with service.database.transaction() as session:
        assert (await session.scalars(select(Contact))).one().blocked_at is None
        assert (await session.scalars(select(BlockedAddress))).all() == []
