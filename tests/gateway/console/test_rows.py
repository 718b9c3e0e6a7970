"""What annoyed officers or was untrue on their pages, each with the check that failed before."""

import datetime as dt
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import select

from gateway.console import search
from gateway.console.canned import canned_offer
from gateway.console.conversation_view import conversation_view
from gateway.console.queue_view import queue_view
from gateway.console.search import PAGE, SearchQuery, find_conversations
from gateway.console.timeline import CitizenSaid, Happened, Said, event_words
from gateway.console.view_context import where_to_read
from gateway.conversations.kinds import Author, Danger, EventKind, FailureClass, HandoverReason, OutboxState
from gateway.conversations.models import Conversation, Message, OutboxItem, Turn
from gateway.conversations.states import ActorRole
from gateway.conversations.told import Consent, ToldPart
from gateway.core.actors import Role
from gateway.core.database import now
from gateway.handover import ownership
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.models import ShiftEnd
from gateway.handover.queue import request_officer
from gateway.handover.replies import reply, resend
from gateway.handover.shifts import start_shift
from gateway.handover.unanswered import escalate_due
from gateway.outbox.failures import record_failure
from gateway.privacy.subject_access import collect_own_data
from gateway.service import Service
from tests.gateway.console.test_routes import Console, console
from tests.gateway.handover.test_ownership import act, kept_hours, turn
from tests.worlds import officers as desk
from tests.worlds.officers import CHIEF, JAN, SARI
from tests.worlds.road import Road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.staff import browser, csrf_of, make_person, session_cookie

__all__ = ["console"]
pytestmark = pytest.mark.anyio


async def items(service: Service, talk: uuid.UUID) -> list[CitizenSaid]:
    async with service.database.transaction() as session:
        view = await conversation_view(session, service, SARI, talk, language="en")
    return [item for item in view.items if isinstance(item, CitizenSaid)]


