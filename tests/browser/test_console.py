"""The officers' console in Chromium: two officers and a citizen, by keyboard, on a phone, in three languages."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from gateway.conversations.models import Conversation
from gateway.core.actors import Role
from simulator import Citizen
from tests.browser.accessible import problems
from tests.worlds.console_server import ConsoleServer, console_server, login, waits
from tests.worlds.simulator_process import DESKTOP, PHONE

PICTURES = os.environ.get("NEUVO_TEST_PICTURES")
# What the page's sound and its notifications really do, written down on the way.
LISTENING = """
    window.tones = [];
    window.notified = [];
    window.notes = [];
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      tones.push(this.frequency.value);
      return start.apply(this, when);
    };
    // Chromium without windows shows none and permits none: whether the page asks for one is what is seen here.
    Notification = class extends Notification {
      static get permission() { return "granted"; }
      constructor(title, more) { super(title, more); notified.push(title); notes.push(this); }
    };
"""
WORDS = {
    "fi": ("haluan puhua poliisille", "Aloita vuoro", "hoitaa nyt tätä keskustelua", "perillä"),
    "sv": ("jag vill prata med en polis", "Börja skiftet", "har nu det här samtalet", "levererat"),
    "en": ("I want to talk to an officer", "Start shift", "has this conversation now", "delivered"),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    """One running service for all of these."""
    with console_server(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complains of: nothing may be blocked or broken."""
    found: list[str] = []
    yield found
    assert [each for each in found if "status of 4" not in each] == []


def heard(page: Page, complaints: list[str]) -> Page:
    page.set_default_timeout(10_000)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


def asks(service: ConsoleServer, *texts: str) -> Citizen:
    """A citizen who writes these, each after the reply to the one before."""

    async def write() -> Citizen:
        citizen = Citizen(service.simulator, service.simulator.new_phone("Aino").id)
        for text in texts:
            citizen.writes(text)
            await citizen.next_reply(40)
        return citizen

    return service.do(write)


def says(service: ConsoleServer, citizen: Citizen, text: str) -> None:
    async def write() -> None:
        citizen.writes(text)

    service.do(write)


def newest_conversation(service: ConsoleServer) -> str:
    async def look() -> str:
        async with service.service.database.transaction() as session:
            newest = select(Conversation.id).order_by(Conversation.created_at.desc()).limit(1)
            return str((await session.scalars(newest)).one())

    return service.do(look)


def texts_of(citizen: Citizen) -> str:
    return "\n".join(each.text or "" for each in list(citizen.received))


def check(page: Page, name: str) -> None:
    """Nothing for axe and nothing that sticks out; a picture where one is wanted."""
    assert problems(page) == [], name
    sticks_out_nowhere(page, name)


