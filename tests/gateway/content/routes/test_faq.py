"""A topic's own questions are written, added and taken away on a page of their own."""

import html
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from answers.content import read_content
from answers.topics import read_answer
from gateway.content.repository.items import items
from gateway.content.repository.yaml_files import parsed
from gateway.core.config.settings import Settings
from tests.gateway.content.routes.test_texts import page_of
from tests.worlds.editors import Editors, editors

pytestmark = pytest.mark.anyio
PAGE = "/content/texts/faq/parcel_sms"
FILE = "answers/scams/parcel_sms.yml"
ASKED = {
    "add.heading.fi": "aukeeks se linkki itestään\nmitä jos puhelin avas sen",
    "add.heading.sv": "öppnas länken av sig själv",
    "add.heading.en": "Does the link open by itself?\r\nmy phone opened it",
}
ANSWER = {"add.text.fi": "Ei aukea.", "add.text.sv": "Nej.", "add.text.en": "No, it doesn't."}


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


async def test_a_question_is_added_with_its_wordings_changed_and_taken_away(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page, fields = await page_of(editor, PAGE)
    assert "Own questions" in page
    before = workshop.copy.read(FILE).text
    old = [str(each) for each in read_content(workshop.copy.folder, "").problems]
    live = workshop.copy.head
    refused = await editor.post(PAGE, **fields, **ANSWER, **{"add.target": "faq"})
    assert refused.status_code == 422, "a question without wordings"

    assert (await editor.post(PAGE, **fields, **ASKED, **ANSWER, **{"add.target": "faq"})).status_code == 303
    assert [str(each) for each in read_content(workshop.copy.folder, "").problems] == old
    answer, source = read_answer(workshop.copy.folder / FILE)
    assert answer is not None, source.problems
    name, faq = list(answer.faq.items())[-1]
    assert name == "does_the_link_open_by_itself_1"
    assert faq.asked["en"] == ("Does the link open by itself?", "my phone opened it")
    assert faq.piece.sources == answer.sources
    (item,) = items(workshop.copy, live, workshop.copy.head)
    assert item.changed
    assert item.trains, "the bot knows it only after a training"
    assert not item.kind.trains

    page, fields = await page_of(editor, PAGE)
    assert "Does the link open by itself? · Answer" in html.unescape(page)
    (key,) = (key for key, text in fields.items() if text == "No, it doesn't.")
    assert (await editor.post(PAGE, **fields | {key: "No."})).status_code == 303
    changed, _ = read_answer(workshop.copy.folder / FILE)
    assert changed is not None
    assert changed.faq[name].piece.texts["en"].text.strip() == "No."

    page, fields = await page_of(editor, PAGE)
    (number,) = (key.split(".")[1] for key, text in fields.items() if text.startswith("Does the link"))
    assert (await editor.post(PAGE, **fields, **{f"remove.{number}": "1"})).status_code == 303
    assert parsed(workshop.copy.read(FILE).text) == parsed(before)


async def test_the_page_says_who_alone_asks_a_question(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page = await editor.get("/content/texts/faq/sextortion")
    questions = parsed(workshop.copy.read("answers/online_safety/sextortion.yml").text)["faq"]
    asked = [name for name, faq in questions.items() if faq.get("who")]
    assert asked
    assert page.count("Asked only by") == len(asked)


async def test_two_questions_that_begin_alike_have_two_names(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    for number in range(2):
        _, fields = await page_of(editor, PAGE)
        asked = {key: f"{text}\n{number}" for key, text in ASKED.items()}
        asked = {key: text.replace("\n", f" {number}\n") for key, text in asked.items()}
        asked["add.heading.en"] = f"link?\nand then {number}"
        assert (await editor.post(PAGE, **fields, **asked, **ANSWER, **{"add.target": "faq"})).status_code == 303
    answer, source = read_answer(workshop.copy.folder / FILE)
    assert answer is not None, source.problems
    assert {"link_1", "link_2"} <= answer.faq.keys()
