"""Checks of bulletins with all hands: officers on the pages of one gateway process, citizens' phones on another."""

import datetime as dt
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.accounts.demonstration import PASSWORD, code
from gateway.core.config.settings import PROJECT
from gateway.core.locale import HELSINKI
from tests.whole.test_bulletins_in_chromium import FIRST, HEARD, last_reply, new_phone, write
from tests.worlds.road import free_port
from tests.worlds.services import TemporaryPostgres, need_postgres
from tests.worlds.stack import Stack

pytestmark = pytest.mark.timeout(300)  # a stack of its own is started first
TITLES = {"fi": "Puukotus Kalliossa", "sv": "Knivdåd i Berghäll", "en": "Stabbing in Kallio"}
TEXTS = {
    "fi": "Yksi ihminen on loukkaantunut. Yleisöllä ei ole vaaraa.",
    "sv": "En person är skadad. Allmänheten är inte i fara.",
    "en": "One person is hurt. The public is not in danger.",
}
CORRECTED = {
    "fi": "Kaksi ihmistä on loukkaantunut. Yleisöllä ei ole vaaraa.",
    "sv": "Två personer är skadade. Allmänheten är inte i fara.",
    "en": "Two people are hurt. The public is not in danger.",
}
# The place inflected and misspelt, as people write it.
QUESTIONS = {
    "fi": ("onks kalios oikeesti puukotettu joku", "Kerro muutoksista"),
    "sv": ("vad har hänt i bärghäll idag?", "Håll mig uppdaterad"),
    "en": ("was somebody stabbed in kalio", "Tell me of changes"),
}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, str]]:
    """The stack on PostgreSQL, and the address of a second gateway process on the same database."""
    need_postgres()
    if not (PROJECT / "models" / "neuvo.tar.gz").exists():
        pytest.fail("There is no trained model; run `make train` first.")
    folder, database, port = tmp_path_factory.mktemp("two"), TemporaryPostgres(), free_port()
    stack = Stack(folder, NEUVO_DATABASE_URL=database.url)
    second: subprocess.Popen[bytes] | None = None
    try:
        stack.start()
        second = _serve(stack, folder, port)
        yield stack, f"http://localhost:{port}"
    finally:
        if second is not None:
            second.send_signal(signal.SIGTERM)
            second.wait(20)
        stack.stop()
        database.drop()


def _serve(stack: Stack, folder: Path, port: int) -> subprocess.Popen[bytes]:
    environment = {
        **stack._environment,
        "NEUVO_PORT": str(port),
        "NEUVO_PUBLIC_URL": f"http://localhost:{port}",
        "NEUVO_GRAPH_BASE_URL": f"{stack.url}/simulator/graph",
    }
    with (folder / "second.log").open("wb") as output:
        python = PROJECT / ".venv" / "gateway" / "bin" / "python"
        process = subprocess.Popen(
            [python, "-m", "gateway", "serve"], cwd=PROJECT, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    for _ in range(300):
        try:
            if httpx2.get(f"http://localhost:{port}/health/live", trust_env=False).is_success:
                return process
        except httpx2.HTTPError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError((folder / "second.log").read_text()[-3000:])


def officer(browser: Browser, url: str, login: str) -> Page:
    """Somebody of the demonstration, signed in."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}, locale="fi-FI").new_page()
    page.goto(f"{url}/sign-in?lang=fi")
    page.get_by_label("Käyttäjätunnus").fill(login)
    page.get_by_label("Salasana").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Koodi puhelimesta").fill(code(login))
    page.keyboard.press("Enter")
    expect(page.locator(".frame-who")).to_be_visible()
    return page


def fill_in(page: Page, texts: dict[str, str], ends_at: dt.datetime) -> None:
    for language, text in texts.items():
        page.locator(f"#title_{language}").fill(TITLES[language])
        page.locator(f"#text_{language}").fill(text)
    page.locator("#places").fill("Kallio, Berghäll")
    page.locator("#keywords").fill("puukotus, puukot*, knivdåd, stabbing")
    page.locator("#ends_at").fill(f"{ends_at.astimezone(HELSINKI):%Y-%m-%dT%H:%M}")
    page.locator("#bulletin-form button[type=submit]").click()
    page.locator("form[action$='/propose'] button").click()


def approve(page: Page, url: str, address: str) -> None:
    page.goto(f"{url}{address}")
    page.locator("form[action$='/approve'] button").click()
    expect(page.get_by_role("status")).to_be_visible()


def test_two_officers_publish_each_citizen_hears_the_correction_reaches_them_and_it_ends_by_itself(
    browser: Browser, both: tuple[Stack, str]
) -> None:
    stack, second = both
    phones = {language: new_phone(browser, stack, f"officers {language}") for language in QUESTIONS}
    for language, phone in phones.items():  # the first answer of a fresh engine is its slowest
        write(phone, {"fi": "moikka", "sv": "hejsan", "en": "hello"}[language])
        last_reply(phone, 1, FIRST)
    one, other = officer(browser, second, "olivia"), officer(browser, stack.url, "oskar")
    one.goto(f"{second}/console/bulletins/new")
    fill_in(one, TEXTS, _minute_after(seconds=3600))
    address = one.url.partition("?")[0].removeprefix(second)
    expect(one.locator("form[action$='/approve']")).to_have_count(0)
    approve(other, stack.url, address)
    published = time.monotonic()
    for language, phone in phones.items():
        question, button = QUESTIONS[language]
        asked_at = time.monotonic()
        write(phone, question)
        heard = last_reply(phone, 2, HEARD)
        assert f"{TITLES[language]}\n{TEXTS[language]}" in heard, (time.monotonic() - published, asked_at)
        phone.get_by_role("button", name=button).last.click()
        last_reply(phone, 3, HEARD)

    other.goto(f"{stack.url}{address}/write")
    ends_at = _minute_after(seconds=90)
    fill_in(other, CORRECTED, ends_at)
    approve(one, second, address)
    for language, phone in phones.items():
        assert CORRECTED[language] in last_reply(phone, 4, HEARD)
    phones["fi"].wait_for_timeout(max((ends_at - dt.datetime.now(dt.UTC)).total_seconds(), 0) * 1000 + 200)
    for language, phone in phones.items():
        write(phone, QUESTIONS[language][0])
        assert TITLES[language] not in last_reply(phone, 5, FIRST)
    one.goto(f"{second}{address}")
    expect(one.locator(".row.between .badge").first).to_have_text("Päättynyt")


def _minute_after(*, seconds: int) -> dt.datetime:
    """The last whole minute, which is all that the form knows, before that many seconds are over."""
    return (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)).replace(second=0, microsecond=0)