def sticks_out_nowhere(page: Page, name: str) -> None:
    """Nobody has to scroll sideways; a picture where one is wanted."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], name  # type: ignore[index]
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"console-{name}.png")


def tab_to(page: Page, selector: str) -> None:
    """Go to an element with the Tab key alone; focus must be seen there."""
    for _ in range(80):
        if page.evaluate(f"document.activeElement?.matches({selector!r})"):
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def seconds_until_read(page: Page, citizen: Citizen, words: str) -> float:
    """From the key that sends to the phone; others may have the processors, so the test tries a few times."""
    expect(page.locator("#reply")).to_be_focused()
    expect(page.locator("#reply")).to_have_value("")
    page.keyboard.type(words)
    began = time.monotonic()
    page.keyboard.press("Control+Enter")
    waits(lambda: words in texts_of(citizen), 20)
    return time.monotonic() - began


@pytest.mark.parametrize("language", WORDS)
def test_two_officers_and_a_citizen_at_once_by_keyboard_alone_on_phones(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    question, start, taken, delivered = WORDS[language]

    def look(page: Page, name: str) -> None:
        check(page, f"{name}-{language}")

    one = heard(service.officer(browser, login(), language, PHONE), complaints)
    other = heard(service.officer(browser, login(), language, PHONE), complaints)
    citizen = asks(service, "tili", question)
    for page in (one, other):
        page.goto(f"{service.url}/console")
        tab_to(page, "#start-shift button")
        expect(page.locator("#start-shift button")).to_have_text(start)
        page.keyboard.press("Enter")
        expect(page.locator("#duty")).to_have_attribute("data-on-duty", "yes")
        page.locator("#queue-title").focus()
        tab_to(page, ".rows li:last-child .row-link")
        page.keyboard.press("Enter")
        expect(page.locator("#talk-title")).to_be_focused()
        tab_to(page, "#claim")
    look(one, "phone-open")
    expect(other.locator("#talk-head .looker")).to_be_visible()

    # Both press before the second page has heard of the first: what it would hear is held back.
    other.route("**/parts", lambda _: None)
    one.keyboard.press("Enter")
    other.keyboard.press("Enter")
    expect(one.locator("#reply").or_(one.locator("#refusal:not([hidden])")).first).to_be_visible()
    other.unroute("**/parts")  # and what was held back goes on
    expect(other.locator("#reply").or_(other.locator("#refusal:not([hidden])")).first).to_be_visible()
    (winner,) = [page for page in (one, other) if page.locator("#reply").count()]
    loser = other if winner is one else one
    expect(loser.locator("#refusal")).to_contain_text(taken)
    look(loser, "lost")

    winner.locator("#talk-title").focus()
    winner.keyboard.press("n")
    expect(winner.locator("#note")).to_be_focused()
    winner.keyboard.type("Only-between-us")
    winner.keyboard.press("Tab")
    winner.keyboard.press("Enter")
    expect(winner.locator("#notes")).to_contain_text("Only-between-us")
    look(winner, "side")
    winner.keyboard.press("r")  # from the side back to the talk, into the field
    assert any(seconds_until_read(winner, citizen, f"Reply-of-a-human-{number}") < 1.0 for number in range(4))
    expect(winner.locator(".said.officer .tick").last).to_contain_text(delivered)
    look(winner, "answered")

    says(service, citizen, "kiitos tili")
    expect(winner.locator(".said.citizen").last).to_contain_text("kiitos")  # without any press
    expect(loser.get_by_role("radio").first).to_be_visible()  # whose conversation it is not is asked why they read on
    expect(loser.get_by_text("kiitos")).to_have_count(0)
    tab_to(winner, "#menu-close summary")
    winner.keyboard.press("Enter")
    tab_to(winner, "#give-back")
    winner.keyboard.press("Enter")
    expect(winner.locator("#claim")).to_be_visible()
    before = len(citizen.received)
    says(service, citizen, "tili taas")
    waits(lambda: any(each.text and "Vaihda salasana" in each.text for each in list(citizen.received)[before:]))
    assert "Only-between-us" not in texts_of(citizen)
    for page in (one, other):
        page.context.close()


TOLD = {
    "fi": ("Kansalaisen sanoista", "Vaara: nyt", "Joku muu voi lukea tätä puhelinta", "Puhelin: turvallinen"),
    "sv": ("Ur medborgarens ord", "Fara: nu", "Någon annan kan läsa den här telefonen", "Telefon: säker"),
    "en": ("From the citizen's words", "Danger: now", "Somebody else may read this phone", "Phone: safe"),
}


@pytest.mark.parametrize("language", TOLD)
def test_what_the_citizen_told_is_read_followed_to_its_message_and_set_right_by_keyboard(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    begins, danger, warning, safe = TOLD[language]
    page = heard(service.officer(browser, login(), language, PHONE), complaints)
    citizen = asks(service, "äiti lukee tän", "hänellä on veitsi", WORDS[language][0])
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    expect(page.locator("#told-line")).to_contain_text(begins)
    expect(page.locator("#told-line")).to_contain_text(danger)
    expect(page.locator("#watched-warning")).to_contain_text(warning)
    check(page, f"told-{language}")

    page.locator("#talk-title").focus()
    tab_to(page, "#told-line a")
    page.keyboard.press("Enter")
    page.wait_for_url("**#said-*")
    page.locator("#talk-title").focus()
    page.keyboard.press("c")
    expect(page.locator("#reply")).to_be_visible()
    page.locator("#talk-title").focus()
    page.keyboard.press("r")
    expect(page.locator("#reply")).to_be_focused()
    expect(page.locator("#reply")).to_have_attribute("aria-describedby", "reply-hint watched-warning")
    page.keyboard.type("Sanat-poliisilta")
    page.keyboard.press("Control+Enter")  # what an officer types goes, under the warning
    waits(lambda: "Sanat-poliisilta" in texts_of(citizen), 20)
    assert not [each for each in citizen.received if "lukee nyt" in (each.text or "")], "nobody was told by itself"

    page.locator("#talk-title").focus()
    tab_to(page, "#menu-told summary")
    page.keyboard.press("Enter")
    check(page, f"told-menu-{language}")
    tab_to(page, "#menu-told [value=watched] ~ button")
    page.keyboard.press("Enter")
    expect(page.locator("#told-line")).to_contain_text(safe)
    expect(page.locator("#watched-warning")).to_be_hidden()
    page.locator("#talk-title").focus()
    tab_to(page, "#menu-told summary")
    page.keyboard.press("Enter")
    tab_to(page, "#menu-told [value=danger] ~ button")
    page.keyboard.press("Enter")
    expect(page.locator("#told-line")).not_to_contain_text(danger)
    expect(page.locator("#talk-head .badge.bad")).to_have_count(0)
    check(page, f"told-safe-{language}")
    page.locator("#menu-close summary").click()
    page.locator("#give-back").click()  # else it stays in the queue of the tests after this one
    expect(page.locator("#give-back")).to_have_count(0)
    page.context.close()


def test_a_shift_goes_by_keyboard_alone_on_a_phone(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    page = heard(service.officer(browser, login(), "fi", PHONE), complaints)
    citizen = asks(service, "haluan puhua poliisille")
    page.goto(f"{service.url}/console")
    tab_to(page, "#start-shift button")
    page.keyboard.press("Enter")
    expect(page.locator("#duty")).to_have_attribute("data-on-duty", "yes")
    check(page, "keyboard-queue")
    page.locator("#queue-title").focus()
    tab_to(page, ".rows li:last-child .row-link")
    page.keyboard.press("Enter")
    expect(page.locator("#talk-title")).to_be_focused()
    page.keyboard.press("c")
    expect(page.locator("#reply")).to_be_focused()
    page.keyboard.type("crn: kirjaimet ovat kentässä kirjaimia")
    page.keyboard.press("Control+Enter")
    waits(lambda: "kirjaimet ovat kentässä" in texts_of(citizen))
    expect(page.locator("#reply")).to_be_focused()
    expect(page.locator("#reply")).to_have_value("")

    page.keyboard.type("luonnos")
    expect(page.locator("#draft-state")).to_contain_text("Luonnos tallessa")
    says(service, citizen, "oletko siellä")
    expect(page.locator(".said.citizen").last).to_contain_text("oletko siellä")
    expect(page.locator("#reply")).to_be_focused()
    expect(page.locator("#reply")).to_have_value("luonnos")
    page.reload()
    expect(page.locator("#reply")).to_have_value("luonnos")

    tab_to(page, "#menu-close summary")
    page.keyboard.press("Enter")
    tab_to(page, "#close-ground")
    page.keyboard.press("ArrowDown")
    tab_to(page, "#menu-close button.danger")
    check(page, "keyboard-close")
    page.keyboard.press("Enter")
    expect(page.locator("#composer")).to_contain_text("Keskustelu on suljettu")

    page.locator("#talk-title").focus()
    page.keyboard.press("g")
    expect(page.locator("#queue-title")).to_be_focused()
    page.keyboard.press("Shift+?")
    expect(page.locator("#keys summary")).to_be_focused()
    tab_to(page, "#keys-on")
    page.keyboard.press("Space")
    page.locator("#queue-title").focus()
    before = page.url
    page.keyboard.press("j")
    page.keyboard.press("s")
    assert page.url == before
    page.context.close()


def test_danger_is_loud_and_the_tab_counts(service: ConsoleServer, browser: Browser, complaints: list[str]) -> None:
    page = heard(service.officer(browser, login(), "en", DESKTOP), complaints)
    page.context.grant_permissions(["notifications"])
    page.add_init_script(LISTENING)
    page.goto(f"{service.url}/console")
    page.get_by_role("button", name="Start shift").click()
    expect(page.locator("#unmute")).to_be_hidden()
    page.wait_for_function("tones.length === 2")  # this is how it will sound
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")  # another window is in front
    count = int(page.locator("#queue").get_attribute("data-count") or 0)
    asks(service, "hänellä on veitsi")
    expect(page.locator("#announce-urgent")).to_contain_text("Emergency")
    expect(page.locator("#queue")).to_have_attribute("data-count", str(count + 1))
    assert page.title().startswith(f"({count + 1})")
    assert page.evaluate("tones.slice(2, 6)") == [880, 660, 880, 660]
    assert page.evaluate("notified") == ["Emergency: a citizen is waiting"], "neither who writes nor what"
    expect(page.locator(".rows .row-link.rank-0").first).to_be_visible()
    check(page, "danger")
    page.evaluate("notes[0].onclick()")
    expect(page.locator(".said.citizen")).to_contain_text("veitsi")
    page.context.close()


def test_a_picture_is_opened_for_a_reason_blurred_and_cannot_run(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    async def send() -> None:
        citizen = Citizen(service.simulator, service.simulator.new_phone("Leo").id)
        citizen.writes("haluan puhua poliisille")
        await citizen.next_reply(40)
        citizen.sends("image")
        await citizen.next_reply(40)

    service.do(send)
    page = heard(service.officer(browser, login(), "sv", DESKTOP, Role.SUPERVISOR), complaints)
    page.goto(f"{service.url}/console")
    page.locator(".rows .row-link").last.click()
    page.get_by_role("link", name="Öppna: bild").click()
    check(page, "media-reason")
    page.get_by_label("Orsak", exact=True).select_option("duty")
    page.get_by_role("button", name="Öppna").click()
    picture = page.locator(".blurred img")
    expect(picture).to_be_visible()
    assert "blur" in picture.evaluate("each => getComputedStyle(each).filter")
    assert picture.evaluate("each => each.decode().then(() => each.naturalWidth)") > 0
    check(page, "media")
    page.get_by_label("Visa tydligt").check()
    assert picture.evaluate("each => getComputedStyle(each).filter") == "none"
    file = page.request.get(service.url + (picture.get_attribute("src") or ""))
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.headers["content-disposition"].startswith("inline; filename=")
    assert page.request.get(service.url + (picture.get_attribute("src") or "").partition("?")[0]).status == 403
    page.context.close()


@pytest.mark.parametrize(
    ("scheme", "language", "kept", "reason"),
    [("light", "sv", "Bevaras", "Förundersökning"), ("dark", "en", "Kept", "Criminal investigation")],
)
def test_axe_finds_nothing_on_any_page(
    service: ConsoleServer, browser: Browser, complaints: list[str], scheme: str, language: str, kept: str, reason: str
) -> None:
    asks(service, "tili https://evil.example/x 131052-308T", "I want to talk to an officer")
    page = heard(service.officer(browser, login(), language, DESKTOP, Role.SUPERVISOR), complaints)
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto(f"{service.url}/console/search")
    check(page, f"search-{scheme}")
    page.goto(f"{service.url}/console")
    check(page, f"queue-{scheme}")
    page.locator(".rows .row-link").last.click()
    page.locator("#claim").click()
    page.locator("#ready-box summary").click()
    page.locator("#ready-words").fill("112")
    expect(page.locator("#ready-list")).to_contain_text("112")
    page.locator("#side-pane details").first.locator("summary").click()
    page.locator("#holding summary").click()
    page.locator("#hold-ground").select_option("investigation")
    page.locator("#holding button").click()
    expect(page.locator("#talk-head")).to_contain_text(kept)
    page.locator("#holding summary").click()
    check(page, f"talk-{scheme}")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    check(page, f"talk-phone-{scheme}")
    page.locator("#menu-close summary").click()
    page.locator("#give-back").click()
    expect(page.locator("#claim")).to_be_visible()
    page.goto(f"{service.url}/console/holds")
    expect(page.locator("#holds")).to_contain_text(reason)
    check(page, f"holds-{scheme}")
    page.context.close()


def test_without_script_it_works_as_plain_forms(service: ConsoleServer, browser: Browser) -> None:
    citizen = asks(service, "haluan puhua poliisille")
    page = service.officer(browser, login(), "fi", DESKTOP)
    context = browser.new_context(
        java_script_enabled=False, user_agent=page.evaluate("navigator.userAgent"), locale="fi-FI"
    )
    context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    plain = context.new_page()
    plain.goto(f"{service.url}/console")
    plain.get_by_role("button", name="Aloita vuoro").click()
    expect(plain.get_by_role("status").filter(has_text="Vuorosi alkoi.")).to_be_visible()
    plain.locator(".rows .row-link").last.click()
    plain.locator("#claim").click()
    plain.locator("#reply").fill("Ilman skriptiä")
    plain.get_by_role("button", name="Lähetä").click()
    waits(lambda: "Ilman skriptiä" in texts_of(citizen))
    expect(plain.locator(".said.officer").last).to_contain_text("Ilman skriptiä")
    context.close()
    page.context.close()
