"""The inbox: what is copied and what never is, one decision for messages that are alike; nobody's words are kept."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from gateway.content.editing import feedback_inbox
from gateway.content.editing.feedback_inbox import Missed, grouped, require_other_words
from gateway.content.errors import ContentRefused
from gateway.content.models import MissedMessage, MissReason
from gateway.content.repository.topics import topics
from gateway.core.config.settings import Settings
from gateway.core.locale import Language
from gateway.ops.retention import run_retention
from gateway.service import Service
from tests.worlds import tiers
from tests.worlds.editors import Editors, editors
from tests.worlds.road import Road
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


async def waiting(service: Service) -> list[Missed]:
    async with service.database.transaction() as session:
        return [each for group in await feedback_inbox.groups(session, service.keyring) for each in group.messages]


async def keep(
    service: Service,
    *texts: str,
    reason: MissReason = MissReason.MISSED,
    language: Language = Language.FI,
    topic: str = "",
) -> None:
    async with service.database.transaction() as session:
        for text in texts:
            session.add_all(
                feedback_inbox.copy_of(service.keyring, reason=reason, language=language, topic=topic, text=text)
            )


async def test_what_nobody_understood_is_copied_masked_and_what_was_understood_is_not(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    said = {
        "joku varasti pyörän": answer(topic="account_hacked"),
        "hetuni on 131052-308T ja outo asia": answer(topic="nlu_fallback"),
        "nyt tuli joku sisään": answer(topic="nlu_fallback", danger="emergency"),
    }
    for text, engine.next_answer in said.items():
        citizen.writes(text)
        await citizen.next_reply()
    (missed,) = await waiting(road.service)
    assert missed.text == "hetuni on ⟦personal_code⟧ ja outo asia"
    assert (missed.reason, missed.language) == ("missed", "fi")


async def test_a_wrong_guess_and_an_answer_that_did_not_help_bring_the_words_before_them(
    road: Road, engine: ScriptedEngine
) -> None:
    citizen = road.citizen()
    for text, topic in (
        ("pankki soitti", "account_hacked"),
        ("ei se ollut tuo", "follow_up_wrong_guess"),
        ("kone ei aukea", "sextortion"),
        ("ei auttanut", "follow_up_not_helped"),
    ):
        engine.next_answer = answer(topic=topic)
        citizen.writes(text)
        await citizen.next_reply()
    found = {(each.reason, each.topic, each.text) for each in await waiting(road.service)}
    assert found == {
        ("wrong_guess", "account_hacked", "pankki soitti"),
        ("not_helped", "sextortion", "kone ei aukea"),
    }


async def test_a_copy_tells_nothing_of_its_conversation_and_nothing_in_clear(service: Service) -> None:
    await keep(service, "salainen viesti tässä")
    async with service.database.transaction() as session:
        row = (await session.scalars(select(MissedMessage))).one()
    columns = {column.name for column in MissedMessage.__table__.columns}
    sealed = {"wrapped_key", "text_sealed", "answer_sealed", "text_fingerprint"}
    asked_again = {"joined", "now_topic", "now_confidence", "asked_release"}
    assert columns == {"id", "reason", "language", "topic", "day"} | sealed | asked_again
    assert b"salainen" not in row.text_sealed
    assert row.text_fingerprint is not None
    assert b"salainen" not in row.text_fingerprint
    assert type(row.day) is dt.date


async def test_nothing_is_kept_past_its_days(service: Service) -> None:
    await keep(service, "vanha viesti kauan sitten", "uusi viesti tänään")
    limit = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=service.settings.content_inbox_days)
    async with service.database.transaction() as session:
        first = (await session.scalars(select(MissedMessage.id))).first()
        await session.execute(update(MissedMessage).where(MissedMessage.id == first).values(day=limit))
    await run_retention(service)
    assert len(await waiting(service)) == 2
    async with service.database.transaction() as session:
        before = limit - dt.timedelta(days=1)
        await session.execute(update(MissedMessage).where(MissedMessage.id == first).values(day=before))
    await run_retention(service)
    assert len(await waiting(service)) == 1


def message(text: str, language: Language = Language.FI) -> Missed:
    return Missed(uuid.uuid4(), MissReason.MISSED, language, "", dt.date(2026, 11, 24), text, "")


def test_a_hundred_alike_are_one_decision() -> None:
    texts = [f"miten saan {word} koiran takaisin" for word in ("mun", "kadonneen", "sen", "meidän") for _ in range(25)]
    others = [message("mitä maksaa passi"), message("hur får jag tillbaka hunden", Language.SV)]
    groups = grouped([*map(message, texts), *others])
    assert sorted(len(group.messages) for group in groups) == [1, 1, 100]


@given(st.lists(st.text("abcå ", min_size=1).filter(str.strip), max_size=30))
@hypothesis_settings(max_examples=tiers.examples(50), deadline=None)
def test_each_message_is_in_one_group_whatever_was_written(texts: list[str]) -> None:
    messages = [message(text) for text in texts]
    found = [each.id for group in grouped(messages) for each in group.messages]
    assert sorted(found, key=str) == sorted((each.id for each in messages), key=str)


@pytest.mark.parametrize(
    "text",
    [
        "Miten saan kadonneen koiran takaisin?",
        "miten saan mun kadonneen koiran takaisin",
        "moi siis miten saan kadonneen koiran takaisin kiitos",
    ],
)
def test_a_citizens_own_words_are_refused(text: str) -> None:
    with pytest.raises(ContentRefused) as refusal:
        require_other_words(["miten saan kadonneen koiran takaisin"], [text])
    assert refusal.value.key == "reword"


def test_the_same_in_other_words_is_taken() -> None:
    require_other_words(["miten saan kadonneen koiran takaisin"], ["koirani karkasi, mistä sitä voi etsiä"])


async def test_teaching_saves_the_editors_words_and_deletes_the_citizens(workshop: Editors) -> None:
    await keep(workshop.service, "paketti jumissa linkissä", "paketti jumissa siinä linkissä", topic="parcel_sms")
    editor = await workshop.editor("elina")
    first = (await waiting(workshop.service))[0]
    fields = {"topic": "parcel_sms", "purpose": "example", "typed": "paketti jumissa linkissä"}
    refused = await editor.post(f"/content/inbox/{first.id}", **fields)
    assert refused.status_code == 422
    assert "too close to what the citizen wrote" in refused.text
    assert len(await waiting(workshop.service)) == 2

    taught = await editor.post(f"/content/inbox/{first.id}", **{**fields, "typed": "posti väittää maksun puuttuvan"})
    assert taught.headers["location"] == "/content/inbox?said=taught"
    assert await waiting(workshop.service) == []
    assert "posti väittää maksun puuttuvan" in workshop.copy.read("nlu/scams/parcel_sms.yml").text
    history = "\n".join(f"{each.message} {each.author}" for each in workshop.copy.history())
    assert "jumissa" not in history
    gone = await editor.client.get(f"/content/inbox/{first.id}")
    assert gone.status_code == 422
    assert "not here any more" in gone.text


async def test_a_save_that_fails_keeps_the_messages(workshop: Editors) -> None:
    await keep(workshop.service, "paketti jumissa linkissä")
    editor = await workshop.editor("elina")
    (first,) = await waiting(workshop.service)
    fields = {"topic": "no_such", "purpose": "test", "typed": "aivan muita sanoja"}
    assert (await editor.post(f"/content/inbox/{first.id}", **fields)).status_code == 422
    assert len(await waiting(workshop.service)) == 1
    assert "no_such" not in topics(workshop.copy)


async def test_what_is_not_worth_teaching_goes_at_one_word(workshop: Editors) -> None:
    await keep(workshop.service, "asdf qwer zxcv", "asdf qwer zxcv")
    editor = await workshop.editor("elina")
    first = (await waiting(workshop.service))[0]
    await editor.post(f"/content/inbox/{first.id}/discard", sure="1")
    async with workshop.service.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(MissedMessage)) == 0


def test_a_message_of_one_word_blocks_only_itself() -> None:
    require_other_words(["passi"], ["mitä uusi passi maksaa"])
    with pytest.raises(ContentRefused):
        require_other_words(["passi"], ["Passi!"])
    with pytest.raises(ContentRefused):
        require_other_words(["koira on kadonnut"], ["apua koira on kadonnut eilen"])


def test_what_nobody_understood_preselects_no_topic() -> None:
    asdf = Missed(uuid.uuid4(), MissReason.MISSED, Language.FI, "suicide_self", dt.date(2026, 11, 24), "asdf qwer", "")
    (group,) = grouped([asdf])
    assert (group.topic, group.guess) == ("", "")


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("nimeni on matti meikäläinen ja mua uhkaillaan", ["matti"]),
        ("Matti Meikäläinen hakkasi mut", ["Matti", "Meikäläinen"]),
        ("jag heter Anna Lind", ["Anna", "Lind"]),
        ("asun Kadettikatu 12 B 4, apua", ["Kadettikatu", "12"]),
        ("soita 040 123 4567", ["123"]),
        ("mun insta on @pikku.kissa", ["pikku"]),
        ("kirjoita matti@posti.fi", ["matti", "posti"]),
    ],
)
async def test_who_is_named_is_hidden_and_an_erasure_still_finds_the_copy(
    service: Service, text: str, gone: list[str]
) -> None:
    await keep(service, text)
    (kept,) = await waiting(service)
    assert not [word for word in gone if word in kept.text]
    async with service.database.transaction() as session:
        await session.execute(await feedback_inbox.copies_gone(session, service.keyring, [text]))
    assert await waiting(service) == []


async def test_groups_that_an_editor_joined_stay_together(service: Service) -> None:
    await keep(service, "koira karkasi metsään", "hunden sprang bort", "mitä passi maksaa nykyään")
    async with service.database.transaction() as session:
        found = await feedback_inbox.groups(session, service.keyring)
        pets = [group for group in found if "passi" not in group.messages[0].text]
        await feedback_inbox.join(session, pets)
    async with service.database.transaction() as session:
        assert [len(group.messages) for group in await feedback_inbox.groups(session, service.keyring)] == [2, 1]


class TwoMatters:
    """An encoder that knows which two ask the same."""

    async def labels(self, texts: list[str], languages: list[str]) -> list[int]:
        return [1 if "hund" in text or "koir" in text else 2 for text in texts]


async def test_what_means_the_same_is_one_group_across_languages() -> None:
    messages = [message("koira karkasi"), message("hunden sprang bort", Language.SV), message("passi")]
    groups = await feedback_inbox.by_meaning(messages, TwoMatters())  # type: ignore[arg-type]
    assert [len(each.messages) for each in groups] == [2, 1]
    assert set(groups[0].languages) == {"fi", "sv"}
