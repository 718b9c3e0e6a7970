"""Checks of handover: what officers' pages are given to show, notes, drafts, labels, presence, search, transcript."""

import datetime as dt
import uuid

import pytest
import time_machine
from sqlalchemy import event, select, update

from gateway.console.conversation_view import ConversationView, conversation_view, disclose_number
from gateway.console.queue_view import QueueView, queue_view
from gateway.console.search import SearchQuery, find_conversations, find_words
from gateway.console.timeline import CitizenSaid, Happened, Said, delivery_words, event_words
from gateway.console.transcript import transcript
from gateway.conversations.event_reasons import opened_details
from gateway.conversations.kinds import Danger
from gateway.conversations.models import ContactAddress, Conversation, ConversationEvent, OutboxItem
from gateway.conversations.told import Consent
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.errors import NothingWritten
from gateway.core.locale import HELSINKI
from gateway.handover import ownership
from gateway.handover.canned import canned_answers
from gateway.handover.drafts import save_draft
from gateway.handover.labels import add_label, offered_labels, remove_label
from gateway.handover.models import ConversationPresence, ReplyDraft
from gateway.handover.notes import Note, OfficerNote, add_note
from gateway.handover.presence import TypingIndicator, mark_absent, mark_present, mark_typing, show_typing_indicator
from gateway.handover.replies import reply
from gateway.service import Service
from gateway.turns.run import run_turn
from tests.gateway.handover.test_ownership import act, kept_hours, turn
from tests.worlds import officers as desk
from tests.worlds.officers import CHIEF, JAN, SARI
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
LANGUAGES = ("fi", "sv", "en")


async def seen_queue(service: Service) -> QueueView:
    async with service.database.transaction() as session:
        return await queue_view(session, service)


async def seen(service: Service, talk: uuid.UUID, officer: Officer = SARI, **more: object) -> ConversationView:
    async with service.database.transaction() as session:
        return await conversation_view(session, service, officer, talk, **more)  # type: ignore[arg-type]


async def test_the_queue_is_in_its_order_and_shows_who_has_what(service: Service) -> None:
    await kept_hours(service, "0:00-24:00")
    made = {
        "owned": await desk.owned(service, SARI),
        "late": await desk.waiting(service),
        "early": await desk.waiting(service),
        "minor": await desk.waiting(service, topic="grooming"),
        "crisis": await desk.waiting(service, urgency=Danger.CRISIS, language="sv"),
        "danger": await desk.waiting(service, urgency=Danger.EMERGENCY),
    }
    await desk.age(service, made["early"], waiting_since=dt.timedelta(hours=1))
    await act(service, mark_present, JAN, made["danger"])
    await act(service, add_label, JAN, made["minor"], "school")
    view = await seen_queue(service)

    names = {talk: name for name, talk in made.items()}
    assert [names[row.conversation_id] for row in view.rows] == ["danger", "crisis", "minor", "early", "late", "owned"]
    assert view.waiting == 5
    by_name = {names[row.conversation_id]: row for row in view.rows}
    assert by_name["owned"].claimed_by == Officer(SARI.id, SARI.name)
    assert [each.name for each in by_name["danger"].looking] == ["Jan Lindqvist"]
    assert (by_name["minor"].labels, by_name["minor"].topic) == (("school",), "grooming")
    assert (by_name["crisis"].language, by_name["crisis"].urgency) == ("sv", "crisis")
    assert by_name["late"].window_ends - now() > dt.timedelta(hours=23)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-01-11 09:30", ["crisis", "minor", "window closes", "waited longest", "window over", "came since"]),
        ("2027-01-11 06:00", ["crisis", "minor", "window closes", "waited longest", "came since", "window over"]),
    ],
)
async def test_at_opening_the_windows_that_close_first_are_on_top(
    service: Service, moment: str, expected: list[str]
) -> None:
    hour = dt.timedelta(hours=1)
    with time_machine.travel(dt.datetime.fromisoformat(moment).replace(tzinfo=HELSINKI), tick=True):
        made = {
            "came since": await desk.waiting(service),
            "window over": await desk.waiting(service),
            "waited longest": await desk.waiting(service),
            "window closes": await desk.waiting(service),
            "minor": await desk.waiting(service, topic="grooming"),
            "crisis": await desk.waiting(service, urgency=Danger.CRISIS),
        }
        for name, waited, heard in (
            ("came since", 0.1, 0.1), ("window over", 30, 25), ("waited longest", 20, 10), ("window closes", 12, 12),
        ):  # fmt: skip
            times = {
                "waiting_since": waited * hour,
                "queued_at": waited * hour,
                "last_citizen_message_at": heard * hour,
            }
            await desk.age(service, made[name], **times)
        view = await seen_queue(service)

    names = {talk: name for name, talk in made.items()}
    assert [names[row.conversation_id] for row in view.rows] == expected


