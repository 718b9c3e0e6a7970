"""What is said otherwise to some comes and goes on a page, by role, age and channel; so do the notice's sections."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from answers.content import read_content
from answers.privacy import privacy_problems, read_privacy
from answers.topics import read_answer
from gateway.content.repository.conflict_resolution import Choice, Side, merged_with
from gateway.content.repository.items import items
from gateway.content.repository.merge import merge
from gateway.content.repository.yaml_files import parsed
from gateway.content.routes import text_wording
from gateway.conversations.kinds import ChannelName
from gateway.core.config.settings import Settings
from tests.gateway.content.routes.test_texts import page_of
from tests.worlds.editors import Editors, editors

pytestmark = pytest.mark.anyio
TOPIC = "/content/texts/topic/parcel_sms"
FILE = "answers/scams/parcel_sms.yml"
NEW = {"add.text.fi": "Soittakaa *yhdessä* pankkiin.", "add.text.sv": "Ring banken.", "add.text.en": "Call the bank."}
DOER: dict[str, str | list[str]] = {"when.role": "doer", "when.age": ["15_17", "under_15"]}


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


def problems(workshop: Editors) -> list[str]:
    return [str(each) for each in read_content(workshop.copy.folder, "").problems]


async def test_a_text_for_a_role_and_an_age_is_added_said_and_taken_away(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page, fields = await page_of(editor, TOPIC)
    before, old = workshop.copy.read(FILE).text, problems(workshop)
    added = fields | NEW | {"add.target": "questions/already_gave_codes"}
    refused = await editor.post(TOPIC, **added)
    assert (refused.status_code, "tick at least one condition" in html.unescape(refused.text)) == (422, True)

    assert (await editor.post(TOPIC, **added, **DOER)).status_code == 303
    assert problems(workshop) == old
    answer, source = read_answer(workshop.copy.folder / FILE)
    assert answer is not None, source.problems
    piece = answer.questions["already_gave_codes"]
    assert piece.wordings({"role": ["doer"], "age": ["15_17"]})["sv"].text.strip() == "Ring banken."
    assert piece.wordings({"role": ["doer"], "age": ["adult"]})["sv"].text.strip() != "Ring banken."
    lines = workshop.copy.read(FILE).text.splitlines()
    assert [each for each in before.splitlines() if each not in lines] == [], "another line of the file has moved"

    page, fields = await page_of(editor, TOPIC)
    assert "Writes as: the one who did it; Own age: 15 to 17, under 15" in html.unescape(page)
    (number,) = (name.split(".")[1] for name, text in fields.items() if text == "Ring banken.")
    again = fields | NEW | {"add.target": "questions/already_gave_codes"}
    assert "just these conditions already" in (await editor.post(TOPIC, **again, **DOER)).text
    assert (await editor.post(TOPIC, **fields, **{f"remove.{number}": "1"})).status_code == 303
    assert parsed(workshop.copy.read(FILE).text) == parsed(before)


async def test_only_the_new_text_waits_for_approval_under_its_condition_in_words(workshop: Editors) -> None:
    """One that is put in before others moves none of them to another place."""
    editor = await workshop.editor("elina")
    _, fields = await page_of(editor, TOPIC)
    live = workshop.copy.head
    await editor.post(TOPIC, **fields, **NEW, **{"add.target": "questions/already_gave_codes"}, **DOER)
    (item,) = items(workshop.copy, live, workshop.copy.head)
    assert {each[-1] for each in item.changed} == {"fi", "sv", "en"}
    page = html.unescape(await editor.get("/content/publishing"))
    place = re.search(r'<p class="change-place">([^<]*Own age[^<]*)<', page)
    assert place, "the condition is not told"
    assert "Writes as: the one who did it" in place.group(1)
    assert not re.search(r"[a-z]+_[a-z]+", place.group(1)), "a code stands on the page"


async def test_an_answer_has_a_wording_of_its_own_in_one_channel(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page, fields = await page_of(editor, TOPIC)
    assert "web chat" in page
    assert (await editor.post(TOPIC, **fields, **NEW, **{"add.target": "channels/web"})).status_code == 303
    content = read_content(workshop.copy.folder, "")
    assert content.text("parcel_sms", "en", "web") == "Call the bank."
    assert content.text("parcel_sms", "en", "whatsapp") != "Call the bank."
    page, fields = await page_of(editor, TOPIC)
    assert "web chat · Text" in html.unescape(re.sub(r"\s+", " ", page))
    (number,) = (name.split(".")[1] for name, text in fields.items() if text == "Call the bank.")
    assert (await editor.post(TOPIC, **fields, **{f"remove.{number}": "1"})).status_code == 303
    assert "channels" not in parsed(workshop.copy.read(FILE).text)
    assert set(text_wording.CHANNELS) == set(ChannelName), "the names of channels are those that the engine is given"


async def test_a_question_that_has_no_short_answer_gets_one(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    _, fields = await page_of(editor, TOPIC)
    added = fields | NEW | {"add.target": "questions/professional_duty"}
    assert "Write first what is said to everybody" in (await editor.post(TOPIC, **added, **DOER)).text
    assert (await editor.post(TOPIC, **added)).status_code == 303
    answer, _ = read_answer(workshop.copy.folder / FILE)
    assert answer is not None
    assert answer.questions["professional_duty"].sources == answer.sources


@pytest.mark.parametrize(("path", "file"), [("questions/cost", "questions/cost"), ("acts/thanks", "acts/thanks")])
async def test_general_answers_and_replies_have_texts_for_some_as_well(workshop: Editors, path: str, file: str) -> None:
    editor = await workshop.editor("elina")
    old = problems(workshop)
    _, fields = await page_of(editor, f"/content/texts/{path}")
    before = workshop.copy.read(f"answers/{file}.yml").text
    added = fields | NEW | {"add.target": "variants", "when.bank": "OP, Nordea ,", "when.role": "witness"}
    answer = await editor.post(f"/content/texts/{path}", **added)
    assert answer.status_code == 303, html.unescape(answer.text)[-800:]
    assert problems(workshop) == old
    made = parsed(workshop.copy.read(f"answers/{file}.yml").text)["variants"][0]
    assert made["when"] == {"role": ["witness"], "bank": ["op", "nordea"]}, "more conditions come first"
    _, fields = await page_of(editor, f"/content/texts/{path}")
    (number,) = (name.split(".")[1] for name, text in fields.items() if text == "Ring banken.")
    await editor.post(f"/content/texts/{path}", **fields, **{f"remove.{number}": "1"})
    assert parsed(workshop.copy.read(f"answers/{file}.yml").text) == parsed(before)


@pytest.mark.parametrize(
    "wrong", [{"when.role": "king"}, {"when.bank": "a/b"}, {"when.bank": "x" * 60}, {"add.target": "questions/none"}]
)
async def test_what_cannot_be_a_condition_is_a_sentence(workshop: Editors, wrong: dict[str, str]) -> None:
    editor = await workshop.editor("elina")
    _, fields = await page_of(editor, TOPIC)
    head = workshop.copy.head
    added = fields | NEW | {"add.target": "questions/already_gave_codes"} | wrong
    assert (await editor.post(TOPIC, **added)).status_code == 422
    assert workshop.copy.head == head


BEFORE = (
    "variants:\n- when: {role: [doer]}\n  answer: {fi: a, sv: b, en: c}\n"
    "- when: {age: [adult]}\n  answer: {fi: d, sv: e, en: f}\n"
)
ADDED = "- when: {role: [%s]}\n  answer: {fi: x, sv: y, en: z}\n"


def test_of_two_editors_who_each_add_a_text_both_stay_and_a_change_meets_them() -> None:
    mine, theirs = BEFORE + ADDED % "helper", BEFORE.replace("fi: d", "fi: dd") + ADDED % "witness"
    text, conflicts = merge("x.yml", BEFORE, mine, theirs)
    assert conflicts == ()
    found = {str(each["when"]): each["answer"]["fi"] for each in parsed(text or "")["variants"]}
    assert found == {
        "{'role': ['doer']}": "a",
        "{'age': ['adult']}": "dd",
        "{'role': ['helper']}": "x",
        "{'role': ['witness']}": "x",
    }


@pytest.mark.parametrize("side", [Side.MINE, Side.THEIRS])
@pytest.mark.parametrize("removes", ["mine", "theirs"])
def test_one_who_takes_away_what_the_other_changed_is_a_choice_in_words(side: Side, removes: str) -> None:
    gone = BEFORE[: BEFORE.index("- when: {age")]
    changed = BEFORE.replace("fi: d", "fi: dd")
    mine, theirs = (gone, changed) if removes == "mine" else (changed, gone)
    _, (conflict,) = merge("x.yml", BEFORE, mine, theirs)
    assert {conflict.mine, conflict.theirs} == {None, "dd\ne\nf"}
    text, left = merged_with("x.yml", BEFORE, mine, theirs, {conflict.place: Choice(side)})
    assert left == ()
    kept = (side == Side.MINE) == (removes == "theirs")
    assert [each["answer"]["fi"] for each in parsed(text or "")["variants"]] == (["a", "dd"] if kept else ["a"])


async def test_the_privacy_notice_is_written_on_a_page_in_three_languages(workshop: Editors) -> None:
    path = "/content/texts/privacy/privacy"
    editor = await workshop.editor("elina", "sv")
    assert path in await editor.get("/content/texts")
    page, fields = await page_of(editor, path)
    assert "phone" not in re.findall(r'class="([^"]+)"', page), "it is no message"
    before = workshop.copy.read("privacy.yml").text
    assert (await editor.post(path, **fields)).status_code == 303
    assert workshop.copy.read("privacy.yml").text == before, "saved as it was, it stays byte for byte"

    assert (await editor.post(path, **{**fields, "text.0.sv": "Så behandlas dina meddelanden"})).status_code == 303
    notices, wrong = read_privacy(workshop.copy.folder / "privacy.yml")
    assert (notices["sv"].title, wrong) == ("Så behandlas dina meddelanden", [])
    assert notices["fi"].title == "Tietosuoja tässä chatissa"
    assert "Så behandlas dina meddelanden" in html.unescape(await editor.get("/content/publishing"))

    headings = {f"add.heading.{each}": f"Uusi/{each}" for each in ("fi", "sv", "en")}
    _, fields = await page_of(editor, path)
    assert (await editor.post(path, **fields, **NEW, **headings, **{"add.target": "sections"})).status_code == 303
    notices, wrong = read_privacy(workshop.copy.folder / "privacy.yml")
    assert ([notices[each].sections[-1].text for each in ("sv", "en")], wrong) == (
        ["Ring banken.", "Call the bank."],
        [],
    )
    _, fields = await page_of(editor, path)
    (number,) = (name.split(".")[1] for name, text in fields.items() if text == "Ring banken.")
    assert (await editor.post(path, **fields, **{f"remove.{number}": "1"})).status_code == 303
    left = read_privacy(workshop.copy.folder / "privacy.yml")[0]
    assert {len(left[each].sections) for each in left} == {before.count("- heading:") / 3}


async def test_a_notice_without_112_is_refused_by_the_check(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    path = "/content/texts/privacy/privacy"
    _, fields = await page_of(editor, path)
    number = next(name.split(".")[1] for name, text in fields.items() if name.endswith(".en") and "call 112" in text)
    await editor.post(path, **{**fields, f"text.{number}.en": "Call somebody."})
    (problem,) = privacy_problems(workshop.copy.folder)
    assert "112" in str(problem.what)
