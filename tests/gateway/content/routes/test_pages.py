"""The editors' pages without script: every page is there in three languages, saves, meets other people, and refuses."""

import asyncio
import errno
import html
import io
import json
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from openpyxl import load_workbook

from answers.senders import read_senders
from gateway.content.editing.examination import read_tests
from gateway.content.editing.overview import LOOK_AGAIN_AFTER, overview
from gateway.content.models import JobKind, JobState
from gateway.content.publishing import jobs
from gateway.content.publishing.checks import check
from gateway.content.publishing.releases import Published
from gateway.content.repository.examples import read_examples
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.core.config.settings import Settings
from gateway.core.database import now
from tests.worlds.editors import Editors, editors
from tests.worlds.small_content import MAIJA

pytestmark = pytest.mark.anyio
PAGES = [
    "/content",
    "/content?show=stale",
    "/content/search?q=paketti",
    "/content/new-topic",
    "/content/topics/parcel_sms",
    "/content/topics/parcel_sms/examples?language=sv",
    "/content/topics/parcel_sms/tests",
    "/content/topics/parcel_sms/arrange",
    "/content/topics/emergency_now/arrange",
    "/content/contacts",
    "/content/contacts/new",
    "/content/contacts/riku",
    "/content/senders",
    "/content/senders/new",
    "/content/senders/vero",
    "/content/history",
    "/content/history?topic=parcel_sms",
    "/content/publishing",
    "/content/publishing/job",
    "/content/spreadsheet",
    "/content/try",
    "/content/inbox",
    "/content/guide",
    "/content/texts",
    "/content/texts/lines/danger_first",
    "/content/texts/questions/cost",
    "/content/texts/topic/parcel_sms",
    "/content/texts/templates/reply_waits",
    "/content/confusions",
    "/content/translations",
    "/content/translations?language=en",
]


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
async def test_every_page_can_be_read(workshop: Editors, language: str) -> None:
    editor = await workshop.editor("elina", language)
    for path in PAGES:
        page = await editor.get(path)
        assert "Undefined" not in page
        assert not re.search(r">\s*None\s*<", page), path


def version_in(page: str) -> str:
    found = re.search(r'name="version" value="([0-9a-f]+)"', page)
    assert found
    return found.group(1)


def form_of(page: str) -> dict[str, str]:
    """Every text of the topic's form as it stands."""
    areas = re.findall(r'<textarea id="[^"]+" name="([^"]+)"[^>]*>([^<]*)</textarea>', page)
    inputs = re.findall(r'<input id="[^"]+" name="(title\.[a-z]+)"[^>]* value="([^"]*)"', page)
    return {name: html.unescape(text) for name, text in [*areas, *inputs]} | {"version": version_in(page)}


