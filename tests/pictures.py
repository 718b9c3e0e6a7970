"""Makes the pictures of the officers' guide: `python -m tests.pictures` writes docs/pictures/console-*.png anew.

The talks are made up; the service, its simulator and the browser are real.
"""

import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from gateway.channels.simulator import Citizen
from gateway.settings import PROJECT
from tests.browser.alone import PHONE
from tests.browser.console_server import Desk, desk
from tests.services import CHROMIUM_FLAGS, need_chromium

FOLDER = PROJECT / "docs" / "pictures"
SIZE = {"width": 1360, "height": 820}
LARGEST = 150 * 1024
TALKS = (
    ("Aino", ("moi mun tili on viety", "haluan puhua poliisille")),
    ("Saga", ("jag vill prata med en polis",)),
    ("Leo", ("hänellä on veitsi",)),
)


def write(service: Desk) -> None:
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
    path = FOLDER / f"console-{name}.png"
    page.screenshot(path=path)
    Image.open(path).convert("RGB").quantize(200).save(path, optimize=True)
    assert path.stat().st_size <= LARGEST, path


def take(service: Desk, browser: Browser) -> None:
    """The queue, a talk, and the queue on a phone."""
    write(service)
    page = service.officer(browser, "olivia", "fi", SIZE)
    page.goto(f"{service.url}/console")
    page.get_by_role("button", name="Aloita vuoro").click()
    page.locator("#duty[data-on-duty=yes]").wait_for()
    keep(page, "queue")
    page.locator(".row-link", has_text="Tili kaapattu").last.click()
    page.locator("#claim").click()
    page.locator("#reply").fill("Hei! Olen poliisista ja luin, mitä kirjoitit. Pääsetkö vielä sähköpostiisi?")
    page.keyboard.press("Control+Enter")
    page.locator(".said.officer .tick", has_text="perillä").wait_for()
    page.locator("#note").fill("Tilin nimi kysytty, ei vielä vastausta.")
    page.locator("form[data-quiet=note] button").click()
    page.locator("#notes .text").wait_for()
    keep(page, "talk")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    keep(page, "phone")


def main() -> None:
    """Make them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, desk(Path(folder)) as service, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=need_chromium(), args=CHROMIUM_FLAGS)
        take(service, browser)
        browser.close()


if __name__ == "__main__":
    main()
