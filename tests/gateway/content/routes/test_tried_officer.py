"""The page "Try it" without script: what an officer does meanwhile, what is said out of hours, and who writes."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.content.editing.tried_role import SENTENCES, Role
from gateway.content.repository.working_copy import Change
from gateway.conversations.told import Consent
from gateway.core.config.settings import Settings
from gateway.core.locale import Language
from gateway.dialogue.engine import GivenState
from tests.worlds.editors import Editor, Editors, editors
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.small_content import OLLI

pytestmark = pytest.mark.anyio

BUTTONS = (("topic:talk_to_officer", "Puhu poliisille"),)


@pytest.fixture
async def workshop(settings: Settings, template: Path, engine: ScriptedEngine) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        made.service.engine = engine
        yield made


async def say(editor: Editor, text: str, after: int, **chosen: str) -> str:
    answered = await editor.post("/content/try", text=text, after=str(after), **chosen)
    assert answered.status_code == 303, answered.text
    return html.unescape(await editor.get("/content/try"))


def own_words(page: str) -> list[str]:
    return re.findall(r'<span class="bubble own">([^<]*)</span>', page)


@pytest.mark.parametrize(
    ("chosen", "given"),
    [
        ("as_told", None),
        ("none", GivenState(consent=Consent.NONE)),
        ("offered", GivenState(consent=Consent.OFFERED)),
        ("asked", GivenState(consent=Consent.ASKED)),
    ],
)
async def test_the_engine_is_told_of_the_request_as_the_gateway_tells_it(
    workshop: Editors, engine: ScriptedEngine, chosen: str, given: GivenState | None
) -> None:
    editor = await workshop.editor("elina")
    await say(editor, "joo", 0, officer=chosen)
    assert engine.asked[0].state == given


async def test_while_an_officer_answers_no_bot_is_asked_and_afterwards_it_begins_anew(
    workshop: Editors, engine: ScriptedEngine
) -> None:
    editor = await workshop.editor("elina")
    await say(editor, "tili vietiin", 0)
    page = await say(editor, "hei poliisi", 1, officer="answers")
    assert page.count("Poliisi lukee nyt viestejäsi") == 2, "in the draft and as published"
    assert page.count("An officer answers here. The bot is silent.") == 2
    page = await say(editor, "vielä yksi asia", 2)
    assert len(engine.asked) == 1, "it stays with the officer until the editor says otherwise"
    assert page.count("Poliisi lukee nyt viestejäsi") == 2, "that is said once"
    assert '<option value="answers" selected>' in page

    page = await say(editor, "kiitos", 3, officer="given_back")
    assert "Poliisi on nyt lopettanut tämän keskustelun" in page
    first, second = engine.asked
    assert second.conversation_id == f"{first.conversation_id}-1", "it does not remember what was said"
    assert second.state == GivenState(consent=Consent.NONE)
    await say(editor, "entä nyt", 4)
    assert engine.asked[2].conversation_id == second.conversation_id
    await editor.post("/content/try/anew")
    assert engine.forgotten == [first.conversation_id, second.conversation_id]


async def test_out_of_hours_whoever_asks_for_an_officer_hears_that_nobody_is_there(
    workshop: Editors, engine: ScriptedEngine
) -> None:
    editor = await workshop.editor("elina")
    nobody = "Juuri nyt yksikään poliisi ei ole vuorossa"
    engine.next_answer = answer("Voin auttaa.", buttons=BUTTONS)
    page = await say(editor, "tili vietiin", 0, duty="off")
    assert nobody not in page
    assert "On duty: Nobody, out of hours" in page
    assert " object at 0x" not in page
    engine.next_answer = answer("Pyyntösi on jonossa. {officer_presence}", topic="talk_to_officer")
    assert (await editor.post("/content/try", press="0 live topic:talk_to_officer", after="1")).status_code == 303
    page = html.unescape(await editor.get("/content/try"))
    assert page.count(nobody) == 1
    assert "{officer_presence}" not in page, "a moment's words stand there, as a citizen reads them"
    page = await say(editor, "poliisille", 2)
    assert page.count(nobody) == 1, "once for a request"


async def test_on_duty_nothing_is_added_and_danger_is_told_once_that_nobody_reads(
    workshop: Editors, engine: ScriptedEngine
) -> None:
    editor = await workshop.editor("elina")
    reads = "Juuri nyt yksikään poliisi ei lue tätä chattia"
    engine.next_answer = answer("Soita 112.", topic="emergency_now", danger="emergency")
    assert reads not in await say(editor, "apua", 0)
    await editor.post("/content/try/anew")
    assert (await say(editor, "apua", 0, duty="off")).count(reads) == 1
    assert (await say(editor, "apua nyt", 1)).count(reads) == 1


async def test_the_line_of_the_draft_stands_beside_the_one_in_use(workshop: Editors, engine: ScriptedEngine) -> None:
    editor = await workshop.editor("elina")
    lines = workshop.copy.read("lines.yml")
    changed = lines.text.replace("Poliisi lukee nyt viestejäsi", "Nyt sinua auttaa poliisi")
    workshop.copy.save([Change("lines.yml", changed, lines.version)], OLLI, "joined")
    engine.next_answer = None  # the published bot alone would have answered
    page = await say(editor, "hei", 0, officer="answers")
    assert "Poliisi lukee nyt viestejäsi" not in page, "the talk has no language yet but the editor's"
    assert "A police officer is now reading" in page
    finnish = await workshop.editor("maija", "fi")
    page = await say(finnish, "hei", 0, officer="answers")
    assert page.index("Nyt sinua auttaa poliisi") < page.index("Poliisi lukee nyt viestejäsi")


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("role", list(Role))
async def test_who_writes_is_said_in_words_after_the_message_and_shown_as_known(
    workshop: Editors, engine: ScriptedEngine, role: Role, language: Language
) -> None:
    """The engine takes no role from outside: it reads it out of the words, as a citizen's."""
    editor = await workshop.editor("elina")
    engine.next_answer = answer("Vastaus.", language=language, state={"role": "nobody"})
    page = await say(editor, "levitetään kuvaa", 0, role=role)
    assert own_words(page) == ["levitetään kuvaa", SENTENCES[role][language]]
    assert [each.text for each in engine.asked] == own_words(page)
    assert "The bot does not believe" in page
    engine.next_answer = answer("Vastaus.", language=language, state={"role": role})
    page = await say(editor, "", 2, role=role)
    assert own_words(page)[2:] == [SENTENCES[role][language]], "without a message of the editor's own, too"
    assert "The bot does not believe" not in page
    page = await say(editor, "ja sitten", 3, role=role)
    assert own_words(page)[3:] == ["ja sitten"], "what is known is not said again"


async def test_a_form_that_was_sent_twice_is_answered_once_with_its_role_too(
    workshop: Editors, engine: ScriptedEngine
) -> None:
    editor = await workshop.editor("elina")
    for _ in range(2):
        page = await say(editor, "levitetään kuvaa", 0, role="witness")
    assert len(own_words(page)) == 2
    assert len(engine.asked) == 2


async def test_what_no_select_offers_is_refused(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    for field in ("role", "officer", "duty"):
        assert (await editor.post("/content/try", text="hei", **{field: "boss"})).status_code == 422, field
