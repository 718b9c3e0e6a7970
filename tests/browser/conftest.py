"""What the browser's tests share, one of each a worker: Chromium, the simulator alone, and a service that answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.worlds.echo_service import Echo, running
from tests.worlds.fixtures import cheap_passwords, statements_compiled_once, words_read_once
from tests.worlds.services import CHROMIUM_FLAGS, need_chromium
from tests.worlds.simulator_process import DESKTOP, TOKEN, Alone, OpenPage, free_port

__all__ = ["cheap_passwords", "statements_compiled_once", "words_read_once"]

# Milliseconds: what comes by itself comes at once, but not where other tests have the processors.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def echo_and_simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Echo, Alone]]:
    alone = Alone(free_port(), tmp_path_factory.mktemp("simulator") / "log.jsonl")
    echo = Echo(f"{alone.url}/graph", TOKEN)
    with running(echo.app, alone.webhook_port):
        alone.start()
        yield echo, alone
        alone.stop()


@pytest.fixture
def alone(echo_and_simulator: tuple[Echo, Alone]) -> Alone:
    """The simulator, empty."""
    _, alone = echo_and_simulator
    alone.control("DELETE", "/faults")
    alone.control("POST", "/settle")
    alone.control("POST", "/forget")
    return alone


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium. Its loop holds the thread from here on: no test of this folder may want one of its own."""
    path = need_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, alone: Alone) -> Iterator[OpenPage]:
    """Opens the page; nothing may be written to the console, least of all that the policy blocked something."""
    complaints: list[str] = []
    contexts = []

    def open_it(size: dict[str, int] = DESKTOP, language: str = "fi", **more: Any) -> Page:
        context = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{alone.url}/?language={language}")
        expect(page.get_by_role("tab")).to_have_count(1)
        return page

    yield open_it
    for context in contexts:
        context.close()
    # A stopped simulator may be complained about; that is what the page is told to bear.
    assert [text for text in complaints if "ERR_" not in text and "status of 4" not in text] == []
