"""The page "Try it" without script: a talk whose state is kept, that counts nowhere, is bounded and ends by itself."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from gateway.analytics.models import CountIncrement, DailyCount
from gateway.content.editing.tried_talk import MOST_TURNS, kept_talk
from gateway.content.editing.unsaved import TALK_KEPT, forget_old
from gateway.content.models import UnsavedForm
from gateway.content.publishing.manifest import model_key, write_manifest
from gateway.content.publishing.releases import Published
from gateway.content.repository.examples import change_examples, read_examples
from gateway.conversations.models import Conversation, Message, OutboxItem
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.handover.models import OfficerAlert, QueueEntry
from tests.worlds.editors import Editor, Editors, editors
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.small_content import OLLI

pytestmark = pytest.mark.anyio

BUTTONS = (("topic:talk_to_officer", "Puhu poliisille"), ("topic:more", "Lisää"))


@pytest.fixture
async def workshop(settings: Settings, template: Path, engine: ScriptedEngine) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        made.service.engine = engine
        yield made


async def say(editor: Editor, text: str, after: int = 0) -> str:
    answered = await editor.post("/content/try", text=text, after=str(after))
    assert (answered.status_code, answered.headers["location"]) == (303, "/content/try")
    return await editor.get("/content/try")


async def press(editor: Editor, button: str, after: int) -> str:
    assert (await editor.post("/content/try", press=button, after=str(after))).status_code == 303
    return await editor.get("/content/try")


def own_words(page: str) -> list[str]:
    return [html.unescape(each) for each in re.findall(r'<span class="bubble own">([^<]*)</span>', page)]


async def test_turns_stay_in_one_conversation_and_a_button_is_the_next_turn(
    workshop: Editors, engine: ScriptedEngine
) -> None:
    editor = await workshop.editor("elina", "fi")
    engine.next_answer = answer("Vaihda *salasana*.", buttons=BUTTONS, state={"age": "15_17", "platform": "Snapchat"})
    page = await say(editor, "tilini on hakkeroitu")
    assert "Vaihda <strong>salasana</strong>." in page
    assert 'name="press" value="0 live topic:more"' in page
    assert re.search(r"Kansalaisen sanoista:</strong> [^<]+ · Snapchat", page)
    engine.next_answer = answer("Näin se tehdään.")
    page = await press(editor, "0 live topic:more", after=1)
    assert own_words(page) == ["tilini on hakkeroitu", "Lisää"]
    assert page.index("Vaihda <strong>") < page.index("Näin se tehdään.")
    page = await say(editor, "entä jos ei onnistu", after=2)
    assert own_words(page) == ["tilini on hakkeroitu", "Lisää", "entä jos ei onnistu"]

    first, second, third = engine.asked
    assert {each.conversation_id for each in engine.asked} == {first.conversation_id}
    assert first.conversation_id.startswith("try-"), "a citizen's is a bare UUID"
    assert (first.text, first.choice, first.language) == ("tilini on hakkeroitu", None, None)
    assert (second.text, second.choice, second.title, second.language) == (None, "more", "Lisää", "fi")
    assert (third.text, third.choice) == ("entä jos ei onnistu", None)


async def test_a_talk_is_held_on_the_channel_that_it_began_on(workshop: Editors, engine: ScriptedEngine) -> None:
    """An answer may have a wording of its own in one channel; nobody could try it."""
    editor = await workshop.editor("elina")
    assert '<select id="channel" name="channel">' in await editor.get("/content/try")
    await editor.post("/content/try", text="tili vietiin", after="0", channel="web")
    await editor.post("/content/try", text="entä sitten", after="1", channel="instagram")
    assert [each.channel for each in engine.asked] == ["web", "web"]
    page = await editor.get("/content/try")
    assert re.search(r"<strong>Channel:</strong> web chat", page)
    assert '<select id="channel"' not in page, "a talk does not move"


async def test_what_was_never_offered_is_not_pressed(workshop: Editors, engine: ScriptedEngine) -> None:
    editor = await workshop.editor("elina")
    engine.next_answer = answer(buttons=BUTTONS)
    await say(editor, "hello")
    for forged in ("0 live topic:restart", "1 live topic:more", "0 draft topic:more", "0 other topic:more", "x", "²  "):
        assert own_words(await press(editor, forged, after=1)) == ["hello"], forged
    assert len(engine.asked) == 1


async def test_begin_anew_empties_the_talk_and_the_engine_forgets_it(workshop: Editors, engine: ScriptedEngine) -> None:
    editor = await workshop.editor("elina")
    await say(editor, "one")
    assert (await editor.post("/content/try/anew")).status_code == 303
    page = await editor.get("/content/try")
    assert own_words(page) == []
    assert engine.forgotten == [engine.asked[0].conversation_id]
    await say(editor, "two")
    assert engine.asked[1].conversation_id != engine.asked[0].conversation_id


async def test_two_editors_share_nothing(workshop: Editors, engine: ScriptedEngine) -> None:
    elina, maija = await workshop.editor("elina"), await workshop.editor("maija")
    engine.next_answer = answer(buttons=BUTTONS)
    await say(elina, "only mine")
    assert own_words(await maija.get("/content/try")) == []
    assert own_words(await press(maija, "0 live topic:more", after=1)) == []
    assert own_words(await say(maija, "and mine")) == ["and mine"]
    await maija.post("/content/try/anew")
    assert own_words(await elina.get("/content/try")) == ["only mine"]
    assert len({each.conversation_id for each in engine.asked}) == 2


async def test_a_talk_is_bounded_and_what_is_sent_twice_is_answered_once(
    workshop: Editors, engine: ScriptedEngine
) -> None:
    editor = await workshop.editor("elina")
    engine.next_answer = answer(buttons=BUTTONS)
    await say(editor, "0")
    assert own_words(await say(editor, "0", after=0)) == ["0"], "a form that was sent twice"
    assert own_words(await say(editor, "  ", after=1)) == ["0"]
    for number in range(1, MOST_TURNS):
        page = await say(editor, str(number), after=number)
    assert len(own_words(page)) == MOST_TURNS
    assert "The talk is full" in page
    assert 'name="text" maxlength' not in page
    page = await say(editor, "one more", after=MOST_TURNS)
    page = await press(editor, "0 live topic:more", after=MOST_TURNS)
    assert len(own_words(page)) == MOST_TURNS
    assert len(engine.asked) == MOST_TURNS
    assert (await editor.post("/content/try", text="x" * 1001)).status_code == 422


async def test_a_talk_ends_by_itself(workshop: Editors, engine: ScriptedEngine) -> None:
    editor = await workshop.editor("elina")
    await say(editor, "before lunch")
    database = workshop.service.database
    async with database.transaction() as session:
        await session.execute(update(UnsavedForm).values(saved_at=now() - TALK_KEPT * 1.01))
    assert own_words(await editor.get("/content/try")) == []
    async with database.transaction() as session:
        await forget_old(session)
        assert await session.scalar(select(func.count()).select_from(UnsavedForm)) == 0
    assert own_words(await say(editor, "after lunch")) == ["after lunch"]
    assert len({each.conversation_id for each in engine.asked}) == 2


async def test_what_was_kept_by_another_version_is_no_talk(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    kept = {"talk": ['{"id": "../x", "turns": [1]}']}
    headers = {"x-csrf-token": editor.token}
    await editor.client.put("/content/unsaved?page=/content/try", json=kept, headers=headers)
    assert own_words(await editor.get("/content/try")) == []
    async with workshop.service.database.transaction() as session:
        assert (await kept_talk(session, workshop.service.keyring, editor.account)).turns == ()


@pytest.mark.parametrize("words", ["/restart", '/inform{"age": "adult"}', "/session_start"])
async def test_words_that_look_like_commands_are_a_citizens_words(
    workshop: Editors, engine: ScriptedEngine, words: str
) -> None:
    editor = await workshop.editor("elina")
    assert own_words(await say(editor, words)) == [words]
    assert (engine.asked[0].text, engine.asked[0].choice) == (words, None)


async def test_words_are_masked_and_checked_as_a_citizens_are(workshop: Editors, engine: ScriptedEngine) -> None:
    editor = await workshop.editor("elina")
    page = await say(editor, "hetuni on 131052-308T")
    assert "131052" not in page
    assert engine.asked[0].text == "hetuni on ⟦personal_code⟧"
    await say(editor, "OmaVero: palautus odottaa, vahvista heti http://vero-palautus.top/kirjaudu/131052", after=1)
    assert engine.asked[1].scam_check is not None
    assert engine.asked[1].text is not None
    assert "131052" not in engine.asked[1].text


async def test_nothing_of_it_is_counted_queued_or_alarmed(workshop: Editors, engine: ScriptedEngine) -> None:
    editor = await workshop.editor("elina")
    engine.next_answer = answer(
        "Soita 112.", topic="talk_to_officer", danger="emergency", escalation=("emergency", "officer"), buttons=BUTTONS
    )
    page = await say(editor, "someone is hitting me")
    assert "Danger: now · Officer: asked for" in page
    await press(editor, "0 live topic:talk_to_officer", after=1)
    async with workshop.service.database.transaction() as session:
        for table in (Conversation, Message, OutboxItem, QueueEntry, OfficerAlert, CountIncrement, DailyCount):
            assert await session.scalar(select(func.count()).select_from(table)) == 0, table


async def test_whichever_bot_is_away_the_words_stay(workshop: Editors, engine: ScriptedEngine) -> None:
    editor = await workshop.editor("elina")
    engine.next_answer = None
    page = await say(editor, "is anybody there")
    assert own_words(page) == ["is anybody there"]
    assert "The published bot does not answer just now." in page
    assert "The draft has not been trained yet." in page


def trained(workshop: Editors, name: str, at: str, commit: str) -> Path:
    """A model that was trained from a commit, as far as its manifest tells."""
    model = Published(workshop.settings).models / f"{name}.tar.gz"
    model.parent.mkdir(parents=True, exist_ok=True)
    model.write_bytes(name.encode())
    write_manifest(model, model_key(workshop.settings), {"commit": commit, "trained_from": name, "trained_at": at})
    return model


def add_example(workshop: Editors, text: str) -> None:
    seen = read_examples(workshop.copy, "parcel_sms")
    workshop.copy.save([change_examples(workshop.copy, "parcel_sms", "fi", seen.version, add=[text])], OLLI, text)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("fi", "Koulutettua mallia ei vielä ole, joten luonnos ei pysty vastaamaan."),
        ("sv", "Det finns ingen tränad modell här ännu, så utkastet kan inte svara."),
        ("en", "There is no trained model here yet, so the draft cannot answer."),
    ],
)
async def test_before_a_word_is_said_it_is_told_that_there_is_no_model(
    workshop: Editors, language: str, words: str
) -> None:
    editor = await workshop.editor("elina", language)
    page = await editor.get("/content/try")
    assert words in page
    assert re.search(r'class="notice warn">[^<]+<a href="/content/publishing">', page)
    trained(workshop, "first", "2026-11-01T00:00:00+00:00", workshop.copy.head)
    assert words not in await editor.get("/content/try")


async def test_a_draft_whose_examples_changed_says_that_it_has_not_learned_them(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    as_live = "This draft has not been trained: it understands as the published bot does."
    as_before = "This draft has not been trained since its examples were changed"
    published, head = Published(workshop.settings), workshop.copy.head
    live = trained(workshop, "live", "2026-11-01T00:00:00+00:00", head)
    release = published.next(head, live, "2026-11-24T09:00:00+00:00", "Maija")
    published.stage(release, workshop.copy.snapshot(head))
    published.switch(release)
    page = await editor.get("/content/try")
    assert as_live not in page, "it has learned all that it has"

    add_example(workshop, "posti pyytää tullimaksua linkistä")
    assert as_live in await editor.get("/content/try")
    trained(workshop, "draft", "2026-11-25T00:00:00+00:00", workshop.copy.head)
    page = await editor.get("/content/try")
    assert as_live not in page
    assert as_before not in page
    add_example(workshop, "sain viestin jonka mukaan paketti odottaa maksua")
    page = await editor.get("/content/try")
    assert as_before in page
    assert as_live not in page
