"""What goes along with a reply, in Chromium: by keyboard, at a desk and on a phone, without script, on arrival."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.test_console import PICTURES, asks, check, complaints, heard, newest_conversation, tab_to
from tests.browser.test_reading import DESK, PHONE, is_on_screen
from tests.worlds.console_server import ConsoleServer, console_server, login, waits
from tests.worlds.files_to_send import jpeg, pdf, png

__all__ = ["complaints"]
QUESTIONS = {"fi": "haluan puhua poliisille", "sv": "jag vill prata med en polis", "en": "I want to talk to an officer"}
TOO_LARGE = {"fi": "liian suuri", "sv": "för stor", "en": "too large"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with console_server(tmp_path_factory.mktemp("attachments")) as running:
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for name, content in (("kuva.jpg", jpeg()), ("ohje.pdf", pdf()), ("iso.png", png() + bytes(6_000_000))):
        (folder / name).write_bytes(content)
    (folder / "naamioitu.jpg").write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    return folder


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"attachments-{name}.png")


@pytest.mark.parametrize(("name", "size"), [("desk", DESK), ("phone", PHONE)])
@pytest.mark.parametrize("language", QUESTIONS)
def test_a_picture_a_pdf_and_a_place_go_out_by_keyboard_and_stand_in_the_talk(
    service: ConsoleServer,
    browser: Browser,
    complaints: list[str],
    files: Path,
    language: str,
    name: str,
    size: dict[str, int],
) -> None:
    citizen = asks(service, QUESTIONS[language])
    page = heard(service.officer(browser, login(), language, size), complaints)
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_visible()
    page.locator("#talk-title").focus()
    page.keyboard.press("a")
    expect(page.locator("#attach-file")).to_be_focused()
    picture(page, f"open-{name}-{language}")
    check(page, f"attach-open-{name}-{language}")
    assert is_on_screen(page, page.locator("#send"))

    page.locator("#attach-file").set_input_files(files / "iso.png")
    expect(page.locator("#refusal")).to_contain_text(TOO_LARGE[language])
    expect(page.locator("#attached")).to_be_empty()
    page.locator("#attach-file").set_input_files(files / "kuva.jpg")
    expect(page.locator("#attached")).to_contain_text("kuva.jpg")
    tab_to(page, "#place-coordinates")
    page.keyboard.type("60.1989, 24.9358")
    page.locator("#place-name").fill("Pasilan poliisitalo")
    expect(page.locator("#attach-none")).to_be_visible()
    picture(page, f"filled-{name}-{language}")
    page.locator("#reply").fill("Tässä kuva ja paikka.")
    page.keyboard.press("Control+Enter")
    sent = page.locator(".said.officer .sent-picture")
    expect(sent).to_be_visible()
    assert sent.evaluate("each => each.complete && each.naturalWidth") == 64
    expect(page.locator(".sent-place")).to_contain_text("Pasilan poliisitalo")
    expect(page.locator("#attached")).to_be_empty()
    expect(page.locator("#attach-box")).not_to_have_attribute("open", "")
    waits(lambda: {"image", "location"} <= {each.kind for each in citizen.received}, 20)

    page.locator("#attach-box > summary").press("Enter")
    page.locator("#attach-file").set_input_files(files / "ohje.pdf")
    page.locator("#send").click()
    expect(page.locator(".sent-file a[download]")).to_contain_text("ohje.pdf")
    picture(page, f"sent-{name}-{language}")
    check(page, f"attach-sent-{name}-{language}")
    waits(lambda: "document" in {each.kind for each in citizen.received}, 20)
    page.context.close()


def test_a_script_that_calls_itself_a_picture_is_refused_in_words_and_what_was_written_stays(
    service: ConsoleServer, browser: Browser, complaints: list[str], files: Path
) -> None:
    asks(service, QUESTIONS["fi"])
    page = heard(service.officer(browser, login(), "fi", DESK), complaints)
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    page.locator("#claim").click()
    page.locator("#attach-box > summary").click()
    page.locator("#attach-file").set_input_files(files / "naamioitu.jpg")
    page.locator("#reply").fill("Katso kuva.")
    page.locator("#send").click()

    expect(page.locator("#refusal")).to_contain_text("vain kuvia (JPEG, PNG) ja PDF-tiedostoja")
    expect(page.locator("#reply")).to_have_value("Katso kuva.")
    expect(page.locator("#attached")).to_contain_text("naamioitu.jpg")
    page.locator("#attach-none").click()
    expect(page.locator("#attached")).to_be_empty()
    page.locator("#send").click()
    expect(page.locator(".said.officer .text")).to_contain_text("Katso kuva.")
    page.context.close()


def test_without_script_the_same_form_sends_the_file(
    service: ConsoleServer, browser: Browser, complaints: list[str], files: Path
) -> None:
    asks(service, QUESTIONS["fi"])
    scripted = service.officer(browser, login(), "fi", DESK)
    state = scripted.context.storage_state()
    plain = browser.new_context(
        java_script_enabled=False, viewport={"width": 375, "height": 667}, storage_state=state
    ).new_page()
    plain.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    plain.locator("#claim").click()
    plain.locator("#attach-box > summary").click()
    plain.locator("#attach-file").set_input_files(files / "kuva.jpg")
    plain.locator("#reply").fill("Ilman skriptiä")
    picture(plain, "without-script")
    plain.locator("#send").click()

    expect(plain.locator(".said.officer .sent-picture")).to_be_visible()
    expect(plain.locator(".said.officer .text")).to_contain_text("Ilman skriptiä")
    for each in (plain, scripted):
        each.context.close()
