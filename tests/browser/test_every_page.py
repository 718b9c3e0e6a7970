"""Every page of officers and supervisors with 500 waiting, and what an alarm does on each, looked at on two screens."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import select

from gateway.core.actors import Role
from gateway.core.database import now
from gateway.handover.models import OfficerShift
from tests.browser.test_console import LISTENING, PICTURES, asks, check, complaints, heard, newest_conversation
from tests.browser.test_reading import DESK, KEYBOARD, PHONE, is_on_screen
from tests.gateway.handover.test_state_machine import _many_waiting
from tests.gateway.permissions import CONSOLE, SIGNED_IN, WHO_MAY
from tests.worlds.console_server import ConsoleServer, console_server, login, waits

__all__ = ["complaints"]
# What a GET answers with something else than a page that stays: a stream, a part, a file, or a question before a page.
NO_PAGES = (
    "/console/queue",
    "/console/events",
    "/console/figures.csv",
    "/unlock",
    "/console/push-worker.js",
    "/content/publishing/job",
)
PAGES = [
    path
    for method, _, path in (each.partition(" ") for each in WHO_MAY)
    if method == "GET"
    and "{" not in path
    and path not in NO_PAGES
    and ((roles := WHO_MAY[f"GET {path}"]) == SIGNED_IN or (roles is not None and roles & CONSOLE))
]
# The pages of editors, administrators and auditors that this service has: whoever is an officer, too, hears there.
OTHERS = [
    path
    for method, _, path in (each.partition(" ") for each in WHO_MAY)
    if method == "GET" and "{" not in path and path not in (*NO_PAGES, *PAGES)
    if WHO_MAY[f"GET {path}"] is not None and not path.endswith((".xlsx", ".csv", ".jsonl"))
]
LANGUAGES = ("fi", "sv", "en")
MATTER = "pitkä juttu: joku kiristää mua alastonkuvilla snäpissä"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    """500 wait, one of them in danger."""
    with console_server(tmp_path_factory.mktemp("every")) as running:
        running.do(lambda: _many_waiting(running.service, 499))
        asks(running, "moi. hänellä on veitsi")
        yield running


def sized(page: Page, size: dict[str, int]) -> None:
    page.set_viewport_size(ViewportSize(width=size["width"], height=size["height"]))


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"every-{name}.png")


def supervisor(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str, size: dict[str, int], *more: Role
) -> Page:
    """A supervisor who answers, too, and whose shift has begun."""
    roles = {Role.OFFICER, Role.SUPERVISOR, *more}
    page = heard(service.officer(browser, login(), language, size, *roles), complaints)
    page.set_default_timeout(30_000)
    page.add_init_script(LISTENING)
    page.clock.install()
    page.goto(f"{service.url}/console")
    page.locator("#start-shift button").click()
    expect(page.locator("#duty")).to_have_attribute("data-on-duty", "yes")
    expect(page.locator("#alarms .alarm.urgent").first).to_be_visible()
    return page


def alarmed(page: Page, service: ConsoleServer) -> None:
    """The page says that the officer is there, and sounds once it may, which is after a press on it."""
    began = now()

    async def seen_since() -> bool:
        async with service.service.database.transaction() as session:
            seen = await session.scalars(select(OfficerShift.seen_at).where(OfficerShift.ended_at.is_(None)))
            return any(each > began for each in seen)

    page.locator("h1:not(.hidden), h2").locator("visible=true").first.click()
    waits(lambda: service.do(seen_since), 30)
    page.clock.fast_forward(16_000)  # it sounds each 15 seconds
    waits(lambda: bool(page.evaluate("tones.join().includes('880,660,880,660')")), 30)


HERE_IS_SEEN = """() => {
  const here = document.querySelector(".frame-places [aria-current]");
  if (!here) return false;
  const [inner, outer] = [here.getBoundingClientRect(), here.closest("ul").getBoundingClientRect()];
  return inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
}"""


BESIDE_ITS_BUTTON = """() => {
  const [state, button] = [".duty-state", "#duty form button"].map((each) => document.querySelector(each));
  return !state || button.getBoundingClientRect().top < state.getBoundingClientRect().bottom;
}"""


def lie_over_nothing(page: Page) -> bool:
    """Whether the alarms have a place of their own, above what is in the window."""
    alarms = page.locator("#alarms").bounding_box()
    below = page.locator("main, .frame-head").locator("visible=true").first.bounding_box()
    assert alarms
    assert below
    return alarms["y"] + alarms["height"] <= below["y"] + 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_its_place_on_both_screens_while_five_hundred_wait(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    assert len(PAGES) >= 18, PAGES
    page = supervisor(service, browser, complaints, language, DESK)
    wrong = []
    for path in PAGES:
        name = f"{path.strip('/').replace('/', '-')}-{language}"
        for size in (DESK, PHONE):
            sized(page, size)
            page.goto(f"{service.url}{path}")
            expect(page.locator("#alarms .alarm.urgent").first).to_be_visible()
            if size is DESK:
                alarmed(page, service)
            picture(page, f"{name}-{size['width']}")
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                wrong.append((path, size["width"], "wider than the screen"))
            if size is DESK and page.locator(".frame-places").evaluate("each => each.offsetHeight") > 50:
                wrong.append((path, size["width"], "the menu is more than a line"))
            if size is DESK and not page.evaluate(BESIDE_ITS_BUTTON):
                wrong.append((path, size["width"], "whether one is on duty stands above its button"))
            if not page.evaluate(HERE_IS_SEEN):
                wrong.append((path, size["width"], "the menu does not show where one is"))
            if size is PHONE and not lie_over_nothing(page):
                wrong.append((path, size["width"], "an alarm lies over the page"))
    assert wrong == []
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_many_are_on_duty_is_not_parted_from_its_words(
    service: ConsoleServer, browser: Browser, language: str
) -> None:
    page = service.officer(browser, login(), language, DESK, Role.OFFICER, Role.SUPERVISOR)
    page.goto(f"{service.url}/console")
    assert (
        page.locator("#duty[data-on-duty=no] .duty-state .soft").evaluate("each => each.getClientRects().length") == 1
    )
    assert page.evaluate(BESIDE_ITS_BUTTON)
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_officer_who_is_an_editor_and_an_auditor_too_is_alarmed_on_those_pages(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    page = supervisor(service, browser, complaints, language, DESK, *Role)
    seen, wrong = [], []
    for path in OTHERS:
        for size in (DESK, PHONE):
            sized(page, size)
            response = page.goto(f"{service.url}{path}")
            if response is None or response.status != 200 or "text/html" not in response.headers["content-type"]:
                break
            expect(page.locator("#alarms .alarm.urgent").first).to_be_visible()
            if size is DESK:
                seen.append(path)
                alarmed(page, service)
            if "UNCONFIRMED" in page.locator("main").inner_text():
                wrong.append((path, size["width"], "a code stands for words"))
            for part in (page.locator(".save-bar button").first, page.locator(".frame-places a").last):
                if part.count():
                    part.focus()
                    if not is_on_screen(page, part):
                        wrong.append((path, size["width"], f"out of reach: {part.inner_text()}"))
            picture(page, f"other-{path.strip('/').replace('/', '-')}-{language}-{size['width']}")
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                wrong.append((path, size["width"], "wider than the screen"))
    assert len(seen) >= 5, seen
    assert wrong == []
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_an_alarm_hides_neither_the_title_nor_the_field(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    asks(service, MATTER, "haluan puhua poliisille")
    page = supervisor(service, browser, complaints, language, PHONE)
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    expect(page.locator("#alarms .alarm.urgent").first).to_be_visible()
    assert is_on_screen(page, page.locator("#talk-title"))
    assert is_on_screen(page, page.locator("#claim"))
    check(page, f"alarm-over-nothing-{language}")
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_visible()
    for part in ("#talk-title", "#reply", "#send"):
        assert is_on_screen(page, page.locator(part)), part
    picture(page, f"alarm-talk-{language}")
    page.locator("#menu-close summary").click()
    last = page.locator("#menu-close button").last
    last.scroll_into_view_if_needed()
    assert is_on_screen(page, last)
    picture(page, f"alarm-menu-{language}")
    page.locator("#menu-close summary").click()
    sized(page, KEYBOARD)
    page.locator("#reply").focus()
    picture(page, f"alarm-keyboard-{language}")
    assert is_on_screen(page, page.locator("#reply"))
    assert is_on_screen(page, page.locator("#send"))
    page.context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone_the_button_for_the_sound_pushes_nothing_down(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    page = supervisor(service, browser, complaints, language, PHONE)
    page.goto(f"{service.url}/console/hours")
    expect(page.locator("#frame-duty")).to_be_visible()
    button, heights = page.locator("#frame-duty [data-unmute]"), []
    for hidden in ("true", "false"):
        button.evaluate(f"each => {{ each.hidden = {hidden}; }}")
        heights.append(page.locator(".frame-head").evaluate("each => each.offsetHeight"))
    assert is_on_screen(page, button)
    picture(page, f"sound-{language}")
    assert heights[1] - heights[0] < 10, heights
    page.context.close()


def test_the_words_that_are_to_be_answered_stay_when_the_talk_is_taken(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    """The service says that an officer reads now: that pushed the citizen's words off the screen."""
    asks(service, MATTER, "haluan puhua poliisille")
    talk = newest_conversation(service)
    page = supervisor(service, browser, complaints, "fi", DESK)
    page.goto(f"{service.url}/console/conversations/{talk}")
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_visible()
    expect(page.locator(".said.system")).to_have_count(1)
    words = page.locator(".said.citizen .text").filter(has_text="alastonkuvilla")
    waits(lambda: is_on_screen(page, words), 5)
    expect(page.locator(f"#row-{uuid.UUID(talk).hex} .row-words")).to_contain_text("alastonkuvilla")
    picture(page, "taken-desk")
    page.context.close()