async def test_an_edit_by_hand_and_one_on_a_page_meet_and_none_is_lost(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    form = form_of(await editor.get("/content/topics/parcel_sms"))
    path = workshop.copy.folder / "answers/scams/parcel_sms.yml"
    by_hand = path.read_text("utf-8").replace(f"sv: {form['title.sv']}", "sv: Paketbluff", 1)
    path.write_text(f"# A note by hand.\n{by_hand}", "utf-8")
    saved = await editor.post("/content/topics/parcel_sms", **{**form, "title.en": "Fake parcels"})
    assert saved.status_code == 303
    text = path.read_text("utf-8")
    assert text.startswith("# A note by hand.\n")
    assert "Fake parcels" in text
    assert "Paketbluff" in text
    assert {each.author for each in workshop.copy.history()[:2]} == {"Elina Example", "Changed by hand"}


@pytest.mark.parametrize("choice", ["mine", "theirs"])
async def test_a_conflict_with_an_edit_by_hand_is_solved_on_the_page(workshop: Editors, choice: str) -> None:
    editor = await workshop.editor("elina")
    form = form_of(await editor.get("/content/topics/parcel_sms"))
    path = workshop.copy.folder / "answers/scams/parcel_sms.yml"
    title = form["title.en"]
    path.write_text(path.read_text("utf-8").replace(f"en: {title}", "en: By hand", 1), "utf-8")
    refused = await editor.post("/content/topics/parcel_sms", **{**form, "title.en": "On the page", "title.sv": "Ny"})
    assert refused.status_code == 409
    assert "On the page" in refused.text
    assert "By hand" in refused.text
    unfinished = re.search(r'name="unfinished" value="([^"]+)"', refused.text)
    place = re.search(r'type="radio" name="([^"]+)"', refused.text)
    assert unfinished
    assert place
    fields = {"unfinished": unfinished.group(1), "to": "/content/topics/parcel_sms", place.group(1): choice}
    assert (await editor.post("/content/resolve", **fields)).status_code == 303
    after = form_of(await editor.get("/content/topics/parcel_sms"))
    assert after["title.en"] == ("On the page" if choice == "mine" else "By hand")
    assert after["title.sv"] == "Ny"
    forged = {**fields, "unfinished": "0" + unfinished.group(1)[1:]}
    assert (await editor.post("/content/resolve", **forged)).status_code in (303, 422)


async def test_a_broken_file_is_a_sentence_and_history_mends_it(workshop: Editors) -> None:
    editor = await workshop.editor("elina", "fi")
    path = workshop.copy.folder / "answers/scams/parcel_sms.yml"
    whole = path.read_text("utf-8")
    path.write_text(whole.replace("topic: parcel_sms", "topic: [parcel_sms"), "utf-8")
    live = workshop.service.lines.title("parcel_sms", "fi")
    assert "answers/scams/parcel_sms.yml ei voi lukea" in await editor.get("/content")
    refused = await editor.client.get("/content/topics/parcel_sms")
    assert refused.status_code == 422
    assert "palaa aiempaan versioon" in refused.text
    history = await editor.get("/content/history?path=answers/scams/parcel_sms.yml")
    commits = re.findall(r'href="/content/history/([0-9a-f]{40})"', history)
    fields = {"file": "answers/scams/parcel_sms.yml"}
    assert (await editor.post(f"/content/history/{commits[0]}/undo", **fields)).status_code == 303
    assert path.read_text("utf-8") == whole
    assert workshop.service.lines.title("parcel_sms", "fi") == live


async def test_another_language_is_left_behind_until_somebody_has_looked(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    form = form_of(await editor.get("/content/topics/parcel_sms"))
    await editor.post("/content/topics/parcel_sms", **{**form, "answer.fi": form["answer.fi"] + "\n\nLisäys."})
    page = await editor.get("/content?show=behind")
    assert page.count('class="cell behind"') == 3  # two languages and the legend
    await editor.post("/content/topics/parcel_sms/reviewed", version="x")
    assert (await editor.get("/content?show=behind")).count('class="cell behind"') == 1
    assert (await editor.get("/content?show=waiting")).count('class="cell waiting"') == 2


async def test_a_changed_number_shows_every_answer_before_it_is_saved(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page = await editor.get("/content/contacts/riku")
    fields = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]* value="([^"]*)"', page)
    }
    chosen = {f"{part}.status": "OK" for part in ("phone", "url", "hours") if fields.get(f"{part}.fi")}
    shown = await editor.post(
        "/content/contacts/riku", **{**fields, **chosen, "version": version_in(page), "phone.fi": "010 000 000"}
    )
    assert shown.status_code == 200
    assert "<ins>010 000 000" in shown.text
    assert "010 000 000" not in workshop.copy.read("contacts.yml").text
    unfinished = re.search(r'name="unfinished" value="([^"]+)"', shown.text)
    assert unfinished
    assert (await editor.post("/content/contacts/riku/save", unfinished=unfinished.group(1))).status_code == 303
    assert "010 000 000" in workshop.copy.read("contacts.yml").text


