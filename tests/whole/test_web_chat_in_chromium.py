"""Checks of the whole service in a real browser: the web chat, answered by the real dialogue engine."""

import pytest
from playwright.sync_api import Browser, expect

from tests.worlds.stack import Stack

pytestmark = pytest.mark.xdist_group("stack")

ANSWER_TIME = 10_000  # milliseconds; the first question of a fresh engine is its slowest
TALKS = [
    ("fi", "mun instatili hakkeroitiin", "Vaihda", "Miksi?"),
    ("sv", "någon hotar att sprida mina bilder om jag int betalar", "Betala inte", "Varför?"),
    ("en", "someone is breaking into our house rn", "call now", "why?"),
]


@pytest.mark.parametrize(("language", "question", "advice", "why"), TALKS)
def test_a_citizen_talks_on_the_web_in_the_language_of_the_question(
    browser: Browser, stack: Stack, language: str, question: str, advice: str, why: str
) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 812})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{stack.url}/chat?lang={language}")
    page.locator("#text").fill(question)
    page.locator("#text").press("Enter")
    first = page.locator(".row.bot .bubble").first
    expect(first).to_be_visible(timeout=ANSWER_TIME)
    assert advice.lower() in first.inner_text().lower()
    assert f"{stack.url}/privacy" in first.inner_text()
    page.locator("#text").fill(why)
    page.locator("#text").press("Enter")
    expect(page.locator(".row.bot .bubble")).to_have_count(2, timeout=ANSWER_TIME)
    context.close()

    assert errors == []
