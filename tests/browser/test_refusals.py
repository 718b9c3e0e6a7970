"""What is refused is said where it hides nothing, and a file that is lost leaves a sentence."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from simulator import Citizen
from tests.browser.test_console import asks, check, complaints, heard, newest_conversation
from tests.browser.test_reading import DESK, PHONE, is_on_screen
from tests.worlds.console_server import ConsoleServer, console_server, login

__all__ = ["complaints"]
LOST = "The file could not be opened"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with console_server(tmp_path_factory.mktemp("refusals")) as running:
        yield running


@pytest.mark.parametrize("kind", ["image", "audio"])
def test_a_file_that_cannot_be_fetched_leaves_a_sentence_and_no_empty_strip(
    service: ConsoleServer, browser: Browser, complaints: list[str], kind: str
) -> None:
    async def send() -> None:
        citizen = Citizen(service.simulator, service.simulator.new_phone("Leo").id)
        citizen.writes("haluan puhua poliisille")
        await citizen.next_reply(40)
        citizen.sends(kind)
        await citizen.next_reply(40)

    service.do(send)
    page = heard(service.officer(browser, login(), "en", DESK), complaints)
    page.route("**/file?permit=*", lambda route: route.fulfill(status=422, json={"error": "gone"}))
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    page.locator("a[href$='/ask']").click()
    page.locator("#media-ground").select_option("danger")
    page.locator("main form button[type=submit]").click()
    if kind == "audio":
        page.locator("audio").evaluate("each => each.load()")
        page.locator("audio").evaluate("each => each.play().catch(() => {})")
    expect(page.locator("#lost")).to_contain_text(LOST)
    expect(page.locator(".blurred, .unblur, audio")).to_have_count(0)
    check(page, f"lost-{kind}")
    page.context.close()


def test_on_a_phone_the_refusal_hides_no_question_and_a_press_closes_it(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    asks(service, "tili", "haluan puhua poliisille")
    talk = f"{service.url}/console/conversations/{newest_conversation(service)}"
    one = heard(service.officer(browser, login(), "en", PHONE), complaints)
    other = heard(service.officer(browser, login(), "en", PHONE), complaints)
    for page in (one, other):
        page.goto(talk)
        expect(page.locator("#claim")).to_be_visible()
    other.route("**/parts", lambda _: None)  # it hears of the first too late
    one.locator("#claim").click()
    expect(one.locator("#reply")).to_be_visible()
    other.unroute("**/parts")
    other.evaluate("document.getElementById('claim').click()")

    refusal, heading = other.locator("#refusal"), other.locator(".asked #talk-title")
    expect(heading).to_be_visible()
    expect(refusal).to_be_visible()
    assert is_on_screen(other, heading)
    assert is_on_screen(other, refusal)
    box, title = refusal.bounding_box(), heading.bounding_box()
    assert box
    assert title
    assert title["y"] + title["height"] <= box["y"]
    check(other, "refusal-asked")
    refusal.click()
    expect(refusal).to_be_hidden()
    for page in (one, other):
        page.context.close()
