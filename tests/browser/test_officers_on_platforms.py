"""Messenger and Instagram in Chromium, both sides: a talk goes to an officer, who may write for a week, and back."""

import datetime as dt
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from gateway.conversations.models import Conversation, OutboxItem
from gateway.core.database import now
from tests.browser.accessible import problems
from tests.worlds.console_server import ConsoleServer, console_server, login, waits
from tests.worlds.outbox import put
from tests.worlds.phone_pages import TITLES, open_phone
from tests.worlds.simulator_process import DESKTOP, PHONE, bubbles, write

PICTURES = os.environ.get("NEUVO_TEST_PICTURES")
SEVENTH_DAY = dt.timedelta(days=6, hours=22)
# What the citizen writes, and what the fixed line says when an officer comes.
WORDS = {
    "fi": ("haluan puhua poliisille", "Poliisi lukee nyt viestejäsi"),
    "sv": ("jag vill prata med en polis", "En polis läser nu dina meddelanden"),
    "en": ("I want to talk to an officer", "A police officer is now reading"),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    """One service for all talks, with the feature Human Agent on both platforms."""
    folder = tmp_path_factory.mktemp("officers")
    with console_server(folder, messenger_human_agent=True, instagram_human_agent=True) as running:
        yield running


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("platform", TITLES)
def test_a_talk_goes_to_an_officer_who_may_write_for_seven_days_and_back_to_the_bot(
    service: ConsoleServer, browser: Browser, platform: str, language: str
) -> None:
    question, taken = WORDS[language]
    phone = open_phone(browser, f"{service.url}/simulator", platform, language, PHONE)
    write(phone, question)
    expect(bubbles(phone, "service").last).to_contain_text("Jono.")

    talk = newest_talk(service, platform)
    officer = service.officer(browser, login(), language, DESKTOP)
    officer.goto(f"{service.url}/console/conversations/{talk}")
    expect(officer.locator("#queue .row-link", has_text=TITLES[platform]).first).to_be_visible()
    expect(officer.locator(".talk-facts")).to_contain_text(TITLES[platform])
    assert dt.timedelta(days=6) < window(officer) < dt.timedelta(days=7)
    officer.locator("#claim").click()
    expect(bubbles(phone, "service").last).to_contain_text(taken)
    say(officer, "Officer-on-the-first-day")
    expect(bubbles(phone, "service").last).to_contain_text("Officer-on-the-first-day")

    days_pass(service, talk)
    officer.reload()
    assert dt.timedelta(0) < window(officer) < dt.timedelta(hours=3)
    say(officer, "Officer-on-the-seventh-day")
    expect(bubbles(phone, "service").last).to_contain_text("Officer-on-the-seventh-day")
    assert tags(service, "Officer-on-the-seventh-day")[-1] == "HUMAN_AGENT"
    assert tags(service, "Officer-on-the-first-day")[-1] is None
    look(officer, f"officer-{platform}-{language}")

    officer.locator("#menu-close summary").click()
    officer.locator("#give-back").click()
    expect(officer.locator("#claim")).to_be_visible()
    the_bot_speaks(service, talk)  # whose day is long over
    waits(lambda: refused(service, talk) == ["window_closed"], 20)
    write(phone, "tili")
    expect(bubbles(phone, "service").last).to_contain_text("Vaihda salasana heti.")
    assert "Bot-on-the-seventh-day" not in phone.locator("#log").inner_text()
    assert service.simulator.log.refused() == []  # what the bot might not say was never tried
    look(phone, f"citizen-{platform}-{language}")
    for page in (phone, officer):
        page.context.close()


def newest_talk(service: ConsoleServer, platform: str) -> str:
    async def find() -> str:
        async with service.service.database.transaction() as session:
            wanted = select(Conversation).where(Conversation.channel == platform)
            found = await session.scalar(wanted.order_by(Conversation.created_at.desc()).limit(1))
            assert found is not None
            return str(found.id)

    return service.do(find)


def window(officer: Page) -> dt.timedelta:
    """How long the console says that one may still answer."""
    until = officer.locator(".talk-facts time[data-until]").get_attribute("data-until") or ""
    return dt.datetime.fromisoformat(until) - now()


def say(officer: Page, words: str) -> None:
    officer.locator("#reply").fill(words)
    officer.locator("#reply").press("Control+Enter")
    expect(officer.locator(".said.officer").last).to_contain_text(words)


def days_pass(service: ConsoleServer, talk: str) -> None:
    """On both sides: so long ago did the citizen write."""

    async def pass_by() -> None:
        async with service.service.database.transaction() as session:
            await session.execute(
                update(Conversation)
                .where(Conversation.id == uuid.UUID(talk))
                .values(last_citizen_message_at=now() - SEVENTH_DAY)
            )
        # Not the stand-in's clock, which the next talk needs as it is.
        heard = service.simulator.state.last_heard
        newest = max(heard, key=heard.__getitem__)
        heard[newest] -= SEVENTH_DAY.total_seconds()

    service.do(pass_by)


def the_bot_speaks(service: ConsoleServer, talk: str) -> None:
    async def speak() -> None:
        async with service.service.database.transaction() as session:
            row = await session.get_one(Conversation, uuid.UUID(talk))
            await put(session, service.service, row, "Bot-on-the-seventh-day")
        service.service.wake_outbox()

    service.do(speak)


def refused(service: ConsoleServer, talk: str) -> list[str | None]:
    """Why each reply of the talk that did not go out did not."""

    async def find() -> list[str | None]:
        async with service.service.database.transaction() as session:
            wanted = OutboxItem.conversation_id == uuid.UUID(talk), OutboxItem.state == "failed"
            return list(await session.scalars(select(OutboxItem.error_class).where(*wanted)))

    return service.do(find)


def tags(service: ConsoleServer, words: str) -> list[str | None]:
    """With which tag the platform took these words, each time."""
    said = [each.content for each in service.simulator.state.messages.values() if each.author == "service"]
    return [content.get("tag") for content in said if content.get("body") == words]


def look(page: Page, name: str) -> None:
    if name.endswith("fi"):  # the others differ in their words only
        assert problems(page) == [], name
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")
