"""Messenger and Instagram in a real browser: a talk on each, in each language, with the gateway behind the phone."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.app import create_app
from gateway.core.config.settings import Settings
from gateway.core.migrate import migrate
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest
from tests.browser.accessible import faint, problems
from tests.worlds.echo_service import running
from tests.worlds.phone_pages import open_phone
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.simulator_process import DESKTOP, PHONE, bubbles, free_port, write

PICTURES = os.environ.get("NEUVO_TEST_PICTURES")
WORDS = {
    "fi": ("mua kiristetään kuvilla", "*Älä maksa.* Ota kuvakaappaus.", "Todisteet talteen", "Puhu poliisille"),
    "sv": ("någon utpressar mig", "*Betala inte.* Ta en skärmbild.", "Spara bevisen", "Prata med polisen"),
    "en": ("someone blackmails me", "*Do not pay.* Take a screenshot.", "Keep the evidence", "Talk to an officer"),
}


class WordsEngine(ScriptedEngine):
    """Answers by what is asked alone, so that no talk can be given what was meant for another."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = {"hei": answer("Näin.")}
        for language, (words, said, first, second) in WORDS.items():
            buttons = (("topic:evidence", first), ("topic:talk_to_officer", second))
            self.answers[words] = answer(said, language=language, buttons=buttons)
            self.answers[language] = self.answers[words]
        topics = tuple((f"topic:t{place}", f"Aihe numero {place}") for place in range(1, 14))
        self.answers["mitä osaat"] = answer("Mistä on kyse?", buttons=topics)

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        """What is said to these words, and to a button or number the same again in the talk's language."""
        self.asked.append(request)
        return self.answers.get(request.text or "") or self.answers[request.language or "fi"]

    def asked_in(self, platform: str, words: str) -> list[DialogueRequest]:
        """What was asked in the talk that began with these words on that platform."""
        talks = {each.conversation_id for each in self.asked if (each.channel, each.text) == (platform, words)}
        return [each for each in self.asked if each.conversation_id in talks]


@pytest.fixture(scope="module")
def engine() -> WordsEngine:
    return WordsEngine()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, engine: WordsEngine) -> Iterator[str]:
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


def wait_until(page: Page, happened: Callable[[], bool]) -> None:
    for _ in range(400):
        if happened():
            return
        page.wait_for_timeout(50)
    raise AssertionError("It did not happen within 20 s.")


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("platform", ["messenger", "instagram"])
def test_a_talk_goes_on_each_platform_in_each_language(
    browser: Browser, service: str, engine: WordsEngine, platform: str, language: str
) -> None:
    words, said, first, _ = WORDS[language]
    page = open_phone(browser, service, platform, language, DESKTOP if language == "fi" else PHONE)
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
    wait_until(page, lambda: len(engine.asked_in(platform, words)) == 3)
    assert [asked.choice for asked in engine.asked_in(platform, words)] == [None, "evidence", last]
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/{platform}-{language}.png")
    assert problems(page) == []
    assert faint(page, ".bubble") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()


def test_what_still_fades_in_is_judged_by_how_it_will_stand(browser: Browser, service: str) -> None:
    page = open_phone(browser, service, "messenger", "fi", DESKTOP, bypass_csp=True)
    page.add_style_tag(content=".bubble { animation-duration: 60s !important }")
    write(page, "hei")
    expect(bubbles(page, "service")).to_have_count(1)
    assert problems(page) == []
    assert faint(page, ".bubble") == []
    page.add_style_tag(content=".bubble time { color: #ccc !important }")
    assert {found.partition(":")[0] for found in problems(page)} == {"color-contrast"}
    assert faint(page, ".bubble") != []
    page.context.close()


def test_what_a_platform_does_not_have_is_not_offered(browser: Browser, service: str, engine: WordsEngine) -> None:
    page = open_phone(browser, service, "messenger", "fi", DESKTOP)
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
    browser: Browser, service: str, engine: WordsEngine
) -> None:
    page = open_phone(browser, service, "messenger", "fi", PHONE)
    write(page, "mitä osaat")
    expect(page.locator(".choices.quick .choice")).to_have_count(13)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/messenger-thirteen.png")
    page.get_by_role("button", name="Aihe numero 13").click()
    expect(bubbles(page, "citizen").last).to_contain_text("Aihe numero 13")
    wait_until(page, lambda: engine.asked[-1].choice == "t13")
    page.locator("#tools-toggle").click()
    page.get_by_role("button", name="Uusi puhelin").click()
    if PICTURES:
        page.screenshot(path=f"{PICTURES}/new-phone.png")
    assert problems(page) == []
    page.context.close()
