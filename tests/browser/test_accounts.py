"""The accounts in Chromium: security keys, codes from the picture, keyboard, small screens, and axe on every page."""

import io
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pyotp
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from gateway.accounts.demonstration import PASSWORD, secret
from tests.browser.accessible import problems
from tests.worlds.commands import run_command
from tests.worlds.simulator_process import DESKTOP, PHONE, free_port

OWN = "kaksitoista ananasta ja tuuli"
PICTURES = os.environ.get("NEUVO_TEST_PICTURES")


@dataclass
class Staff:
    url: str
    own: dict[str, str]  # variables of its process

    def command(self, *arguments: str) -> str:
        done = run_command(*arguments, **self.own)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """The real gateway in a process of its own, with its demonstration people."""
    folder, port = tmp_path_factory.mktemp("staff"), free_port()
    own = {
        "NEUVO_DATABASE_URL": f"sqlite:///{folder / 'neuvo.db'}",
        "NEUVO_STATE_DIR": str(folder),
        "NEUVO_PORT": str(port),
        "NEUVO_PUBLIC_URL": f"http://localhost:{port}",
    }
    start = (
        "import asyncio; from gateway.core.config.settings import Settings; from gateway.core.migrate import migrate;"
        "from gateway.accounts.demonstration import make_people; from gateway.server import serve;"
        "s = Settings(_env_file=None); migrate(s); asyncio.run(make_people(s)); asyncio.run(serve(s))"
    )
    process = subprocess.Popen([sys.executable, "-c", start], env={**os.environ, **own})
    service = Staff(f"http://localhost:{port}", own)
    for _ in range(200):
        try:
            if httpx2.get(f"{service.url}/health/live", trust_env=False).is_success:
                break
        except httpx2.ConnectError:
            time.sleep(0.1)
    yield service
    process.terminate()
    process.wait(10)


@pytest.fixture
def page(browser: Browser, staff: Staff) -> Iterator[Page]:
    """A page that nothing may complain on, least of all the policy against foreign code."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 375, "height": 812}, locale="fi-FI")
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert [each for each in complaints if "status of 4" not in each] == []


def check(page: Page, name: str) -> None:
    """Nothing for axe and nothing that sticks out, on a phone and a large screen; a picture where one is wanted."""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert problems(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], name
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{size['width']}.png", full_page=True)
    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})


def with_security_key(page: Page) -> Any:
    """A security key in this browser, as the protocol of the browser's own tests makes one."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}})
    return session


def fresh_code(login_secret: str, used: list[str]) -> str:
    """A code that was not used yet: each counts once."""
    totp = pyotp.TOTP(login_secret)
    for ahead in (0, 30):
        if (code := totp.at(int(time.time()) + ahead)) not in used:
            used.append(code)
            return code
    raise AssertionError("Too many codes within a minute.")


def sign_in(page: Page, staff: Staff, login: str, used: list[str]) -> None:
    page.goto(f"{staff.url}/sign-in")
    page.get_by_label("Käyttäjätunnus").fill(login)
    page.get_by_label("Salasana").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Koodi puhelimesta").fill(fresh_code(secret(login), used))
    page.keyboard.press("Enter")


def invited(staff: Staff, login: str, role: str) -> str:
    return staff.command("invite", login, f"{login.title()} Kokeilu", role).split()[-1]


def choose_password(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Uusi salasana").fill(OWN)
    page.get_by_label("Salasana uudelleen").fill(OWN)
    page.get_by_role("button", name="Jatka").click()


def test_a_security_key_is_set_up_signs_in_and_unlocks(page: Page, staff: Staff) -> None:
    key = with_security_key(page)
    address = invited(staff, "kerttu", "officer")
    page.goto(address)
    check(page, "enrol")
    choose_password(page, address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Valitse toinen tunnistustapa")
    check(page, "enrol-factor")
    page.get_by_role("button", name="Ota suojausavain käyttöön").click()
    expect(page).to_have_url(f"{staff.url}/console")
    page.goto(f"{staff.url}/account")
    check(page, "account")

    page.get_by_role("button", name="Kirjaudu ulos", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Olet kirjautunut ulos")
    check(page, "signed-out")
    page.goto(f"{staff.url}/sign-in")
    page.get_by_label("Käyttäjätunnus").fill("kerttu")
    page.get_by_label("Salasana").fill(OWN)
    page.get_by_role("button", name="Kirjaudu").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vahvista henkilöllisyytesi")
    check(page, "factor-key")
    page.get_by_role("button", name="Käytä suojausavainta").click()
    expect(page).to_have_url(f"{staff.url}/console")

    page.goto(f"{staff.url}/account")
    page.get_by_role("button", name="Lukitse nyt").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Istunto on lukittu")
    check(page, "locked")
    page.goto(f"{staff.url}/account")
    expect(page.get_by_role("heading", level=1)).to_have_text("Istunto on lukittu")
    page.get_by_role("button", name="Käytä suojausavainta").click()
    expect(page).to_have_url(f"{staff.url}/account")
    key.detach()
    page.goto(address)
    page.get_by_label("Uusi salasana").fill(OWN)
    page.get_by_label("Salasana uudelleen").fill(OWN)
    page.get_by_role("button", name="Jatka").click()
    expect(page.get_by_role("alert")).to_contain_text("Kutsu ei kelpaa")


def test_a_telephone_reads_the_picture_and_its_code_signs_in(page: Page, staff: Staff) -> None:
    choose_password(page, invited(staff, "tauno", "editor"))
    picture = page.get_by_role("img", name="QR-koodi").screenshot()
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)))
    telephone = pyotp.parse_uri(read.text)
    assert isinstance(telephone, pyotp.TOTP)
    assert (telephone.issuer, telephone.name) == ("Neuvo", "tauno")
    assert page.locator("#secret").text_content() == telephone.secret
    page.get_by_label("Koodi puhelimesta").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("Vahvistus ei onnistunut")
    page.get_by_label("Koodi puhelimesta").fill(telephone.now())
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{staff.url}/(account|console|content)$"))


