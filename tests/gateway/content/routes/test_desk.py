"""The pages that help an editor: confusions, translations, the remote, and where the parts of a contact stand."""

import html
import json
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dulwich.repo import Repo

from gateway.content.publishing.releases import Published
from gateway.content.repository import remote
from gateway.content.repository.topics import AnswerChange, change_answer, read_topic
from gateway.content.repository.working_copy import WorkingCopy
from gateway.core.config.settings import Settings
from tests.gateway.content.routes.test_pages import form_of
from tests.worlds.editors import Editors, editors
from tests.worlds.small_content import OLLI

pytestmark = pytest.mark.anyio
TOPIC = "parcel_sms"


@pytest.fixture
async def workshop(settings: Settings, template: Path, tmp_path: Path) -> AsyncIterator[Editors]:
    address = tmp_path / "remote.git"
    Repo.init_bare(str(address), mkdir=True).close()
    async with editors(settings.model_copy(update={"content_remote": str(address)}), template) as made:
        yield made


def titled(copy: WorkingCopy, **titles: str) -> None:
    seen = read_topic(copy, TOPIC)
    copy.save([change_answer(copy, TOPIC, seen.version, AnswerChange(title=titles))], OLLI, "x")


def second_copy(workshop: Editors, tmp_path: Path) -> WorkingCopy:
    shutil.copytree(workshop.copy.folder, tmp_path / "second")
    return WorkingCopy(tmp_path / "second")


async def test_what_the_remote_has_is_fetched_and_sent_on_the_page(workshop: Editors, tmp_path: Path) -> None:
    editor = await workshop.editor("elina")
    assert (await editor.post("/content/push")).status_code == 303
    other = second_copy(workshop, tmp_path)
    titled(other, sv="Paketbluff")
    remote.push(other, workshop.settings.content_remote)
    titled(workshop.copy, en="Parcel scam")

    assert (await editor.post("/content/push")).status_code == 422
    assert (await editor.post("/content/pull")).headers["location"] == "/content/history?said=pulled"
    title = read_topic(workshop.copy, TOPIC).title
    assert (title["sv"], title["en"]) == ("Paketbluff", "Parcel scam")
    other.repository.git.close()


@pytest.mark.parametrize(("choice", "wanted"), [("mine", "Here"), ("theirs", "There"), ("own", "Both")])
async def test_a_pull_that_contradicts_is_solved_on_the_page(
    workshop: Editors, tmp_path: Path, choice: str, wanted: str
) -> None:
    editor = await workshop.editor("elina")
    await editor.post("/content/push")
    other = second_copy(workshop, tmp_path)
    titled(other, en="There", sv="Paketbluff")
    remote.push(other, workshop.settings.content_remote)
    titled(workshop.copy, en="Here")
    head = workshop.copy.head

    page = await editor.post("/content/pull")
    assert page.status_code == 409
    assert "From the remote" in page.text
    assert "<ins>There</ins>" in page.text
    assert workshop.copy.head == head, "nothing has changed yet"
    name = html.unescape(re.findall(r'type="radio" name="([^"]+)"', page.text)[0])
    fields = {name: choice, name.replace("choice:", "words:", 1): "Both"}
    assert (await editor.post("/content/pull", **fields)).status_code == 303
    title = read_topic(workshop.copy, TOPIC).title
    assert (title["en"], title["sv"]) == (wanted, "Paketbluff")
    assert (await editor.post("/content/push")).status_code == 303, "the remote's history is in ours now"
    other.repository.git.close()


