"""The editors' pages in Chromium: two editors who know no YAML, from a missed message to a published answer."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gateway.accounts.demonstration import PASSWORD, secret
from gateway.content.working_copy import WorkingCopy
from tests.browser.alone import DESK, PHONE, free_port
from tests.browser.test_accounts import check, fresh_code
from tests.services import need_chromium

PICTURES = os.environ.get("NEUVO_TEST_PICTURES")


class Workshop:
    def __init__(self, folder: Path) -> None:
        need_chromium()
        self.folder = folder
        self.url = f"http://localhost:{(port := free_port())}"
        environment = {
            **os.environ,
            "NEUVO_DATABASE_URL": f"sqlite:///{folder / 'neuvo.db'}",
            "NEUVO_STATE_DIR": str(folder),
            "NEUVO_CONTENT_DIR": str(folder / "content"),
            "NEUVO_PORT": str(port),
            "NEUVO_PUBLIC_URL": self.url,
            "NEUVO_RASA_URL": "http://127.0.0.1:9",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.content_server", str(folder)], env=environment
        )
        for _ in range(600):
            try:
                if httpx2.get(f"{self.url}/health/live", trust_env=False).is_success:
                    return
            except httpx2.ConnectError:
                assert self.process.poll() is None, "The gateway has ended."
                time.sleep(0.1)
        raise AssertionError("The gateway did not start.")

    def copy(self) -> WorkingCopy:
        return WorkingCopy(self.folder / "content")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    yield workshop
    workshop.process.terminate()
    workshop.process.wait(10)


class Desk:
    """An editor at a browser; nothing may complain in it, least of all the policy against foreign code."""

    def __init__(self, context: BrowserContext, workshop: Workshop, login: str, language: str) -> None:
        self.complaints: list[str] = []
        self.page = page = context.new_page()
        self.url = workshop.url
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        page.goto(f"{workshop.url}/sign-in")
        page.get_by_label("Käyttäjätunnus").fill(login)
        page.get_by_label("Salasana").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.get_by_label("Koodi puhelimesta").fill(fresh_code(secret(login), []))
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{workshop.url}/content")
        page.locator("#frame-language").select_option(language)
        expect(page.locator("html")).to_have_attribute("lang", language)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page


@pytest.fixture(scope="module")
def desks(browser: Browser, workshop: Workshop) -> Iterator[tuple[Desk, Desk]]:
    contexts = [browser.new_context(viewport=DESK, locale="fi-FI") for _ in range(2)]  # type: ignore[arg-type]
    eetu, elli = (
        Desk(context, workshop, login, "fi") for context, login in zip(contexts, ("eetu", "elli"), strict=True)
    )
    yield eetu, elli
    for desk in (eetu, elli):
        assert [each for each in desk.complaints if "status of 4" not in each] == []
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("overview", "/content"),
        ("topic", "/content/topics/parcel_sms"),
        ("examples", "/content/topics/parcel_sms/examples"),
        ("tests", "/content/topics/parcel_sms/tests"),
        ("arrange", "/content/topics/parcel_sms/arrange"),
        ("new", "/content/new-topic"),
        ("contacts", "/content/contacts"),
        ("contact", "/content/contacts/riku"),
        ("history", "/content/history"),
        ("publishing", "/content/publishing"),
        ("spreadsheet", "/content/spreadsheet"),
        ("try", "/content/try"),
        ("inbox", "/content/inbox"),
        ("guide", "/content/guide"),
        ("search", "/content/search?q=paketti"),
    ],
)
def test_each_page_is_for_everybody(desks: tuple[Desk, Desk], name: str, path: str) -> None:
    check(desks[0].go(path), f"content-{name}")
