"""Checks of station 5: outside the 24 hours nothing but an approved template goes out, whoever sends."""

import datetime as dt
import itertools
import os
from pathlib import Path
from typing import Any

import pytest
import structlog
import time_machine
from sqlalchemy import select, update

from answers.templates import read_templates
from gateway.channels.whatsapp.channel import message_body
from gateway.channels.whatsapp.templates import bodies_of, describe_templates, differences_from
from gateway.content.publishing.releases import Published, Release
from gateway.conversations.kinds import Author, ConversationState, FailureClass
from gateway.conversations.messages import Recipient, Reply, TemplateUse
from gateway.conversations.models import Conversation, ConversationEvent, OutboxItem
from gateway.conversations.told import Consent
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed
from gateway.core.locale import Language
from gateway.outbox.failures import record_failure
from gateway.outbox.queue import may_go_until
from gateway.outbox.reengagement import queue_template
from gateway.outbox.templates import TemplateRefused, Templates
from gateway.service import Service
from simulator import SimulatorConfig, create_simulator
from tests.worlds.officers import SARI, tells
from tests.worlds.outbox import change, conversation, look, put, row, texts
from tests.worlds.road import Road, free_port, open_road, served, until
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
DATE = {"date": "24.11.2026"}
DAY = dt.timedelta(hours=24)


@pytest.fixture
def content_dir(tmp_path: Path) -> Path:
    """The published words, with every template approved by Meta but the Swedish of one."""
    folder = tmp_path / "content"
    (folder / "templates").mkdir(parents=True)
    for name in ("contacts.yml", "lines.yml", "answers"):
        (folder / name).symlink_to(PROJECT / "data" / name)
    for path in (PROJECT / "data" / "templates").glob("*.yml"):
        words = path.read_text("utf-8").replace("not_submitted, en: not_submitted", "pending, en: approved")
        (folder / "templates" / path.name).write_text(words.replace("{fi: not_submitted", "{fi: approved"), "utf-8")
    return folder


@pytest.fixture
def settings(settings: Settings, content_dir: Path) -> Settings:
    """As in production: no simulator that would approve everything."""
    settings = settings.model_copy(update={"simulator": False})
    Published(settings).switch(Release(1, "approved", str(content_dir), "", "", ""))
    return settings


async def silent(service: Service, *, since: dt.timedelta = DAY, language: str | None = "fi") -> Conversation:
    """A conversation whose citizen asked for an officer, who has it, and last wrote so long ago."""
    talk = await conversation(service)
    await tells(service, talk.id, consent=Consent.ASKED)
    async with service.database.transaction() as session:
        await session.execute(
            update(Conversation)
            .where(Conversation.id == talk.id)
            .values(
                last_citizen_message_at=now() - since,
                state="officer",
                officer_id=SARI.id,
                officer_name=SARI.name,
                language=language,
            )
        )
        return await session.get_one(Conversation, talk.id, populate_existing=True)


async def tell(service: Service, talk: Conversation, name: str = "police_answered", **more: Any) -> Any:
    parameters = more.pop("parameters", DATE)
    async with service.database.transaction() as session:
        return await queue_template(session, service, talk, name, parameters, officer=SARI, **more)


async def test_an_officer_lets_a_silent_citizen_know_and_the_event_says_who(service: Service) -> None:
    talk = await silent(service)
    item = await row(service, await tell(service, talk))
    (claimed,) = (await look(service)).items
    async with service.database.transaction() as session:
        events = list(await session.scalars(select(ConversationEvent).where(ConversationEvent.actor == SARI.actor)))

    assert (item.author, item.template, item.state) == ("officer", "police_answered", "queued")
    assert claimed.may_go_until > now()
    assert claimed.reply.template == TemplateUse(
        name="police_answered", language="fi", parameters=(("date", "24.11.2026"),)
    )
    assert claimed.reply.text.startswith("Kirjoitit meille 24.11.2026. Poliisi on vastannut sinulle.")
    assert [(event.kind, event.details) for event in events] == [
        ("template_queued", {"template": "police_answered", "language": "fi"})
    ]


@pytest.mark.parametrize("language", [None, "fi"])
async def test_a_language_nobody_has_heard_yet_is_finnish_and_another_may_be_asked_for(
    service: Service, language: str | None
) -> None:
    first, second = await silent(service, language=language), await silent(service, language=language)
    await tell(service, first)
    await tell(service, second, language="en")

    assert [item.reply.text.split()[0] for item in (await look(service)).items] == ["Kirjoitit", "You"]


async def test_inside_the_window_words_are_free_and_no_template_goes(service: Service) -> None:
    talk = await silent(service, since=DAY - dt.timedelta(seconds=30))
    with pytest.raises(ChangeNotAllowed, match="written to freely"):
        await tell(service, talk)


