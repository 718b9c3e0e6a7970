"""The pages of texts: lines, ready answers, short answers, acts and templates are written without a code or a file."""

import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.content.repository.texts import OF_TOPICS, Shelf, documents, texts_in
from gateway.content.repository.yaml_files import parsed
from gateway.core.config.settings import Settings
from gateway.core.database import now
from tests.gateway.content.routes.test_pages import form_of, version_in
from tests.worlds.editors import Editor, Editors, editors

pytestmark = pytest.mark.anyio
THANKS = "answers/acts/thanks.yml"
COST = "answers/questions/cost.yml"


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


def fields_of(page: str) -> dict[str, str]:
    found = re.findall(r'<textarea id="text-[^"]+" name="([^"]+)"[^>]*>([^<]*)</textarea>', page)
    assert found
    return {name: html.unescape(text) for name, text in found} | {"version": version_in(page)}


async def page_of(editor: Editor, path: str) -> tuple[str, dict[str, str]]:
    page = await editor.get(path)
    return page, fields_of(page)


async def test_every_text_in_three_languages_stands_on_some_page(workshop: Editors) -> None:
    copy = workshop.copy
    found = documents(copy)
    assert {each.shelf for each in found} == set(Shelf) - OF_TOPICS
    for where in found:
        assert texts_in(parsed(copy.read(where.path).text), where), where


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_the_list_leads_to_every_shelf_and_shows_no_code(workshop: Editors, language: str) -> None:
    editor = await workshop.editor("elina", language)
    page = await editor.get("/content/texts")
    words = re.sub(r"<[^>]+>", " ", page)
    assert not re.search(r"\{[a-z_0-9.]+\}|\b[a-z]+_[a-z_]+\b|\.yml", words), "a code stands on the page"
    for path in re.findall(r'href="(/content/texts/[a-z_]+/[^"]+)"', page)[::9]:
        one = await editor.get(path)
        # What somebody noted in the file stands as it was written, and so does a source's address.
        noted = r'<section class="notice warn" aria-labelledby="notes">.*?</section>'
        parts = rf"<textarea.*?</textarea>|<template.*?</template>|{noted}|<[^>]+>"
        shown = re.sub(r"\S+\.[a-z]{2,}/\S*", " ", re.sub(parts, " ", one, flags=re.DOTALL))
        code = re.search(r".{0,120}(\{[a-z_0-9.]+\}|\b[a-z]+_[a-z_]+\b|\.yml).{0,40}", shown, re.DOTALL)
        assert not code, (path, code.group())


