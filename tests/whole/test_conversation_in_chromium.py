"""Checks of the whole service in a real browser: a citizen's conversation in each language, on a phone's screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, expect

from answers.content import read_content
from gateway.core.config.settings import PROJECT
from tests.worlds.stack import Stack

pytestmark = pytest.mark.xdist_group("stack")

PHONE = ViewportSize(width=375, height=812)
ANSWER_TIME = 10_000  # milliseconds; the first question of a fresh engine is its slowest


@dataclass
class Phone:
    """A citizen's phone in the browser."""

    page: Page

    def write(self, text: str) -> None:
        """Type and press Enter, as people do."""
        box = self.page.locator("#text")
        box.fill(text)
        box.press("Enter")

    def reply(self, number: int) -> str:
        """The words of the service's n-th message."""
        bubble = self.page.locator("#log .row.service .text").nth(number - 1)
        expect(bubble).to_be_visible(timeout=ANSWER_TIME)
        return bubble.inner_text()


@pytest.fixture
def phone(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> Iterator[Phone]:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{stack.url}/simulator/")
    expect(page.locator("#text")).to_be_enabled()
    page.locator("#tools-toggle").click()
    page.locator("#new-phone").click()
    page.locator("#phone-name").fill(request.node.name[:40])
    page.locator("#new-phone-form button[type=submit]").click()
    expect(page.locator("#new-phone-card")).to_be_hidden()
    yield Phone(page)
    assert errors == []
    context.close()


CONVERSATIONS = [
    ("fi", "mun instatili hakkeroitiin", "Vaihda", "kiitti avusta"),
    ("sv", "någon hotar att sprida mina bilder om jag int betalar", "Betala inte", "tack för hjälpen"),
    ("en", "someone is breaking into our house rn", "call now", "thanks a lot"),
]


@pytest.mark.parametrize(("language", "question", "advice", "thanks"), CONVERSATIONS)
def test_a_citizen_is_answered_in_the_language_of_the_question(
    phone: Phone, stack: Stack, language: str, question: str, advice: str, thanks: str
) -> None:
    phone.write(question)
    first = phone.reply(1)
    assert advice.lower() in first.lower()
    assert f"{stack.url}/privacy" in first

    ticks = phone.page.locator("#log .row.citizen .tick.read").first
    expect(ticks).to_be_visible(timeout=ANSWER_TIME)

    phone.write(thanks)
    second = phone.reply(2)
    assert "/privacy" not in second
    assert len(second) < len(first)


def test_danger_begins_with_112(phone: Phone) -> None:
    phone.write("someone is breaking into our house rn")

    assert phone.reply(1).startswith("112")


def test_a_button_leads_to_the_next_answer(phone: Phone) -> None:
    phone.write("mun instatili hakkeroitiin")
    phone.reply(1)
    button = phone.page.locator("#log .choices button").first
    title = button.inner_text().strip()
    button.press("Enter")
    phone.reply(2)

    expect(phone.page.locator("#log .row.citizen .text").last).to_have_text(title)


def test_an_answer_follows_a_change_of_language(phone: Phone) -> None:
    phone.write("mun instatili hakkeroitiin")
    phone.reply(1)
    phone.write("can you tell me that in english please, my account was hacked")

    assert re.search(r"\baccount\b", phone.reply(2), re.IGNORECASE)


def test_a_code_is_hidden_and_the_citizen_is_told(phone: Phone) -> None:
    phone.write("annoin mun hetun 131052-308T ja pankkitunnukset sille huijarille")

    assert "piilotin" in phone.reply(1).lower()


TALKS = [
    ("fi", "joku kiristää mua nudeilla ja vaatii rahaa", "miksi?", "en ymmärrä, selitä lyhyemmin", "kiitos avusta!"),
    (
        "sv",
        "nån utpressar mej me nudes å vill ha pengar",
        "varför då?",
        "ja förstår int, kan du säga de kortare",
        "tack!",
    ),
    ("en", "someone blackmails me with my nudes and wants money", "but why?", "i dont understand", "thank you so much"),
]


@pytest.mark.parametrize(("language", "question", "why", "simpler", "thanks"), TALKS)
def test_a_talk_goes_on_as_people_talk(
    phone: Phone, stack: Stack, language: str, question: str, why: str, simpler: str, thanks: str
) -> None:
    content = read_content(PROJECT / "data", f"{stack.url}/privacy")
    phone.write(question)
    first = phone.reply(1)
    assert _plain(content.in_short("sextortion", language) or "") in _plain(first)
    phone.write(why)
    assert _plain(phone.reply(2)) == _plain(content.why("sextortion", language) or "")
    phone.write(simpler)
    shorter = phone.reply(3)
    assert len(shorter) < len(first) / 2
    assert shorter.endswith(content.line("what_was_unclear", language))
    phone.write(thanks)
    last = phone.reply(4)
    assert not re.search(r"\d", last)  # no crisis line for thanks
    assert len({first, shorter, last}) == 3


def _plain(text: str) -> str:
    """Without WhatsApp's bold and the breaks of a bubble."""
    return " ".join(text.replace("*", "").split())


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize("width", [375, 1280])
def test_the_privacy_page_is_readable_by_everybody(browser: Browser, stack: Stack, language: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(f"{stack.url}/privacy?lang={language}")

    assert page.locator("html").get_attribute("lang") == language
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    violations = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in violations] == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"
    page.close()