async def test_a_citizen_is_told_once_until_they_write_and_again_when_it_failed(service: Service) -> None:
    talk = await silent(service)
    item = await tell(service, talk)
    with pytest.raises(ChangeNotAllowed, match="told already"):
        await tell(service, talk, "reply_waits", parameters={})
    await change(service, item, state="failed")

    assert await tell(service, talk) != item


async def test_a_conversation_that_is_over_is_left_alone(service: Service) -> None:
    talk = await silent(service)
    async with service.database.transaction() as session:
        await session.execute(update(Conversation).where(Conversation.id == talk.id).values(state="closed"))
    with pytest.raises(ChangeNotAllowed, match="over"):
        await tell(service, talk)


REFUSED: list[tuple[str, str, dict[str, str], str]] = [
    ("nothing", "fi", {}, "no template 'nothing'; there are: police_answered, reply_waits, request_waits"),
    ("police_answered", "sv", DATE, r"not approved in 'sv' \(approved: fi, en\)"),
    ("police_answered", "no", DATE, "not approved in 'no'"),
    ("police_answered", "fi", {}, "exactly these values: date"),
    ("police_answered", "fi", {**DATE, "more": "x"}, "exactly these values: date"),
    ("reply_waits", "fi", DATE, "exactly these values: none"),
    ("police_answered", "fi", {"date": "a\nb"}, "line break"),
    ("police_answered", "fi", {"date": "x" * 61}, "61 characters"),
]


async def test_what_meta_would_refuse_is_refused_before_it_is_queued(service: Service) -> None:
    talk = await silent(service)
    for name, language, parameters, words in REFUSED:
        with pytest.raises(TemplateRefused, match=words) as refused:
            await tell(service, talk, name, parameters=parameters, language=language)
        assert refused.value.status == 422

    assert (await look(service)).items == []


async def test_free_words_are_held_back_outside_the_window_whoever_wrote_them(service: Service) -> None:
    """The gate stands where requests leave, so that no caller can go round it."""
    for author in Author:
        talk = await silent(service)
        async with service.database.transaction() as session:
            await put(session, service, talk, author, author)

    late = [item for item in (await look(service)).items if item.may_go_until > now()]

    assert late == []


async def test_a_template_is_tried_for_a_day_and_words_only_within_the_window(service: Service) -> None:
    talk = await silent(service)
    item = await tell(service, talk)
    outcomes = []
    for hours in (0, 25):
        await change(service, item, state="sending", attempts=1, created_at=now() - dt.timedelta(hours=hours))
        async with service.database.transaction() as session:
            await record_failure(session, await session.get_one(OutboxItem, item), FailureClass.RETRY, 131000)
        outcomes.append((await row(service, item)).state)

    assert outcomes == ["queued", "failed"]


async def test_the_answer_stays_queued_behind_nothing_and_goes_when_the_citizen_writes(service: Service) -> None:
    """The template does not open the window; the citizen's next words do."""
    talk = await silent(service)
    await change(service, await tell(service, talk), state="sent", sent_at=now(), delivery_rank=2)
    async with service.database.transaction() as session:
        await put(session, service, talk, "a", Author.OFFICER)
        await session.execute(
            update(Conversation).where(Conversation.id == talk.id).values(last_citizen_message_at=now())
        )

    assert await texts(service) == ["a"]


def test_a_template_goes_out_with_named_values_and_without_components_when_it_has_no_gaps() -> None:
    citizen = Recipient(business_number="1", user_id="FI.1")
    use = TemplateUse(name="police_answered", language="sv", parameters=(("date", "24.11."),))
    body = message_body(citizen, Reply(text="x", template=use), "reference")
    bare = message_body(citizen, Reply(text="x", template=TemplateUse(name="n", language="fi")), "reference")

    assert (body["type"], body["recipient"], body["biz_opaque_callback_data"]) == ("template", "FI.1", "reference")
    assert body["template"]["language"] == {"code": "sv"}
    assert body["template"]["components"] == [
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "date", "text": "24.11."}]}
    ]
    assert bare["template"] == {"name": "n", "language": {"code": "fi"}}


def test_templates_follow_the_folder_and_a_broken_file_keeps_its_last_good_words(content_dir: Path) -> None:
    templates = Templates(content_dir, all_approved=False)
    path = content_dir / "templates" / "reply_waits.yml"
    assert templates.languages("reply_waits") == ("fi", "en")
    words = path.read_text("utf-8")
    _write_later(path, words.replace("sv: pending", "sv: approved"))
    assert templates.languages("reply_waits") == ("fi", "sv", "en")
    with structlog.testing.capture_logs() as logs:
        _write_later(path, "name: [")
        assert templates.languages("reply_waits") == ("fi", "sv", "en")
        templates.all()
    assert [line["event"] for line in logs] == ["content_refused"]
    path.unlink()
    assert templates.languages("reply_waits") == ()


def test_the_simulator_approves_every_template_of_the_folder() -> None:
    assert Templates(PROJECT / "data", all_approved=True).languages("police_answered") == ("fi", "sv", "en")


_later = itertools.count(1)


