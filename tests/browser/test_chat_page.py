"""The web chat in a real browser: a talk in each language, without script, by keyboard, and through a restart."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessible import problems
from tests.worlds.chat_server import HACKED, ChatServer, host_page
from tests.worlds.simulator_process import DESKTOP, PHONE, free_port

OpenChat = Callable[..., Page]
LANGUAGES = [
    ("fi", "mun tili hakkeroitiin", "Lähetä"),
    ("sv", "kontot blev hackat", "Skicka"),
    ("en", "my account was hacked", "Send"),
]


@pytest.fixture(scope="module")
def host_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, host_port: int) -> Iterator[ChatServer]:
    server = ChatServer(tmp_path_factory.mktemp("chat"), f"http://127.0.0.1:{host_port}")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def open_chat(browser: Browser, server: ChatServer) -> Iterator[OpenChat]:
    """Opens the page; the console must stay silent, least of all may the policy have blocked something."""
    complaints: list[str] = []
    contexts = []

    def open_it(size: dict[str, int] = PHONE, path: str = "/chat?lang=fi", **more: Any) -> Page:
        context = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path if path.startswith("http") else server.url + path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert [text for text in complaints if "ERR_" not in text and "status of 4" not in text] == []


def write(page: Any, text: str) -> None:
    # Before the script is there, Enter is a new line.
    expect(page.locator("html.scripted")).to_be_attached()
    page.locator("#text").fill(text)
    page.locator("#text").press("Enter")


def bubbles(page: Any, author: str) -> Any:
    return page.locator(f".row.{author} .bubble")


@pytest.mark.parametrize(("language", "question", "send"), LANGUAGES)
def test_a_talk_with_buttons_in_each_language(open_chat: OpenChat, language: str, question: str, send: str) -> None:
    page = open_chat(path=f"/chat?lang={language}")
    advice, button = HACKED[language]
    page.locator("#text").fill(question)
    page.get_by_role("button", name=send, exact=True).click()
    expect(bubbles(page, "bot").last).to_contain_text(advice)
    page.get_by_role("button", name=button).click()
    expect(bubbles(page, "bot").last).to_contain_text("Valitsit: evidence")

    assert bubbles(page, "citizen").all_inner_texts() == [question, button]
    expect(page.locator("html")).to_have_attribute("lang", language)
    expect(page.get_by_role("link", name="112").first).to_have_attribute("href", "tel:112")


def test_the_browsers_language_is_the_pages_when_none_is_asked_for(open_chat: OpenChat) -> None:
    expect(open_chat(path="/chat", locale="sv-FI").locator("html")).to_have_attribute("lang", "sv")


def test_an_answer_in_another_language_than_the_page_says_so_to_screen_readers(open_chat: OpenChat) -> None:
    page = open_chat(path="/chat?lang=fi")
    write(page, "my account was hacked")
    expect(bubbles(page, "bot").last).to_have_attribute("lang", "en")
    page.reload()
    expect(bubbles(page, "bot").last).to_have_attribute("lang", "en")


def test_the_bot_is_seen_typing_and_the_words_say_that_they_arrived(open_chat: OpenChat) -> None:
    page = open_chat()
    write(page, "hidas asia")
    expect(page.locator(".row.citizen .state")).to_have_text("Perillä")
    expect(page.locator("#typing")).to_contain_text("Neuvo kirjoittaa")
    expect(bubbles(page, "bot")).to_have_count(1)
    expect(page.locator("#typing")).to_be_empty()


def test_a_reply_below_the_screen_is_read_when_it_is_scrolled_to(open_chat: OpenChat) -> None:
    page = open_chat()
    told: list[int] = []

    def note(request: Any) -> None:
        if request.url.endswith("/chat/read?lang=fi"):
            told.append(int(dict(part.split("=") for part in (request.post_data or "").split("&"))["number"]))

    page.on("request", note)
    write(page, "pitkä asia")
    expect(bubbles(page, "bot")).to_have_count(1)
    write(page, "hidas pitkä asia")
    expect(page.locator("#typing")).to_contain_text("Neuvo kirjoittaa")
    page.locator("#scroller").evaluate("each => { each.scrollTop = 0; }")
    expect(bubbles(page, "bot")).to_have_count(2)
    newest = int(page.locator(".row.bot").last.get_attribute("data-number") or 0)
    expect(page.get_by_role("button", name="Uusi viesti alempana")).to_be_visible()
    page.wait_for_timeout(500)
    assert newest not in told, "nobody has seen it yet"
    assert problems(page) == []

    page.get_by_role("button", name="Uusi viesti alempana").click()
    expect(page.get_by_role("button", name="Uusi viesti alempana")).to_be_hidden()
    page.wait_for_timeout(500)
    assert told[-1] == newest


def test_new_bubbles_are_announced_once(open_chat: OpenChat) -> None:
    page = open_chat()
    expect(page.get_by_role("log")).to_have_attribute("aria-live", "polite")
    page.evaluate("""() => {
      window.added = [];
      new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach((node) => {
        if (node.nodeType === 1) window.added.push(node.className);
      }))).observe(document.getElementById("log"), { childList: true });
    }""")
    write(page, "mun tili hakkeroitiin")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.wait_for_timeout(600)

    assert page.evaluate("window.added") == ["row citizen", "row bot"]


def test_a_whole_talk_goes_without_script(open_chat: OpenChat) -> None:
    page = open_chat(java_script_enabled=False)
    page.locator("#text").fill("mun tili hakkeroitiin")
    page.get_by_role("button", name="Lähetä").click()
    expect(bubbles(page, "bot")).to_have_count(1)
    page.get_by_role("button", name=HACKED["fi"][1]).click()
    expect(bubbles(page, "bot").last).to_contain_text("Valitsit: evidence")
    page.locator("#ending summary").click()
    page.get_by_role("button", name="Lopeta ja unohda").click()

    expect(page.locator(".welcome").first).to_contain_text("Keskustelu on lopetettu")
    expect(page.locator(".bubble")).to_have_count(0)


def test_a_whole_talk_goes_by_keyboard_alone(open_chat: OpenChat) -> None:
    page = open_chat()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Siirry kirjoittamaan")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("mun tili hakkeroitiin")
    page.keyboard.press("Enter")
    expect(page.locator(".choice")).to_have_count(2)
    for _ in range(8):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.textContent") == HACKED["fi"][1]:
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    expect(bubbles(page, "bot").last).to_contain_text("Valitsit: evidence")
    expect(page.locator("#text")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    open_chat: OpenChat, size: dict[str, int], scheme: str
) -> None:
    page = open_chat(size, color_scheme=scheme)
    assert problems(page) == []
    write(page, "mun tili hakkeroitiin")
    expect(page.locator(".choice")).to_have_count(2)
    page.locator("#ending summary").click()
    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    head = page.locator("h1").bounding_box(), page.locator(".exit-button").bounding_box()
    assert head[0] is not None
    assert head[1] is not None
    assert head[0]["x"] + head[0]["width"] <= head[1]["x"]


def test_at_two_hundred_percent_everything_is_still_within_reach(open_chat: OpenChat) -> None:
    page = open_chat({"width": 640, "height": 400})  # a screen of 1280 by 800, enlarged to 200 %
    write(page, "pitkä asia")
    expect(bubbles(page, "bot")).to_have_count(1)
    for name in ("Lähetä", "Poistu nopeasti"):
        button = page.get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_nothing_moves_for_those_who_want_no_motion(open_chat: OpenChat) -> None:
    page = open_chat(reduced_motion="reduce")
    write(page, "hidas asia")
    expect(page.locator(".dots")).to_be_visible()

    assert page.evaluate("document.getAnimations().length") == 0


def test_to_leave_quickly_leaves_nothing_to_go_back_to(open_chat: OpenChat, server: ChatServer) -> None:
    page = open_chat(path="/privacy?lang=fi")
    page.goto(f"{server.url}/chat?lang=fi")
    write(page, "mun tili hakkeroitiin")
    expect(bubbles(page, "bot")).to_have_count(1)
    page.get_by_role("button", name="Poistu nopeasti").click()
    page.wait_for_url(server.settings.chat_exit_url)
    page.go_back()

    expect(page).to_have_url(f"{server.url}/privacy?lang=fi")
    page.goto(f"{server.url}/chat?lang=fi")
    expect(page.locator(".bubble")).to_have_count(0)


def test_to_end_asks_first_and_then_forgets(open_chat: OpenChat) -> None:
    page = open_chat()
    write(page, "mun tili hakkeroitiin")
    expect(bubbles(page, "bot")).to_have_count(1)
    expect(page.get_by_role("button", name="Lopeta ja unohda")).to_be_hidden()
    page.locator("#ending summary").click()
    page.get_by_role("button", name="Lopeta ja unohda").click()

    expect(page.locator(".welcome").first).to_contain_text("Keskustelu on lopetettu")
    page.go_back()
    expect(page.locator(".bubble")).to_have_count(0)


def test_another_tab_shows_the_same_talk_and_ends_with_it(open_chat: OpenChat, server: ChatServer) -> None:
    page = open_chat()
    write(page, "mun tili hakkeroitiin")
    expect(bubbles(page, "bot")).to_have_count(1)
    other = page.context.new_page()
    other.goto(f"{server.url}/chat?lang=fi")
    write(page, "ja sitten")
    expect(bubbles(other, "citizen")).to_have_count(2)
    page.locator("#ending summary").click()
    page.get_by_role("button", name="Lopeta ja unohda").click()

    expect(other.get_by_role("heading", name="Keskustelu on päättynyt")).to_be_visible()
    expect(other.locator(".bubble")).to_have_count(0)


def test_words_too_many_at_once_are_answered_kindly_and_stay_to_be_sent_again(open_chat: OpenChat) -> None:
    page = open_chat()
    for number in range(13):
        write(page, f"viesti {number}")
    expect(page.locator("#problem")).to_contain_text("Odota hetki")
    expect(page.locator("#problem")).to_contain_text("112")
    page.wait_for_timeout(4100)
    page.get_by_role("button", name="Yritä uudelleen").first.click()

    expect(page.get_by_role("button", name="Yritä uudelleen")).to_have_count(0)
    expect(page.locator("#problem")).to_be_empty()


def test_a_page_outlives_the_gateways_restart_with_nothing_lost_or_doubled(
    open_chat: OpenChat, server: ChatServer
) -> None:
    page = open_chat()
    write(page, "mun tili hakkeroitiin")
    expect(bubbles(page, "bot")).to_have_count(1)
    server.stop()
    write(page, "toinen asia")
    expect(page.locator(".unsent")).to_have_count(1)
    expect(page.locator("#connection")).to_contain_text("Yhteys katkesi")
    server.start()

    expect(bubbles(page, "bot")).to_have_count(2, timeout=20_000)
    expect(page.locator("#connection")).to_be_empty()
    expect(page.locator(".unsent")).to_have_count(0)
    page.wait_for_timeout(500)
    before = page.locator(".bubble").all_inner_texts()
    page.reload()
    expect(page.locator(".bubble")).to_have_count(4)
    assert page.locator(".bubble").all_inner_texts() == before


def test_the_officers_words_are_told_from_the_bots(open_chat: OpenChat, server: ChatServer) -> None:
    page = open_chat()
    write(page, "mun tili hakkeroitiin")
    expect(bubbles(page, "bot")).to_have_count(1)
    server.officer_writes("Hei, luen viestejäsi nyt.")
    expect(bubbles(page, "officer")).to_have_text("Hei, luen viestejäsi nyt.")
    expect(page.locator(".row.officer .who")).to_have_text("Poliisi")
    assert problems(page) == []


def test_the_widget_opens_the_chat_in_a_foreign_page_and_gives_the_focus_back(
    open_chat: OpenChat, server: ChatServer, host_port: int
) -> None:
    with host_page(host_port, server.url) as address:
        page = open_chat(DESKTOP, path=address)
        button = page.get_by_role("button", name="Fråga polisen")
        button.focus()
        page.keyboard.press("Enter")
        frame = page.frame_locator("iframe")
        write(frame, "kontot blev hackat")
        expect(bubbles(frame, "bot").last).to_contain_text(HACKED["sv"][0])
        assert problems(page) == []
        frame.locator("#text").press("Escape")
        expect(page.locator("iframe")).to_be_hidden()
        expect(button).to_be_focused()
        page.reload()
        button.click()
        expect(bubbles(frame, "bot")).to_have_count(1)
        frame.get_by_role("button", name="Lämna snabbt").click()
        page.wait_for_url(server.settings.chat_exit_url)


def test_a_page_that_is_not_allowed_cannot_frame_the_chat(browser: Browser, server: ChatServer) -> None:
    context = browser.new_context()
    page = context.new_page()
    with host_page(free_port(), server.url) as address:
        page.goto(address)
        page.get_by_role("button", name="Fråga polisen").click()
        page.wait_for_timeout(500)
        assert page.frames[-1].evaluate("document.getElementById('text')") is None
    context.close()