async def test_a_third_wording_is_saved_where_two_contradict(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    form = form_of(await editor.get(f"/content/topics/{TOPIC}"))
    titled(workshop.copy, en="Theirs")
    refused = await editor.post(f"/content/topics/{TOPIC}", **{**form, "title.en": "Mine", "title.sv": "Ny"})
    name = html.unescape(re.findall(r'type="radio" name="([^"]+)"', refused.text)[0])
    fields = {
        "unfinished": re.findall(r'name="unfinished" value="([^"]+)"', refused.text)[0],
        "to": f"/content/topics/{TOPIC}",
        name: "own",
        name.replace("choice:", "words:", 1): "A third",
    }
    assert (await editor.post("/content/resolve", **fields)).status_code == 303
    title = read_topic(workshop.copy, TOPIC).title
    assert (title["en"], title["sv"]) == ("A third", "Ny")


async def test_a_translator_saves_one_language_and_the_topic_waits_no_longer(workshop: Editors) -> None:
    editor = await workshop.editor("sanna", "sv")
    assert "Här väntar ingenting" in await editor.get("/content/translations?language=en")
    titled(workshop.copy, fi="Pakettihuijaus")
    page = await editor.get("/content/translations?language=en")
    assert "<ins>Pakettihuijaus</ins>" in page
    assert page.count("<h3>") == 1, "only the text that changed"
    version = re.findall(r'name="version" value="([0-9a-f]+)"', page)[0]
    sent = {"version": version, "language": "en", "title": "Parcel scam"}
    before = read_topic(workshop.copy, TOPIC)
    assert (await editor.post(f"/content/translations/{TOPIC}", **sent)).status_code == 303
    after = read_topic(workshop.copy, TOPIC)
    assert after.title == {**before.title, "en": "Parcel scam"}
    assert after.answer == before.answer
    assert "Här väntar ingenting" in await editor.get("/content/translations?language=en")
    wrong = await editor.post(f"/content/translations/{TOPIC}", **{**sent, "language": "de"})
    assert wrong.status_code == 422


async def test_the_page_of_confusions_shows_the_messages_and_leads_to_both_topics(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    assert "has not been examined yet" in await editor.get("/content/confusions")
    question = {"label": TOPIC, "also": "", "language": "fi", "text": "tuli tekstari tililtä", "kind": "topics"}
    rows = [{"question": question, "ranked": ["account_hacked", TOPIC]}]
    published = Published(workshop.settings)
    results = published.results(Path(published.live().model))
    results.parent.mkdir()
    results.write_text(json.dumps(rows), "utf-8")

    page = await editor.get("/content/confusions")
    assert "tuli tekstari tililtä" in page
    assert 'class="heat-5"' in page
    for topic in (TOPIC, "account_hacked"):
        assert f'href="/content/topics/{topic}/examples"' in page
    assert "tuli tekstari" in await editor.get(f"/content/confusions?language=fi&topic={TOPIC}")
    assert "tuli tekstari" not in await editor.get("/content/confusions?language=sv")
    assert "tuli tekstari" not in await editor.get("/content/confusions?topic=sextortion")


async def test_a_contact_names_the_short_answers_that_use_it_and_where_its_facts_come_from(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page = html.unescape(await editor.get("/content/contacts/emergency_112"))
    assert "/content/texts/questions/" in page
    assert "/content/texts/lines/danger_first" in page
    assert 'href="https://112.fi/' in page
    words = re.sub(r"<[^>]+>", " ", page.split('id="used"')[1])
    assert not re.search(r"\b[a-z]+_[a-z_]+\b|\.yml", words), "a code stands where the contact is used"


async def test_who_approved_for_the_force_is_written_on_the_page_and_needs_a_second_pair_of_eyes(
    workshop: Editors,
) -> None:
    editor = await workshop.editor("elina")
    form = form_of(await editor.get(f"/content/topics/{TOPIC}"))
    await editor.post(f"/content/topics/{TOPIC}", **form, approved_by="Komisario A. Aalto, 29.11.2026")
    assert read_topic(workshop.copy, TOPIC).approved_by == "Komisario A. Aalto, 29.11.2026"
    page = await editor.get("/content/publishing")
    assert "Komisario A. Aalto" in page
    assert "another editor approves it" in html.unescape(page)
    await editor.post(f"/content/topics/{TOPIC}", **form_of(await editor.get(f"/content/topics/{TOPIC}")))
    assert read_topic(workshop.copy, TOPIC).approved_by.startswith("Komisario"), "a form without the field keeps it"


async def test_sources_of_an_answer_are_links_and_no_codes(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    page = await editor.get(f"/content/topics/{TOPIC}")
    assert re.search(r'<a href="https://[^"]+" rel="noreferrer noopener" target="_blank">', page)
    assert not re.search(r">\s*S\d{2}\b", page)


async def test_without_a_remote_there_is_no_button_and_an_order_is_a_sentence(
    settings: Settings, template: Path
) -> None:
    async with editors(settings, template) as alone:
        editor = await alone.editor("elina")
        assert "/content/pull" not in await editor.get("/content/history")
        refused = await editor.post("/content/pull")
        assert (refused.status_code, "No remote is set" in refused.text) == (422, True)
