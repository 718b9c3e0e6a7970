"""Fourteen talks in which the bot said what is published, at its full length: each is read without scrolling."""

import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_console import asks, complaints, heard, newest_conversation
from tests.browser.test_reading import DESK, PHONE, is_on_screen, picture
from tests.worlds.console_server import ConsoleServer, PublishedEngine, console_server, login

__all__ = ["complaints"]
# What was written, one message after the other; the words that matter, and what the bot answered about.
TALKS = [
    (("moi", "joku kiristää mua alastonkuvilla snäpissä"), "kiristää mua alastonkuvilla", "sextortion"),
    (("mun pankkitunnukset vietiin", "mitä mä nyt teen"), "pankkitunnukset vietiin", "bank_phishing"),
    (("isä löi mua eilen", "en uskalla mennä kotiin"), "uskalla mennä kotiin", "violence_at_home"),
    (("ryhmässä jaetaan mun alastonkuvaa", "kaikki nauraa"), "jaetaan mun alastonkuvaa", "nude_image_shared"),
    (("voinko perua rikosilmoituksen", "ok", "kiitos"), "perua rikosilmoituksen", "withdraw_report"),
    (("någon har stulit min cykel",), "stulit min cykel", "property_theft_lost"),
    (("a man follows me home every day",), "follows me home", "stalking_restraining_order"),
    (("äiti lukee tän", "poikaystävä uhkailee mua videolla"), "uhkailee mua videolla", "threats_extortion"),
    (("moikka vaan. Tyypillä on veitsi bussissa. Mitä teen?",), "Tyypillä on veitsi bussissa.", "emergency_now"),
    (("maksoin 400 euroa kengistä, ei tullut", "👍"), "maksoin 400 euroa", "online_purchase_fraud"),
    (("vanha mies haluaa tavata mut", "se lähetti kuvan"), "mies haluaa tavata", "grooming"),
    (("moi", "hei", "tarjosivat rahaa tilin lainasta"), "rahaa tilin lainasta", "money_mule"),
    (("en jaksa enää elää", "kukaan ei auta"), "en jaksa enää elää", "suicidal_thoughts"),
    (("mun insta kaapattiin", "se pyytää rahaa kavereilta"), "insta kaapattiin", "account_hacked"),
]
ASKS = {"cykel": "jag vill prata med en polis", "home": "I want to talk to an officer"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    engine = PublishedEngine({matter: topic for _, matter, topic in TALKS})
    with console_server(tmp_path_factory.mktemp("published"), engine) as running:
        yield running


@pytest.fixture(scope="module")
def talks(service: ConsoleServer) -> dict[str, str]:
    """The matter of each talk, by its conversation; all of them wait."""
    found = {}
    for said, matter, _ in TALKS:
        asks(service, *said, next((words for word, words in ASKS.items() if word in matter), "haluan puhua poliisille"))
        found[newest_conversation(service)] = matter
    return found


def read(page: Page, service: ConsoleServer, talk: str, matter: str) -> bool:
    page.goto(f"{service.url}/console/conversations/{talk}")
    words = page.locator(".said.citizen .text").filter(has_text=matter)
    expect(words).to_have_count(1)
    return is_on_screen(page, words)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
@pytest.mark.parametrize(("name", "size"), [("desk", DESK), ("phone", PHONE)])
def test_the_matter_is_on_the_screen_after_the_bots_whole_answers(
    service: ConsoleServer, browser: Browser, complaints: list[str], talks: dict[str, str],
    name: str, size: dict[str, int], language: str,
) -> None:  # fmt: skip
    page = heard(service.officer(browser, login(), language, size), complaints)
    page.goto(f"{service.url}/console")
    page.locator("#start-shift button").click()
    expect(page.locator("#alarms .alarm.urgent")).to_have_count(1)  # the one with the knife alarms above it all
    said = [words for texts, _, _ in TALKS for words in texts]
    for talk in talks:
        row = page.locator(f"#row-{uuid.UUID(talk).hex} .row-words").inner_text()
        assert any(row in words for words in said), row
    unseen = []
    for talk, matter in talks.items():
        if not read(page, service, talk, matter):
            unseen.append(matter)
            picture(page, f"unseen-{name}-{language}-{len(unseen)}")
    longest = max(map(len, page.locator(".said.bot .text").all_text_contents()))
    picture(page, f"published-{name}-{language}")
    assert (len(talks), unseen) == (14, [])
    assert longest > 800, "the bot's answers are as long as citizens read them"
    page.context.close()
