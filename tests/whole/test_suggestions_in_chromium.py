"""Checks of suggestions in the whole service: the real encoder of the real engine, on the page of a real officer."""

import contextlib
import sqlite3
import time
import uuid
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.whole.test_two_officers_in_chromium import officer
from tests.worlds.stack import Stack

pytestmark = [pytest.mark.xdist_group("stack"), pytest.mark.timeout(600)]

PATIENCE = 60_000  # milliseconds: the first time, the encoder reads some hundred texts of ours
# A talk, its request for an officer, and two questions with the short answer that belongs to each.
TALKS = {
    "fi": (
        "joku tyyppi snäpissä vaatii 200e tai laittaa mun kuvat kaikille seuraajille",
        "haluan puhua poliisille",
        ("miten tallennan todisteet", "evidence_how"),
        ("voiko rikosilmoituksen perua jos kadun", "withdraw_possible"),
    ),
    "sv": (
        "nån på snapchat kräver 200 euro annars skickar han mina bilder till alla",
        "jag vill prata med en polis",
        ("hur sparar jag bevis", "evidence_how"),
        ("kan man ta tillbaka anmälan om jag ångrar mig", "withdraw_possible"),
    ),
}


class Citizen:
    """A phone of the simulator, by the same requests as its page makes."""

    def __init__(self, stack: Stack, name: str) -> None:
        self._client = httpx2.Client(base_url=f"{stack.url}/simulator", trust_env=False, timeout=20)
        self._phone = self._client.post("/phones", json={"name": name}).raise_for_status().json()["id"]

    def says(self, text: str, *, answered: bool = True) -> None:
        before = len(self._heard())
        sent = self._client.post(f"/phones/{self._phone}/messages", json={"kind": "text", "text": text})
        sent.raise_for_status()
        ends = time.monotonic() + 30
        while answered and len(self._heard()) <= before:
            assert time.monotonic() < ends, f"no answer to {text!r}"
            time.sleep(0.1)

    def close(self) -> None:
        self._client.close()

    def _heard(self) -> list[Any]:
        shown = self._client.get(f"/phones/{self._phone}").raise_for_status().json()["messages"]
        return [each for each in shown if each["author"] == "service"]


def newest_conversation(stack: Stack) -> uuid.UUID:
    with contextlib.closing(sqlite3.connect(f"file:{stack.log.parent / 'neuvo.db'}?mode=ro", uri=True)) as database:
        [newest] = database.execute("SELECT id FROM conversation ORDER BY created_at DESC LIMIT 1").fetchone()
    return uuid.UUID(newest)


def names(chips: Locator) -> str:
    return " ".join(each.get_attribute("href") or "" for each in chips.all())


def suggests(page: Page, question: str) -> None:
    """The short answer to this question is among what is suggested; what is, is told where it is not."""
    wanted = page.locator(f"#suggested .chip[href*={question}]")
    try:
        expect(wanted.first).to_be_visible(timeout=PATIENCE)
    except AssertionError as error:
        raise AssertionError(f"{question} is not among {names(page.locator('#suggested .chip'))!r}") from error


@pytest.mark.parametrize("language", TALKS)
def test_the_encoder_suggests_the_short_answer_to_what_was_asked_last(
    browser: Browser, stack: Stack, language: str
) -> None:
    about, asks, (first, answer), (second, other) = TALKS[language]
    citizen = Citizen(stack, f"Suggestions {language}")
    citizen.says(about)
    citizen.says(asks)
    page = officer(browser, stack.url, "olivia")
    page.goto(f"{stack.url}/console/conversations/{newest_conversation(stack)}")
    why = page.locator("input[name=ground][value=colleague]")
    if why.count():  # the bot has offered an officer, and not queued the talk yet
        why.check()
        page.locator("form[action$='/open'] button[type=submit]").click()
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_visible()
    chips = page.locator("#suggested .chip")
    citizen.says(first, answered=False)
    expect(page.locator("#talk")).to_contain_text(first)
    suggests(page, answer)
    assert other not in names(chips), "what was not asked is not suggested"
    assert chips.first.get_attribute("lang") == language

    citizen.says(second, answered=False)
    expect(page.locator("#talk")).to_contain_text(second)
    suggests(page, other)
    chip = page.locator(f"#suggested .chip[href*={other}]").first
    words = chip.get_attribute("data-ready") or ""
    chip.press("Enter")
    expect(page.locator("#reply")).to_have_value(words)
    page.locator("#send").click()
    expect(page.locator(".said.officer").last).to_contain_text(words[:60])
    page.context.close()
    citizen.close()