async def test_the_queue_asks_the_database_as_often_for_many_as_for_one(service: Service) -> None:
    service.hours.anybody_on_duty = None  # asked now and then, whatever the queue
    counts = []
    for more in (1, 12):
        for _ in range(more):
            await desk.waiting(service)
        asked: list[str] = []

        def note(*arguments: object, asked: list[str] = asked) -> None:
            asked.append(str(arguments[2]))

        event.listen(service.database.engine.sync_engine, "before_cursor_execute", note)
        await seen_queue(service)
        event.remove(service.database.engine.sync_engine, "before_cursor_execute", note)
        counts.append(len([each for each in asked if "SELECT" in each and "saved_hours" not in each]))

    assert counts[0] == counts[1] <= 7


async def test_the_conversation_is_as_the_citizen_saw_it_with_what_was_understood(
    service: Service, engine: ScriptedEngine
) -> None:
    engine.next_answer = answer("Valitse.", topic="nlu_fallback", buttons=(("topic:grooming", "Grooming"),))
    talk = await desk.conversation(service)
    await turn(service, talk, "tunnus 131052-308T ja muuta")
    await desk.tells(service, talk, consent=Consent.ASKED)
    await act(service, ownership.claim, SARI, talk)
    await act(service, add_note, SARI, talk, "Kysy iästä")
    await act(service, reply, SARI, talk, "Hei")
    view = await seen(service, talk, language="en")

    kinds = [type(item) for item in view.items]
    assert kinds.count(CitizenSaid) == 1
    assert kinds.count(Note) == 1
    (citizen,) = (item for item in view.items if isinstance(item, CitizenSaid))
    assert citizen.text is not None
    assert (citizen.topic, citizen.understood) == ("nlu_fallback", True)
    bot, joined, mine = (item for item in view.items if isinstance(item, Said))
    assert (bot.author, bot.choices, bot.state) == ("bot", ("Grooming",), "dropped")
    assert bot.delivery == "not sent, because the conversation changed hands"
    assert (joined.author, mine.officer_name) == ("system", "Sari Virtanen")
    assert "Sari Virtanen took the conversation" in [item.text for item in view.items if isinstance(item, Happened)]
    assert [item.at for item in view.items] == sorted(item.at for item in view.items)


async def test_pages_of_a_conversation_join_without_a_gap_or_a_double(service: Service) -> None:
    talk = await desk.owned(service)
    for number in range(9):
        await act(service, reply, SARI, talk, f"viesti {number}")
        await act(service, add_note, SARI, talk, f"muistiinpano {number}")
    whole = (await seen(service, talk, page=500)).items
    pages, before = [], None
    while True:
        view = await seen(service, talk, page=4, before=before)
        pages.append(list(view.items))
        before = view.earlier_before
        if before is None:
            break

    assert [item for page in reversed(pages) for item in page] == list(whole)
    assert all(len(page) <= 4 for page in pages)


async def test_an_officer_sees_what_they_may_do(service: Service) -> None:
    talk = await desk.owned(service, SARI)

    assert (await seen(service, talk, SARI)).may == {"hand_on", "release", "give_back", "close"}
    assert (await seen(service, talk, JAN)).may == set()
    assert (await seen(service, talk, CHIEF)).may == {"take_over", "hand_on", "release", "give_back", "close"}
    other = await desk.waiting(service)
    assert (await seen(service, other, JAN)).may == {"claim"}


async def test_a_draft_stays_with_its_conversation_and_its_officer_until_it_is_sent(service: Service) -> None:
    first, second = await desk.owned(service, SARI), await desk.owned(service, SARI)
    await act(service, save_draft, SARI, first, "Hei, luin viestisi")
    await act(service, save_draft, SARI, first, "Hei, luin viestisi ja")

    assert (await seen(service, first, SARI)).draft == "Hei, luin viestisi ja"
    assert (await seen(service, second, SARI)).draft == ""
    assert (await seen(service, first, JAN)).draft == ""
    async with service.database.transaction() as session:
        assert b"luin" not in (await session.scalars(select(ReplyDraft))).one().text_sealed
    await act(service, reply, SARI, first, "Hei!")
    assert (await seen(service, first, SARI)).draft == ""


