"""The editors' pages in Chromium: facts as chips, texts by shelf, and work in the first third of a phone."""

import datetime as dt
import json
import re
import sqlite3
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gateway.accounts.demonstration import PASSWORD
from gateway.content.publishing.releases import Published
from gateway.content.repository.examples import change_examples, read_examples
from gateway.core.config.settings import Settings
from gateway.core.locale import HELSINKI
from tests.browser.test_accounts import check
from tests.browser.test_content_pages import Workshop, editors, workshop
from tests.worlds import small_content
from tests.worlds.editor_pages import EditorPages
from tests.worlds.simulator_process import DESKTOP
from tests.worlds.small_content import OLLI

__all__ = ["editors", "workshop"]
PHONE = {"width": 375, "height": 667}
PAGES = {
    "overview": "/content",
    "inbox": "/content/inbox",
    "publishing": "/content/publishing",
    "try": "/content/try",
    "confusions": "/content/confusions",
    "contacts": "/content/contacts",
    "contact": "/content/contacts/riku",
    "new contact": "/content/contacts/new",
    "senders": "/content/senders",
    "sender": "/content/senders/vero",
    "texts": "/content/texts",
    "line": "/content/texts/lines/danger_first",
    "question": "/content/texts/questions/cost",
    "act": "/content/texts/acts/thanks",
    "short answers": "/content/texts/topic/parcel_sms",
    "privacy": "/content/texts/privacy/privacy",
    "translations": "/content/translations",
    "history": "/content/history",
    "spreadsheet": "/content/spreadsheet",
    "guide": "/content/guide",
    "talks": "/content/try/talks",
    "topic": "/content/topics/parcel_sms",
    "examples": "/content/topics/parcel_sms/examples",
    "tests": "/content/topics/parcel_sms/tests",
    "arrange": "/content/topics/parcel_sms/arrange",
    "new topic": "/content/new-topic",
    "search": "/content/search?q=paketti",
}
# Where the first thing begins that one works with or reads: no heading, no navigation.
WORK_BEGINS = """() => {
  const main = document.querySelector("main");
  const kinds = "a, button, input, select, textarea, [role=textbox], summary, p, li, td, legend, label";
  const work = [...main.querySelectorAll(kinds)]
    .filter((each) => !each.closest("nav, .content-bar, .crumb") && each.checkVisibility())
    .map((each) => each.getBoundingClientRect())
    .filter((box) => box.height > 0);
  return Math.min(...work.map((box) => box.top));
}"""

# The words that stand on more than one line.
BROKEN_WORDS = """all => all.flatMap((each) => {
  const text = [...each.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  return text.flatMap((node) => [...node.data.matchAll(/\\S+/g)].flatMap((found) => {
    const range = document.createRange();
    range.setStart(node, found.index);
    range.setEnd(node, found.index + found[0].length);
    return range.getClientRects().length > 1 ? [found[0]] : [];
  }));
})"""

# As the script does it after some idle minutes.
LOCK = """() => {
  const token = document.querySelector("meta[name=csrf-token]").content;
  return fetch("/unlock/now", { method: "POST", headers: { "x-csrf-token": token }, redirect: "manual" });
}"""


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_on_a_phone_work_begins_in_the_first_third_of_the_screen(
    editors: tuple[EditorPages, EditorPages], path: str
) -> None:
    page = editors[0].go(path)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    begins = page.evaluate(WORK_BEGINS)
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    assert begins <= PHONE["height"] / 3, f"{path}: work begins at {begins:.0f} px"


@pytest.mark.parametrize("name", ["overview", "contacts", "guide"])
def test_on_a_phone_the_place_where_one_is_is_seen_in_the_row_of_places(
    editors: tuple[EditorPages, EditorPages], name: str
) -> None:
    """The row moved for the parts of a topic alone: of eleven places one saw the first four."""
    page = editors[0].page
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(f"{editors[0].url}{PAGES[name]}")
    page.wait_for_load_state()
    here = page.locator(".content-bar [aria-current]").bounding_box()
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    assert here is not None
    assert here["x"] >= 0
    assert here["x"] + here["width"] <= PHONE["width"]


