"""A wave of scam messages in the whole service: thirty people ask, an officer sees it rise, and the next one is told.

The citizens' phones post as WhatsApp does; the officers and the last citizen work in Chromium, the real engine answers.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.core.config.settings import Settings
from tests.whole.test_bulletins_in_chromium import FIRST, last_reply, new_phone, write
from tests.whole.test_two_officers_in_chromium import officer
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.stack import Stack

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(300)]
PEOPLE = 30
PASTED = "Omakanta: veronpalautuksesi 312,40e on valmis. Lunasta: http://vero-refund.info/k/{number}"
NAME = "Verohallinto: palautus"


def paste(stack: Stack, number: int) -> None:
    """One citizen pastes the message, as WhatsApp's webhook says it."""
    content: bytes = bodies.body(bodies.message(body=PASTED.format(number=number), sender=f"3584577{number:05d}"))
    answer = httpx2.post(
        f"{stack.url}/webhooks/whatsapp", content=content, headers=bodies.signed(content, Settings()), trust_env=False
    )
    assert answer.status_code == 200


def rising(page: Page, stack: Stack) -> Any:
    """The line of the wave on the page of figures, once all have been counted."""
    line = page.locator("section[aria-labelledby=scams] li", has_text=NAME)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        page.goto(f"{stack.url}/console/figures")
        if line.count() and f" {PEOPLE} " in line.inner_text():
            return line
        page.wait_for_timeout(1_000)
    raise AssertionError("The wave is not on the page of figures.")


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("NEUVO_TEST_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_thirty_pasted_messages_become_a_rising_figure_a_bulletin_and_an_answer(browser: Browser, stack: Stack) -> None:
    before = new_phone(browser, stack, "scam before")
    write(before, PASTED.format(number=0))
    verdict = last_reply(before, 1, FIRST)
    assert "vero.fi" in verdict
    assert ".info" in verdict
    for name in ("Annoin jo koodit", "Maksoin jo", "En ole maksanut"):
        expect(before.get_by_role("button", name=name).last).to_be_visible()
    picture(before, "scam-verdict")
    before.get_by_role("button", name="Annoin jo koodit").last.click()
    assert "pankki" in last_reply(before, 2, FIRST).lower()

    for number in range(1, PEOPLE):
        paste(stack, number)
    writer = officer(browser, stack.url, "olivia")
    wave = rising(writer, stack)
    picture(writer, "scam-figures")
    wave.get_by_role("link", name="Kirjoita tiedote").click()
    assert "Verohallinto" in writer.locator("#text_fi").input_value()
    picture(writer, "scam-draft")
    writer.locator("#bulletin-form button[type=submit]").click()
    writer.locator("form[action$='/propose'] button").click()
    address = writer.url.split("?")[0]

    approver = officer(browser, stack.url, "oskar")
    approver.goto(address)
    approver.locator("form[action$='/approve'] button").click()
    before.wait_for_timeout(2_500)  # what a process remembers of the time before
    after = new_phone(browser, stack, "scam after")
    write(after, "sain viestin: " + PASTED.format(number=99))
    heard = last_reply(after, 1, FIRST)

    assert "Huijausviestejä: Verohallinto" in heard
    picture(after, "scam-answer")
    assert json.dumps(heard).count("vero-refund.info") == 0
