"""The pages of accountability in Chromium, in three languages: the question before a conversation, and its log."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from gateway.accounts import approvals, audit, notices
from gateway.accounts.models import ApprovalKind, StaffPerson
from gateway.conversations.models import Conversation
from gateway.conversations.repository import locked
from gateway.core.actors import Role
from gateway.core.database import now
from gateway.core.i18n import moment
from gateway.privacy.erasure import erase
from tests.browser.accessible import problems
from tests.worlds import officers as desk
from tests.worlds.console_server import ConsoleServer, console_server, login
from tests.worlds.simulator_process import DESKTOP, PHONE

PICTURES = os.environ.get("NEUVO_TEST_PICTURES")
SECRET = "nobody else may read this"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with console_server(tmp_path_factory.mktemp("accountability")) as served:
        yield served


def check(page: Page, name: str) -> None:
    """Nothing for axe and nothing that sticks out, on a phone and a large screen; a picture where one is wanted."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert problems(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}.png", full_page=True)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_why_a_conversation_is_opened_is_asked_and_answered_by_keyboard(
    browser: Browser, service: ConsoleServer, language: str
) -> None:
    async def prepare() -> str:
        talk = await desk.owned(service.service)
        await desk.writes(service.service, talk, SECRET)
        return str(talk)

    address = f"{service.url}/console/conversations/{service.do(prepare)}"
    page = service.officer(browser, login(), language, PHONE)
    page.goto(address)
    expect(page.get_by_role("radio")).to_have_count(5)
    expect(page.get_by_text(SECRET)).to_have_count(0)
    check(page, f"ask-{language}")
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text(SECRET).first).to_be_visible()
    page.context.close()


def test_who_reads_what_a_colleague_takes_is_asked_without_a_press(browser: Browser, service: ConsoleServer) -> None:
    talk = service.do(lambda: desk.waiting(service.service))
    page = service.officer(browser, login(), "en", DESKTOP)
    page.goto(f"{service.url}/console/conversations/{talk}")
    expect(page.locator("#claim")).to_be_visible()
    other = service.officer(browser, login(), "en", DESKTOP)
    other.goto(f"{service.url}/console/conversations/{talk}")
    other.locator("#claim").click()
    expect(page.get_by_role("radio")).to_have_count(5)
    for each in (page, other):
        each.context.close()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_what_waits_for_a_second_person_and_what_happened_to_an_account(
    browser: Browser, service: ConsoleServer, language: str
) -> None:
    name = login()
    page = service.officer(browser, name, language, PHONE, Role.SUPERVISOR)
    asker = service.officer(browser, login(), "en", DESKTOP)

    async def prepare() -> None:
        talk = await desk.waiting(service.service)
        async with service.service.database.transaction() as session:
            people = list(await session.scalars(select(StaffPerson).order_by(StaffPerson.created_at)))
            me, by = people[-2], people[-1]
            notices.add(me, notices.Notice.PASSKEY)
            row = await session.get_one(Conversation, talk)
            subject = audit.conversation_subject(service.service.keyring, row.id)
            content = {"ground": "duty", "notes": False}
            for each in (by.id, me.id):
                await approvals.ask(
                    session, ApprovalKind.TRANSCRIPT, each, subject, conversation_id=talk, content=content
                )

    service.do(prepare)
    page.goto(f"{service.url}/approvals")
    check(page, f"approvals-{language}")
    page.locator("form[action='/account/notices/seen'] button").click()
    expect(page.locator("form[action='/account/notices/seen']")).to_have_count(0)
    page.locator("form[action$='/approve'] button").first.click()
    expect(page.get_by_role("status")).to_be_visible()
    for each in (page, asker):
        each.context.close()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_auditor_sees_who_reads_what(browser: Browser, service: ConsoleServer, language: str) -> None:
    officer = service.officer(browser, login(), "en", DESKTOP)

    async def prepare() -> None:
        async with service.service.database.transaction() as session:
            person = (await session.scalars(select(StaffPerson).order_by(StaffPerson.created_at.desc()))).first()
            assert person is not None
            for number in range(12):
                details = {"ground": "colleague", "on_duty": False}
                await audit.record(session, person.id, "conversation_opened", f"conversation {number:032x}", details)

    service.do(prepare)
    page = service.officer(browser, login(), language, PHONE, Role.AUDITOR)
    page.goto(f"{service.url}/audit/access")
    expect(page.locator("#conversations tbody tr")).not_to_have_count(0)
    check(page, f"access-{language}")
    page.locator("#conversations th a").first.click()
    expect(page.get_by_role("table")).to_be_visible()
    for each in (page, officer):
        each.context.close()


@pytest.mark.parametrize(
    ("language", "why"),
    [("fi", "Kollega pyysi katsomaan"), ("sv", "En kollega bad mig titta"), ("en", "A colleague asked me to look")],
)
def test_who_read_this_talk_when_and_why_is_answered_also_when_its_citizen_is_erased(
    browser: Browser, service: ConsoleServer, language: str, why: str
) -> None:
    talk = service.do(lambda: desk.owned(service.service))
    address, name = f"{service.url}/console/conversations/{talk}", login()
    officer = service.officer(browser, name, language, DESKTOP)
    officer.goto(address)
    officer.get_by_role("radio", name=why).check()
    officer.keyboard.press("Enter")
    expect(officer.locator("#talk")).to_be_visible()
    read_at = moment(now())

    async def erase_it() -> None:
        async with service.service.database.transaction() as session:
            await erase(session, service.service, await locked(session, talk), now())

    service.do(erase_it)
    auditor = service.officer(browser, login(), language, PHONE, Role.AUDITOR)
    auditor.goto(f"{service.url}/audit/access")
    auditor.locator("#talk").fill(address)
    auditor.keyboard.press("Enter")
    opened = auditor.locator("tbody tr", has_text=f"{name.title()} Example").filter(has_text=why)
    expect(opened).to_have_count(1)
    expect(opened).to_contain_text(read_at.partition(" ")[0])
    expect(auditor.locator("tbody tr").filter(has_not_text=f"{name.title()} Example")).to_have_count(0)
    assert str(talk) not in auditor.locator("body").inner_text()
    check(auditor, f"who-read-{language}")
    for each in (officer, auditor):
        each.context.close()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_an_account_can_be_closed_and_its_roles_asked_for(
    browser: Browser, service: ConsoleServer, language: str
) -> None:
    name = login()
    officer = service.officer(browser, name, "en", DESKTOP)
    page = service.officer(browser, login(), language, PHONE, Role.ADMINISTRATOR)
    page.goto(f"{service.url}/accounts")
    page.locator("th a").filter(has_text=name.title()).click()
    expect(page.locator("#leave")).to_be_visible()
    check(page, f"account-{language}")
    page.goto(f"{service.url}/account")
    check(page, f"own-account-{language}")
    for each in (page, officer):
        each.context.close()
