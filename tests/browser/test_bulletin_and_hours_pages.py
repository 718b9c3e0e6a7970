"""The officers' pages of bulletins, hours and figures in Chromium: two publish, a supervisor changes the hours."""

import asyncio
import datetime as dt
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import insert

from gateway.analytics.answers import OUTCOMES
from gateway.analytics.models import DailyCount, Measure
from gateway.app import create_app
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.locale import HELSINKI
from gateway.core.migrate import migrate
from gateway.service import Service
from tests.browser.accessible import problems
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.simulator_process import DESKTOP, PHONE, free_port
from tests.worlds.staff import BROWSER, make_person, session_cookie
from tests.worlds.year_of_counts import WAVE, year

PICTURES = os.environ.get("NEUVO_TEST_PICTURES")
Scheme = Literal["light", "dark"]


# What is broken anywhere, with no sign that it goes on.
BROKEN_WORDS = """() => {
  const broken = [], range = document.createRange();
  for (const head of document.querySelectorAll("table.bars tbody th")) {
    head.style.hyphens = "manual";
    for (const { 0: word, index } of head.firstChild.data.matchAll(/[^\\s-]+/g)) {
      range.setStart(head.firstChild, index);
      range.setEnd(head.firstChild, index + word.length);
      if (new Set([...range.getClientRects()].map((each) => each.top)).size > 1) broken.push(word);
    }
  }
  return broken;
}"""


@dataclass
class StaffPages:
    """A running gateway and the cookies of its people."""

    url: str
    cookies: dict[str, dict[str, str]]


async def _fill(service: Service) -> None:
    first = now().astimezone(HELSINKI).date() - dt.timedelta(days=WAVE)
    rows = [
        {"day": day, "measure": measure, "part": part, "count": count}
        for day, (measure, part), count in year(first, 240, WAVE + 1)
    ]
    day = now().astimezone(HELSINKI).date()
    became = {Measure.ANSWER_ASKED: 80, **dict.fromkeys(OUTCOMES, 10), Measure.ANSWER_LEFT: 25}
    parts = ("fi:parcel_sms", "sv:account_hacked", "fi:?cost")
    rows += [{"day": day, "measure": each, "part": part, "count": became[each]} for each in became for part in parts]
    async with service.database.transaction() as session:
        await session.execute(insert(DailyCount), rows)


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StaffPages]:
    folder, port = tmp_path_factory.mktemp("staff"), free_port()
    settings = Settings(database_url=f"sqlite:///{folder / 'neuvo.db'}", state_dir=folder, port=port, simulator=False)
    with ThreadPoolExecutor(1) as beside:  # the browser's own loop runs in this thread
        beside.submit(migrate, settings).result()
    app = create_app(settings, ScriptedEngine())
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", access_log=False))
    made: dict[str, dict[str, str]] = {}

    async def serve() -> None:
        task = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0.02)
        for name, role in (("olivia", Role.OFFICER), ("oskar", Role.OFFICER), ("saana", Role.SUPERVISOR)):
            person = await make_person(app.state.service, name, role, language="fi")
            made[name] = await session_cookie(app, person)
        await _fill(app.state.service)
        ready.set()
        await task

    ready = threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(60)
    time.sleep(0.1)
    yield StaffPages(f"http://localhost:{port}", made)
    server.should_exit = True
    thread.join(10)


def signed_in(browser: Browser, staff: StaffPages, name: str, scheme: Scheme = "light") -> BrowserContext:
    context = browser.new_context(
        viewport={"width": 375, "height": 812}, color_scheme=scheme, locale="fi-FI", user_agent=BROWSER
    )
    context.add_cookies([{"name": key, "value": value, "url": staff.url} for key, value in staff.cookies[name].items()])
    return context


