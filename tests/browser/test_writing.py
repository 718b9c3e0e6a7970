"""Help while writing in Chromium: slash and keyboard, suggestions, gaps, the summary, and a marked translation."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.test_console import PICTURES, asks, check, complaints, heard, newest_conversation, says
from tests.browser.test_reading import DESK, PHONE, is_on_screen
from tests.worlds.console_server import ConsoleServer, console_server, login
from tests.worlds.translation_server import KEY, TranslationServer

__all__ = ["complaints"]
QUESTIONS = {"fi": "haluan puhua poliisille", "sv": "jag vill prata med en polis", "en": "I want to talk to an officer"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    server = TranslationServer()
    ours = {"translator_url": server.url, "translator_key": KEY}
    with console_server(tmp_path_factory.mktemp("writing"), None, **ours) as running:
        running.do(server.start)
        yield running
        running.do(server.stop)


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"writing-{name}.png")


def taken(service: ConsoleServer, browser: Browser, complaints: list[str], language: str, *said: str) -> Page:
    """An officer's page with a talk of theirs."""
    asks(service, *said)
    page = heard(service.officer(browser, login(), language, DESK), complaints)
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_visible()
    return page


def writes_an_answer(page: Page, service: ConsoleServer, title: str, text: str, language: str = "fi") -> None:
    page.goto(f"{service.url}/console/answers")
    page.locator("#title").fill(title)
    page.locator("#language").select_option(language)
    page.locator("#text").fill(text)
    page.locator("#text").press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#kept")).to_contain_text(title)


