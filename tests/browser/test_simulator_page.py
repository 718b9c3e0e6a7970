"""The phone on a web page in a real browser: what a citizen sees and does."""

import signal
import time

import pytest
from playwright.sync_api import expect

from tests.worlds.echo_service import Echo
from tests.worlds.simulator_process import PHONE, TOKEN, Alone, OpenPage, bubbles, write

# Typing ends by itself after six seconds instead of 25; and whatever the header says from now on.
SOON_OVER = """() => {
  const soon = window.setTimeout;
  window.setTimeout = (call, wait, ...more) => soon(call, wait === 25000 ? 6000 : wait, ...more);
}"""
SEEN = """() => {
  window.seen = [];
  const presence = document.getElementById("presence");
  new MutationObserver(() => seen.push(presence.textContent)).observe(presence, { childList: true });
}"""


def test_enter_sends_and_the_ticks_turn_blue_and_the_reply_comes_with_buttons(open_page: OpenPage) -> None:
    page = open_page()
    write(page, "apua")
    expect(bubbles(page, "citizen")).to_contain_text("apua")
    expect(page.locator(".tick.read")).to_have_attribute("aria-label", "Luettu")
    expect(bubbles(page, "service").locator("strong").last).to_have_text("Älä maksa.")
    expect(page.get_by_role("button", name="Puhu poliisille")).to_be_visible()
    expect(page.get_by_role("textbox")).to_be_focused()
    expect(page.get_by_role("textbox")).to_have_value("")


def test_a_tick_is_single_until_the_service_has_taken_the_message(open_page: OpenPage, alone: Alone) -> None:
    page = open_page()
    alone.control("PUT", "/faults", json={"delay_seconds": 1.5})
    write(page, "hei")
    expect(page.locator(".tick.sent")).to_have_attribute("aria-label", "Lähetetty")
    expect(page.locator(".tick.read")).to_be_visible()


def test_a_tapped_button_answers_and_is_spent(open_page: OpenPage) -> None:
    page = open_page()
    write(page, "apua")
    page.get_by_role("button", name="Puhu poliisille").click()
    expect(bubbles(page, "service").last).to_contain_text("Sain: officer")
    expect(bubbles(page, "citizen").last.locator(".quote")).to_contain_text("Älä maksa. Tämä ei ole")
    spent = page.locator(".choice", has_text="Puhu poliisille")
    expect(spent).to_have_attribute("aria-disabled", "true")
    spent.click(force=True)
    expect(bubbles(page, "citizen")).to_have_count(2)