def check(page: Page, name: str) -> None:
    """Nothing for axe and nothing that sticks out, in both widths; a picture where one is wanted."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert problems(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}.png", full_page=True)
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})


def fill_in(page: Page, text: str) -> None:
    for language, title in (("fi", "Puukotus Kalliossa"), ("sv", "Knivdåd i Berghäll"), ("en", "Stabbing in Kallio")):
        page.locator(f"#title_{language}").fill(title)
        page.locator(f"#text_{language}").fill(f"{text} ({language})")
    page.get_by_label("Paikat").fill("Kallio, Berghäll")
    page.get_by_label("Hakusanat").fill("puukotus, puukot*")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_two_officers_write_propose_approve_correct_and_withdraw(
    browser: Browser, staff: StaffPages, scheme: Scheme
) -> None:
    one, other = signed_in(browser, staff, "olivia", scheme), signed_in(browser, staff, "oskar", scheme)
    page, second = one.new_page(), other.new_page()
    page.goto(f"{staff.url}/console/bulletins/new")
    fill_in(page, "Yksi ihminen on loukkaantunut. Vaaraa ei ole.")
    expect(page.locator("[data-preview=fi]")).to_contain_text("Yksi ihminen on loukkaantunut.")
    expect(page.locator("[data-left=title_fi]")).to_have_text("(42)")
    check(page, f"bulletin-write-{scheme}")
    page.get_by_role("button", name="Tallenna luonnos").click()
    expect(page.get_by_role("status")).to_have_text("Luonnos on tallennettu.")
    page.get_by_role("button", name="Ehdota julkaistavaksi").click()
    expect(page.get_by_text("Jonkun toisen pitää lukea")).to_be_visible()
    expect(page.get_by_role("button", name="Hyväksy ja julkaise")).to_have_count(0)

    second.goto(page.url.partition("?")[0])
    check(second, f"bulletin-proposed-{scheme}")
    second.get_by_role("button", name="Hyväksy ja julkaise").focus()
    second.keyboard.press("Enter")
    expect(second.get_by_role("status")).to_contain_text("Julkaistu.")
    second.get_by_role("link", name="Korjaa").click()
    second.locator("#text_fi").fill("Kaksi ihmistä on loukkaantunut. Vaaraa ei ole. (fi)")
    second.get_by_role("button", name="Tallenna luonnos").click()
    expect(second.locator("ins").first).to_contain_text("Kaksi ihmistä")
    expect(second.locator("del").first).to_contain_text("Yksi ihminen")
    second.get_by_role("button", name="Ehdota julkaistavaksi").click()
    page.reload()
    check(page, f"bulletin-correction-{scheme}")
    page.get_by_role("button", name="Hyväksy ja julkaise").click()
    page.get_by_text("Peru tiedote").click()
    page.get_by_label("Miksi?").last.fill("Tieto ei pitänytkään paikkaansa.")
    page.get_by_role("button", name="Vedä takaisin", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Peruttu.")
    check(page, f"bulletin-withdrawn-{scheme}")
    page.goto(f"{staff.url}/console/bulletins")
    expect(page.locator(".frame-places [aria-current]")).to_have_text("Tiedotteet")
    check(page, f"bulletins-{scheme}")
    one.close()
    other.close()


def test_one_alone_publishes_with_a_reason_and_without_script_faults_are_told_in_words(
    browser: Browser, staff: StaffPages
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="fi-FI", user_agent=BROWSER)
    context.add_cookies([{"name": k, "value": v, "url": staff.url} for k, v in staff.cookies["olivia"].items()])
    page = context.new_page()
    page.goto(f"{staff.url}/console/bulletins/new")
    fill_in(page, "Henkilötunnus 131052-308T")
    page.get_by_label("Päättyy").fill("2020-01-01T10:00")
    page.get_by_role("button", name="Tallenna luonnos").click()
    expect(page.get_by_role("alert")).to_contain_text("päättyy ennen kuin se alkaa")
    expect(page.locator("#title_fi")).to_have_value("Puukotus Kalliossa")
    page.get_by_label("Päättyy").fill(f"{now().astimezone(HELSINKI) + dt.timedelta(hours=2):%Y-%m-%dT%H:%M}")
    page.get_by_role("button", name="Tallenna luonnos").click()
    expect(page.get_by_role("alert")).to_contain_text("henkilötunnus")
    fill_in(page, "Pysykää sisällä.")
    page.get_by_role("button", name="Tallenna luonnos").click()
    page.get_by_text("Hätätilanne").click()
    page.get_by_label("Miksi?").last.fill("Ampuja liikkuu alueella, muita ei ole paikalla.")
    page.get_by_role("button", name="Julkaise ilman toista").click()
    expect(page.get_by_text("Julkaistu ilman toista ihmistä, koska:")).to_be_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_supervisor_previews_and_saves_the_hours_and_an_officer_only_reads_them(
    browser: Browser, staff: StaffPages, scheme: Scheme
) -> None:
    context = signed_in(browser, staff, "saana", scheme)
    page = context.new_page()
    page.goto(f"{staff.url}/console/hours?at=2026-12-06T12:00")
    expect(page.locator("#says + form + .sides, .sides").first).to_contain_text("itsenäisyyspäivä")
    check(page, f"hours-{scheme}")
    page.get_by_label("Maanantai").fill("8-12, 13–16.30")
    page.locator("#exception_0_from").fill("2027-02-10")
    page.locator("#exception_0_closed").fill("14-15")
    for language, why in (("fi", "koulutus"), ("sv", "utbildning"), ("en", "training")):
        page.locator(f"#exception_0_reason_{language}").fill(why)
    page.locator("#at").fill("2027-02-08T12:30")
    page.get_by_role("button", name="Esikatsele").click()
    expect(page.get_by_text("Tämä on esikatselu.")).to_be_visible()
    expect(page.locator(".bubble").first).to_contain_text("klo 13")
    page.get_by_label("Tiistai").fill("16-9")
    page.get_by_role("button", name="Tallenna ja vahvista").click()
    expect(page.get_by_role("alert")).to_have_text(
        "Aikoja ei tallennettu: Tiistai: Aika päättyy ennen kuin se alkaa. Kirjoita yö kahdelle päivälle."
    )
    expect(page.get_by_label("Maanantai")).to_have_value("8-12, 13–16.30")
    page.get_by_label("Tiistai").fill("9-16")
    page.get_by_role("button", name="Tallenna ja vahvista").click()
    expect(page.get_by_role("status")).to_have_text("Palveluajat on tallennettu.")
    expect(page.get_by_label("Maanantai")).to_have_value("8:00-12:00, 13:00-16:30")
    context.close()
    officer = signed_in(browser, staff, "oskar")
    page = officer.new_page()
    page.goto(f"{staff.url}/console/hours")
    expect(page.get_by_role("button", name="Tallenna ja vahvista")).to_have_count(0)
    assert page.get_by_label("Maanantai").get_attribute("readonly") is not None
    officer.close()


@pytest.mark.parametrize(
    ("language", "left"), [("fi", "Ei kirjoittanut enää"), ("sv", "Skrev inte mer"), ("en", "Wrote no more")]
)
def test_what_became_of_the_answers_is_said_in_words_and_as_bars(
    browser: Browser, staff: StaffPages, language: str, left: str
) -> None:
    context = signed_in(browser, staff, "saana", "dark" if language == "sv" else "light")
    page = context.new_page()
    page.goto(f"{staff.url}/console/figures/answers")
    page.locator("#frame-language").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.locator("thead").first).to_contain_text(left)
    expect(page.locator("main > p.soft").last).to_contain_text(f"{left}:")
    cells = page.locator("#topic-parcel_sms td.number")
    expect(cells).to_have_text(["80", "10", "10", "10", "10", "25", "15"])
    check(page, f"figures-answers-{language}")
    page.set_viewport_size({"width": 1280, "height": 800})
    scroller = page.locator(".scroll").first
    assert scroller.evaluate("each => each.scrollWidth <= each.clientWidth"), "a desk shows every column"
    assert page.locator(".frame-who").evaluate("each => each.scrollWidth <= each.clientWidth"), "the name has room"
    page.set_viewport_size({"width": 375, "height": 667})
    expect(page.locator(".answer-bar").locator("visible=true")).to_have_count(0)
    name = page.locator("#topic-parcel_sms th")
    at = name.bounding_box()
    assert scroller.evaluate("each => (each.scrollLeft = 9999, each.scrollLeft)") > 0
    assert name.bounding_box() == at, "which topic a number is of is seen beside it"
    page.locator("#language").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.locator("form.panel button").press("Enter")
    expect(page.locator("table.answers").first.locator("tbody tr")).to_have_count(1)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_are_read_on_every_screen_by_ear_and_on_paper(
    browser: Browser, staff: StaffPages, scheme: Scheme
) -> None:
    context = signed_in(browser, staff, "olivia", scheme)
    page = context.new_page()
    for view in ("day", "week"):
        page.goto(f"{staff.url}/console/figures?by={view}")
        expect(page.locator("#rising").locator("..")).to_contain_text("Pakettiviesti")
        if (view == "week") == (scheme == "dark") or PICTURES:  # two thousand drawn fields take axe its time
            check(page, f"figures-{view}-{scheme}")
        for size in (PHONE, DESKTOP):
            page.set_viewport_size({"width": size["width"], "height": size["height"]})
            assert page.evaluate(BROKEN_WORDS) == [], size
        # As long a word as Swedish and Finnish have, in the narrowest panels.
        page.evaluate("document.querySelector('.grid th[scope=row]').textContent = 'Identifieringsuppgifter'")
        assert page.evaluate(BROKEN_WORDS) == []
        summary = page.locator("summary").first
        summary.focus()
        page.keyboard.press("Enter")
        assert page.locator("table.numbers").first.locator("tbody tr").count() in (28, 53)
    page.emulate_media(media="print")
    if PICTURES:
        page.pdf(path=Path(PICTURES) / f"figures-{scheme}.pdf")
    expect(page.locator(".frame-places")).to_be_hidden()
    expect(page.locator("svg.chart")).to_be_visible()
    page.emulate_media(media="screen")
    for language in ("fi", "sv") if scheme == "light" else ("en",):
        page.goto(f"{staff.url}/figures?lang={language}")
        check(page, f"figures-public-{language}-{scheme}")
    context.close()