async def test_a_note_is_sealed_and_is_nothing_that_can_be_sent(service: Service) -> None:
    talk = await desk.owned(service)
    before = await desk.states(service, talk)
    await act(service, add_note, JAN, talk, "Perhe tuttu entuudestaan")

    assert await desk.states(service, talk) == before
    async with service.database.transaction() as session:
        assert b"Perhe" not in (await session.scalars(select(OfficerNote))).one().text_sealed
    with pytest.raises(NothingWritten):
        await act(service, add_note, JAN, talk, " ")


async def test_labels_come_from_the_list_and_are_found_again(service: Service) -> None:
    talk, other = await desk.waiting(service), await desk.waiting(service)
    with pytest.raises(NothingWritten, match="choose one of the list"):
        await act(service, add_label, SARI, talk, "Matti Meikäläinen")
    await act(service, add_label, SARI, talk, "school")
    await act(service, add_label, SARI, talk, "school")
    await act(service, add_label, SARI, other, "school")
    await act(service, remove_label, SARI, other, "school")

    async with service.database.transaction() as session:
        assert [each.id for each in (await find_conversations(session, service, SearchQuery(label="school"))).rows] == [
            talk
        ]
    assert (await desk.events(service, talk)).count("labelled") == 1


async def test_who_looks_and_who_types_is_seen_for_some_seconds(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await act(service, mark_present, JAN, talk)
    await act(service, mark_typing, SARI, talk)
    assert [(each.name, each.typing) for each in (await seen(service, talk)).looking] == [
        ("Jan Lindqvist", False),
        ("Sari Virtanen", True),
    ]
    await act(service, mark_absent, JAN, talk)
    async with service.database.transaction() as session:
        await session.execute(update(ConversationPresence).values(seen_at=now() - dt.timedelta(minutes=1)))
    assert (await seen(service, talk)).looking == ()


async def test_only_the_owner_shows_dots_and_once_in_twenty_seconds(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await desk.writes(service, talk, "haloo")
    await run_turn(service, talk)

    assert await act(service, mark_typing, JAN, talk) is None
    assert await act(service, mark_typing, SARI, talk) is not None
    assert await act(service, mark_typing, SARI, talk) is None
    async with service.database.transaction() as session:
        past = now() - dt.timedelta(seconds=21)
        await session.execute(update(ConversationPresence).values(shown_to_citizen_at=past))
    assert await act(service, mark_typing, SARI, talk) is not None


async def test_no_dots_are_shown_on_a_platform_that_was_switched_off_meanwhile(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await desk.writes(service, talk, "haloo")
    dots = await act(service, mark_typing, SARI, talk)
    assert isinstance(dots, TypingIndicator)
    service.channels = {}

    await show_typing_indicator(service, dots)


@pytest.mark.parametrize("typed", ["+358 40 123 4567", "040 123 4567", "0401234567", "00358401234567"])
async def test_a_citizen_is_found_by_number_however_it_is_typed(service: Service, typed: str) -> None:
    talk, _ = await desk.waiting(service), await desk.waiting(service)
    contact = (await desk.row(service, talk)).contact_id
    async with service.database.transaction() as session:
        mark = service.keyring.fingerprint("whatsapp phone", "358401234567")
        mine = ContactAddress.contact_id == contact
        await session.execute(update(ContactAddress).where(mine).values(value_fingerprint=mark))
        assert [each.id for each in (await find_conversations(session, service, SearchQuery(phone=typed))).rows] == [
            talk
        ]
        assert (await find_conversations(session, service, SearchQuery(phone="050 000 0000"))).rows == []


async def test_conversations_are_found_by_topic_date_and_state(service: Service, engine: ScriptedEngine) -> None:
    engine.next_answer = answer(topic="sextortion")
    talk, other = await desk.conversation(service), await desk.waiting(service)
    await turn(service, talk, "se kiristää")
    hour = dt.timedelta(hours=1)

    async def found(**parts: object) -> set[uuid.UUID]:
        async with service.database.transaction() as session:
            found = await find_conversations(session, service, SearchQuery(**parts))  # type: ignore[arg-type]
            return {each.id for each in found.rows}

    assert await found(topic="sextortion") == {talk}
    assert await found(state="waiting") == {other}
    assert await found(since=now() - hour, until=now() + hour) == {talk, other}
    assert await found(since=now() + hour) == await found(until=now() - hour) == set()


async def test_words_are_found_within_one_citizens_talks_only(service: Service) -> None:
    talk, other = await desk.owned(service, SARI), await desk.owned(service, SARI)
    for each in (talk, other):
        await turn(service, each, "Mun fillari vietiin Kalliosta")
    async with service.database.transaction() as session:
        (hit,) = await find_words(session, service, talk, "kalliosta FILLARI")
        assert await find_words(session, service, talk, "vene") == await find_words(session, service, talk, " ") == []
    assert (hit.conversation_id, hit.by) == (talk, "citizen")


async def test_a_transcript_needs_a_reason_and_leaves_notes_out(service: Service) -> None:
    talk = await desk.owned(service)
    await turn(service, talk, "moi")
    await act(service, add_note, SARI, talk, "muistettavaa")
    await act(service, reply, SARI, talk, "Hei sinä")
    with pytest.raises(NothingWritten):
        await act(service, transcript, SARI, talk, "")
    text = str(await act(service, transcript, SARI, talk, "esitutkinta"))
    with_notes = str(await act(service, transcript, SARI, talk, "esitutkinta", with_notes=True))

    assert "Kansalainen: moi" in text
    assert "Sari Virtanen: Hei sinä" in text
    assert "muistettavaa" not in text
    assert "Muistiinpano (Sari Virtanen): muistettavaa" in with_notes
    assert (await desk.events(service, talk)).count("exported") == 2


async def test_the_number_is_shown_for_a_reason_that_is_written_down(service: Service) -> None:
    talk = await desk.owned(service)
    with pytest.raises(NothingWritten):
        await act(service, disclose_number, SARI, talk, "")
    assert str(await act(service, disclose_number, SARI, talk, "kotihälytys")).startswith("358")

    async with service.database.transaction() as session:
        wanted = select(ConversationEvent).where(ConversationEvent.kind == "number_shown")
        details = (await session.scalars(wanted)).one().details
        key = service.keyring.unwrap((await session.get_one(Conversation, talk)).wrapped_key)
    assert "kotihälytys" not in str(details)
    assert opened_details(key, details)["reason"] == "kotihälytys"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_canned_answer_and_label_is_there_in_each_language(service: Service, language: str) -> None:
    data = service.content
    for key, titles in offered_labels(data).items():
        assert len(key) <= 32
        assert titles[language]
    found = canned_answers(data, service.lines, language)
    assert len(found) >= 8
    assert not [each for each in found if "{" in each.text or not each.title]
    assert len(service.lines.say("handover_leave_button", language)) <= 20


async def test_the_topics_own_answer_comes_first_and_words_find_others(service: Service) -> None:
    data, lines = service.content, service.lines
    found = canned_answers(data, lines, "sv", topic="sextortion")

    assert [each.id for each in found[:2]] == ["topic:sextortion", "not_your_fault"]
    title = lines.title("grooming", "fi") or ""
    assert "topic:grooming" in [each.id for each in canned_answers(data, lines, "fi", words=title.upper())]
    assert canned_answers(data, lines, "fi", words="tällaistaeiole") == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"state": "sent", "delivery_rank": 0}, "sent"),
        ({"state": "sent", "delivery_rank": 2}, "delivered"),
        ({"state": "sent", "delivery_rank": 3}, "read"),
        ({"state": "queued", "waits_for": "pair_rate"}, "waiting (too many messages to the same person)"),
        ({"state": "unknown", "waits_for": "status"}, "unclear whether it was sent, waiting to hear"),
        ({"state": "failed", "error_class": "undeliverable"}, "Did not arrive: the phone takes no messages, or"),
        ({"state": "failed", "error_class": "retry"}, "Did not arrive in spite of several tries. Try again."),
    ],
)
def test_ticks_and_failures_are_words(values: dict[str, object], said: str) -> None:
    assert delivery_words(OutboxItem(**{"delivery_rank": 0, **values}), "en").startswith(said)


def test_an_event_without_words_is_named_and_a_missing_value_is_no_error() -> None:
    assert event_words("something_new", {}, "fi") == "something_new"
    assert event_words("released", {"reason": "officer_silent"}, "sv") == "Tillbaka i kön (: svarade inte)"
