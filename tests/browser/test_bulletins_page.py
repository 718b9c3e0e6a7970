"""Checks of the public page of bulletins in Chromium: without script, at 375 px, in light and dark, past axe."""

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from gateway.app import create_app, create_service
from gateway.core.config.settings import Settings
from gateway.core.migrate import migrate
from tests.worlds.bulletins import WORDS, corrected, published, withdrawn
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.simulator_process import free_port

AXE_TAGS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
CORRECTED = {
    language: {**words, "text": words["text"].replace("yhtä", "kahta").replace("En person", "Två personer")}
    for language, words in WORDS.items()
}
CORRECTED["en"] = {"title": "Stabbings in Kallio", "text": "Two people were stabbed in Kallio. The public is safe."}


async def _publish(settings: Settings) -> None:
    service = create_service(settings, ScriptedEngine())
    first = await published(service)
    await corrected(service, first, words=CORRECTED, ends_at=dt.datetime.now(dt.UTC) + dt.timedelta(hours=3))
    await published(service, places=["Hakaniemi", "Hagnäs"], keywords=[])
    await withdrawn(service, await published(service, places=["Itäkeskus", "Itis", "Östra centrum"]))
    await service.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway with three bulletins: one corrected, one as it was, one withdrawn."""
    folder, port = tmp_path_factory.mktemp("bulletins"), free_port()
    settings = Settings(database_url=f"sqlite:///{folder / 'neuvo.db'}", state_dir=folder, port=port, simulator=False)
    with ThreadPoolExecutor(1) as beside:  # the browser's own loop runs in this thread
        beside.submit(migrate, settings).result()
        beside.submit(lambda: asyncio.run(_publish(settings))).result()
    server = uvicorn.Server(
        uvicorn.Config(create_app(settings, ScriptedEngine()), port=port, log_level="warning", access_log=False)
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://localhost:{port}/bulletins"
    server.should_exit = True
    thread.join(10)


def opened(browser: Browser, url: str, width: int, scheme: Literal["light", "dark"], **more: Any) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, **more)
    page = context.new_page()
    page.goto(url)
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_page_passes_axe_and_does_not_scroll_sideways(
    browser: Browser, address: str, language: str, width: int, scheme: Literal["light", "dark"], tmp_path: Path
) -> None:
    page = opened(browser, f"{address}?lang={language}", width, scheme)

    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator(".bulletin").count() == 3
    page.screenshot(path=tmp_path / "page.png", full_page=True)
    results = Axe().run(page, options=AXE_TAGS)
    assert results.violations_count == 0, results.generate_report()
    page.context.close()


def test_without_script_everything_is_there_and_the_keyboard_opens_what_changed(browser: Browser, address: str) -> None:
    page = opened(browser, f"{address}?lang=fi", 375, "light", java_script_enabled=False)
    first = page.locator(".bulletin").filter(has_text="kahta")

    assert "kahta" in first.locator("ins").first.inner_text()
    assert "yhtä" in first.locator("del").first.inner_text()
    withdrawn_one = page.locator(".is-withdrawn")
    assert "Peruttu" in withdrawn_one.inner_text()
    assert not withdrawn_one.locator("del").is_visible()
    withdrawn_one.locator("summary").focus()
    page.keyboard.press("Enter")
    assert withdrawn_one.locator("del").is_visible()
    page.get_by_role("link", name="På svenska").click()
    assert page.locator("h1").inner_text() == "Polisens meddelanden"
    page.context.close()
