"""A talk is read in three seconds: the citizen's words, the field and Send are on the screen, whatever is open."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from gateway.core.actors import Role
from gateway.core.database import now
from tests.browser.test_console import PICTURES, asks, check, complaints, heard, newest_conversation
from tests.gateway.handover.test_state_machine import _many_waiting
from tests.worlds.console_server import ConsoleServer, console_server, login, waits

__all__ = ["complaints"]
DESK, PHONE, KEYBOARD = ({"width": 1280, "height": 800}, {"width": 375, "height": 667}, {"width": 375, "height": 330})
LONG = " ".join(["ja sitten se vaan jatkui ja jatkui eikä kukaan tehnyt mitään"] * 8)
# Fourteen talks that differ in kind: what was written, each answered at length by the bot, and the words that matter.
MATTERS = [
    (("pitkä juttu: joku kiristää mua alastonkuvilla snäpissä",), "kiristää mua alastonkuvilla"),
    (("moi", "pitkä juttu: mun pankkitunnukset vietiin"), "pankkitunnukset vietiin"),
    (("pitkä juttu: isä löi mua eilen illalla", "pitkä juttu: en uskalla mennä kotiin"), "en uskalla mennä kotiin"),
    ((f"pitkä juttu: luokan ryhmässä jaetaan mun kuvaa {LONG}",), "luokan ryhmässä jaetaan mun kuvaa"),
    (("pitkä juttu: voinko perua rikosilmoituksen", "ok", "kiitos"), "voinko perua rikosilmoituksen"),
    (("pitkä juttu: någon har stulit min cykel", "jag vill prata med en polis"), "stulit min cykel"),
    (("pitkä juttu: a man follows me home", "I want to talk to an officer"), "a man follows me home"),
    (("pitkä juttu: äiti lukee tän", "pitkä juttu: poikaystävä ei päästä mua ulos"), "ei päästä mua ulos"),
    (("pitkä juttu, moikka vaan. Tyypillä on veitsi bussissa. Mitä teen?",), "Tyypillä on veitsi bussissa."),
    (("pitkä juttu: maksoin 400 euroa kengistä, joita ei tullut",), "maksoin 400 euroa kengistä"),
    (("pitkä juttu: saako 15-vuotias ajaa sähköpotkulautaa?",), "saako 15-vuotias ajaa"),
    (
        ("pitkä juttu eka", "pitkä juttu toka", "pitkä juttu kolmas", "pitkä juttu: tarjosivat rahaa tilin lainasta"),
        "tarjosivat rahaa tilin lainasta",
    ),
    (("pitkä juttu: opettaja laittaa mulle outoja viestejä",), "opettaja laittaa mulle outoja viestejä"),
    (("pitkä juttu: näin kun kaupasta varastettiin puhelin", "👍"), "kaupasta varastettiin puhelin"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with console_server(tmp_path_factory.mktemp("reading")) as running:
        yield running


def is_on_screen(page: Page, what: Locator) -> bool:
    """Whether all of it can be seen, and nothing lies on it."""
    return bool(
        what.evaluate("""each => {
          const box = each.getBoundingClientRect();
          const inside = box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
          const top = document.elementFromPoint(box.left + box.width / 2, box.top + Math.min(box.height / 2, 10));
          return inside && box.height > 0 && (each === top || each.contains(top));
        }""")
    )


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"reading-{name}.png")


def test_in_fourteen_of_fourteen_waiting_talks_the_matter_is_on_the_screen(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    talks = {}
    for said, matter in MATTERS:
        asks(service, *said, "haluan puhua poliisille")
        talks[newest_conversation(service)] = matter
    page = heard(service.officer(browser, login(), "fi", DESK), complaints)
    unseen_in_rows, unseen_in_talks = [], []
    page.goto(f"{service.url}/console")
    for talk, matter in talks.items():
        row = page.locator(f"#row-{uuid.UUID(talk).hex} .row-words")
        if matter not in row.inner_text():
            unseen_in_rows.append(matter)
    for talk, matter in talks.items():
        page.goto(f"{service.url}/console/conversations/{talk}")
        words = page.locator(".said.citizen .text").filter(has_text=matter)
        expect(words).to_be_visible()
        if not is_on_screen(page, words):
            unseen_in_talks.append(matter)
    picture(page, "talk-desk")
    assert (len(talks), unseen_in_rows, unseen_in_talks) == (14, [], [])
    expect(page.locator(".said.bot .folded summary").first).to_be_visible()
    page.locator(".said.bot .folded summary").first.press("Enter")
    expect(page.locator(".said.bot .folded[open] .text").first).to_contain_text("kaksivaiheinen")
    page.context.close()


def test_the_danger_is_marked_in_its_own_message_and_sentence(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    asks(service, "Moi, mulla on asiaa. Hänellä on veitsi ja hän tulee kohti. Mitä teen?")
    page = heard(service.officer(browser, login(), "fi", DESK), complaints)
    talk = newest_conversation(service)
    page.goto(f"{service.url}/console/conversations/{talk}")

    expect(page.locator("mark.danger-words")).to_have_text("Hänellä on veitsi ja hän tulee kohti.")
    row = page.locator(f"#row-{uuid.UUID(talk).hex}.rank-0 .row-words, #row-{uuid.UUID(talk).hex} .rank-0 .row-words")
    expect(row).to_have_text("Hänellä on veitsi ja hän tulee kohti.")
    page.context.close()


def test_the_danger_is_on_the_screen_however_much_was_said_just_before_it(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    """Reading begins two messages before it, and those two and what the bot said to them fill the screen."""
    asks(service, f"pitkä juttu eka {LONG}", f"pitkä juttu toka {LONG}", "tyypillä on veitsi bussissa")
    page = heard(service.officer(browser, login(), "fi", DESK), complaints)
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    words = page.locator(".said.citizen .text").filter(has_text="tyypillä on veitsi")
    expect(words).to_be_visible()
    waits(lambda: is_on_screen(page, words), 20)
    page.context.close()


@pytest.mark.parametrize(("name", "size"), [("desk", DESK), ("phone", PHONE), ("keyboard", KEYBOARD)])
@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_field_and_send_are_on_the_screen_whatever_is_open(
    service: ConsoleServer, browser: Browser, complaints: list[str], name: str, size: dict[str, int], language: str
) -> None:
    asks(service, "pitkä juttu", "äiti lukee tän", "haluan puhua poliisille")
    page = heard(service.officer(browser, login(), language, DESK, Role.OFFICER, Role.SUPERVISOR), complaints)
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    page.locator("#claim").click()
    expect(page.locator("#reply")).to_be_visible()
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    page.locator("#reply").focus()
    while page.locator("#alarms .alarm button").count():  # of other talks of this service
        page.locator("#alarms .alarm button").first.click()
    expect(page.locator("#alarms")).to_be_hidden()
    page.locator("#reply").focus()
    picture(page, f"field-{name}-{language}")
    assert is_on_screen(page, page.locator("#reply"))
    assert is_on_screen(page, page.locator("#send"))
    talk = page.locator("#talk").evaluate("each => each.clientHeight")
    assert talk >= {"desk": 400, "phone": 230, "keyboard": 90}[name], talk
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    if name != "keyboard":
        page.locator("#ready-box summary").click()
        picture(page, f"ready-{name}-{language}")
        assert is_on_screen(page, page.locator("#send"))
        assert page.locator("#talk").evaluate("each => each.clientHeight") == talk, "the answers lie over the talk"
        check(page, f"field-{name}-{language}")
        page.locator("#ready-box summary").click()
    for place in (0, 1):
        asks(service, "Hänellä on veitsi ja hän tulee kohti")
        expect(page.locator("#alarms .alarm.urgent").nth(place)).to_be_attached(timeout=20_000)
    picture(page, f"field-alarms-{name}-{language}")
    assert is_on_screen(page, page.locator("#reply"))
    assert is_on_screen(page, page.locator("#send"))
    talk = page.locator("#talk").evaluate("each => each.clientHeight")
    assert talk >= {"desk": 400, "phone": 180, "keyboard": 90}[name], talk
    page.context.close()


def test_two_quick_clicks_take_a_talk_and_end_none(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    asks(service, "pitkä juttu", "haluan puhua poliisille")
    page = heard(service.officer(browser, login(), "fi", DESK), complaints)
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    place = page.locator("#claim").bounding_box()
    assert place is not None
    middle = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.dblclick(*middle)
    expect(page.locator("#reply")).to_be_visible()
    page.mouse.dblclick(*middle)
    page.wait_for_timeout(500)
    expect(page.locator("#reply")).to_be_visible()

    page.locator("#menu-close summary").dblclick()
    page.wait_for_timeout(500)
    expect(page.locator("#reply")).to_be_visible()
    expect(page.locator("#give-back")).to_be_hidden()
    page.locator("#menu-close summary").click()
    page.locator("#give-back").click()  # a press elsewhere than where the menu was opened
    expect(page.locator("#reply")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_an_answered_talk_is_set_aside_until_a_day_and_brought_back(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    asks(service, "pitkä juttu", "haluan puhua poliisille")
    talk = newest_conversation(service)
    page = heard(service.officer(browser, login(), language, DESK), complaints)
    page.goto(f"{service.url}/console/conversations/{talk}")
    page.locator("#claim").click()
    page.locator("#menu-snooze summary").click()
    expect(page.locator("#menu-snooze [name=when]")).to_have_count(0)  # the citizen waits: a reply comes first
    page.locator("#reply").fill("Selvitän asiaa")
    page.locator("#send").click()
    expect(page.locator("#menu-snooze [name=when]")).to_have_count(4)
    for size in (PHONE, DESK):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        page.locator("#menu-snooze").evaluate("each => { each.open = true; }")
        check(page, f"snooze-{language}-{size['width']}")
    page.locator("#snooze-note").fill("Soita koululle")
    page.locator("#menu-snooze [value=tomorrow]").click()

    expect(page.locator(f"#later #row-{uuid.UUID(talk).hex}")).to_be_visible()
    expect(page.locator("#notes")).to_contain_text("Soita koululle")
    check(page, f"later-{language}")
    page.locator("#wake").click()
    expect(page.locator("#later")).to_have_count(0)
    expect(page.locator("#menu-snooze")).to_be_visible()
    page.locator("#menu-close summary").click()
    page.locator("#give-back").click()
    expect(page.locator("#reply")).to_have_count(0)
    page.context.close()


def test_five_hundred_who_wait_make_no_page_longer_than_the_screen(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    service.do(lambda: _many_waiting(service.service, 500))
    page = heard(service.officer(browser, login(), "sv", DESK, Role.OFFICER, Role.SUPERVISOR), complaints)
    for path in ("/console?all=1", f"/console/conversations/{newest_conversation(service)}?all=1"):
        began = now()
        page.goto(f"{service.url}{path}")
        expect(page.locator(".row-link")).not_to_have_count(0)
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight"), path
        page.mouse.wheel(0, 20_000)
        assert page.evaluate("scrollY") == 0
        assert (now() - began).total_seconds() < 60
    assert page.locator(".row-link").count() >= 500
    head = page.locator(".frame-head").evaluate("each => each.offsetHeight")
    assert head <= 60, "the menu is one line, for a supervisor in Swedish too"
    picture(page, "queue-500-desk")
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.goto(f"{service.url}/console")
    picture(page, "queue-500-phone")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.context.close()


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_a_supervisors_menu_is_whole_on_a_desk_and_one_line_on_a_phone(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    page = heard(service.officer(browser, login(), language, DESK, Role.OFFICER, Role.SUPERVISOR), complaints)
    page.goto(f"{service.url}/console")
    places = page.locator(".frame-places ul")
    cut = places.evaluate("each => each.scrollWidth - each.clientWidth")
    assert cut <= 0, f"{cut} pixels of the menu are cut off"
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    for address in ("/console", "/console/teams", "/console/board"):
        page.goto(f"{service.url}{address}")
        assert page.locator(".frame-places").evaluate("each => each.offsetHeight") < 60
        last = places.locator("a").last
        last.focus()
        assert is_on_screen(page, last), "what is scrolled out of the line is reached by keyboard"
    page.context.close()
