"""Teams in Chromium: a team is made, an officer is asked and hears it, views and team queues, and the report."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.core.actors import Role
from tests.browser.test_console import PICTURES, asks, check, complaints, heard, newest_conversation
from tests.browser.test_reading import DESK, PHONE
from tests.worlds.console_server import ConsoleServer, console_server, login

__all__ = ["complaints"]
WORDS = {
    "fi": ("haluan puhua poliisille", "Sinun otettavaksesi"),
    "sv": ("jag vill prata med en polis", "För dig att ta"),
    "en": ("I want to talk to an officer", "For you to take"),
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    with console_server(tmp_path_factory.mktemp("teams")) as running:
        yield running


def seen(page: Page, name: str) -> None:
    """The page at both sizes, for axe and as pictures."""
    for size_name, size in (("phone", PHONE), ("desk", DESK)):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        check(page, f"{name}-{size_name}")
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"teams-{name}-{size_name}.png", full_page=True)


@pytest.mark.parametrize("language", WORDS)
def test_a_supervisor_makes_a_team_and_its_officer_is_asked_to_take_what_comes(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    question, for_you = WORDS[language]
    name = login()
    officer = heard(service.officer(browser, name, language, DESK), complaints)
    officer.goto(f"{service.url}/console")
    officer.locator("#start-shift button").click()
    expect(officer.locator("#duty")).to_have_attribute("data-on-duty", "yes")
    chief = heard(service.officer(browser, login(), language, DESK, Role.SUPERVISOR), complaints)
    chief.goto(f"{service.url}/console/teams")
    chief.locator("#new-team").press("Enter")
    chief.locator("#name").fill(f"Tiimi {name}")
    chief.locator(f"input[name=languages][value={language}]").check()
    chief.get_by_label(f"{name.title()} Example").check()
    chief.locator("input[name=assigns]").check()
    seen(chief, f"team-{language}")
    chief.locator("#team-form button[type=submit]").click()
    expect(chief.locator("#times")).to_contain_text(f"Tiimi {name}")
    chief.goto(f"{service.url}/console/teams/officers")
    chief.locator("details.panel summary").first.press("Enter")
    seen(chief, f"officers-{language}")

    asks(service, question)
    talk = newest_conversation(service).replace("-", "")
    expect(officer.locator(f"#row-{talk}")).to_contain_text(for_you)
    expect(officer.locator(f"#row-{talk}")).to_contain_text(f"Tiimi {name}")
    expect(officer.locator(".alarm").first).to_be_visible()
    officer.locator("#filter-mine").click()
    expect(officer.locator(f"#row-{talk}")).to_be_visible()
    seen(officer, f"queue-{language}")
    officer.locator(f"#row-{talk}").click()
    officer.locator("#claim").click()
    officer.locator("#reply").fill("Hei!")
    officer.keyboard.press("Control+Enter")
    expect(officer.locator(".said.officer")).to_have_count(1)
    chief.goto(f"{service.url}/console/teams")
    expect(chief.locator("#times tr").filter(has_text=f"Tiimi {name}")).to_contain_text("100 %")
    seen(chief, f"times-{language}")
    officer.context.close()
    chief.context.close()


def test_a_waiting_talk_is_assigned_by_hand_and_a_view_is_kept(
    service: ConsoleServer, browser: Browser, complaints: list[str]
) -> None:
    colleague = heard(service.officer(browser, login(), "fi", DESK), complaints)
    colleague.goto(f"{service.url}/console")
    colleague.locator("#start-shift button").click()
    expect(colleague.locator("#duty")).to_have_attribute("data-on-duty", "yes")
    asks(service, "pitkä juttu", "haluan puhua poliisille")
    page = heard(service.officer(browser, login(), "fi", DESK), complaints)
    page.goto(f"{service.url}/console/conversations/{newest_conversation(service)}")
    page.locator("#menu-assign summary").press("Enter")
    seen(page, "assign")
    page.locator("#assign").click()
    expect(page.locator("#talk-head .badge").filter(has_text="Osoitettu")).to_be_visible()
    page.goto(f"{service.url}/console/views")
    page.locator("#name").fill("Englanniksi")
    page.locator("#language").select_option("en")
    page.get_by_role("button", name="Tallenna näkymä").press("Enter")
    expect(page.locator("#kept")).to_contain_text("Englanniksi")
    seen(page, "views")
    page.goto(f"{service.url}/console")
    page.get_by_role("link", name="Englanniksi").click()
    expect(page.get_by_role("link", name="Englanniksi")).to_have_attribute("aria-current", "true")
    expect(page.locator("#queue-title .count")).not_to_have_text("0")  # all that waits is counted all the same
    page.context.close()
    colleague.context.close()


@pytest.mark.parametrize("language", WORDS)
def test_an_area_is_made_by_keyboard_found_in_what_is_said_and_set_right(
    service: ConsoleServer, browser: Browser, complaints: list[str], language: str
) -> None:
    name = login()
    chief = heard(service.officer(browser, name, language, DESK, Role.OFFICER, Role.SUPERVISOR), complaints)
    for title, places in ((f"Itä {name}", f"{name}kesku, vuosaar"), (f"Länsi {name}", f"{name}mäki")):
        chief.goto(f"{service.url}/console/teams/areas")
        chief.locator("#name-new").fill(title)
        chief.locator("#places-new").fill(places)
        chief.locator("#places-new").press("Tab")
        chief.keyboard.press("Enter")
        expect(chief.locator("details summary").filter(has_text=title)).to_be_visible()
    chief.locator("details summary").filter(has_text=f"Itä {name}").press("Enter")
    seen(chief, f"areas-{language}")
    chief.goto(f"{service.url}/console/teams/officers")
    mine = chief.locator("details").filter(has_text=f"{name.title()} Example")
    mine.locator("summary").press("Enter")
    mine.get_by_label(f"Itä {name}").check()
    seen(chief, f"officer-areas-{language}")
    mine.locator("button[type=submit]").click()

    asks(service, "se tapahtui jossain muualla", WORDS[language][0])
    elsewhere = newest_conversation(service).replace("-", "")
    asks(service, f"se tapahtui {name.title()}keskuksessa", WORDS[language][0])
    talk = newest_conversation(service)
    row = f"#row-{talk.replace('-', '')}"
    chief.goto(f"{service.url}/console")
    expect(chief.locator(f"{row} .badge").filter(has_text=f"Itä {name}")).to_be_visible()
    chief.goto(f"{service.url}/console/conversations/{talk}")
    expect(chief.locator("#talk-head .badge").filter(has_text=f"Itä {name}")).to_be_visible()
    chief.locator("#menu-assign summary").press("Enter")
    seen(chief, f"set-area-{language}")
    chief.locator("#area").select_option(label=f"Länsi {name}")
    chief.locator("#set-area").press("Enter")
    expect(chief.locator("#talk-head .badge").filter(has_text=f"Länsi {name}")).to_be_visible()
    chief.goto(f"{service.url}/console/views")
    chief.locator("#name").fill(f"Oma {name}")
    chief.locator("#area").select_option(label=f"Länsi {name}")
    chief.locator("#name").press("Enter")
    chief.goto(f"{service.url}/console")
    chief.get_by_role("link", name=f"Oma {name}").click()
    expect(chief.locator(row)).to_be_visible()
    expect(chief.locator(f"#row-{elsewhere}")).to_have_count(0)  # what is urgent stands in every view
    chief.context.close()