def test_the_administrator_invites_and_recovers_by_keyboard(page: Page, staff: Staff) -> None:
    used: list[str] = []
    page.goto(f"{staff.url}/sign-in")
    check(page, "sign-in")
    page.get_by_label("Käyttäjätunnus").fill("aada")
    page.get_by_label("Salasana").fill("väärä salasana tässä")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Käyttäjätunnus tai salasana on väärä.")
    check(page, "sign-in-wrong")
    page.get_by_label("Salasana").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vahvista henkilöllisyytesi")
    check(page, "factor-code")
    page.get_by_label("Koodi puhelimesta").fill(fresh_code(secret("aada"), used))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Käyttäjät")
    check(page, "people")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Siirry sisältöön")).to_be_focused()
    page.get_by_label("Nimi").focus()
    page.keyboard.type("Uuno Uusi")
    page.keyboard.press("Tab")
    page.keyboard.type("uuno")
    page.get_by_role("checkbox", name="Poliisi").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kutsu on valmis")
    assert "/enrol?code=" in page.get_by_label("Kutsulinkki").input_value()
    page.locator("#address").evaluate("each => { each.value += '-as-long-as-the-address-of-an-authority'.repeat(3); }")
    for size in (PHONE, DESKTOP):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        assert page.locator("#address").evaluate("each => each.scrollHeight <= each.clientHeight"), "the link is cut"
    check(page, "invited")
    page.get_by_role("link", name="Kaikki käyttäjät").click()
    page.get_by_role("link", name="Oskar Lehto").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Oskar Lehto")
    check(page, "person")
    page.get_by_role("button", name="Estä käyttäjä").click()
    expect(page.get_by_role("status")).to_contain_text("Käyttäjä on estetty")
    page.get_by_role("button", name="Poista esto").click()
    expect(page.get_by_role("status")).to_contain_text("Esto on poistettu")
    page.goto(f"{staff.url}/audit")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sinulla ei ole pääsyä tänne")
    check(page, "refused")


def test_the_auditor_reads_and_verifies_in_three_languages(page: Page, staff: Staff) -> None:
    sign_in(page, staff, "auri", [])
    for language, title in (("Suomi", "Lokitiedot"), ("Svenska", "Logg"), ("English", "Audit log")):
        page.locator("#frame-language").select_option(label=language)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        assert page.get_attribute("html", "lang") == {"Suomi": "fi", "Svenska": "sv", "English": "en"}[language]
        check(page, f"audit-{language}")
    page.get_by_role("button", name="Verify the log").click()
    expect(page.get_by_role("status")).to_contain_text("The log is whole")
    page.get_by_role("button", name="Export as CSV").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Approvals")
    expect(page.get_by_role("status")).to_contain_text("It waits for a second person")
    check(page, "export-asked")


def test_a_language_chosen_before_the_script_has_come_is_not_lost(page: Page, staff: Staff) -> None:
    sign_in(page, staff, "sanna", [])
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/staff.js*", hold, times=1)
    page.goto(f"{staff.url}/console", wait_until="commit")
    page.locator("#frame-language").select_option("sv")
    assert page.get_attribute("html", "lang") == "fi"
    held.pop().continue_()
    expect(page.locator("html[lang=sv]")).to_be_attached()


def test_dark_pages_are_as_readable(browser: Browser, staff: Staff) -> None:
    context = browser.new_context(color_scheme="dark", locale="sv-FI")
    page = context.new_page()
    page.goto(f"{staff.url}/sign-in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Logga in")
    check(page, "sign-in-dark")
    context.close()


def test_a_page_that_nobody_uses_covers_itself(page: Page, staff: Staff) -> None:
    sign_in(page, staff, "olivia", [])
    expect(page).to_have_url(f"{staff.url}/console")
    page.clock.install()
    page.reload()
    page.clock.fast_forward("16:00")
    expect(page.get_by_role("heading", level=1)).to_have_text("Istunto on lukittu")
