"""Checks of ready answers: an officer's own with variables, and those suggested for what the citizen asked last."""

import re
import uuid

import pytest
from sqlalchemy import select

from gateway.accounts.events import PersonLeft
from gateway.console.canned import canned_offer, suggested
from gateway.console.conversation_view import ConversationView, conversation_view
from gateway.conversations.told import ToldPart
from gateway.core.actors import Officer, Role
from gateway.core.events import publish
from gateway.core.i18n import day
from gateway.core.locale import today
from gateway.handover.canned import AnswerSource, CannedAnswer
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.models import OwnAnswer
from gateway.handover.own_answers import MAX_ANSWERS, keep_answer, own_answers
from gateway.handover.replies import reply
from gateway.service import Service
from tests.gateway.console.test_routes import Console, console
from tests.gateway.handover.test_ownership import act, turn
from tests.worlds import officers as desk
from tests.worlds.officers import SARI
from tests.worlds.row_counts import count
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.staff import make_person

__all__ = ["console"]
pytestmark = pytest.mark.anyio


async def an_officer(service: Service, login: str = "olivia") -> Officer:
    person = await make_person(service, login, Role.OFFICER)
    return Officer(person.id, f"{login.title()} Example")


async def kept(service: Service, officer: Officer, title: str, text: str, language: str = "fi") -> None:
    async with service.database.transaction() as session:
        await keep_answer(session, service.keyring, officer.id, None, language, title, text)


async def view_of(service: Service, officer: Officer, talk: uuid.UUID) -> ConversationView:
    async with service.database.transaction() as session:
        return await conversation_view(session, service, officer, talk)


async def offered(service: Service, officer: Officer, talk: uuid.UUID, words: str = "") -> list[CannedAnswer]:
    view = await view_of(service, officer, talk)
    async with service.database.transaction() as session:
        return list((await canned_offer(session, service, officer, view, words)).answers)


async def nearest(service: Service, officer: Officer, talk: uuid.UUID) -> list[CannedAnswer]:
    view = await view_of(service, officer, talk)
    async with service.database.transaction() as session:
        return list(await suggested(session, service, officer, view) or [])


async def test_ones_own_answers_come_first_in_the_citizens_language_and_to_nobody_else(service: Service) -> None:
    olivia, oskar = await an_officer(service), await an_officer(service, "oskar")
    await kept(service, olivia, "Tervehdykseni", "Moikka vaan")
    await kept(service, olivia, "Min hälsning", "Hejsan", "sv")
    talk = await desk.waiting(service)

    first, *_ = await offered(service, olivia, talk)
    assert (first.title, first.source) == ("Tervehdykseni", AnswerSource.OWN)
    assert "Min hälsning" not in [each.title for each in await offered(service, olivia, talk)]
    assert "Tervehdykseni" not in [each.title for each in await offered(service, oskar, talk)]
    assert [each.title for each in await offered(service, olivia, talk, "MOIKKA tervehdykseni")] == ["Tervehdykseni"]


async def test_the_variables_that_are_known_are_filled_and_the_others_stay_for_the_officer(service: Service) -> None:
    olivia = await an_officer(service)
    text = "Olen {name}. Asia: {topic}, {date}. Hätä: {emergency_112.phone}. Numero: {ilmoituksen numero}"
    await kept(service, olivia, "Kaikki", text)
    talk = await desk.waiting(service)
    title = service.lines.title("account_hacked", "fi")

    (found,) = [each for each in await offered(service, olivia, talk) if each.title == "Kaikki"]
    filled = f"Olen Olivia Example. Asia: {title}, {day(today())}. Hätä: 112. Numero: {{ilmoituksen numero}}"
    assert found.text == filled