def test_nothing_of_the_queue_stays_under_the_alarms(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    """Five alarms on a desk are half of its height: what lies under them is scrolled above them."""
    for _ in range(5):
        asks(service, "hänellä on veitsi")
    page = supervisor(service, browser, complaints, "sv", DESK)
    expect(page.locator("#alarms .alarm")).to_have_count(5)
    for path, last in (("/console", ".pane-scroll > :last-child"), ("/console/hours", "main button")):
        page.goto(f"{service.url}{path}")
        expect(page.locator("#alarms .alarm")).to_have_count(5)
        found = page.locator(last).last
        found.evaluate("each => each.scrollIntoView({ block: 'end' })")
        page.locator(".pane-scroll, body").last.evaluate("each => { each.scrollTop = each.scrollHeight; }")
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        place, alarms = found.bounding_box(), page.locator("#alarms").bounding_box()
        assert place
        assert alarms
        assert place["y"] + place["height"] <= alarms["y"], path
        picture(page, f"under-alarms-{path.rpartition('/')[2]}")
    page.context.close()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_shown_number_is_on_the_screen_and_a_refusal_moves_nothing(
    service: ConsoleServer, browser: Browser, complaints: list[str], size: dict[str, int]
) -> None:
    asks(service, MATTER, "haluan puhua poliisille")
    page = supervisor(service, browser, complaints, "en", size)
    address = f"{service.url}/console/conversations/{newest_conversation(service)}"
    page.goto(address)
    page.locator("#claim").click()
    page.locator("#reply").fill("Nähdään {milloin}")
    parts = [page.locator(each) for each in ("#talk-title", "#actions", "#reply")]
    before = [each.bounding_box() for each in parts]
    page.keyboard.press("Control+Enter")
    expect(page.locator("#refusal")).to_be_visible()
    assert [each.bounding_box() for each in parts] == before
    assert is_on_screen(page, page.locator("#refusal"))
    alarms, refusal = page.locator("#alarms").bounding_box(), page.locator("#refusal").bounding_box()
    assert alarms
    assert refusal
    assert alarms["y"] + alarms["height"] <= refusal["y"] or refusal["y"] + refusal["height"] <= alarms["y"]
    picture(page, f"refusal-{size['width']}")
    page.goto(f"{address}?show=side")
    number = page.locator("details", has=page.locator("form[action$='/number']"))
    number.locator("summary").click()
    number.locator("select").select_option("danger")
    number.locator("button[type=submit]").click()
    expect(page.locator("#number")).to_contain_text("+358")
    assert is_on_screen(page, page.locator("#number"))
    picture(page, f"number-{size['width']}")
    page.context.close()