async def test_a_reply_that_failed_has_answered_nobody_and_is_sent_again(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await act(service, reply, SARI, talk, "Oletko kunnossa?")
    assert (await desk.entry(service, talk)).waiting_since is None
    async with service.database.transaction() as session:
        item = (await session.scalars(select(OutboxItem).where(OutboxItem.author == Author.OFFICER))).one()
        await record_failure(session, item, FailureClass.UNDELIVERABLE, 131026)
    assert (await desk.entry(service, talk)).waiting_since is not None
    with pytest.raises(HandoverTextRefused):
        await act(service, resend, SARI, talk, uuid.uuid4())
    await act(service, resend, SARI, talk, item.id)
    await act(service, resend, SARI, talk, item.id)  # a second press
    assert [each.text for each in await desk.said(service, talk, author="officer")] == ["Oletko kunnossa?"] * 2


async def test_the_button_sends_a_failed_reply_once_more_and_not_twice(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        await olivia.press(talk, "reply", text="Hello there")
        async with console.service.database.transaction() as session:
            item = (await session.scalars(select(OutboxItem).where(OutboxItem.reply_kind == "officer"))).one()
            item.state = OutboxState.FAILED
        page = await olivia.page(talk)
        assert f"/console/conversations/{talk}/resend/{item.id}" in page
        for _ in range(2):
            await olivia.press(talk, f"resend/{item.id}")

    said = [each.text for each in await desk.said(console.service, talk, author="officer")]
    assert said == ["Hello there", "Hello there"]


async def test_closing_says_so_to_who_asked_for_an_officer_and_to_nobody_else(service: Service) -> None:
    asked, found = await desk.owned(service, SARI), await desk.owned(service, SARI)
    await desk.tells(service, found, consent=Consent.NONE)
    for talk in (asked, found):
        await act(service, ownership.close, SARI, talk, "settled")

    assert (await desk.said(service, asked))[-1].text.startswith("Poliisi on päättänyt tämän keskustelun.")
    assert not [each for each in await desk.said(service, found) if "päättänyt" in each.text]
    assert "held_back" in await desk.events(service, found)


async def test_the_closing_words_arrive_also_at_who_was_only_waiting(road: Road) -> None:
    citizen = road.citizen()
    for comes in (True, False):
        citizen.writes("haluan puhua poliisille")
        await citizen.next_reply()
        async with road.service.database.transaction() as session:
            (talk,) = await session.scalars(select(Conversation.id).where(Conversation.state != "closed"))
            talk_row = await session.get_one(Conversation, talk)
            await request_officer(
                session, talk_row, reason=HandoverReason.ASKED, urgency=None, topic=None, by=ActorRole.CITIZEN
            )
        await desk.tells(road.service, talk, consent=Consent.ASKED)
        if comes:
            await act(road.service, ownership.claim, SARI, talk)
            road.service.wake_outbox()
            assert "Poliisi lukee nyt" in (await citizen.next_reply()).text
        await act(road.service, ownership.close, SARI if comes else CHIEF, talk, "settled")
        road.service.wake_outbox()
        assert (await citizen.next_reply()).text.startswith("Poliisi on päättänyt tämän keskustelun.")


@pytest.mark.parametrize("text", ["Hei {officer_presence}", "Kirjoitit {{date}}", "{ name }, soita", "{Päivä, kello}"])
async def test_a_reply_with_an_unfilled_gap_is_not_sent(service: Service, text: str) -> None:
    talk = await desk.owned(service, SARI)
    with pytest.raises(HandoverTextRefused, match="gap"):
        await act(service, reply, SARI, talk, text)
    await act(service, reply, SARI, talk, "Hei {} ja { 1 }")
    assert len(await desk.said(service, talk, author="officer")) == 1


async def test_ready_answers_and_templates_have_no_braces_left(service: Service) -> None:
    talk = await desk.waiting(service, topic="talk_to_officer")
    await act(service, ownership.claim, SARI, talk)
    async with service.database.transaction() as session:
        await service.hours.schedule(session)
        view = await conversation_view(session, service, SARI, talk)
        offered = await canned_offer(session, service, SARI, view)

    assert offered.answers
    assert not [each.text for each in offered.answers if re.search(r"\{[a-z_. ]+\}", each.text)]


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_an_officer_on_duty_is_said_to_be_there_outside_the_hours_too(service: Service, language: str) -> None:
    await kept_hours(service, "0:00-0:01")
    words = {"fi": "poliisi on vuorossa", "sv": "en polis i tjänst", "en": "officer is on duty"}[language]
    for on_duty in (False, True):
        if on_duty:
            await act(service, start_shift, SARI)
        service.hours.forget()
        async with service.database.transaction() as session:
            said = await service.hours.presence(session, language, service.lines)
        assert (words in said) is on_duty, said


async def test_a_code_of_the_engine_is_never_shown_as_a_topic(console: Console) -> None:
    talk = await desk.waiting(console.service)
    await desk.writes(console.service, talk, "kiitos paljon")
    async with console.service.database.transaction() as session:
        made = Turn(
            conversation_id=talk,
            outcome="answered",
            topic="follow_up_thanks",
            confidence=0.6,
            guesses=["follow_up_thanks", "nlu_fallback", "affirm"],
            created_at=now(),
        )
        session.add(made)
        await session.flush()
        (message,) = await session.scalars(select(Message).where(Message.conversation_id == talk))
        message.turn_id = made.id
    async with console.officer("olivia") as olivia:
        page = await olivia.page(talk)

    assert not [code for code in ("follow_up_thanks", "nlu_fallback", "affirm") if code in page]


async def test_a_row_has_the_matter_and_not_the_request_and_of_danger_the_sentence(
    service: Service, engine: ScriptedEngine
) -> None:
    talk, urgent = await desk.waiting(service), await desk.waiting(service, urgency=Danger.EMERGENCY)
    engine.next_answer = answer("Neuvo.", topic="account_hacked", language="fi")
    await turn(service, talk, "joku vei mun instan ja pyytää rahaa")
    engine.next_answer = answer("Jono.", topic="talk_to_officer", language="fi")
    await turn(service, talk, "haluan puhua poliisille")
    await desk.writes(service, urgent, "Moi. Isä lyö äitiä nyt. En tiedä mitä teen.")
    async with service.database.transaction() as session:
        rows = {row.conversation_id: row.words for row in (await queue_view(session, service)).rows}

    assert rows == {talk: "joku vei mun instan ja pyytää rahaa", urgent: "Isä lyö äitiä nyt."}


async def test_in_a_mixed_turn_the_harmless_message_is_not_marked_as_the_danger(service: Service) -> None:
    talk = await desk.waiting(service, urgency=Danger.EMERGENCY)
    for text in ("moi", "hänellä on veitsi ja hän tulee kohti", "mikä teidän aukioloaika on"):
        await desk.writes(service, talk, text)
    async with service.database.transaction() as session:
        made = Turn(
            conversation_id=talk, outcome="answered", topic="account_hacked", danger="emergency", created_at=now()
        )
        session.add(made)
        await session.flush()
        for message in await session.scalars(select(Message).where(Message.conversation_id == talk)):
            message.turn_id = made.id

    marked = [item.text for item in await items(service, talk) if item.danger]
    assert marked == ["hänellä on veitsi ja hän tulee kohti"]


async def test_reading_begins_at_the_first_message_that_no_officer_has_answered(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await desk.writes(service, talk, "ensimmäinen")
    await act(service, reply, SARI, talk, "Hei")
    for text in ("toinen", "kolmas"):
        await desk.writes(service, talk, text)
    async with service.database.transaction() as session:
        view = await conversation_view(session, service, SARI, talk)
    texts = {item.id: item.text for item in view.items if isinstance(item, CitizenSaid)}
    unanswered, matter = where_to_read(view.items)

    assert unanswered is not None
    assert texts[unanswered] == "toinen"
    assert matter is None, "no word of it is about a matter"


@pytest.mark.parametrize(
    ("said", "begins", "matter"),
    [
        ([("moi", "greeting_thanks"), ("hei", "greeting_thanks"), ("rahaa tilin lainasta", "money_mule")], 0, 2),
        ([("kuvaani jaetaan ryhmässä", "nude_image_shared"), ("kaikki nauraa mulle", "nude_image_shared")], 0, 0),
        ([("kuvaani jaetaan ryhmässä", "nude_image_shared"), ("ja pyörä varastettiin", "property_theft_lost")], 0, 1),
        ([("mun tili vietiin eilen", "account_hacked"), ("ok", None), ("puhu poliisille", "talk_to_officer")], 0, 0),
        ([("mun tili vietiin", "account_hacked"), ("se pyytää kavereilta rahaa", "account_hacked")], 0, 1),
        ([("moi", None)] * 4 + [("mun tili vietiin eilen", "account_hacked")], 2, 4),
        ([("moi", None), ("moikka", None)], 0, None),
    ],
)
async def test_what_must_be_on_the_screen_is_what_says_most_of_the_last_matter(
    service: Service, engine: ScriptedEngine, said: list[tuple[str, str | None]], begins: int, matter: int | None
) -> None:
    talk = await desk.waiting(service)
    for text, topic in said:
        engine.next_answer = answer("Neuvo.", topic=topic or "greeting_thanks")
        await turn(service, talk, text)
    async with service.database.transaction() as session:
        view = await conversation_view(session, service, SARI, talk)
    messages = [item.id for item in view.items if isinstance(item, CitizenSaid)]
    first, shown = where_to_read(view.items)

    assert first == messages[begins]
    assert shown == (None if matter is None else messages[matter])


async def test_of_danger_among_other_words_the_danger_must_be_on_the_screen(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.waiting(service)
    for text, danger in (("hänellä on veitsi", "emergency"), ("mikä teidän aukioloaika on", None)):
        engine.next_answer = answer("112.", topic="contact_and_hours", danger=danger)
        await turn(service, talk, text)
    async with service.database.transaction() as session:
        view = await conversation_view(session, service, SARI, talk)
    texts = {item.id: item.text for item in view.items if isinstance(item, CitizenSaid)}
    _, shown = where_to_read(view.items)

    assert shown is not None
    assert texts[shown] == "hänellä on veitsi"


@pytest.mark.parametrize(
    ("language", "over", "join"),
    [
        ("fi", "pyydettiin aiemmin", "Liity keskusteluun, niin voit vastata."),
        ("sv", "begärdes tidigare", "Tryck på Gå med i samtalet"),
        ("en", "was asked for earlier", "Join the conversation to reply."),
    ],
)
async def test_a_talk_that_was_given_back_keeps_its_name_and_asks_for_nobody(
    console: Console, language: str, over: str, join: str
) -> None:
    talk = await desk.waiting(console.service, topic="sextortion")
    await desk.writes(console.service, talk, "joku kiristää minua kuvilla")
    async with console.service.database.transaction() as session:
        made = Turn(conversation_id=talk, outcome="answered", topic="sextortion", created_at=now())
        session.add(made)
        await session.flush()
        (message,) = await session.scalars(select(Message).where(Message.conversation_id == talk))
        message.turn_id = made.id
    async with console.officer("olivia", language=language) as olivia:
        await olivia.press(talk, "claim")
        before = await olivia.page(talk)
        await olivia.press(talk, "give-back")
        after = await olivia.page(talk)

    titles = [re.search(r'id="talk-title"[^>]*>([^<]+)<', page) for page in (before, after)]
    assert titles[0]
    assert titles[1]
    assert titles[0][1] == titles[1][1] == console.service.lines.title("sextortion", language)
    assert [over in page for page in (before, after)] == [False, True]
    assert [join in page for page in (before, after)] == [False, True], "the button that is there is named"


async def test_who_waits_without_a_topic_is_called_so_on_the_board(console: Console) -> None:
    await desk.waiting(console.service, topic="")
    async with console.officer("paivi", Role.OFFICER, Role.SUPERVISOR) as chief:
        board = (await chief.client.get("/console/board")).text

    assert ">No topic yet</a>" in board


async def test_the_search_says_how_many_there_are_and_has_pages_topics_channels_and_officers(service: Service) -> None:
    made = [await desk.waiting(service) for _ in range(3)]
    await act(service, ownership.claim, JAN, made[0])
    async with service.database.transaction() as session:
        page = await find_conversations(session, service, SearchQuery(), 7)
        of_jan = await find_conversations(session, service, SearchQuery(officer=JAN.actor))
        of_web = await find_conversations(session, service, SearchQuery(channel="web"))  # type: ignore[arg-type]

    assert (page.total, page.number, page.pages, PAGE) == (3, 1, 1, 50)
    assert [row.id for row in of_jan.rows] == [made[0]]
    assert of_web.total == 0
    assert page.rows[0].channel == "whatsapp"


async def test_who_claims_is_on_duty_and_who_lost_the_race_wrote_nothing_and_reads_of_no_text(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        await olivia.press(talk, "claim")
        lost = await oskar.press(talk, "claim")
        kept = await oskar.press(talk, "reply", text="Hello")
        board = await olivia.client.get("/console/board")
        page = await olivia.client.get("/console")

    assert "Your text is kept" not in lost.text
    assert "Your text is kept" in kept.text
    assert 'data-on-duty="yes"' in page.text
    assert board.status_code == 403


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "1 kansalaisen vastausaika on päättynyt"),
        ("sv", "För 1 medborgare är tiden att svara slut"),
        ("en", "1 citizen waits past the time to reply"),
    ],
)
async def test_a_supervisor_reads_whom_no_approved_invitation_reaches(
    console: Console, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    talk = await desk.waiting(console.service, language="sv")
    await desk.age(console.service, talk, last_citizen_message_at=dt.timedelta(hours=25))
    async with console.officer("paivi", Role.OFFICER, Role.SUPERVISOR, language=language) as chief:
        before = (await chief.client.get("/console/board")).text
        monkeypatch.setattr(console.service.templates, "languages", lambda _: ("fi", "en"))
        after = (await chief.client.get("/console/board")).text

    assert words not in before
    assert words in after


async def test_a_shown_number_stands_on_top_of_the_side(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        page = (await olivia.press(talk, "number", ground="danger")).text

    assert page.index('id="number"') < page.index('id="notes-title"')


@pytest.mark.parametrize(
    ("language", "text", "bucket", "words"),
    [
        ("fi", "oon 13v ja mua kiristetään snäpissä", "under_15", "13 v"),
        ("sv", "jag är 16 år och har blivit lurad", "15_17", "16 år"),
        ("en", "I'm 14 and somebody has my pictures", "under_15", "age 14"),
        ("en", "I am 13, no wait, I'm 14", "under_15", "under 15"),  # nobody knows which
        ("en", "I'm 19, my sister is young", "under_15", "under 15"),  # an officer has set it right, or it was misread
        ("en", "I am in seventh grade", "under_15", "under 15"),
    ],
)
async def test_the_line_of_the_state_has_the_very_age_that_was_said(
    service: Service, language: str, text: str, bucket: str, words: str
) -> None:
    talk = await desk.waiting(service)
    await desk.writes(service, talk, text)
    async with service.database.transaction() as session:
        (source,) = await session.scalars(select(Message.id).where(Message.conversation_id == talk))
    facts = {ToldPart.AGE: (bucket,), ToldPart.PLATFORM: ("Snapchat",)}
    await desk.tells(service, talk, facts=facts, sources={ToldPart.AGE: source}, consent=Consent.NONE)
    async with service.database.transaction() as session:
        view = await conversation_view(session, service, SARI, talk, language=language)

    assert [each.words for each in view.told_items] == [words, "Snapchat"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", ["alle 15", "Snapchat", "ei maksanut"]),
        ("sv", ["under 15", "Snapchat", "inte betalat"]),
        ("en", ["under 15", "Snapchat", "has not paid"]),
    ],
)
async def test_the_line_of_the_state_says_who_has_not_paid(service: Service, language: str, words: list[str]) -> None:
    talk = await desk.waiting(service)
    await desk.writes(service, talk, "en oo maksanu")
    async with service.database.transaction() as session:
        (source,) = await session.scalars(select(Message.id).where(Message.conversation_id == talk))
    facts = {ToldPart.AGE: ("under_15",), ToldPart.PLATFORM: ("Snapchat",), ToldPart.DONE: ("not_paid",)}
    await desk.tells(service, talk, facts=facts, sources={ToldPart.DONE: source}, consent=Consent.NONE)
    async with service.database.transaction() as session:
        view = await conversation_view(session, service, SARI, talk, language=language)

    assert [each.words for each in view.told_items] == words
    assert view.told_items[-1].link == f"#said-{source}"


async def test_an_escalation_is_a_sentence_in_the_talk(service: Service) -> None:
    talk = await desk.waiting(service, urgency=Danger.EMERGENCY)
    await desk.age(service, talk, alarmed_at=dt.timedelta(hours=1))
    await escalate_due(service)
    async with service.database.transaction() as session:
        view = await conversation_view(session, service, SARI, talk, language="en")
    (told,) = [item for item in view.items if isinstance(item, Happened) and item.kind == EventKind.ESCALATED]
    assert "supervisors were alerted" in told.text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_answer_to_danger_says_once_that_nobody_reads_now(
    service: Service, engine: ScriptedEngine, language: str
) -> None:
    words = {"fi": "ei lue tätä chattia", "sv": "läser ingen polis", "en": "No police officer is reading"}[language]
    for on_duty, expected in ((False, [True, False]), (True, [False, False])):
        if on_duty:
            await act(service, start_shift, SARI)
        talk = await desk.conversation(service, language)
        engine.next_answer = answer("112.", topic="violence_now", danger="emergency", language=language)
        for text in ("hänellä on veitsi", "se tulee lähemmäs"):
            await turn(service, talk, text)
        said = [words in each.text for each in await desk.said(service, talk, author="bot")]
        assert said == expected


async def test_quotes_edits_and_reactions_of_the_citizen_are_shown(road: Road, engine: ScriptedEngine) -> None:
    citizen = road.citizen()
    first = citizen.writes("mun tili kaapattiin")
    answered = await citizen.next_reply()
    second = citizen.sends("text", text="tarkotan tätä", quoted=answered.id)
    await citizen.next_reply()
    citizen.sends("text", text="ja tätä vanhaa", quoted="wamid.gone")
    await citizen.next_reply()
    citizen.sends("edit", about=first.id, text="mun insta kaapattiin")
    async with road.service.database.transaction() as session:
        (talk,) = await session.scalars(select(Conversation.id))

    async def shown() -> tuple[list[str | None], list[str | None], list[str | None]]:
        async with road.service.database.transaction() as session:
            found = (await conversation_view(session, road.service, SARI, talk)).items
        said = [item for item in found if isinstance(item, CitizenSaid)]
        reactions = [item.reaction for item in found if isinstance(item, Said)]
        return [item.quotes for item in said], [item.text for item in said if item.edited], reactions

    citizen.sends("reaction", about=answered.id, emoji="👍")
    # The edit is a message of its own until it has been judged.
    await until(lambda: _is(shown, lambda each: each[1:] == (["mun insta kaapattiin"], ["👍", None, None])))
    quotes, _, _ = await shown()
    assert [quotes[0], quotes[2]] == [None, ""]
    assert quotes[1] is not None
    assert answered.text.startswith(quotes[1][:40])
    page = await _page(road, talk)
    assert '<span class="emoji">👍</span>' in page
    assert " · edited</p>" in page
    assert f'<span class="hidden">Answers to:</span> {quotes[1][:40]}' in page
    assert "<span>Answers an earlier message</span>" in page
    async with road.service.database.transaction() as session:
        own = await collect_own_data(session, road.service, await session.get_one(Conversation, talk))
    assert any("👍" in each for each in own), "it is the citizen's own data too"
    citizen.sends("edit", about=second.id, text="tarkoitan tätä")
    await until(lambda: _is(shown, lambda each: each[1] == ["mun insta kaapattiin", "tarkoitan tätä"]))
    assert (await shown())[0] == quotes, "an edited message still says what it answers"
    citizen.sends("reaction", about=answered.id)
    await until(lambda: _is(shown, lambda each: each[2][0] is None))


async def _page(road: Road, talk: uuid.UUID) -> str:
    """The page of a conversation that is the bot's, opened for a reason."""
    person = await make_person(road.service, "olivia", Role.OFFICER, language="en")
    cookies = await session_cookie(road.app, person)
    async with browser(road.app, cookies) as client:
        path = f"/console/conversations/{talk}"
        await client.post(f"{path}/open", data={"csrf_token": csrf_of(road.app, cookies), "ground": "danger"})
        return (await client.get(path)).text


async def _is(of: Callable[[], Awaitable[Any]], true: Callable[[Any], bool]) -> bool:
    return true(await of())


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_everything_that_can_happen_in_a_conversation_has_words(language: str) -> None:
    shown = {kind: event_words(kind, {"name": "Sari", "reason": "spam"}, language) for kind in EventKind}
    assert not [kind for kind, words in shown.items() if words == kind or "_" in words or not words]
    reasons = {*(f"shift_{end}" for end in ShiftEnd), "officer_silent"}
    assert not [each for each in reasons if each in event_words(EventKind.RELEASED, {"reason": each}, language)]


async def test_the_search_leads_through_all_pages_and_says_how_many_there_are(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    for _ in range(5):
        await desk.waiting(console.service)
    seen: list[str] = []
    async with console.officer("olivia") as olivia:
        for number in (1, 2, 3):
            data = {"csrf_token": olivia.token, "page": str(number)}
            page = (await olivia.client.post("/console/search", data=data)).text
            assert "Found: 5" in page
            assert f"Page {number} of 3" in page
            seen += re.findall(r'<li><a href="/console/conversations/([0-9a-f-]{36})"', page)
            assert (">Older ›<" in page, ">‹ Newer<" in page) == (number < 3, number > 1)

    assert len(set(seen)) == len(seen) == 5