async def test_a_reply_with_a_variable_that_nobody_filled_is_refused(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    for text in ("Numero: {ilmoituksen numero}", "Hei {nimi}", "Ärende {ärende}", "{Päivä}"):
        with pytest.raises(HandoverTextRefused, match="gap"):
            await act(service, reply, SARI, talk, text)
    assert await desk.said(service, talk, author="officer") == []


async def test_a_search_finds_short_answers_to_questions_too(service: Service) -> None:
    olivia, talk = await an_officer(service), await desk.waiting(service)
    title = service.lines.question_title("cost", "fi")
    assert title

    found = await offered(service, olivia, talk, title)

    assert "question:cost" in [each.id for each in found]


async def test_what_is_nearest_to_the_citizens_last_question_is_suggested(
    service: Service, engine: ScriptedEngine
) -> None:
    olivia, talk = await an_officer(service), await desk.waiting(service)
    await kept(service, olivia, "Snapchatin ilmoittaminen", "Snapchat poistaa tilin, kun ilmoitat siitä")
    await desk.writes(service, talk, "miten Snapchat poistaa tilin ja ilmoittaminen")
    await desk.writes(service, talk, "ok")

    found = await nearest(service, olivia, talk)

    assert found[0].title == "Snapchatin ilmoittaminen"
    assert len(found) == 5
    assert "miten Snapchat poistaa tilin ja ilmoittaminen" in engine.embedded
    assert "ok" not in engine.embedded


async def test_the_piece_of_the_question_that_the_bot_understood_stands_first(
    service: Service, engine: ScriptedEngine
) -> None:
    """By likeness alone the piece about evidence was not among five for "how do I save the evidence"."""
    olivia, talk = await an_officer(service), await desk.waiting(service)
    engine.next_answer = answer("Neuvo.", topic="sextortion")
    await turn(service, talk, "joku kiristää mua mun kuvilla")
    engine.next_answer = answer("Neuvo.", topic="follow_up_question", question="evidence_how")
    await turn(service, talk, "mites ne todisteet")
    saving, *_ = await nearest(service, olivia, talk)
    engine.next_answer = answer("Neuvo.", topic="follow_up_question", question="cost")
    await turn(service, talk, "maksaako?")
    short, *_ = await nearest(service, olivia, talk)
    engine.next_answer = answer("Jono.", topic="talk_to_officer")
    await turn(service, talk, "haluan puhua poliisille tästä asiasta")
    found = await nearest(service, olivia, talk)

    pieces = {name: text for name, _, text in service.lines.pieces("sextortion", "fi", {})}
    assert (saving.id, saving.text) == ("question:evidence_how", pieces["evidence_how"])
    assert short.id == "question:cost", "what is short may ask something, too"
    assert found[0].id == "question:cost"
    assert found[0].text == pieces["cost"]
    assert len([each for each in found if each.source == AnswerSource.QUESTION]) == 3


async def test_a_suggested_piece_is_that_of_who_writes(service: Service) -> None:
    """The answer to "I already paid" is another one for a helper than for whoever paid."""
    olivia, talk = await an_officer(service), await desk.waiting(service, topic="talk_to_officer")
    words = " ".join([service.lines.question_title("already_paid", "fi") or ""] * 3)
    await desk.writes(service, talk, f"{words}!")
    usual = {each.id: each.text for each in await nearest(service, olivia, talk)}["question:already_paid"]
    await desk.tells(service, talk, facts={ToldPart.ROLE: ("helper",)})
    helper = {each.id: each.text for each in await nearest(service, olivia, talk)}["question:already_paid"]

    assert usual != helper
    assert usual == {name: text for name, _, text in service.lines.pieces(None, "fi", {})}["already_paid"]


async def test_while_the_encoder_is_away_the_page_is_told_to_ask_again(console: Console) -> None:
    engine = console.service.engine = ScriptedEngine()
    engine.next_answer = None
    talk = await desk.waiting(console.service)
    await desk.writes(console.service, talk, "miten poistan tilin, johon joku murtautui")
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        fragment = await olivia.client.get(f"/console/conversations/{talk}/suggested")
        plain = await olivia.client.get(f"/console/conversations/{talk}?suggest=1")

    assert (fragment.status_code, fragment.text) == (204, "")
    assert plain.status_code == 200


async def test_nothing_is_suggested_while_the_encoder_is_away_and_the_page_is_there(
    service: Service, engine: ScriptedEngine
) -> None:
    olivia, talk = await an_officer(service), await desk.waiting(service)
    await desk.writes(service, talk, "mitä minun pitäisi tehdä")
    engine.next_answer = None

    assert await nearest(service, olivia, talk) == []
    assert await offered(service, olivia, talk)


async def test_the_page_suggests_with_and_without_script_and_only_to_who_may_read(console: Console) -> None:
    console.service.engine = ScriptedEngine()
    talk = await desk.waiting(console.service)
    await desk.writes(console.service, talk, "miten poistan tilin, johon joku murtautui")
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        await olivia.press(talk, "claim")
        page = await olivia.page(talk)
        fragment = await olivia.client.get(f"/console/conversations/{talk}/suggested")
        plain = (await olivia.client.get(f"/console/conversations/{talk}?suggest=1")).text
        refused = await oskar.client.get(f"/console/conversations/{talk}/suggested")
        gone = await olivia.client.get(f"/console/conversations/{uuid.uuid4()}/suggested")
        chosen = re.search(r'\?suggest=1&amp;use=([^"#]+)#reply', plain)
        assert chosen
        picked = (await olivia.client.get(f"/console/conversations/{talk}?suggest=1&use={chosen[1]}")).text

    assert 'id="suggested"' not in page
    assert "?suggest=1" in page
    assert fragment.text.count("data-ready=") == 5
    assert plain.count('class="chip"') == 5
    assert re.search(r'<textarea id="reply"[^>]*>[^<]', picked)
    assert (refused.status_code, gone.status_code) == (403, 404)


async def test_own_answers_are_written_changed_and_deleted_on_their_page(console: Console) -> None:
    async with console.officer("olivia") as olivia, console.officer("oskar") as oskar:
        fields = {"csrf_token": olivia.token, "title": "Oma", "text": "Hei {name}", "language": "fi"}
        made = await olivia.client.post("/console/answers", data=fields)
        page = (await olivia.client.get("/console/answers")).text
        (kept_id,) = re.findall(r"/console/answers\?change=([0-9a-f-]{36})", page)
        await oskar.client.post("/console/answers/delete", data={"csrf_token": oskar.token, "answer": kept_id})
        theirs = (await oskar.client.get("/console/answers")).text
        changing = (await olivia.client.get(f"/console/answers?change={kept_id}")).text
        changed = await olivia.client.post("/console/answers", data={**fields, "answer": kept_id, "text": "Uusi sana"})
        after = (await olivia.client.get("/console/answers")).text
        empty = await olivia.client.post("/console/answers", data={**fields, "text": " "})
        await olivia.client.post("/console/answers/delete", data={"csrf_token": olivia.token, "answer": kept_id})
        gone = (await olivia.client.get("/console/answers")).text

    assert made.headers["location"] == "/console/answers?said=answer_kept"
    assert "Hei {name}" in page
    assert "Hei {name}" not in theirs
    assert "Hei {name}</textarea>" in changing
    assert changed.status_code == 303
    assert "Uusi sana" in after
    assert "Hei {name}" not in after
    assert empty.status_code == 422
    assert "Nothing was kept" in empty.text
    assert 'value="Oma"' in empty.text, "what was written is still there"
    assert "Uusi sana" not in gone


async def test_answers_are_sealed_bounded_and_gone_with_their_officer(service: Service) -> None:
    olivia = await an_officer(service)
    for number in range(MAX_ANSWERS):
        await kept(service, olivia, f"Vastaus {number}", "teksti")
    with pytest.raises(HandoverTextRefused, match="delete one"):
        await kept(service, olivia, "Yksi liikaa", "teksti")
    with pytest.raises(HandoverTextRefused, match="language"):
        await kept(service, olivia, "Kieli", "teksti", "de")
    async with service.database.transaction() as session:
        sealed = await session.scalars(select(OwnAnswer.content_sealed))
        assert not any(b"teksti" in each or b"Vastaus" in each for each in sealed)
        assert len(await own_answers(session, service.keyring, olivia.id)) == MAX_ANSWERS
        await publish(session, PersonLeft(olivia.id))

    assert await count(service, OwnAnswer) == 0