def _write_later(path: Path, text: str) -> None:

    path.write_text(text, "utf-8")
    moment = path.stat().st_mtime_ns + next(_later) * 1_000_000_000
    os.utime(path, ns=(moment, moment))


async def test_after_a_day_the_template_reaches_the_phone_and_free_words_do_not(
    settings: Settings, engine: ScriptedEngine
) -> None:
    """Through the running gateway and Meta's stand-in, which judges language, approval and values itself."""
    async with open_road(settings, engine) as road:
        aino = road.citizen()
        aino.writes("hei")
        await aino.next_reply()
        road.simulator.close_window(aino.phone.id)
        talk = await _after_a_day(road)
        async with road.service.database.transaction() as session:
            await put(session, road.service, talk, "salaa", Author.OFFICER)
        road.service.wake_outbox()
        await until(lambda: _state_of(road, None, "failed"))
        await tell(road.service, talk)
        road.service.wake_outbox()
        shown = await aino.next_reply()
        await until(lambda: _state_of(road, "police_answered", "sent"))

        assert "police_answered" in shown.text
        assert "24.11.2026" in shown.text
        assert road.simulator.state.refusals == []
        assert "salaa" not in [reply.text for reply in aino.received]


async def _after_a_day(road: Road) -> Conversation:
    async with road.service.database.transaction() as session:
        talk = (await session.scalars(select(Conversation))).one()
        talk.last_citizen_message_at, talk.state, talk.language = now() - DAY, ConversationState.OFFICER, Language.FI
        talk.officer_id, talk.officer_name = SARI.id, SARI.name
    await tells(road.service, talk.id, consent=Consent.ASKED)
    return talk


async def _state_of(road: Road, template: str | None, state: str) -> bool:
    async with road.service.database.transaction() as session:
        rows = await session.scalars(select(OutboxItem).where(OutboxItem.template.is_not_distinct_from(template)))
        return state in [row.state for row in rows]


@pytest.mark.parametrize(
    ("change_of_meta", "words"),
    [
        ({}, None),
        ({"status": "PENDING"}, "is pending there and approved here"),
        ({"category": "MARKETING"}, "has become a template of MARKETING"),
        ({"components": [{"type": "BODY", "text": "Other"}]}, "says something else there"),
        ({"language": "de"}, "has a language 'de' there"),
        (None, "is not there; enter it in Meta's form"),
    ],
)
def test_each_difference_from_metas_list_is_one_sentence_with_what_to_do(
    content_dir: Path, change_of_meta: dict[str, Any] | None, words: str | None
) -> None:
    templates, _ = read_templates(content_dir)
    theirs = [
        {
            "name": name,
            "language": language,
            "status": templates[name].status[language].upper(),
            "category": "UTILITY",
            "components": [{"type": "BODY", "text": text}],
        }
        for name, bodies in bodies_of(content_dir).items()
        for language, text in bodies.items()
    ]
    first = theirs.pop(0)
    if change_of_meta is not None:
        theirs.append({**first, **change_of_meta})
    found = list(differences_from(templates, theirs))

    assert (words is None) == (found == [])
    assert words is None or any(words in sentence for sentence in found)


async def test_the_operators_command_prints_the_form_and_compares_with_meta(
    settings: Settings, content_dir: Path
) -> None:
    text, agrees = await describe_templates(settings, Published(settings).link)
    assert "language sv · status here: pending" in text
    assert "{{date}} = 24.11.2026" in text
    assert ("NEUVO_WHATSAPP_BUSINESS_ACCOUNT_ID" in text, agrees) == (True, True)

    port = free_port()
    config = SimulatorConfig(
        webhook_url="http://127.0.0.1:9/", app_secret="x", access_token="token", templates=bodies_of(content_dir)
    )
    asked = settings.model_copy(
        update={
            "graph_base_url": f"http://127.0.0.1:{port}/graph",
            "whatsapp_business_account_id": config.business_account_id,
            "whatsapp_access_token": type(settings.whatsapp_access_token)("token"),
        }
    )
    wrong = asked.model_copy(update={"whatsapp_business_account_id": "1"})
    async with served(create_simulator(config), port):
        text, agrees = await describe_templates(asked, Published(asked).link)
        refused, agrees_then = await describe_templates(wrong, Published(wrong).link)
    assert "police_answered (sv) is approved there and pending here" in text
    assert (agrees, agrees_then) == (False, False)
    assert "Meta's list could not be read" in refused


def test_a_template_dated_now_may_go_a_day_and_no_longer() -> None:

    with time_machine.travel("2026-11-24 12:00Z", tick=False):
        silent_since = now() - dt.timedelta(days=9)
        talk = Conversation(last_citizen_message_at=silent_since)
        template = OutboxItem(template="reply_waits", created_at=now())
        words = OutboxItem(template=None, created_at=now())
        assert may_go_until(template, talk) - now() == DAY
        assert may_go_until(words, talk) - silent_since == DAY
