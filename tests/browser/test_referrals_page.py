"""Doors in Chromium: made by keyboard, printed at the paper's size, read by a camera, counted when one goes through."""

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from gateway.conversations.kinds import ChannelName
from gateway.core.actors import Role
from gateway.core.locale import LANGUAGES
from simulator import Citizen
from tests.browser.accessible import problems
from tests.worlds.console_server import ConsoleServer, console_server, login
from tests.worlds.simulator_process import DESKTOP, PHONE

PICTURES = os.environ.get("NEUVO_TEST_PICTURES")
MILLIMETRE = 72 / 25.4  # in the points of a PDF
SIZES = {"a6": (105, 148), "a4": (210, 297)}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with console_server(tmp_path_factory.mktemp("doors")) as running:
        yield running


@pytest.fixture(scope="module")
def editor(service: ConsoleServer, browser: Browser) -> Iterator[Page]:
    page = service.officer(browser, login(), "fi", DESKTOP, Role.EDITOR)
    page.set_default_timeout(20_000)
    yield page
    page.context.close()


@pytest.fixture(scope="module")
def code(service: ConsoleServer, editor: Page) -> str:
    """A door that an editor makes by keyboard alone."""
    editor.goto(f"{service.url}/console/doors")
    editor.get_by_label("Nimi").focus()
    editor.keyboard.type("Kallion koulun ilmoitustaulu")
    editor.keyboard.press("Tab")
    editor.keyboard.press("ArrowDown")
    editor.keyboard.press("Tab")
    editor.keyboard.press("Enter")
    expect(editor.get_by_role("status")).to_have_text("Linkki on tehty.")
    return urlsplit(editor.url).path.rpartition("/")[2]


def check(page: Page, name: str) -> None:
    """Nothing for axe and nothing that sticks out, on a phone and a large screen; a picture where one is wanted."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert problems(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}.png", full_page=True)


def read(picture: bytes) -> list[str]:
    """What a camera finds."""
    return [found.text for found in zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_doors_are_for_everybody(service: ConsoleServer, editor: Page, code: str, scheme: str) -> None:
    editor.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for name, path in (("list", ""), ("one", f"/{code}"), ("print", f"/{code}/poster/whatsapp/fi/a6")):
        editor.goto(f"{service.url}/console/doors{path}")
        assert "{'" not in editor.inner_text("main")  # words, not what holds them
        check(editor, f"doors-{name}-{scheme}")
    editor.emulate_media(color_scheme="null")


def test_a_form_that_is_wrong_says_why_to_every_ear(service: ConsoleServer, editor: Page, code: str) -> None:
    editor.goto(f"{service.url}/console/doors")
    editor.get_by_label("Nimi").fill("kallion koulun ilmoitustaulu")
    editor.get_by_role("button", name="Tee linkki").click()
    expect(editor.get_by_role("alert")).to_contain_text("Samanniminen linkki on jo.")
    expect(editor.get_by_label("Nimi")).to_have_attribute("aria-invalid", "true")
    assert problems(editor) == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_poster_prints_at_its_size_and_a_camera_reads_it(
    service: ConsoleServer, editor: Page, code: str, language: str, size: str
) -> None:
    editor.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    editor.goto(f"{service.url}/console/doors/{code}")
    link = editor.locator("a.code[href*='wa.me']").nth(LANGUAGES.index(language)).get_attribute("href")
    editor.goto(f"{service.url}/console/doors/{code}/poster/whatsapp/{language}/{size}")
    expect(editor.get_by_role("img", name="Neuvo:")).to_have_attribute("lang", language)
    assert editor.evaluate(_OUTSIDE) == []

    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", editor.pdf(prefer_css_page_size=True))
    assert len(boxes) == 1  # one sheet
    assert [round(float(side) / MILLIMETRE) for side in boxes[0]] == list(SIZES[size])
    editor.emulate_media(media="print")
    printed = editor.locator(".sheet > svg").screenshot()
    editor.emulate_media(media="null")
    if PICTURES:
        (Path(PICTURES) / f"poster-{size}-{language}.png").write_bytes(printed)
    assert read(printed) == [link]


# Every line of words that is longer than the panel it stands in, or than the sheet with its margin.
_OUTSIDE = """() => {
  const sheet = document.querySelector(".sheet > svg");
  return [...sheet.querySelectorAll("text")].filter((line) => {
    const box = line.getBBox();
    return box.x < 8 || box.x + box.width > 97;
  }).map((line) => line.textContent);
}"""


def test_whoever_scans_the_poster_is_answered_and_counted_under_its_name(
    service: ConsoleServer, editor: Page, code: str
) -> None:
    editor.goto(f"{service.url}/console/doors/{code}/poster/whatsapp/sv/a6")
    (link,) = read(editor.locator(".sheet > svg").screenshot())
    words = parse_qs(urlsplit(link).query)["text"][0]
    assert words == f"Hej! (dörr {code})"

    async def five_scan() -> None:
        citizens = [Citizen(service.simulator, service.simulator.new_phone(f"Saga {each}").id) for each in range(5)]
        for citizen in citizens:
            citizen.writes(words)
        for citizen in citizens:
            await citizen.next_reply(20)

    service.do(five_scan)
    assert [asked.text for asked in service.service.engine.asked[-5:]] == ["Hej!"] * 5  # type: ignore[attr-defined]
    editor.goto(f"{service.url}/console/figures")
    for _ in range(100):  # the tallies are folded by themselves
        if editor.locator("section[aria-labelledby=doors] tbody tr").count():
            break
        editor.wait_for_timeout(200)
        editor.reload()
    row = editor.get_by_role("region", name="Mistä linkeistä tultiin").get_by_role("row").nth(1)
    expect(row.get_by_role("rowheader")).to_have_text("Kallion koulun ilmoitustaulu")
    expect(row.get_by_role("cell").first).to_have_text("5")
    check(editor, "doors-figures")


@pytest.mark.parametrize("platform", tuple(ChannelName))
def test_the_code_on_the_page_is_the_link_beside_it(
    service: ConsoleServer, editor: Page, code: str, platform: str
) -> None:
    editor.goto(f"{service.url}/console/doors/{code}")
    panel = editor.locator(f"section[aria-labelledby=on-{platform}]")
    expect(panel.get_by_role("link", name="Juliste A4 SVG, ")).to_have_count(3)
    links = [each.get_attribute("href") for each in panel.locator("a.code").all()]
    assert [read(each.screenshot())[0] for each in panel.locator("img").all()] == links
