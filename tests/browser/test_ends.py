"""The end of a talk: five seconds to take it back, and at once on the screen that it ended, and with which words."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.conversations.models import Conversation
from tests.browser.test_console import (
    asks,
    check,
    complaints,
    heard,
    newest_conversation,
    says,
    sticks_out_nowhere,
)
from tests.browser.test_reading import DESK, PHONE, is_on_screen
from tests.worlds.console_server import ConsoleServer, console_server, login, waits

__all__ = ["complaints"]
LONG = "pitkä juttu: joku kiristää mua alastonkuvilla snäpissä"
# The five seconds last longer, for other tests may have the processors.
SLOWLY = """() => {
  const soon = window.setTimeout;
  window.setTimeout = (call, wait, ...more) => soon(call, wait === 5000 ? 60000 : wait, ...more);
}"""
TOLD = {"fi": "Kansalaiselle kerrotaan:", "sv": "Medborgaren får veta:", "en": "The citizen is told:"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with console_server(tmp_path_factory.mktemp("ends")) as running:
        yield running


def taken(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str, size: dict[str, int]
) -> tuple[Page, str]:
    """An officer's page of a talk that is theirs, and the talk."""
    talk = newest_conversation(service)
    page = heard(service.officer(browser, login(), language, size), complaints)
    page.goto(f"{service.url}/console/conversations/{talk}")
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_visible()
    return page, talk


def state_of(service: ConsoleServer, talk: str) -> str:
    async def read() -> str:
        async with service.service.database.transaction() as session:
            return str((await session.get_one(Conversation, uuid.UUID(talk))).state)

    return service.do(read)


def close(page: Page) -> None:
    page.locator("#menu-close summary").click()
    page.locator("#menu-close select").select_option("settled")
    page.locator("#menu-close button.danger").click()


@pytest.mark.parametrize(
    ("language", "size"),
    [("fi", DESK), ("sv", DESK), ("en", PHONE), ("fi", PHONE)],
    ids=["fi-desk", "sv-desk", "en-phone", "fi-phone"],
)
def test_who_closes_a_talk_sees_at_once_that_it_is_closed_and_with_which_words(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str, size: dict[str, int]
) -> None:
    asks(service, LONG, "pitkä juttu toka", "pitkä juttu kolmas", "haluan puhua poliisille")
    page, talk = taken(service, browser, complaints, language, size)
    close(page)
    assert is_on_screen(page, page.locator("#undo button"))
    assert page.locator("#undo").evaluate("each => getComputedStyle(each).backgroundColor") != "rgba(0, 0, 0, 0)"
    sticks_out_nowhere(page, f"undo-{language}-{size['width']}")
    expect(page.locator("#reply")).to_have_count(0)
    expect(page.locator("#undo")).to_be_hidden()

    words = page.locator("#last-words")
    expect(words).to_contain_text(TOLD[language])
    expect(words).to_contain_text("Poliisi on päättänyt tämän keskustelun.")
    assert is_on_screen(page, words)
    in_talk = page.locator(".said.system").filter(has_text="Poliisi on päättänyt").locator("summary, .text").first
    waits(lambda: is_on_screen(page, in_talk), 5)
    check(page, f"closed-{language}-{size['width']}")
    said_of_the_bot = {"fi": "Botti vastaa taas", "sv": "Boten svarar igen", "en": "The bot speaks again"}[language]
    expect(page.locator(".event").filter(has_text=said_of_the_bot)).to_have_count(0)
    page.reload()
    assert is_on_screen(page, page.locator("#last-words"))
    assert state_of(service, talk) == "closed"
    page.context.close()


def test_for_five_seconds_an_end_is_taken_back_and_the_citizen_hears_nothing(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    asks(service, LONG, "haluan puhua poliisille")
    page, talk = taken(service, browser, complaints, "en", DESK)
    for ends in (close, give_back):
        ends(page)
        expect(page.locator("#undo button")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#undo")).to_be_hidden()
    page.wait_for_timeout(6_000)
    expect(page.locator("#reply")).to_be_visible()
    assert state_of(service, talk) == "officer"
    expect(page.locator(".said.system").filter(has_text="Poliisi on")).to_have_count(0)
    page.context.close()


def give_back(page: Page) -> None:
    page.locator("#menu-close summary").click()
    page.wait_for_timeout(500)  # a press within the time of a double click opens the menu and nothing more
    page.locator("#give-back").click()


def test_who_goes_elsewhere_has_ended_it_at_once(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    asks(service, LONG, "haluan puhua poliisille")
    page, talk = taken(service, browser, complaints, "en", DESK)
    close(page)
    page.goto(f"{service.url}/console/hours")
    waits(lambda: state_of(service, talk) == "closed", 20)

    asks(service, LONG, "haluan puhua poliisille")
    talk = newest_conversation(service)
    page.goto(f"{service.url}/console/conversations/{talk}")
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_visible()
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})  # there the queue is another page
    page.evaluate(SLOWLY)
    close(page)
    page.locator("#talk-title").focus()
    page.keyboard.press("g")  # to the queue
    expect(page.locator("#queue-title")).to_be_focused()
    waits(lambda: state_of(service, talk) == "closed", 20)
    expect(page.locator("#undo")).to_be_hidden()
    page.context.close()


def test_what_the_citizen_writes_meanwhile_ends_no_talk(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    citizen = asks(service, LONG, "haluan puhua poliisille")
    page, talk = taken(service, browser, complaints, "en", DESK)
    page.evaluate(SLOWLY)
    close(page)
    says(service, citizen, "hei mul on viel yks juttu")
    expect(page.locator("#refusal")).to_contain_text("the citizen has just written")
    expect(page.locator("#undo")).to_be_hidden()
    expect(page.locator("#reply")).to_be_visible()
    assert state_of(service, talk) == "officer"
    page.context.close()
