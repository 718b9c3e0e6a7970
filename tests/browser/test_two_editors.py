"""Two editors at once in Chromium: each approves the other's, and one urgent number goes alone beside a training."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_accounts import check
from tests.browser.test_content_pages import Workshop, editors, live_text, workshop
from tests.worlds.editor_pages import EditorPages, write

__all__ = ["editors", "workshop"]
pytestmark = pytest.mark.timeout(1500)  # it trains: seconds on a machine of its own, minutes on a crowded one
SECONDS = 15
NEW, OLD = "116 999", "116 006"
APPROVE = "Olen lukenut tämän ja hyväksyn sen"
RIKU = "contact:riku"


def item(page: Page, key: str) -> Locator:
    return page.locator(f"[data-item='{key}']")


def live_contacts(workshop: Workshop) -> str:
    return (workshop.folder / "published" / "current" / "contacts.yml").read_text("utf-8")


def publishing(editor: EditorPages) -> Page:
    return editor.go("/content/publishing")


def save(page: Page) -> None:
    page.get_by_role("button", name="Tallenna", exact=True).first.click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")


def begin_training(editor: EditorPages) -> None:
    """A real training of the draft, with an example that the bot in use has not learned."""
    page = editor.go("/content/topics/parcel_sms/examples")
    page.get_by_label("Lisää esimerkkejä: suomi").fill("posti pyytää tullimaksua linkistä")
    page.get_by_role("button", name="Lisää", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Tallennettu luonnokseen")
    publishing(editor).get_by_role("button", name="Kouluta ja vertaa").click()
    expect(page.locator(".job .step.now")).to_contain_text("Kouluta", timeout=240_000)


def test_each_approves_the_others_and_an_urgent_number_is_live_beside_a_training_and_taken_back_alone(
    editors: tuple[EditorPages, EditorPages], workshop: Workshop
) -> None:
    eetu, elli = editors
    for editor in editors:
        editor.page.set_default_timeout(150_000)  # milliseconds; of a crowded machine, not of what is measured
    number = eetu.go("/content/contacts/riku").locator("[name='phone.fi']")
    assert number.input_value() == OLD
    for language in ("fi", "sv", "en"):
        eetu.page.locator(f"[name='phone.{language}']").fill(NEW)
    eetu.page.get_by_role("button", name="Katso mitä muuttuu").click()
    expect(eetu.page.locator("h1")).to_contain_text("Tämä muuttuu kansalaiselle")
    save(eetu.page)
    write(elli.go("/content/topics/account_hacked"), {"title-sv": "Kontot kapat"})
    save(elli.page)

    approve_each_others(eetu, elli)
    assert NEW not in live_contacts(workshop)
    begin_training(eetu)
    page = publishing(elli)
    item(page, "answer:account_hacked").locator("input[type=checkbox]").uncheck()
    item(page, RIKU).locator("input[type=checkbox]").check()
    began = time.monotonic()
    page.get_by_role("button", name="Julkaise valitut tekstit nyt").click()
    while NEW not in live_contacts(workshop):
        assert time.monotonic() - began < 120, "the number never went live"
        time.sleep(0.05)
    took = time.monotonic() - began
    print(f"the urgent number was live {took:.1f} s after the press, beside a training")
    assert trains(eetu), "nothing was trained meanwhile"
    assert "Kontot kapat" not in live_text(workshop, "account_hacked"), "the other change went along"
    assert took < SECONDS
    expect(item(publishing(elli), RIKU)).to_have_count(0)
    expect(item(elli.page, "answer:account_hacked")).to_be_visible()
    check(elli.page, "content-urgent-beside-training")
    take_back_alone(eetu, elli, workshop)


def approve_each_others(eetu: EditorPages, elli: EditorPages) -> None:
    """Nobody can approve their own; both read the other's as the citizen will see it."""
    mine, yours = RIKU, "answer:account_hacked"
    for editor, own in ((eetu, mine), (elli, yours)):
        page = publishing(editor)
        expect(item(page, own).get_by_text("Kirjoitit tämän itse")).to_be_visible()
        expect(item(page, own).get_by_role("button", name=APPROVE)).to_have_count(0)
    for editor, others, words in ((eetu, yours, "kapat"), (elli, mine, NEW.split()[1])):
        page = publishing(editor)
        expect(item(page, others).locator("details").first).to_contain_text(words)
        item(page, others).get_by_role("button", name=APPROVE).click()
        expect(item(page, others).get_by_text("Hyväksynyt")).to_be_visible()


def take_back_alone(eetu: EditorPages, elli: EditorPages, workshop: Workshop) -> None:
    """The old number comes back by the history; the change that was made after it stays in the draft."""
    page = elli.go("/content/history")
    page.get_by_role("link", name=re.compile("Yhteystieto muuttui")).first.click()
    page.get_by_role("button", name="Peru tämä muutos").click()
    expect(page.get_by_role("status").first).to_contain_text("Muutos on peruttu luonnoksessa")
    item(publishing(eetu), RIKU).get_by_role("button", name=APPROVE).click()
    item(eetu.page, "answer:account_hacked").locator("input[type=checkbox]").uncheck()
    began = time.monotonic()
    eetu.page.get_by_role("button", name="Julkaise valitut tekstit nyt").click()
    while NEW in live_contacts(workshop):
        assert time.monotonic() - began < 120, "the old number never came back"
        time.sleep(0.05)
    print(f"and taken back {time.monotonic() - began:.1f} s after the press")
    assert OLD in live_contacts(workshop)
    assert "Kontot kapat" in workshop.copy().read("answers/online_safety/account_hacked.yml").text
    assert "Kontot kapat" not in live_text(workshop, "account_hacked")
    training = publishing(eetu).locator(".job", has_text="Koulutus ja vertailu").first
    expect(training.locator(".badge").first).to_have_text(re.compile("^(käynnissä|valmis)$"))


def trains(editor: EditorPages) -> bool:
    return publishing(editor).locator(".job progress").count() > 0