def test_on_a_phone_no_figure_and_no_word_of_the_overview_is_broken(editors: tuple[EditorPages, EditorPages]) -> None:
    """51 stood as a 5 above a 1, and "tarkistamatta" ended in the next line."""
    page = editors[0].go("/content")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    figures = page.locator(".legend strong")
    lines = figures.evaluate_all("all => all.map((each) => each.getClientRects()[0].height)")
    broken = page.locator(".legend-link").evaluate_all(BROKEN_WORDS)
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    assert any(len(each) > 1 for each in figures.all_inner_texts())
    assert max(lines) < 1.5 * min(lines)
    assert broken == []


@pytest.mark.parametrize(
    "name",
    ["texts", "line", "question", "act", "short answers", "privacy", "translations", "confusions", "new contact"],
)
def test_each_page_of_texts_is_for_everybody(editors: tuple[EditorPages, EditorPages], name: str) -> None:
    check(editors[0].go(PAGES[name]), f"content-{name.replace(' ', '-')}")


def test_the_map_of_confusions_moves_inside_its_frame_on_a_phone(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    """The page itself was as wide as the map."""
    published = Published(Settings(state_dir=workshop.folder))
    results = published.results(Path(published.live().model))
    topics = sorted(small_content.TOPICS)
    rows = [
        {
            "question": {"label": topic, "also": "", "language": "fi", "text": f"viesti {topic}", "kind": "topics"},
            "ranked": [other],
        }
        for topic, other in zip(topics, topics[1:] + topics[:1], strict=True)
    ]
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(rows), "utf-8")
    page = editors[0].go("/content/confusions")
    expect(page.locator(".heat")).to_be_visible()
    check(page, "content-confused")
    results.unlink()


def chip(page: Page, box: str, number: int = 0) -> str:
    return page.locator(f"{box} .chip").nth(number).inner_text()


