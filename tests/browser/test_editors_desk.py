"""The editors' pages in Chromium: facts as chips, texts by shelf, and work in the first third of a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_accounts import check
from tests.browser.test_content_pages import Workshop, editors, workshop
from tests.worlds.editor_pages import EditorPages
from tests.worlds.simulator_process import DESKTOP

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
    "translations": "/content/translations",
    "history": "/content/history",
    "spreadsheet": "/content/spreadsheet",
    "guide": "/content/guide",
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


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES.keys())
def test_on_a_phone_work_begins_in_the_first_third_of_the_screen(
    editors: tuple[EditorPages, EditorPages], path: str
) -> None:
    page = editors[0].go(path)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    begins = page.evaluate(WORK_BEGINS)
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    assert begins <= PHONE["height"] / 3, f"{path}: work begins at {begins:.0f} px"


@pytest.mark.parametrize("name", ["texts", "line", "question", "act", "short answers", "translations", "confusions"])
def test_each_page_of_texts_is_for_everybody(editors: tuple[EditorPages, EditorPages], name: str) -> None:
    check(editors[0].go(PAGES[name]), f"content-{name.replace(' ', '-')}")


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