@pytest.mark.parametrize("language", QUESTIONS)
def test_an_own_answer_is_written_found_by_slash_and_its_gap_filled_before_it_goes(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    page = taken(service, browser, complaints, language, QUESTIONS["fi"])
    talk = page.url
    writes_an_answer(page, service, "Ilmoituksen numero", "Hei, olen {name}. Ilmoituksesi on {ilmoituksen numero}.")
    check(page, f"answers-desk-{language}")
    page.set_viewport_size(cast(ViewportSize, PHONE))
    check(page, f"answers-phone-{language}")
    page.set_viewport_size(cast(ViewportSize, DESK))
    page.goto(talk)
    field = page.locator("#reply")
    field.click()
    page.keyboard.type("Moi! /ilmoituksen num")
    chosen = page.locator("#ready-list a.chosen")
    expect(chosen).to_contain_text("Ilmoituksen numero")
    expect(page.locator("#ready-status")).to_contain_text("Ilmoituksen numero")
    expect(field).to_be_focused()
    picture(page, f"slash-desk-{language}")
    check(page, f"slash-desk-{language}")
    assert is_on_screen(page, page.locator("#send"))
    page.keyboard.press("Enter")
    expect(field).to_have_value(re.compile(r"^Moi! Hei, olen .+ Example\. Ilmoituksesi on \{ilmoituksen numero\}\.$"))
    expect(page.locator("#ready-box")).not_to_have_attribute("open", "")

    page.keyboard.press("Control+Enter")
    expect(page.locator("#refusal")).to_be_visible()
    expect(field).to_have_value(re.compile("ilmoituksen numero"))
    assert page.evaluate("getSelection().toString()") in ("{ilmoituksen numero}", ""), "the gap was selected"
    field.evaluate("each => each.setSelectionRange(each.value.indexOf('{'), each.value.indexOf('}') + 1)")
    page.keyboard.type("123")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.officer .text")).to_contain_text("Ilmoituksesi on 123.")
    page.context.close()


def test_the_gap_of_a_chosen_answer_is_selected_and_escape_leaves_the_search(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = taken(service, browser, complaints, "fi", QUESTIONS["fi"])
    talk = page.url
    writes_an_answer(page, service, "Aukollinen", "Nähdään {päivä}.")
    page.goto(talk)
    field = page.locator("#reply")
    field.click()
    page.keyboard.type("/aukoll")
    expect(page.locator("#ready-list a.chosen")).to_contain_text("Aukollinen")
    page.keyboard.press("Escape")
    expect(page.locator("#ready-box")).not_to_have_attribute("open", "")
    expect(field).to_have_value("/aukoll")
    field.fill("")
    page.keyboard.type("osoite https://poliisi.fi/tietoa ja 24 / 7")
    expect(page.locator("#ready-box")).not_to_have_attribute("open", "")
    field.fill("")
    page.keyboard.type("/aukoll")
    expect(page.locator("#ready-list a.chosen")).to_contain_text("Aukollinen")
    page.keyboard.press("Enter")
    page.keyboard.type("maanantaina")
    expect(field).to_have_value("Nähdään maanantaina.")
    page.keyboard.type(" /")
    expect(page.locator("#ready-list a.chosen")).to_be_visible()
    first = page.locator("#ready-list a.chosen").inner_text()
    page.keyboard.press("ArrowDown")
    assert page.locator("#ready-list a.chosen").inner_text() != first
    page.context.close()


@pytest.mark.parametrize(("name", "size"), [("desk", DESK), ("phone", PHONE)])
def test_answers_to_what_was_asked_last_are_suggested_and_anew_when_the_citizen_asks_on(
    service: ConsoleServer, browser: Browser, complaints: list[str], name: str, size: dict[str, int]
) -> None:
    citizen = asks(service, "maksoin jo, maksoin jo huijarille", QUESTIONS["fi"])
    page = heard(service.officer(browser, login(), "fi", DESK), complaints)
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    page.locator("#claim").click()
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    chips = page.locator("#suggested .chip")
    expect(chips).to_have_count(5)
    page.wait_for_timeout(300)
    picture(page, f"suggested-{name}")
    check(page, f"suggested-{name}")
    assert is_on_screen(page, chips.first)
    assert is_on_screen(page, page.locator("#send"))
    before = chips.all_inner_texts()
    says(service, citizen, "saadaanko kuva poistettua netistä poistettua")
    expect(page.locator("#talk")).to_contain_text("kuva poistettua")
    page.wait_for_function(
        "was => [...document.querySelectorAll('#suggested .chip')].map(e => e.innerText).join() != was",
        arg=",".join(before),
    )
    words = chips.first.get_attribute("data-ready") or ""
    chips.first.press("Enter")
    expect(page.locator("#reply")).to_have_value(words)
    expect(page.locator("#reply")).to_be_focused()
    page.context.close()


@pytest.mark.parametrize("language", QUESTIONS)
def test_who_receives_a_talk_reads_it_in_short_until_they_have_replied(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    page = taken(service, browser, complaints, language, "pitkä juttu tilistäni", QUESTIONS["fi"])
    received = page.locator("#received")
    expect(received).to_be_visible()
    received.locator("summary").press("Enter")
    expect(received.locator("dd").first).to_be_visible()
    picture(page, f"summary-desk-{language}")
    check(page, f"summary-desk-{language}")
    assert is_on_screen(page, page.locator("#send"))
    page.set_viewport_size(cast(ViewportSize, PHONE))
    picture(page, f"summary-phone-{language}")
    check(page, f"summary-phone-{language}")
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.locator("#summary dd").first).to_be_visible()
    page.locator("#reply").fill("Hei!")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.officer")).to_have_count(1)
    expect(received).to_have_count(0)
    page.context.close()


def test_a_message_and_a_reply_are_translated_with_a_mark_that_goes_along(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = taken(service, browser, complaints, "fi", QUESTIONS["sv"])
    said = page.locator(".said.citizen").first
    said.locator("[data-translate]").click()
    expect(said.locator(".machine .text")).to_have_text("[fi] polis en med prata vill jag")
    expect(said.locator(".machine .badge")).to_have_text("Konekäännös")
    page.locator("#reply").fill("soitamme huomenna")
    page.locator("#translate").click()
    expect(page.locator("#translation .machine .text")).to_have_text("[sv] huomenna soitamme")
    picture(page, "translated-desk")
    check(page, "translated-desk")
    page.set_viewport_size(cast(ViewportSize, PHONE))
    picture(page, "translated-phone")
    check(page, "translated-phone")
    page.set_viewport_size(cast(ViewportSize, DESK))
    page.locator("#translation [data-ready]").click()
    expect(page.locator("#reply")).to_have_value("Maskinöversättning: [sv] huomenna soitamme")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".said.officer .text")).to_have_text("Maskinöversättning: [sv] huomenna soitamme")
    expect(said.locator(".machine .text")).to_be_visible()  # also after the talk was fetched anew
    page.context.close()


def test_the_field_looks_for_no_spelling_outside_the_machine(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = taken(service, browser, complaints, "fi", QUESTIONS["fi"])
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.locator("#reply").fill("Kirjoitan tähän salaisia sanoja ja virheitä virhheitä.")
    page.wait_for_timeout(1500)
    assert addresses
    assert all(each.startswith(service.url) for each in addresses)
    page.context.close()
