"""Checks of bulletins in the whole service: officers publish, citizens ask in Chromium, the real engine answers.

The officers use the same functions as their pages; they work in a process of their own, as any gateway process does.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from gateway.app import create_service
from gateway.core.config.settings import Settings
from gateway.service import Service
from tests.worlds.bulletins import WORDS, corrected, published, withdrawn
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.stack import Stack

pytestmark = pytest.mark.xdist_group("stack")

HEARD = 5_000  # milliseconds within which a notice must be heard
FIRST = 15_000  # the first answer of a fresh engine is its slowest


@pytest.fixture
def officers(stack: Stack) -> Callable[[Callable[[Service], Awaitable[Any]]], Any]:
    """Lets officers do something in the service's database."""
    settings = Settings(database_url=f"sqlite:///{stack.log.parent / 'neuvo.db'}", state_dir=stack.log.parent)

    async def work(deed: Callable[[Service], Awaitable[Any]]) -> Any:
        service = create_service(settings, ScriptedEngine())
        try:
            return await deed(service)
        finally:
            await service.close()

    def do(deed: Callable[[Service], Awaitable[Any]]) -> Any:
        with ThreadPoolExecutor(1) as beside:  # the browser's own loop runs in this thread
            return beside.submit(lambda: asyncio.run(work(deed))).result()

    return do


def new_phone(browser: Browser, stack: Stack, name: str) -> Page:
    page = browser.new_context(viewport=ViewportSize(width=375, height=812)).new_page()
    page.goto(f"{stack.url}/simulator/")
    expect(page.locator("#text")).to_be_enabled()
    page.locator("#tools-toggle").click()
    page.locator("#new-phone").click()
    page.locator("#phone-name").fill(name)
    page.locator("#new-phone-form button[type=submit]").click()
    expect(page.locator("#new-phone-card")).to_be_hidden()
    return page


def write(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def last_reply(page: Page, number: int, timeout: int) -> str:
    bubble = page.locator("#log .row.service .text").nth(number - 1)
    expect(bubble).to_be_visible(timeout=timeout)
    return bubble.inner_text()


@pytest.mark.parametrize(
    ("language", "before", "after", "button"),
    [
        ("fi", "onks totta et joku ammuttiin", "onks kalios oikeesti puukotettu joku", "Kerro muutoksista"),
        ("sv", "är det sant att nån blev skjuten", "vad har hänt i bärghäll idag?", "Håll mig uppdaterad"),
        ("en", "is it true that someone was shot", "was somebody stabbed in kalio", "Tell me of changes"),
    ],
)
def test_a_notice_is_heard_within_seconds_ends_by_itself_and_its_correction_reaches_who_agreed(
    browser: Browser, stack: Stack, officers: Any, language: str, before: str, after: str, button: str
) -> None:
    page = new_phone(browser, stack, f"bulletin {language}")
    write(page, before)
    assert WORDS[language]["title"] not in last_reply(page, 1, FIRST)
    bulletin_id: uuid.UUID = officers(published)
    page.wait_for_timeout(2_000)  # what a process remembers of the time before
    write(page, after)
    heard = last_reply(page, 2, HEARD)
    page.get_by_role("button", name=button).last.click()
    last_reply(page, 3, HEARD)

    corrected_text = {each: {**words, "text": f"{words['text']} +1"} for each, words in WORDS.items()}
    officers(lambda service: corrected(service, bulletin_id, words=corrected_text, ends_at=_soon()))
    correction = last_reply(page, 4, HEARD)

    assert f"{WORDS[language]['title']}\n{WORDS[language]['text']}" in heard
    assert corrected_text[language]["text"] in correction
    page.wait_for_timeout(max((_END[0] - dt.datetime.now(dt.UTC)).total_seconds() * 1000, 0) + 100)
    write(page, after)
    assert WORDS[language]["title"] not in last_reply(page, 5, FIRST)
    officers(lambda service: withdrawn(service, bulletin_id))
    page.context.close()


_END: list[dt.datetime] = []


def _soon() -> dt.datetime:
    _END[:] = [dt.datetime.now(dt.UTC) + dt.timedelta(seconds=8)]
    return _END[0]


def test_who_asks_for_a_person_hears_when_one_answers(browser: Browser, stack: Stack) -> None:
    page = new_phone(browser, stack, "hours")
    write(page, "haluan puhua oikean poliisin kanssa")
    reply = last_reply(page, 1, FIRST)

    assert "Poliisi vastaa tässä chatissa ma–pe klo 9–16." in reply
    assert "{" not in reply
    page.context.close()
