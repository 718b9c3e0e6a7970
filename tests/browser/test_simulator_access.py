"""The phone on a web page for everybody: by keyboard, by ear, on small screens, without motion."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import faint, problems
from tests.worlds.simulator_process import DESKTOP, PHONE, OpenPage, bubbles, write


def test_a_whole_conversation_goes_by_keyboard_alone(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Siirry kirjoittamaan")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("apua")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Todisteet talteen")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.textContent") == "Todisteet talteen":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(bubbles(page, "service").last).to_contain_text("Sain: evidence")


def test_new_bubbles_are_announced_and_ticks_are_not(open_page: OpenPage) -> None:
    page = open_page()
    log = page.get_by_role("log")
    expect(log).to_have_attribute("aria-live", "polite")
    page.evaluate("""() => {
      window.added = [];
      new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => {
        if (node.nodeType === 1) window.added.push(node.className);
      }))).observe(document.getElementById("log"), { childList: true });
    }""")
    write(page, "hei")
    expect(page.locator(".tick.read")).to_be_visible()
    expect(bubbles(page, "service")).to_have_count(1)
    page.wait_for_timeout(900)
    assert page.evaluate("window.added") == ["day", "row citizen", "row service"]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_wherever_the_citizen_is(open_page: OpenPage, size: dict[str, int]) -> None:
    page = open_page(size)
    assert problems(page) == []
    for words in ("apua", "muotoilu", "lista"):
        write(page, words)
        expect(bubbles(page, "service").last).to_be_visible()
    page.get_by_role("button", name="Puhu poliisille").click()
    for name in ("Kuva", "Ääniviesti", "Sijainti", "Tarra", "Tiedosto", "Yhteystieto"):
        page.get_by_role("button", name="Liitä").click()
        page.get_by_role("button", name=name, exact=True).click()
    expect(bubbles(page, "service")).to_have_count(10)
    assert problems(page) == []
    assert faint(page, ".bubble") == []
    page.get_by_role("button", name="Liitä").click()
    assert problems(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Näytä aiheet").click()
    assert problems(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Viestin toiminnot").first.press("Enter")
    assert problems(page) == []
    page.keyboard.press("Escape")
    if size == PHONE:
        page.get_by_role("button", name="Simulaattorin asetukset").click()
        assert problems(page) == []
    page.get_by_role("button", name="Uusi puhelin").click()
    assert problems(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Mitä verkossa liikkui").click()
    page.locator(".wire summary").first.click()
    assert problems(page) == []


@pytest.mark.parametrize("width", [320, 375, 768, 901, 1280])
def test_nothing_sticks_out_at_any_width(open_page: OpenPage, width: int) -> None:
    page = open_page({"width": width, "height": 812})
    write(page, "apua " + "pitkäsana" * 40)
    expect(bubbles(page, "service")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sticking_out = page.evaluate(
        """(width) => [...document.querySelectorAll("main *")]
      .filter((part) => part.getBoundingClientRect().width > 1 && part.getBoundingClientRect().right > width + 1)
      .map((part) => part.className)""",
        width,
    )
    assert sticking_out == []


def test_who_wants_no_motion_gets_none(open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    write(page, "apua")
    expect(bubbles(page, "service")).to_have_count(1)
    assert page.evaluate("getComputedStyle(document.querySelector('.bubble')).animationName") == "none"
