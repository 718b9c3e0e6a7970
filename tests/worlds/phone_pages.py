"""A citizen's phone on the simulator's page, on Messenger or Instagram, new for each talk."""

import itertools
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.worlds.simulator_process import PHONE

TITLES = {"messenger": "Messenger", "instagram": "Instagram"}
NUMBERS = itertools.count(1)
NEW_PHONE = {
    "fi": ("Uusi puhelin", "Luo puhelin"),
    "sv": ("Ny telefon", "Skapa telefon"),
    "en": ("New phone", "Make the phone"),
}


def open_phone(browser: Browser, service: str, platform: str, language: str, size: dict[str, int], **more: Any) -> Page:
    """The page with a phone of its own; `service` is the address of the simulator."""
    page = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, **more).new_page()
    page.goto(f"{service}/?language={language}")
    if size == PHONE:
        page.locator("#tools-toggle").click()
    new, make = NEW_PHONE[language]
    page.get_by_role("button", name=new).click()
    name = f"{TITLES[platform]} {next(NUMBERS)}"
    page.locator("#phone-name").fill(name)
    page.get_by_role("radio", name=TITLES[platform]).check()
    expect(page.locator("#known-by")).to_be_hidden()
    page.get_by_role("button", name=make).click()
    # A page that opens shows the last phone of another test: nothing may be written before ours is there.
    expect(page.get_by_role("tab", name=name, selected=True)).to_be_attached()
    expect(page.locator(f".screen[data-platform={platform}]")).to_be_visible()
    return page