async def test_a_sender_is_changed_or_added_and_what_has_no_source_is_told_to_nobody(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page = await editor.get("/content/senders/foodora")
    assert '<option value="UNCONFIRMED" selected>' in page
    inputs = re.findall(r'<input id="[^"]+" name="([^"]+)"[^>]* value="([^"]*)"', page)
    form = {name: html.unescape(value) for name, value in inputs} | {"version": version_in(page)}
    confirmed = {**form, "domains.status": "OK", "domains.source": "foodora.fi, seen", "checked": "today"}
    assert (await editor.post("/content/senders/foodora", **confirmed)).status_code == 303
    new = {f"name.{each}": "Uusi Oy" for each in ("fi", "sv", "en")}
    new |= {"words": "Uusi Oy, uusioy*", "domains": "uusi.fi", "domains.status": "OK"}
    new["version"] = form_of(await editor.get("/content/senders/new"))["version"]
    assert (await editor.post("/content/senders/new", **new)).status_code == 303

    senders, _ = read_senders(workshop.copy.folder / "senders.yml")
    found = [str(each.sentence("en")) for each in check(workshop.copy.folder, "https://x.fi/privacy") if each.refused]

    assert senders["foodora"].true_domains == ("foodora.fi", "foodora.com")
    assert senders["foodora"].checked_on
    assert "uusi_oy" not in senders  # confirmed without a source: refused
    assert any("needs a source" in each for each in found)
    assert "# Senders: in whose name" in workshop.copy.read("senders.yml").text


async def test_without_script_a_contact_is_put_in_and_the_bubble_is_renewed(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    form = form_of(await editor.get("/content/topics/parcel_sms"))
    fields = {**form, "do": "insert.en", "pick.en": "{riku.phone}"}
    page = (await editor.post("/content/topics/parcel_sms", **fields)).text
    assert form_of(page)["answer.en"].endswith("{riku.phone}")
    assert workshop.copy.history()[0].author == "Maija Mäkelä"  # nothing was saved


async def test_a_full_disk_is_a_sentence_and_nothing_is_changed(
    workshop: Editors, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = await workshop.editor("elina")
    form = form_of(await editor.get("/content/topics/parcel_sms"))
    before = workshop.copy.repository.files()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused = await editor.post("/content/topics/parcel_sms", **{**form, "title.en": "Full"})
    monkeypatch.undo()
    assert refused.status_code == 507
    assert "disk is full" in refused.text
    assert workshop.copy.repository.files() == before


async def test_a_spreadsheet_is_shown_before_it_is_saved(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    book = load_workbook(io.BytesIO((await editor.client.get("/content/spreadsheet/file.xlsx")).content))
    row = next(
        row for row in book["sv"].iter_rows(min_row=2) if (row[0].value, row[1].value) == ("parcel_sms", "title")
    )
    row[2].value = "Paketet"
    written = io.BytesIO()
    book.save(written)
    answer = await editor.client.post(
        "/content/spreadsheet", data={"csrf_token": editor.token}, files={"file": ("neuvo.xlsx", written.getvalue())}
    )
    assert "<ins>Paketet</ins>" in answer.text
    name = re.search(r'name="name" value="([0-9a-f]{64})"', answer.text)
    assert name
    assert (await editor.post("/content/spreadsheet/save", name=name.group(1))).status_code == 422  # nothing chosen
    first = re.search(r'name="row" value="([0-9a-f]{32})" checked', answer.text)
    assert first
    assert (await editor.post("/content/spreadsheet/save", name=name.group(1), row=first.group(1))).status_code == 303
    assert "Paketet" in workshop.copy.read("answers/scams/parcel_sms.yml").text
    again = await editor.post("/content/spreadsheet/save", name="../" * 20 + "passwd")
    assert again.status_code == 422


async def test_the_overview_says_what_is_missing_weak_old_or_waits_in_each_language(workshop: Editors) -> None:
    copy, live = workshop.copy, Path(Published(workshop.settings).live().content)
    seen = read_topic(copy, "parcel_sms")
    copy.save([change_answer(copy, "parcel_sms", seen.version, AnswerChange(title={"sv": "Paketet"}))], MAIJA, "sv")
    question = {"kind": "topics", "label": "parcel_sms", "language": "fi", "also": None}
    asked = [{"question": question, "ranked": [guess]} for guess in "abc"]
    results = workshop.settings.state_dir / "results.json"
    results.write_text(json.dumps(asked), "utf-8")

    found = overview(copy, live, results, now().date() + LOOK_AGAIN_AFTER * 20)
    row = next(row for row in found.rows if row.topic == "parcel_sms")
    assert row.cells["fi"].marks[0] == "weak"
    assert row.cells["fi"].accuracy == 0
    assert {"stale", "waiting"} <= set(row.cells["sv"].marks)
    assert "behind" in row.cells["en"].marks
    assert found.counts()["weak"] == 1


async def test_the_search_finds_a_word_in_answers_examples_tests_contacts_and_lines(workshop: Editors) -> None:
    maija = await workshop.editor("maija")
    example = read_examples(workshop.copy, "parcel_sms").texts["fi"][0]
    message = read_tests(workshop.copy, "parcel_sms")["sv"].messages[0]
    for wanted, address in (
        (example, "/content/topics/parcel_sms/examples"),
        (message, "/content/topics/parcel_sms/tests"),
        (read_topic(workshop.copy, "parcel_sms").title["en"], "/content/topics/parcel_sms"),
        ("RIKU", "/content/contacts"),
    ):
        assert f'href="{address}"' in await maija.get(f"/content/search?q={quote(wanted)}"), wanted
    assert "href" in await maija.get("/content/search?q=112")


async def test_what_a_check_found_leads_to_the_page_where_it_is_mended(workshop: Editors) -> None:
    editor = await workshop.editor("elina", "sv")
    answer, examples = (workshop.copy.folder / each for each in ("answers/scams", "nlu/online_safety"))
    text = (answer / "parcel_sms.yml").read_text("utf-8")
    (answer / "parcel_sms.yml").write_text(text.replace("sv: ", "sv: Ett alldeles för långt paket ", 1), "utf-8")
    known = read_examples(workshop.copy, "parcel_sms").texts["fi"][0]
    text = (examples / "account_hacked.yml").read_text("utf-8")
    (examples / "account_hacked.yml").write_text(text.replace("    - ", f"    - {known}\n    - ", 1), "utf-8")
    found = await asyncio.to_thread(check, workshop.copy.folder, workshop.settings.privacy_url)
    assert {each.path.split("/")[0] for each in found} >= {"answers", "nlu"}
    async with workshop.service.database.transaction() as session:
        job = await jobs.enqueue(
            session, JobKind.CHECK, "0" * 40, MAIJA, {"findings": [each.as_json() for each in found]}
        )
        jobs.finish(job, JobState.REFUSED, "check_refused", count=len(found))

    panel = await editor.get("/content/publishing/job")
    links = set(re.findall(r'href="([^"]+)"', panel))
    assert links == {"/content/topics/parcel_sms", "/content/topics/parcel_sms/examples"}
    for link in links:
        await editor.get(link)
    assert "nlu/follow_ups/follow_up_why.yml" in panel, "what has no page of its own is named by its file"