async def test_a_variant_is_changed_where_it_stands_and_its_condition_is_told_in_words(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page, fields = await page_of(editor, "/content/texts/questions/cost")
    assert "Writes as: the one who did it" in page
    before = workshop.copy.read(COST).text
    changed = {**fields, "text.2.sv": "En egen jurist kan kosta.", "reviewed": "today", "approved_by": "A. Sergeant"}
    assert (await editor.post("/content/texts/questions/cost", **changed)).status_code == 303

    root = parsed(workshop.copy.read(COST).text)
    assert root["variants"][0]["answer"]["sv"] == "En egen jurist kan kosta."
    assert (root["approved_by"], root["reviewed_on"]) == ("A. Sergeant", now().date())
    old = parsed(before)
    assert root["variants"][1:] == old["variants"][1:]
    assert root["answer"] == old["answer"]


async def test_of_two_editors_of_two_variants_both_keep_their_words_and_one_text_is_a_choice(workshop: Editors) -> None:
    maija, olli = await workshop.editor("maija"), await workshop.editor("olli")
    _, seen = await page_of(maija, "/content/texts/acts/thanks")
    first = {**seen, "text.0.en": "Good that you wrote."}
    assert (await maija.post("/content/texts/acts/thanks", **first)).status_code == 303
    second = {**seen, "text.2.en": "Write again soon."}
    assert (await olli.post("/content/texts/acts/thanks", **second)).status_code == 303
    root = parsed(workshop.copy.read(THANKS).text)
    texts = [each["en"] for variant in root["variants"] for each in variant["wordings"]]
    assert "Good that you wrote." in texts
    assert "Write again soon." in texts

    third = {**seen, "text.0.en": "I see."}
    refused = await olli.post("/content/texts/acts/thanks", **third)
    assert refused.status_code == 409
    name = html.unescape(re.findall(r'type="radio" name="([^"]+)"', refused.text)[0])
    words = name.replace("choice:", "words:", 1)
    unfinished = re.findall(r'name="unfinished" value="([^"]+)"', refused.text)[0]
    chosen = {"unfinished": unfinished, "to": "/content/texts/acts/thanks", name: "own", words: "A third wording."}
    empty = await olli.post("/content/resolve", **{**chosen, words: " "})
    assert empty.status_code == 422
    assert (await olli.post("/content/resolve", **chosen)).status_code == 303
    assert "A third wording." in workshop.copy.read(THANKS).text
    assert "Write again soon." in workshop.copy.read(THANKS).text


@pytest.mark.parametrize(
    ("shelf", "name", "path"),
    [
        ("lines", "clarify", "lines.yml"),
        ("ready", "conversation.hello", "canned/conversation.yml"),
        ("templates", "reply_waits", "templates/reply_waits.yml"),
        ("scam_check", "lead_none", "scam_check.yml"),
        ("topic", "parcel_sms", "answers/scams/parcel_sms.yml"),
    ],
)
async def test_each_shelf_is_written_and_nothing_else_of_its_file_moves(
    workshop: Editors, shelf: str, name: str, path: str
) -> None:
    editor = await workshop.editor("elina")
    _, fields = await page_of(editor, f"/content/texts/{shelf}/{name}")
    before = workshop.copy.read(path).text.splitlines()
    assert (await editor.post(f"/content/texts/{shelf}/{name}", **fields)).status_code == 303
    assert workshop.copy.read(path).text.splitlines() == before, "saved as it was, it stays byte for byte"

    changed = {**fields, "text.0.en": "Words of a test."}
    assert (await editor.post(f"/content/texts/{shelf}/{name}", **changed)).status_code == 303
    after = workshop.copy.read(path).text.splitlines()
    assert [line for line in after if line not in before and "Words of a test." not in line] == []


async def test_a_text_cannot_be_emptied_and_an_unknown_page_is_a_sentence(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    _, fields = await page_of(editor, "/content/texts/lines/clarify")
    refused = await editor.post("/content/texts/lines/clarify", **{**fields, "text.0.sv": "  "})
    assert refused.status_code == 422
    assert "A text is empty" in refused.text
    for path in ("/content/texts/nothing/clarify", "/content/texts/lines/none", "/content/texts/lines/..%00"):
        assert (await editor.client.get(path)).status_code in (400, 404, 422)


async def test_the_warning_in_a_file_stands_on_its_page(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page = await editor.get("/content/texts/lines/crisis_first")
    assert "Always at least two helpers." in page
    assert "Stands before everything else" not in page, "that is said of another line"


async def test_the_bubble_names_what_only_the_program_fills(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    fields = {
        "language": "fi",
        "limit": "20",
        "text": "Soita {emergency_112.phone}, {service_hours}",
        "brace": "service_hours",
    }
    shown = await editor.post("/content/texts/preview", **fields)
    assert "Soita 112, [" in shown.text
    assert "{" not in re.sub(r"<[^>]+>", "", shown.text)
    assert (await editor.post("/content/texts/preview", language="fi", limit="0", text="x")).status_code == 422


async def test_a_fixed_line_waits_under_its_words_and_a_search_leads_to_its_page(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    _, fields = await page_of(editor, "/content/texts/acts/thanks")
    await editor.post("/content/texts/acts/thanks", **{**fields, "text.0.en": "Good that you told us."})
    page = await editor.get("/content/publishing")
    assert "Replies to what people do in a talk: thanks" in html.unescape(page)
    assert "thanks.yml" not in re.sub(r"<[^>]+>", " ", page)
    found = await editor.get("/content/search?q=told+us")
    assert "/content/texts/acts/thanks" in found


async def test_a_note_says_in_which_language_it_is_until_somebody_writes_it_in_the_readers(workshop: Editors) -> None:
    """Row 22 once more: English notes stood on Finnish and Swedish pages without a word about it."""
    editor = await workshop.editor("elina", "sv")
    address = "/content/texts/lines/danger_first"
    page = html.unescape(await editor.get(address))
    assert re.search(r'<h2[^>]*id="notes">Anteckning för redaktörer, på engelska</h2>\s*<p lang="en">', page)
    assert 'name="note.sv"' in page

    notes = {"note.fi": "Numero ensin.", "note.sv": "Numret först.", "note.en": ""}
    saved = await editor.post(address, **{**fields_of(page), **notes})
    assert saved.status_code == 303, saved.text[-500:]
    page = html.unescape(await editor.get(address))
    assert re.search(r'id="notes">Anteckning för redaktörer</h2>\s*<p lang="sv">Numret först.</p>', page)
    assert 'lang="en">Stands before' not in page
    assert "lines:danger_first" not in html.unescape(await editor.get("/content/publishing"))

    topic = "/content/topics/parcel_sms"
    form = form_of(await editor.get(topic))
    assert (await editor.post(topic, **{**form, "note.fi": "Kysy ensin."})).status_code == 303
    page = html.unescape(await editor.get(topic))
    assert re.search(r'id="notes">Anteckning för redaktörer, på finska</h2>\s*<p lang="fi">Kysy ensin.</p>', page)
    kept = await editor.post(topic, **{**form_of(page), "note.sv": "Ännu inte sparat", "do": "preview"})
    assert "Ännu inte sparat</textarea>" in html.unescape(kept.text)
