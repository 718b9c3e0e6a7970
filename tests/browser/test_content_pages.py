"""The editors' pages in Chromium: two editors who know no YAML, from a missed message to a published answer."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from gateway.content.repository.working_copy import WorkingCopy
from tests.browser.test_accounts import check
from tests.worlds.editor_pages import CONFIRMED, UNCONFIRMED, EditorPages, pick, wait_for_job, write
from tests.worlds.services import need_chromium
from tests.worlds.simulator_process import DESKTOP, PHONE, free_port

PICTURES = os.environ.get("NEUVO_TEST_PICTURES")
CONFLICT = "Botti ei voi oppia molempia"
STARTING = 90_000  # milliseconds: beside it the encoder and the bot of the editors' pages start


class Workshop:
    def __init__(self, folder: Path) -> None:
        need_chromium()
        self.folder = folder
        self.url = f"http://localhost:{(port := free_port())}"
        environment = {
            **os.environ,
            "NEUVO_DATABASE_URL": f"sqlite:///{folder / 'neuvo.db'}",
            "NEUVO_STATE_DIR": str(folder),
            "NEUVO_CONTENT_DIR": str(folder / "content"),
            "NEUVO_PORT": str(port),
            "NEUVO_PUBLIC_URL": self.url,
            "NEUVO_RASA_URL": "http://127.0.0.1:9",
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.worlds.content_server", str(folder)], env=environment
        )
        for _ in range(1800):  # minutes, where other tests have the processors
            try:
                if httpx2.get(f"{self.url}/health/live", trust_env=False).is_success:
                    return
            except httpx2.ConnectError:
                assert self.process.poll() is None, "The gateway has ended."
                time.sleep(0.1)
        raise AssertionError("The gateway did not start.")

    def copy(self) -> WorkingCopy:
        return WorkingCopy(self.folder / "content")


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    workshop = Workshop(tmp_path_factory.mktemp("workshop"))
    yield workshop
    workshop.process.terminate()
    workshop.process.wait(10)


@pytest.fixture(scope="module")
def editors(browser: Browser, workshop: Workshop) -> Iterator[tuple[EditorPages, EditorPages]]:
    contexts = [browser.new_context(viewport=DESKTOP, locale="fi-FI") for _ in range(2)]  # type: ignore[arg-type]
    eetu, elli = (
        EditorPages(context, workshop.url, login, "fi")
        for context, login in zip(contexts, ("eetu", "elli"), strict=True)
    )
    yield eetu, elli
    for editor in (eetu, elli):
        assert [each for each in editor.complaints if "status of 4" not in each] == []
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("overview", "/content"),
        ("topic", "/content/topics/parcel_sms"),
        ("examples", "/content/topics/parcel_sms/examples"),
        ("tests", "/content/topics/parcel_sms/tests"),
        ("arrange", "/content/topics/parcel_sms/arrange"),
        ("new", "/content/new-topic"),
        ("contacts", "/content/contacts"),
        ("contact", "/content/contacts/riku"),
        ("senders", "/content/senders"),
        ("sender", "/content/senders/vero"),
        ("history", "/content/history"),
        ("publishing", "/content/publishing"),
        ("spreadsheet", "/content/spreadsheet"),
        ("try", "/content/try"),
        ("inbox", "/content/inbox"),
        ("guide", "/content/guide"),
        ("search", "/content/search?q=paketti"),
    ],
)
def test_each_page_is_for_everybody(editors: tuple[EditorPages, EditorPages], name: str, path: str) -> None:
    check(editors[0].go(path), f"content-{name}")


def live_text(workshop: Workshop, topic: str) -> str:
    found = list((workshop.folder / "published" / "current").glob(f"answers/*/{topic}.yml"))
    return found[0].read_text("utf-8") if found else ""


@pytest.mark.timeout(600)  # it trains: seconds on a machine of its own, minutes on a crowded one
def test_a_missed_message_becomes_a_topic_that_is_checked_approved_published_and_taken_back(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    eetu, elli = editors
    page = eetu.go("/content/inbox")
    expect(page.locator(".missed-count strong").first).to_have_text("3")
    page.get_by_role("link", name="Käsittele").first.click()
    expect(page.get_by_text("Soita löytöeläintaloon.")).to_be_visible()
    page.get_by_role("link", name="Tee tästä uusi aihe").click()

    page.get_by_label("Ryhmä").select_option("police_service")
    titles = {"title-fi": "Kadonnut lemmikki", "title-sv": "Husdjuret har kommit bort", "title-en": "Lost pet"}
    answers = {"answer-fi": "*Soita* eläinsuojeluun.", "answer-sv": "Ring djurskyddet.", "answer-en": "Call for help."}
    own = {
        "examples-fi": "miten saan kadonneen koiran takaisin\nmeidän kissa karkasi eilen illalla",
        "examples-sv": "vår katt har rymt\nhunden sprang bort",
        "examples-en": "our cat ran away\nmy dog is lost",
    }
    write(page, titles | answers | own)
    expect(page.locator("[data-count=title-sv]")).to_have_text("25 / 20")
    expect(page.locator("[data-count=title-sv]")).to_have_class("live-count over")
    pick(page, "fi", UNCONFIRMED)
    expect(page.locator('[data-shown="answer.fi"] .fault')).to_contain_text("ei vahvistettu")
    expect(page.locator('[data-shown="answer.fi"] strong')).to_have_text("Soita")
    page.get_by_role("button", name="Luo aihe").click()
    expect(page.get_by_role("alert")).to_contain_text("liian lähellä sitä, mitä kansalainen kirjoitti")

    page.locator("#examples-fi").fill("koirani karkasi metsään\nmeidän kissa karkasi eilen illalla")
    page.get_by_role("button", name="Luo aihe").click()
    expect(page).to_have_url(f"{workshop.url}/content/topics/lost_pet?said=created")
    eetu.go("/content/inbox")
    expect(page.get_by_text("koiran takaisin")).to_have_count(0)

    eetu.go("/content/publishing")
    page.get_by_role("button", name="Tarkista").click()
    wait_for_job(page, "ei julkaistu")
    expect(page.locator(".job .notice.bad").first).to_contain_text("on 25 merkkiä")
    page.locator(".job .notice.bad a").first.click()
    page.locator("#title-sv").fill("Bortkommet husdjur")
    page.get_by_role("button", name="Tallenna").click()
    eetu.go("/content/publishing")
    page.get_by_role("button", name="Tarkista").click()
    expect(page.locator(".job .notice.bad")).to_contain_text("ei vahvistettu", timeout=30_000)
    page.locator(".job .notice.bad a").first.click()
    write(page, {"answer-fi": "*Soita* eläinsuojeluun, "})
    pick(page, "fi", CONFIRMED)
    expect(page.locator('[data-shown="answer.fi"] .fault')).to_have_count(0)
    if PICTURES:
        check(page, "content-topic-filled")
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    page.get_by_role("button", name="Tallenna").click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")

    eetu.go("/content/publishing")
    expect(page.get_by_text("Kirjoitit tämän itse")).to_be_visible()
    page.locator("[data-item='topic:lost_pet'] input[type=checkbox]").check()
    page.get_by_role("button", name="Kouluta ja julkaise valitut").click()
    expect(page.get_by_role("alert")).to_contain_text("Toisen sisällöntuottajan on hyväksyttävä")
    eetu.go("/content/publishing").get_by_role("button", name="Pyydä hyväksyntää").click()
    elli.go("/content/publishing").get_by_role("button", name="Olen lukenut tämän ja hyväksyn sen").click()
    expect(elli.page.get_by_text("Hyväksynyt Elli Ranta")).to_be_visible()
    expect(elli.page.locator("[data-item='topic:lost_pet'] input[type=checkbox]")).to_be_checked()
    elli.page.get_by_role("button", name="Kouluta ja julkaise valitut").click()
    wait_for_job(elli.page, "valmis")
    assert "Bortkommet husdjur" in live_text(workshop, "lost_pet")
    check(elli.page, "content-published")

    hold_a_talk(eetu)

    write(eetu.go("/content/topics/lost_pet"), {"answer-en": "Call the animal shelter."})
    page.get_by_role("button", name="Tallenna").click()
    elli.go("/content/publishing").get_by_role("button", name="Olen lukenut tämän ja hyväksyn sen").click()
    elli.page.get_by_role("button", name="Julkaise valitut tekstit nyt").click()
    wait_for_job(elli.page, "valmis")
    assert "animal shelter" in live_text(workshop, "lost_pet")
    check(elli.page, "content-words-published")
    elli.page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
    elli.page.get_by_text("Palaa tähän").first.click()
    elli.page.get_by_label("Olen varma").first.check()
    elli.page.get_by_role("button", name="Palaa versioon 2").click()
    wait_for_job(elli.page, "valmis")
    assert "Call for help." in live_text(workshop, "lost_pet")
    assert "animal shelter" in workshop.copy().read("answers/police_service/lost_pet.yml").text


def hold_a_talk(editor: EditorPages) -> None:
    """Two turns in words and one by a button, all by the keyboard, with the draft that was just trained."""
    page = editor.go("/content/try")
    page.get_by_label("Viestisi").fill("meidän kissa karkasi eilen illalla")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Luonnos")).to_contain_text("eläinsuojeluun", timeout=240_000)
    expect(page.get_by_role("group", name="Julkaistu")).to_contain_text("ei vastaa juuri nyt")
    expect(page.get_by_label("Viestisi")).to_be_focused()
    page.keyboard.type("/restart")
    page.keyboard.press("Enter")
    turns = page.locator(".tried > li")
    expect(turns).to_have_count(2, timeout=60_000)
    button = turns.nth(1).get_by_role("group", name="Luonnos").get_by_role("button").first
    title = button.inner_text()
    button.focus()
    page.keyboard.press("Enter")
    expect(turns).to_have_count(3, timeout=60_000)
    expect(page.locator(".bubble.own")).to_have_text(["meidän kissa karkasi eilen illalla", "/restart", title])
    expect(turns.nth(2).locator(".bubble:not(.own)").first).to_be_visible()
    expect(turns.nth(2)).to_be_in_viewport()
    expect(page.get_by_label("Viestisi")).to_be_focused()
    expect(page.get_by_text("Kansalaisen sanoista")).to_have_count(1)
    for summary in ("Mitä luonnos ymmärsi", "Tee tästä testiviesti"):
        turns.nth(0).get_by_text(summary).click()
    check(page, "content-tried")
    turns.nth(0).get_by_role("button", name="Tee testiviesti").click()
    expect(page.get_by_text("meidän kissa karkasi eilen illalla")).to_be_visible()
    expect(editor.go("/content/try").locator(".tried > li")).to_have_count(3)
    page.get_by_role("button", name="Aloita alusta").click()
    expect(page.get_by_label("Viestisi")).to_be_visible()
    expect(page.locator(".bubble")).to_have_count(0)


def test_who_changed_the_same_sentence_chooses_and_everything_else_of_both_stays(
    editors: tuple[EditorPages, EditorPages],
) -> None:
    eetu, elli = editors
    for editor in editors:
        editor.go("/content/topics/account_hacked")
    write(eetu.page, {"title-fi": "Tili viety", "title-en": "Hacked"})
    eetu.page.get_by_role("button", name="Tallenna").click()
    write(elli.page, {"title-fi": "Tilini vietiin", "title-sv": "Kontot kapat"})
    elli.page.get_by_role("button", name="Tallenna").click()
    expect(elli.page.get_by_role("heading", level=1)).to_have_text("Kaksi muutosta samassa kohdassa")
    check(elli.page, "content-conflict")
    elli.page.get_by_label("Sinun muutoksesi").check()
    elli.page.get_by_role("button", name="Tallenna valinta").click()
    expect(elli.page.locator("#title-fi")).to_have_value("Tilini vietiin")
    expect(elli.page.locator("#title-sv")).to_have_value("Kontot kapat")
    expect(elli.page.locator("#title-en")).to_have_value("Hacked")


def test_likenesses_are_asked_for_again_while_the_server_has_no_time(
    editors: tuple[EditorPages, EditorPages],
) -> None:
    page = editors[0].go("/content/topics/parcel_sms/examples")
    known = page.locator("fieldset.lines label").nth(0).inner_text()
    editors[0].go("/content/topics/account_hacked/examples")
    page.route("**/content/alike", lambda route: route.fulfill(status=503), times=1)
    page.get_by_label("Lisää esimerkkejä: suomi").fill(known)
    expect(page.locator("[data-alike-shown] .notice.bad")).to_contain_text(CONFLICT, timeout=STARTING)
    editors[0].complaints.clear()  # the browser's own of the 503 above


def test_likenesses_show_while_one_writes_and_the_phone_shows_one_language(
    editors: tuple[EditorPages, EditorPages],
) -> None:
    page = editors[0].go("/content/topics/parcel_sms/examples")
    known = page.locator("fieldset.lines label").nth(0).inner_text()
    editors[0].go("/content/topics/account_hacked/examples")
    page.get_by_label("Lisää esimerkkejä: suomi").fill(known)
    expect(page.locator("[data-alike-shown] .notice.bad")).to_contain_text(CONFLICT, timeout=STARTING)

    editors[0].go("/content/topics/parcel_sms")
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    expect(page.locator("#answer-fi")).to_be_visible()
    expect(page.locator("#answer-sv")).to_be_hidden()
    page.get_by_role("link", name="ruotsi").click()
    expect(page.locator("#answer-sv")).to_be_visible()
    expect(page.locator("#answer-fi")).to_be_hidden()
    page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