def test_a_list_opens_from_below_keeps_the_focus_and_sends_the_choice(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    write(page, "lista")
    opener = page.get_by_role("button", name="Näytä aiheet")
    opener.click()
    sheet = page.get_by_role("dialog", name="Näytä aiheet")
    expect(sheet).to_be_visible()
    expect(sheet.get_by_role("group", name="Palvelut").get_by_role("radio")).to_have_count(2)
    for key in ["Tab"] * 5 + ["Shift+Tab"] * 5:
        page.keyboard.press(key)
        assert page.evaluate("document.getElementById('sheet').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(opener).to_be_focused()
    opener.press("Enter")
    expect(sheet.get_by_role("button", name="Lähetä")).to_be_disabled()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(bubbles(page, "service").last).to_contain_text("Sain: b")


def test_typing_shows_in_the_header_and_as_a_bubble_until_the_answer(
    open_page: OpenPage, echo_and_simulator: tuple[Echo, Alone]
) -> None:
    page = open_page()
    echo_and_simulator[0].slow = 1.5
    write(page, "vastaa hitaasti")
    expect(page.locator("#presence")).to_have_text("kirjoittaa…")
    expect(page.get_by_role("status")).to_contain_text("Palvelu kirjoittaa")
    expect(bubbles(page, "service")).to_contain_text("Sain: vastaa hitaasti")
    expect(page.locator("#presence")).to_have_text("paikalla")
    expect(page.get_by_role("status")).to_be_empty()


def test_markup_of_whatsapp_is_drawn_and_markup_of_the_web_is_only_words(open_page: OpenPage) -> None:
    page = open_page()
    write(page, "muotoilu <script>alert(1)</script>")
    reply = bubbles(page, "service").last.locator(".text")
    for tag, words in (("strong", "Lihava"), ("em", "kursiivi"), ("s", "yliviivattu"), ("code", "koodi")):
        expect(reply.locator(tag)).to_have_text(words)
    expect(reply.locator("li")).to_have_text(["yksi", "kaksi"])
    link = reply.get_by_role("link", name="mieli.fi/helpline")
    expect(link).to_have_attribute("href", "https://mieli.fi/helpline")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(reply.get_by_role("link", name="09 2525 0111")).to_have_attribute("href", "tel:0925250111")
    expect(reply).to_contain_text("<b>ei lihava</b> <img src=x onerror=alert(1)>")
    assert page.locator(".log script, .log b, .text img").count() == 0
    expect(bubbles(page, "citizen")).to_contain_text("<script>alert(1)</script>")


def test_everything_that_can_be_attached_becomes_a_bubble_and_a_message(open_page: OpenPage, alone: Alone) -> None:
    page = open_page(PHONE)
    for name in ("Kuva", "Ääniviesti", "Video", "Sijainti", "Tarra", "Tiedosto", "Yhteystieto"):
        page.get_by_role("button", name="Liitä").click()
        page.get_by_role("button", name=name, exact=True).click()
    expect(bubbles(page, "citizen")).to_have_count(7)
    expect(page.get_by_alt_text("Esimerkkikuva: ilta meren rannalla")).to_be_visible()
    expect(bubbles(page, "service")).to_have_count(7)
    kinds = {text.split("Sain: ")[1].split("\n")[0][:8] for text in bubbles(page, "service").all_inner_texts()}
    assert {kind.rstrip("0123456789.") for kind in kinds} == {
        "image",
        "audio",
        "video",
        "location",
        "sticker",
        "document",
        "contacts",
    }


def test_escape_closes_the_attachments_and_gives_the_focus_back(open_page: OpenPage) -> None:
    page = open_page()
    attach = page.get_by_role("button", name="Liitä")
    attach.press("Enter")
    expect(page.get_by_role("button", name="Kuva", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(attach).to_be_focused()
    expect(attach).to_have_attribute("aria-expanded", "false")


def test_a_message_can_be_quoted_mended_taken_back_and_reacted_to(open_page: OpenPage, alone: Alone) -> None:
    page = open_page()
    write(page, "moi")
    expect(bubbles(page, "service")).to_have_count(1)
    page.get_by_role("button", name="Viestin toiminnot: Sain: moi").press("Enter")
    page.get_by_role("button", name="Reagoi ❤️").click()
    expect(bubbles(page, "service").locator(".reactions")).to_have_text("❤️")
    page.get_by_role("button", name="Viestin toiminnot: Sain: moi").press("Enter")
    page.get_by_role("button", name="Vastaa").click()
    expect(page.locator("#about")).to_contain_text("Sain: moi")
    write(page, "mitä?")
    expect(bubbles(page, "citizen").last.locator(".quote")).to_contain_text("Sain: moi")
    page.get_by_role("button", name="Viestin toiminnot: mitä?", exact=True).press("Enter")
    page.get_by_role("button", name="Muokkaa").click()
    expect(page.get_by_role("textbox")).to_have_value("mitä?")
    write(page, "mitä siis?")
    expect(bubbles(page, "citizen").last).to_contain_text("mitä siis?muokattu")
    page.get_by_role("button", name="Viestin toiminnot: mitä siis?").press("Enter")
    page.get_by_role("button", name="Poista kaikilta").click()
    expect(bubbles(page, "citizen").last).to_contain_text("Tämä viesti poistettiin")


def test_another_citizen_has_another_chat_and_the_first_one_counts_what_is_unread(
    open_page: OpenPage, echo_and_simulator: tuple[Echo, Alone]
) -> None:
    page = open_page()
    echo_and_simulator[0].slow = 1.5
    write(page, "vastaa hitaasti")
    expect(page.locator(".tick.read")).to_be_visible()
    page.get_by_role("button", name="Uusi puhelin").click()
    page.get_by_label("Vain käyttäjätunnuksesta").check()
    page.get_by_role("button", name="Luo puhelin").click()
    expect(page.get_by_role("tab", name="Elias")).to_have_attribute("aria-selected", "true")
    expect(bubbles(page, "citizen")).to_have_count(0)
    write(page, "hei")
    expect(bubbles(page, "service")).to_contain_text("Sain: hei")
    first = page.get_by_role("tab", name="Aino")
    expect(first.locator(".count")).to_contain_text("1")
    page.get_by_role("tab", name="Elias").press("ArrowUp")
    expect(first).to_be_focused()
    expect(first.locator(".count")).to_have_count(0)
    expect(bubbles(page, "service")).to_contain_text("Sain: vastaa hitaasti")


def test_replies_are_read_only_while_somebody_looks(open_page: OpenPage, alone: Alone) -> None:
    page = open_page()
    write(page, "hei")
    expect(bubbles(page, "service")).to_have_count(1)
    phone = alone.control("GET", "/phones")[0]["id"]
    page.wait_for_timeout(1000)
    page.close()
    time.sleep(0.5)
    alone.control("POST", f"/phones/{phone}/messages", json={"kind": "text", "text": "taskusta"})
    received = alone.control("GET", f"/phones/{phone}/received?after=1&wait=5")
    time.sleep(1)
    alone.control("POST", "/settle")
    seen = [alone.control("GET", f"/phones/{phone}/received")[0]["id"], received[0]["id"]]
    assert [alone.control("GET", f"/messages/{wamid}")["status"] for wamid in seen] == ["read", "delivered"]


@pytest.mark.parametrize(
    ("language", "title", "send"),
    [("fi", "Puhelinsimulaattori", "Lähetä"), ("sv", "Telefonsimulator", "Skicka"), ("en", "Phone simulator", "Send")],
)
def test_the_page_speaks_the_chosen_language(open_page: OpenPage, language: str, title: str, send: str) -> None:
    page = open_page(language=language)
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_role("button", name=send)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == language
    page.get_by_role("link", name="svenska").click()
    expect(page.get_by_role("heading", name="Telefonsimulator")).to_be_visible()


def test_the_wire_shows_the_json_of_both_directions_and_no_secret(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Mitä verkossa liikkui").click()
    expect(page.get_by_text("Ei vielä mitään")).to_be_visible()
    write(page, "hei")
    expect(bubbles(page, "service")).to_have_count(1)
    entry = page.locator(".wire summary", has_text="message: text")
    entry.click()
    expect(page.locator(".wire pre").first).to_contain_text('"object": "whatsapp_business_account"')
    expect(page.locator(".wire summary", has_text="pyyntö Metalle").first).to_be_visible()
    assert TOKEN not in page.content()


def test_of_many_phones_the_open_one_and_the_newest_have_a_tab(open_page: OpenPage, alone: Alone) -> None:
    page = open_page()
    write(page, "ensimmäinen")
    expect(bubbles(page, "service")).to_have_count(1)
    for number in range(40):
        alone.control("POST", "/phones", json={"name": f"Nro {number}"})
    expect(page.get_by_role("tab").last).to_contain_text("Nro 39")
    expect(page.get_by_role("tab")).to_have_count(31)
    expect(page.get_by_role("tab", selected=True)).to_contain_text("Aino")
    page.get_by_role("tab", selected=True).press("End")
    expect(page.get_by_role("tab", selected=True)).to_contain_text("Nro 39")
    expect(page.get_by_role("tab")).to_have_count(30)


def test_after_a_restart_of_the_simulator_the_page_comes_back_by_itself(
    open_page: OpenPage, echo_and_simulator: tuple[Echo, Alone]
) -> None:
    _, alone = echo_and_simulator
    page = open_page()
    write(page, "ennen")
    expect(bubbles(page, "service")).to_contain_text("Sain: ennen")
    alone.stop()
    expect(page.locator("#presence")).to_have_text("yhdistetään…")
    write(page, "kadonnut")
    expect(page.get_by_role("alert")).to_contain_text("Yritä uudelleen")
    expect(page.get_by_role("textbox")).to_have_value("kadonnut")
    alone.start()
    # The browser tries each second; the others may have the processors.
    expect(page.locator("#presence")).to_have_text("paikalla", timeout=60_000)
    expect(bubbles(page, "citizen")).to_have_count(1)
    page.get_by_role("textbox").press("Enter")
    expect(bubbles(page, "service").last).to_contain_text("Sain: kadonnut")


def test_who_has_no_time_for_seconds_loses_no_reply(
    open_page: OpenPage, echo_and_simulator: tuple[Echo, Alone]
) -> None:
    """The simulator stands still for longer than a library waits, as on a machine that others keep busy."""
    echo, alone = echo_and_simulator
    page = open_page()
    echo.slow = 1.5
    write(page, "vastaa hitaasti")
    expect(page.locator("#presence")).to_have_text("kirjoittaa…")
    assert alone.process is not None
    alone.process.send_signal(signal.SIGSTOP)
    try:
        page.wait_for_timeout(8_000)
    finally:
        alone.process.send_signal(signal.SIGCONT)
    expect(bubbles(page, "service")).to_contain_text("Sain: vastaa hitaasti")


def test_typing_that_ends_without_a_connection_does_not_say_that_somebody_is_there(
    open_page: OpenPage, echo_and_simulator: tuple[Echo, Alone]
) -> None:
    echo, alone = echo_and_simulator
    page = open_page()
    page.evaluate(SOON_OVER)
    echo.slow = 8  # its answer meets nobody: it would come into the next test
    write(page, "vastaa hitaasti")
    expect(page.locator("#presence")).to_have_text("kirjoittaa…")
    alone.stop()
    expect(page.locator("#presence")).to_have_text("yhdistetään…")
    page.evaluate(SEEN)
    page.wait_for_timeout(7_000)
    seen = page.evaluate("seen")
    alone.start()
    assert "paikalla" not in seen
    expect(page.locator("#presence")).to_have_text("paikalla", timeout=60_000)


def test_when_everything_is_forgotten_the_page_begins_anew(open_page: OpenPage, alone: Alone) -> None:
    page = open_page()
    write(page, "hei")
    expect(bubbles(page, "service")).to_have_count(1)
    alone.control("POST", "/settle")
    alone.control("POST", "/forget")
    expect(bubbles(page, "service")).to_have_count(0)
    write(page, "uudestaan")
    expect(bubbles(page, "service")).to_contain_text("Sain: uudestaan")
