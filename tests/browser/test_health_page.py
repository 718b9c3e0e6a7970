"""The administrators' page of health in Chromium, in three languages, on a phone and a large screen."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from gateway.core.actors import Role
from tests.browser.accessible import problems
from tests.worlds.console_server import ConsoleServer, console_server, login
from tests.worlds.simulator_process import DESKTOP, PHONE

PICTURES = os.environ.get("NEUVO_TEST_PICTURES")
TITLES = {"fi": "Palvelun tila", "sv": "Tjänstens tillstånd", "en": "Health of the service"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with console_server(tmp_path_factory.mktemp("health")) as served:
        yield served


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_health_is_read_by_everybody_on_every_screen(browser: Browser, service: ConsoleServer, language: str) -> None:
    page = service.officer(browser, login(), language, PHONE, Role.ADMINISTRATOR)
    page.goto(f"{service.url}/console/health")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[language])
    expect(page.locator("#parts tbody tr")).to_have_count(4)
    for size in (PHONE, DESKTOP):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert problems(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"health-{language}-{size['width']}.png", full_page=True)
    page.locator("main a[href='/console/health']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLES[language])
    page.context.close()
