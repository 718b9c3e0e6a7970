"""Messenger and Instagram in a real browser: a talk on each, in each language, with the gateway behind the phone."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from gateway.app import create_app
from gateway.migrate import migrate
from gateway.settings import Settings
from tests.browser.alone import DESK, PHONE, bubbles, free_port, write
from tests.browser.echo import running
from tests.gateway.engine import ScriptedEngine, answer

PICTURES = os.environ.get("NEUVO_PICTURES")
WORDS = {
    "fi": ("mua kiristetään kuvilla", "*Älä maksa.* Ota kuvakaappaus.", "Todisteet talteen", "Puhu poliisille"),
    "sv": ("någon utpressar mig", "*Betala inte.* Ta en skärmbild.", "Spara bevisen", "Prata med polisen"),
    "en": ("someone blackmails me", "*Do not pay.* Take a screenshot.", "Keep the evidence", "Talk to an officer"),
}
TITLES = {"messenger": "Messenger", "instagram": "Instagram"}
NEW_PHONE = {
    "fi": ("Uusi puhelin", "Luo puhelin"),
    "sv": ("Ny telefon", "Skapa telefon"),
    "en": ("New phone", "Make the phone"),
}


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, engine: ScriptedEngine) -> Iterator[str]:
    """A whole gateway with the simulator in it; the address of the page."""
    folder = tmp_path_factory.mktemp("platforms")
    settings = Settings(
        port=free_port(), database_url=f"sqlite:///{folder / 'neuvo.db'}", state_dir=Path(folder), turn_hold=0.0
    )
    # Playwright has an event loop in this thread, and Alembic wants one of its own.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(migrate, settings).result()
    with running(create_app(settings, engine), settings.port):
        address = f"http://127.0.0.1:{settings.port}/simulator"
        _wait_for(address)
        yield address


def _wait_for(address: str) -> None:
    for _ in range(200):
        try:
            if httpx2.get(f"{address}/phones", trust_env=False).is_success:
                return
        except httpx2.ConnectError:
            pass
        time.sleep(0.05)
    raise AssertionError("The gateway did not start within 10 s.")


def open_phone(browser: Browser, service: str, platform: str, language: str, size: dict[str, int]) -> Page:
    page = browser.new_context(viewport={"width": size["width"], "height": size["height"]}).new_page()
    page.goto(f"{service}/?language={language}")
    if size == PHONE:
        page.locator("#tools-toggle").click()
    new, make = NEW_PHONE[language]
    page.get_by_role("button", name=new).click()
    page.get_by_role("radio", name=TITLES[platform]).check()
    expect(page.locator("#known-by")).to_be_hidden()
    page.get_by_role("button", name=make).click()
    expect(page.locator(f".screen[data-platform={platform}]")).to_be_visible()
    return page


def wait_until(page: Page, happened: Callable[[], bool]) -> None:
    for _ in range(100):
        if happened():
            return
        page.wait_for_timeout(50)
    raise AssertionError("It did not happen within 5 s.")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("platform", ["messenger", "instagram"])
def test_a_talk_goes_on_each_platform_in_each_language(
    browser: Browser, service: str, engine: ScriptedEngine, platform: str, language: str
) -> None:
    words, said, first, second = WORDS[language]
    engine.next_answer = answer(
        said, language=language, buttons=(("topic:evidence", first), ("topic:talk_to_officer", second))
    )
    engine.asked.clear()
    page = open_phone(browser, service, platform, language, DESK if language == "fi" else PHONE)
    write(page, words)
    expect(bubbles(page, "service").last).to_contain_text(said.replace("*", ""))
    expect(page.locator(".tick.read").first).to_be_visible()
    page.get_by_role("button", name=first).last.click()
    expect(bubbles(page, "citizen").last).to_contain_text(first)
    # Whoever sees no buttons types the number.
    write(page, "2")
    expect(bubbles(page, "citizen")).to_have_count(3)
    expect(page.locator("#typing")).to_be_empty()
    last = "talk_to_officer" if platform == "instagram" else None
    wait_until(page, lambda: len(engine.asked) == 3)
    assert [asked.choice for asked in engine.asked] == [None, "evidence", last]
    assert {asked.channel for asked in engine.asked} == {platform}
    page.wait_for_timeout(400)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{platform}-{language}.png")
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    found = Axe().run(page, options=options).response["violations"]
    assert [f"{each['id']}: {node['html'][:120]}" for each in found for node in each["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()


def test_what_a_platform_does_not_have_is_not_offered(browser: Browser, service: str, engine: ScriptedEngine) -> None:
    page = open_phone(browser, service, "messenger", "fi", DESK)
    engine.next_answer = answer("Näin.")
    write(page, "hei")
    expect(bubbles(page, "service").last).to_contain_text("Näin.")
    page.get_by_role("button", name="Liitä").click()
    expect(page.get_by_role("button", name="Kuva")).to_be_visible()
    expect(page.get_by_role("button", name="Yhteystieto")).to_be_hidden()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Viestin toiminnot: hei").press("Enter")
    expect(page.get_by_role("button", name="Muokkaa")).to_be_visible()
    expect(page.get_by_role("button", name="Poista kaikilta")).to_have_count(0)
    page.context.close()


def test_thirteen_quick_replies_fit_a_small_screen_and_the_card_is_accessible(
    browser: Browser, service: str, engine: ScriptedEngine
) -> None:
    page = open_phone(browser, service, "messenger", "fi", PHONE)
    aihe = tuple((f"topic:t{place}", f"Aihe numero {place}") for place in range(1, 14))
    engine.next_answer = answer("Mistä on kyse?", buttons=aihe)
    write(page, "hei")
    expect(page.locator(".choices.quick .choice")).to_have_count(13)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.wait_for_timeout(300)
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/messenger-thirteen.png")
    page.get_by_role("button", name="Aihe numero 13").click()
    expect(bubbles(page, "citizen").last).to_contain_text("Aihe numero 13")
    wait_until(page, lambda: engine.asked[-1].choice == "t13")
    page.locator("#tools-toggle").click()
    page.get_by_role("button", name="Uusi puhelin").click()
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/new-phone.png")
    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag22aa", "best-practice"]})
    assert found.response["violations"] == []
    page.context.close()