def test_a_fact_is_a_chip_that_is_put_in_where_the_cursor_is_and_taken_away(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    page = editors[0].go("/content/topics/parcel_sms")
    answer = page.locator("#answer-fi")
    assert "{" not in answer.inner_text(), "a code stands in the text"
    assert answer.locator(".chip").count() > 0

    page.get_by_text("Lyhyt vastaus ja perustelu").first.click()
    short = page.locator("#in_short-fi")
    short.fill("Soita heti ")
    page.locator("#pick-fi").select_option("{riku.phone}")
    short.focus()
    page.keyboard.press("End")
    page.locator("[data-insert=fi]").click()
    expect(short.locator(".chip")).to_have_count(1)
    assert "116 006" in chip(page, "#in_short-fi")
    page.keyboard.type(" tai sano tutulle.")
    expect(page.locator('[data-shown="in_short.fi"] .bubble')).to_contain_text("116 006 tai sano tutulle.")
    check(page, "content-topic-chips")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.get_by_role("button", name="Tallenna", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    stored = workshop.copy().read("answers/scams/parcel_sms.yml").text
    assert "Soita heti {riku.phone} tai sano tutulle." in stored

    short = page.locator("#in_short-fi")
    page.get_by_text("Lyhyt vastaus ja perustelu").first.click()
    short.get_by_role("button", name=re.compile("Poista: ")).click()
    expect(short.locator(".chip")).to_have_count(0)
    page.get_by_role("button", name="Tallenna", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    assert "{riku.phone} tai sano" not in workshop.copy().read("answers/scams/parcel_sms.yml").text


def test_what_is_typed_over_several_lines_stays_as_it_was_typed(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    page = editors[0].go("/content/topics/sextortion")
    why = page.locator("#why-en")
    page.locator("#language-en summary").click()
    why.fill("")
    why.focus()
    page.keyboard.type("First line.")
    page.keyboard.press("Enter")
    page.keyboard.type("Second <b>line</b> & more.")
    page.get_by_role("button", name="Tallenna", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    stored = workshop.copy().read("answers/online_safety/sextortion.yml").text
    assert "    First line.\n    Second <b>line</b> & more.\n" in stored


def test_a_fixed_line_is_found_by_its_words_changed_and_its_bubble_follows(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    page = editors[0].go("/content/texts")
    page.get_by_label("Hae teksteistä").fill("tarkoitatko jotakin")
    expect(page.locator("[data-shelf]:visible")).to_have_count(1)
    page.locator("[data-words]:visible a").first.click()
    page.wait_for_load_state()
    box = page.locator("#text-0-fi")
    box.fill("Tarkoitatko ehkä jotakin näistä?")
    expect(page.locator('[data-shown="0.fi"] .bubble')).to_contain_text("Tarkoitatko ehkä")
    page.get_by_role("button", name="Tallenna", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    assert "Tarkoitatko ehkä jotakin näistä?" in workshop.copy().read("lines.yml").text


def test_long_lists_are_filtered_by_the_words_that_one_remembers(editors: tuple[EditorPages, EditorPages]) -> None:
    page = editors[0].go("/content/topics/parcel_sms")
    before = page.locator("#pick-fi option").count()
    page.get_by_label("Etsi yhteystiedoista").first.fill("rikosuhri")
    assert 0 < page.locator("#pick-fi option").count() < before / 4

    editors[0].go("/content/topics/parcel_sms/examples")
    lines = page.locator(".lines .choice:visible")
    first = lines.first.inner_text().strip()
    page.get_by_label("Näytä vain ne, joissa on sanat").fill(first)
    expect(lines).to_have_count(1)


def test_one_of_two_hundred_examples_is_found_by_its_words_and_changed_where_it_stands(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    copy = workshop.copy()
    seen = read_examples(copy, "sextortion")
    many = [f"joku kiristää minua kuvalla numero {number}" for number in range(200)]
    copy.save([change_examples(copy, "sextortion", "fi", seen.version, add=many)], OLLI, "many")
    before = read_examples(copy, "sextortion").texts["fi"]

    page = editors[0].go("/content/topics/sextortion/examples")
    lines = page.locator(".lines .choice:visible")
    assert lines.count() == len(before) > 200
    page.get_by_label("Näytä vain ne, joissa on sanat").fill("KUVALLA numero 117")
    expect(lines).to_have_count(1)
    lines.get_by_role("checkbox").check()
    change = page.get_by_label("Muuta valittua")
    expect(change).to_have_value(many[117])
    change.fill("mua kiristetään alastonkuvalla")
    page.get_by_role("button", name="Muokkaa", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    after = read_examples(workshop.copy(), "sextortion").texts["fi"]
    assert after == tuple("mua kiristetään alastonkuvalla" if each == many[117] else each for each in before)


def test_a_text_for_some_is_added_where_the_short_answers_stand_and_taken_away(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    page = editors[0].go("/content/texts/topic/parcel_sms")
    page.get_by_text("Lisää teksti: sano toisin joillekuille tai yhdessä kanavassa").click()
    page.get_by_label("Mikä uusi teksti on").select_option("questions/already_gave_codes")
    page.get_by_role("group", name="Kirjoittaja on").get_by_label("todistaja").check()
    for language, words in {"fi": "Kerro pankille.", "sv": "Berätta för banken.", "en": "Tell the bank."}.items():
        page.locator(f"#add-text-{language}").fill(words)
    check(page, "content-new-text")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.get_by_role("button", name="Tallenna", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    part = page.locator(".text-part", has_text="Berätta för banken.")
    expect(part).to_contain_text("todistaja")
    assert "- when: {role: [witness]}" in workshop.copy().read("answers/scams/parcel_sms.yml").text
    part.get_by_label("Poista tämä teksti, kun tallennan").check()
    page.get_by_role("button", name="Tallenna", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    assert "Kerro pankille." not in workshop.copy().read("answers/scams/parcel_sms.yml").text


def test_editors_speak_of_a_text_beside_it(editors: tuple[EditorPages, EditorPages]) -> None:
    eetu, elli = editors
    page = eetu.go("/content/texts/lines/clarify")
    page.locator("#text-0-sv").fill("Menar du någon av de här?")
    page.get_by_role("button", name="Tallenna", exact=True).click()
    line = elli.go("/content/publishing").locator("[data-item='line:clarify']")
    line.get_by_text("Kirjoita kommentti").click()
    line.get_by_label("Kommentti muille sisällöntuottajille").fill("Sano mieluummin ”något av det här”.")
    check(elli.page, "content-comment")
    elli.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    line.get_by_role("button", name="Kommentoi").click()
    said = eetu.go("/content/publishing").locator("[data-item='line:clarify'] .comments")
    expect(said).to_contain_text("Elli Ranta")
    expect(said).to_contain_text("något av det här")


def test_what_is_typed_survives_a_lock_and_the_other_is_told_who_writes(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    """Row 5: the lock took the words, and the page left by itself."""
    eetu, elli = editors
    page = eetu.go("/content/topics/parcel_sms")
    page.wait_for_load_state()
    page.locator("#title-en").press_sequentially(" now")
    typed = page.locator("#title-en").input_value()
    expect(page.get_by_text("Kirjoittamasi on tallessa")).to_be_visible()
    expect(elli.go("/content/topics/parcel_sms").get_by_text("Eetu Salo kirjoittaa tällä sivulla")).to_be_visible()
    page.evaluate(LOCK)
    eetu.go("/content/topics/parcel_sms")
    expect(page).to_have_url(re.compile("/unlock"))
    page.get_by_text("Käytä salasanaa").click()
    page.get_by_label("Salasana").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{workshop.url}/content/topics/parcel_sms")
    expect(page.get_by_text("Tässä on, mitä kirjoitit")).to_be_visible()
    assert page.locator("#title-en").input_value() == typed
    page.get_by_role("button", name="Unohda se ja aloita alusta").click()
    expect(page.get_by_text("Tässä on, mitä kirjoitit")).to_have_count(0)
    assert page.locator("#title-en").input_value() != typed


def test_words_get_a_time_by_keyboard_on_a_phone_and_it_is_withdrawn(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    eetu, elli = editors
    page = eetu.go("/content/topics/account_hacked")
    page.locator("#title-sv").fill("Kontot kapat")
    page.get_by_role("button", name="Tallenna", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    item = "[data-item='answer:account_hacked']"
    page = elli.go("/content/publishing")
    page.locator(item).get_by_role("button", name="Olen lukenut tämän ja hyväksyn sen").click()
    expect(page.locator(item).get_by_text("hyväksytty", exact=True)).to_be_visible()

    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    for box in page.locator("[name=item]:checked").all():
        if not str(box.get_attribute("value")).startswith("answer:account_hacked@"):
            box.uncheck()
    page.get_by_text("Julkaise valitut tekstit ajastettuna").focus()
    page.keyboard.press("Enter")
    at = dt.datetime.now(HELSINKI) + dt.timedelta(days=2)
    field = page.locator("#later-at")
    field.fill(at.strftime("%Y-%m-%dT%H:%M"))
    check(page, "content-set-a-time")
    field.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Valitut tekstit tulevat käyttöön silloin")

    planned = page.locator("[data-planned]")
    expect(planned).to_contain_text(f"{at.day}.{at.month}.{at.year} {at.hour:02}.{at:%M}")
    expect(planned).to_contain_text("Ajan on asettanut Elli Ranta")
    planned.get_by_text("Muuta aikaa").focus()
    page.keyboard.press("Enter")
    check(page, "content-at-a-time")
    expect(eetu.go("/content").get_by_text("1 julkaisu odottaa aikaansa")).to_be_visible()
    check(eetu.page, "content-overview-at-a-time")
    planned.get_by_role("button", name="Peru ajastus").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Peruttu.")
    expect(planned).to_have_count(0)


def test_what_did_not_go_live_at_its_time_is_told_with_its_reason(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    refusal = {"key": "schedule_missed", "parameters": {}, "changed": []}
    with sqlite3.connect(workshop.folder / "neuvo.db") as connection:
        values = (uuid.uuid4().hex, "2026-11-28 08:00:00.000000", "2026-11-27 08:00:00.000000", json.dumps(refusal))
        connection.execute(
            "INSERT INTO content_schedule (id, at, state, account, name, set_at, items, refusal) "
            """VALUES (?, ?, 'refused', 'x', 'Elli Ranta', ?, '[["contact:riku", "f"]]', ?)""",
            values,
        )
    page = editors[0].go("/content")
    expect(page.get_by_role("alert")).to_contain_text("Palvelu ei ollut käynnissä silloin")
    check(page, "content-overview-missed")
    page = editors[0].go("/content/publishing")
    expect(page.get_by_role("alert")).to_contain_text("Rikosuhripäivystys (RIKU)")
    check(page, "content-missed")
    page.get_by_role("button", name="Olen lukenut tämän: poista ilmoitus").press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_tried_talk_is_reworded_into_a_test_by_keyboard_on_a_phone(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    page = editors[0].go("/content/try")
    for words in ("joku vei mun instan tunnukset eilen illalla", "maksaako ilmoituksen tekeminen mitään"):
        page.locator("#text").fill(words)
        page.keyboard.press("Enter")
        expect(page.locator(".bubble.own").last).to_have_text(words, timeout=60_000)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.get_by_role("link", name="Tee tästä keskustelusta testi").press("Enter")
    expect(page.locator("h1")).to_have_text("Tee tästä keskustelusta testi")
    check(page, "content-talk-test")
    page.locator("#words-1").fill("joku vei mun instan tunnukset eilen aamulla")
    page.locator("#words-2").fill("otatteko tästä rahaa")
    page.locator("#topic-1").select_option(label="Tili kaapattu")
    page.locator("#question-2").select_option("cost")
    page.get_by_role("button", name="Tallenna testiksi").press("Enter")
    expect(page.locator("#wrong-1")).to_contain_text("on liian lähellä sitä, mitä keskustelussa kirjoitettiin")
    expect(page.locator("#words-2")).to_have_value("otatteko tästä rahaa")
    check(page, "content-talk-test-refused")
    page.locator("#words-1").fill("en pääse tililleni, salasanani on vaihdettu")
    page.get_by_role("button", name="Tallenna testiksi").press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Keskustelu käydään läpi seuraavassa testissä")
    kept = page.get_by_text("suomi: Tili kaapattu (2 viestiä)")
    kept.press("Enter")
    check(page, "content-talk-tests")
    (path,) = [each for each in workshop.copy().paths("tests/") if "/talks/" in each]
    assert "t: otatteko tästä rahaa || q:cost" in workshop.copy().read(path).text
    page.get_by_role("button", name="Poista tämä keskustelu").press("Enter")
    expect(kept).to_have_count(0)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_what_an_officer_does_and_who_writes_is_chosen_by_keyboard(
    editors: tuple[EditorPages, EditorPages], language: str
) -> None:
    page = editors[1].go("/content/try")
    page.locator("#frame-language").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    check(page, f"content-try-{language}")
    for field, steps, value in (("#role", 4, "witness"), ("#officer", 4, "answers"), ("#duty", 1, "off")):
        page.locator(field).focus()
        for _ in range(steps):
            page.keyboard.press("ArrowDown")
        expect(page.locator(field)).to_have_value(value)
    page.locator("#text").fill("hei")
    page.keyboard.press("Enter")
    expect(page.locator(".tried .bubble:not(.own)")).to_have_count(2)
    expect(page.locator("#officer")).to_have_value("answers")
    expect(page.locator("#duty")).to_have_value("off")
    page.locator("#officer").select_option("given_back")
    page.locator("#text").fill("kiitos")
    page.keyboard.press("Enter")
    expect(page.locator(".tried > li")).to_have_count(2, timeout=60_000)
    check(page, f"content-officer-{language}")
    page.locator("[form=anew]").press("Enter")
    expect(page.locator(".tried")).to_have_count(0)
    page.locator("#frame-language").select_option("fi")
    expect(page.locator("html")).to_have_attribute("lang", "fi")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_source_is_found_by_its_words_and_added_by_keyboard(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop, language: str
) -> None:
    page = editors[1].go("/content/contacts/fine")
    page.locator("#frame-language").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    choices = page.locator("#url-source-pick option")
    every = choices.count()
    page.locator("[data-filter-pick=url-source-pick]").fill("riku.fi")
    assert 1 < choices.count() < every / 4
    expect(choices.first).to_have_attribute("value", "")
    picked = choices.nth(1).inner_text()
    page.locator("#url-source-pick").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#url-source-pick option:checked")).to_have_text(picked)
    check(page, f"content-sources-{language}")
    ticks = page.locator("[name='url.source']")
    before = ticks.count()
    page.locator("form[data-keep] button[type=submit]").last.press("Enter")
    if page.locator("[name=unfinished]").count():
        page.locator("form:has([name=unfinished]) button[type=submit]").first.press("Enter")
    expect(page.get_by_role("status").first).to_be_visible()
    expect(ticks).to_have_count(before + 1)
    ticks.last.press("Space")
    page.locator("form[data-keep] button[type=submit]").last.press("Enter")
    expect(ticks).to_have_count(before)
    page.locator("#frame-language").select_option("fi")
    expect(page.locator("html")).to_have_attribute("lang", "fi")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_heading_of_a_topic_that_was_never_examined_is_for_everybody(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop, language: str
) -> None:
    published = Published(Settings(state_dir=workshop.folder))
    results = published.results(Path(published.live().model))
    results.parent.mkdir(exist_ok=True)
    results.write_text("[]", "utf-8")
    page = editors[1].go("/content/topics/parcel_sms/tests")
    page.locator("#frame-language").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator(".examined")).to_be_visible()
    check(page, f"content-never-examined-{language}")
    results.unlink()
    page.locator("#frame-language").select_option("fi")
    expect(page.locator("html")).to_have_attribute("lang", "fi")


def test_a_note_in_the_editors_language_stands_in_place_of_the_english_one(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    page = editors[0].go("/content/texts/lines/danger_first")
    expect(page.get_by_role("region", name="Huomautus sisällöntuottajille, englanniksi")).to_be_visible()
    page.get_by_text("Kirjoita huomautus muille sisällöntuottajille").press("Enter")
    check(page, "content-note")
    page.locator("#note-fi").fill("Numero on se, mikä luetaan ensin.")
    page.get_by_role("button", name="Tallenna", exact=True).press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    note = page.get_by_role("region", name="Huomautus sisällöntuottajille", exact=True)
    expect(note).to_contain_text("Numero on se, mikä luetaan ensin.")
    assert 'fi: "Numero on se' in workshop.copy().read("lines.yml").text


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_topics_own_questions_are_read_and_one_is_added_by_keyboard(
    editors: tuple[EditorPages, EditorPages], language: str
) -> None:
    page = editors[0].go("/content/texts/faq/parcel_sms")
    page.locator("#frame-language").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    check(page, f"content-faq-{language}")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.locator("[data-new-text] > summary").focus()
    page.keyboard.press("Enter")
    page.locator("input[name='add.target']").focus()
    page.keyboard.press("Space")
    for each, asked, answer in (
        ("fi", "avaako se itse", "Ei."),
        ("sv", "öppnas den själv", "Nej."),
        ("en", "by itself", "No."),
    ):
        page.locator(f"#add-heading-{each}").fill(f"{asked} {language}")
        page.locator(f"#add-text-{each}").fill(answer)
    check(page, f"content-faq-new-{language}")
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.locator(".save-bar button[type=submit]").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.locator("textarea", has_text=f"by itself {language}")).to_have_count(1)
