"""Makes the pictures of the README and the officers' guide: `python -m tests.pictures` writes docs/pictures/ anew.

The talks are made up; the service, its simulator and the browser are real, and in the README's picture Rasa is, too.
"""

import re
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from gateway.core.config.settings import PROJECT
from simulator import Citizen
from tests.worlds.console_server import ConsoleServer, console_server
from tests.worlds.services import CHROMIUM_FLAGS, need_chromium
from tests.worlds.simulator_process import PHONE
from tests.worlds.stack import Stack

FOLDER = PROJECT / "docs" / "pictures"
SIZE = {"width": 1360, "height": 820}
LARGEST = 150 * 1024
TALKS = (
    ("Aino", ("moi mun tili on viety", "haluan puhua poliisille")),
    ("Saga", ("jag vill prata med en polis",)),
    ("Leo", ("hänellä on veitsi",)),
    ("Sam", ("I want to talk to an officer",)),
)
QUESTION = "mun instatili hakkeroitiin"
TALL = ViewportSize(width=375, height=1018)  # the question, the whole answer and its buttons


def write(service: ConsoleServer) -> None:
    """Citizens who wait."""

    async def everybody() -> None:
        for name, texts in TALKS:
            citizen = Citizen(service.simulator, service.simulator.new_phone(name).id)
            for text in texts:
                citizen.writes(text)
                await citizen.next_reply(10)

    service.do(everybody)


def keep(page: Page, name: str) -> None:
    """A picture with few colours, so that it stays small."""
    path = FOLDER / f"{name}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(200).save(path, optimize=True)
    assert path.stat().st_size <= LARGEST, path


def take(service: ConsoleServer, browser: Browser) -> None:
    """The queue in Swedish, a talk in Finnish and one on a phone in English: the languages of the guide's parts."""
    write(service)
    page = service.officer(browser, "olivia", "sv", SIZE)
    page.goto(f"{service.url}/console")
    page.get_by_role("button", name="Börja skiftet").click()
    page.locator("#duty[data-on-duty=yes]").wait_for()
    keep(page, "console-queue")
    in_language(page, "fi")
    page.locator(".row-link", has_text="Tili kaapattu").last.click()
    reply(page, "Hei! Olen poliisista ja luin, mitä kirjoitit. Pääsetkö vielä sähköpostiisi?")
    page.locator("#note").fill("Tilin nimi kysytty, ei vielä vastausta.")
    page.locator("form[data-quiet=note] button").click()
    page.locator("#notes .text").wait_for()
    keep(page, "console-talk")
    page.goto(f"{service.url}/console")
    in_language(page, "en")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.locator(".row-link", has_text="English").click()
    reply(page, "Hi! I am from the police and I have read what you wrote. What has happened?")
    keep(page, "console-phone")


def in_language(page: Page, language: str) -> None:
    """The frame's own choice."""
    page.locator("#frame-language").select_option(language)
    page.locator(f"html[lang={language}]").wait_for()


def reply(page: Page, words: str) -> None:
    """Take the conversation, and wait until the citizen has the words."""
    page.locator("#claim").click()
    page.locator("#reply").fill(words)
    page.keyboard.press("Control+Enter")
    page.locator(".said.officer .tick", has_text=re.compile("perillä|delivered")).wait_for()


def take_citizen(folder: Path, browser: Browser) -> None:
    """A question on the simulator's phone, and what the trained bot answers."""
    service = Stack(folder)
    service.start()
    try:
        page = browser.new_page(viewport=TALL, device_scale_factor=2, locale="fi-FI", timezone_id="Europe/Helsinki")
        page.goto(f"{service.url}/simulator/?language=fi")
        for words, reply_holds in (("moi", "soita silloin 112"), (QUESTION, "Pankkihuijaus")):
            page.get_by_role("textbox").fill(words)
            page.get_by_role("textbox").press("Enter")
            page.locator(".row.service", has_text=reply_holds).last.wait_for(timeout=60_000)
        page.wait_for_timeout(1000)  # the bubbles fade in, and the ticks turn
        keep(page, "phone")
    finally:
        service.stop()


def main() -> None:
    """Make them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need_chromium(), args=CHROMIUM_FLAGS)
        (alone := Path(folder) / "console").mkdir()
        with console_server(alone) as service:
            take(service, browser)
        (whole := Path(folder) / "citizen").mkdir()
        take_citizen(whole, browser)
        browser.close()


if __name__ == "__main__":
    main()
