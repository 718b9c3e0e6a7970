"""A crawler with hostile words: they go in by every door, and on no page that shows them does anything run."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from gateway.accounts import audit
from gateway.app import create_service
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest
from tests.gateway.permissions import WHO_MAY
from tests.worlds import hostile_words
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.chat_server import ChatServer
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.staff import make_person, session_cookie

MOST_PAGES = 60  # of one role
SHOWN = "Näkyvä sana"  # of the first message, which every page with the talk shows


class QuotingEngine(ScriptedEngine):
    """Says the citizen's words again, as no engine of ours does: what comes back must be as harmless."""

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        return answer((request.text or request.choice or "x")[:900], buttons=(("topic:x", (request.text or "x")[:20]),))


@dataclass
class Whole(ChatServer):
    """The gateway with its simulator, web chat and staff pages."""

    engine: Any = field(default_factory=QuotingEngine)

    @property
    def settings(self) -> Settings:
        changes = {"simulator": True, "citizen_turns": 10_000, "pair_seconds": 0.0}
        return super().settings.model_copy(update=changes)


def in_a_thread(work: Any) -> Any:
    """The browser's own loop runs in this one."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(asyncio.run(work())))
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture(scope="module")
def cookies(server: Whole, browser: Browser) -> dict[Role, dict[str, str]]:
    """A session of each role, whose people and audit log carry hostile words too.

    The session is of this very browser: what a page sends while it is left carries no other name of it.
    """
    page = browser.new_page()
    agent = page.evaluate("navigator.userAgent")
    page.close()

    async def make() -> dict[Role, dict[str, str]]:
        service = create_service(server.settings, ScriptedEngine())
        app: Any = SimpleNamespace(state=SimpleNamespace(service=service))
        async with service.database.transaction() as session:
            await service.keyring.load(session)
        made = {}
        for role in Role:
            person = await make_person(service, f"{role}{hostile_words.MARKUP[0]}", role)
            made[role] = await session_cookie(app, person, agent)
        async with service.database.transaction() as session:
            for words in hostile_words.ALL:
                await audit.record(session, words[:64], "access_refused", words[:128], {"method": words})
        await service.close()
        return made

    made: dict[Role, dict[str, str]] = in_a_thread(make)
    return made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    server = Whole(tmp_path_factory.mktemp("hostile"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def written(server: Whole) -> int:
    """Every hostile word has come by the webhook; returns how many messages were sent."""
    settings = server.settings
    count = 0
    with httpx2.Client(trust_env=False, base_url=server.url, timeout=30) as client:
        for place, words in enumerate((SHOWN, *hostile_words.ALL, hostile_words.LONG)):
            sent = [bodies.message(body=words)]
            if place:
                sent.append(bodies.message("image", image={"id": words[:40], "caption": words[:900]}))
                reply = {"type": "button_reply", "button_reply": {"id": words[:90], "title": words[:20]}}
                sent.append(bodies.message("interactive", interactive=reply))
                sent.append(bodies.message("location", location={"name": words[:100], "address": words[:100]}))
                sent.append({**bodies.message(body=words[:50]), "id": f"wamid.{words[:30]}{place}"})
            body = json.loads(bodies.body(*sent))
            for contact in body["entry"][0]["changes"][0]["value"]["contacts"]:
                contact["profile"]["name"] = words[:200]
            content = bodies.encode(body)
            status = client.post(
                "/webhooks/whatsapp", content=content, headers=bodies.signed(content, settings)
            ).status_code
            assert status == 200
            count += len(sent)
    return count


@dataclass
class Watch:
    """What a page does that it should not."""

    own: str
    seen: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        context.on("page", self._watch)
        context.on("request", self._request)

    def _watch(self, page: Page) -> None:
        def dialog(dialog: Any) -> None:
            self.seen.append(f"dialog on {page.url}: {dialog.message}")
            dialog.dismiss()

        page.on("dialog", dialog)
        page.on("pageerror", lambda error: self.seen.append(f"error on {page.url}: {error}"))
        page.on("console", lambda message: self._console(page, message.text))

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.own, "data:", "blob:")):
            self.seen.append(f"request to {request.url}")

    def _console(self, page: Page, text: str) -> None:
        # A policy that had to block something means that something was there to block.
        if "Content Security Policy" in text or "hostile" in text:
            self.seen.append(f"console of {page.url}: {text}")

    def look(self, page: Page) -> None:
        """Look for what ran, and what stands in the page as more than text."""
        found = page.evaluate(
            """() => [window.hostile ? 'ran' : '', ...[...document.querySelectorAll(
                '[data-hostile], [onerror], [onload], [onfocus], [onclick], base, object, embed, iframe[srcdoc], '
                + 'script:not([src]), meta[http-equiv=refresh i], link[href*=hostile], a[href^="javascript:" i]')]
                .map(each => each.outerHTML.slice(0, 80))].filter(Boolean)"""
        )
        self.seen += [f"on {page.url}: {each}" for each in found]
        if "hostile=1" in page.evaluate("document.cookie"):
            self.seen.append(f"cookie on {page.url}")


@pytest.fixture
def context(browser: Browser, server: Whole) -> Iterator[tuple[BrowserContext, Watch]]:
    context = browser.new_context(locale="fi-FI")
    watch = Watch(server.url)
    watch.over(context)
    yield context, watch
    context.close()
    assert watch.seen == []


def _careless(html: str) -> Any:
    """A page without any defence, on our own address."""
    return lambda route: route.fulfill(body=html, content_type="text/html")


def test_the_watch_sees_what_runs(browser: Browser, server: Whole) -> None:
    context, watch = browser.new_context(), Watch(server.url)
    watch.over(context)
    page = context.new_page()
    for words in hostile_words.MARKUP[:4]:
        html = f"<!doctype html><body><p>{words}</p>"
        page.route("**/careless", _careless(html))
        page.goto(f"{server.url}/careless")
        page.wait_for_timeout(50)
        watch.look(page)
    context.close()

    assert {each.split()[0] for each in watch.seen} >= {"dialog", "request", "on"}


def test_the_phone_of_the_simulator_shows_hostile_words_as_words(
    context: tuple[BrowserContext, Watch], server: Whole
) -> None:
    browsing, watch = context
    with httpx2.Client(
        trust_env=False, base_url=f"{server.url}/simulator", headers={"sec-fetch-site": "none"}
    ) as client:
        phone = client.post("/phones", json={"name": hostile_words.MARKUP[2][:60]}).json()
        for words in hostile_words.ALL:
            sent = client.post(f"/phones/{phone['id']}/messages", json={"kind": "text", "text": words})
            assert sent.is_success, sent.text
    page = browsing.new_page()
    page.goto(f"{server.url}/simulator/")
    expect(page.locator("body")).to_contain_text("<script>window.hostile=1", timeout=20_000)
    expect(page.locator("body")).to_contain_text("DROP TABLE message", timeout=20_000)
    page.wait_for_timeout(300)
    watch.look(page)
    page.mouse.move(200, 300)
    page.keyboard.press("Tab")


def test_the_web_chat_shows_hostile_words_as_words(context: tuple[BrowserContext, Watch], server: Whole) -> None:
    browsing, watch = context
    page = browsing.new_page()
    page.goto(f"{server.url}/chat?lang=fi&source={hostile_words.MARKUP[3][:60]}")
    for words in (
        hostile_words.MARKUP[0],
        hostile_words.MARKUP[7],
        hostile_words.TEMPLATES[0],
        hostile_words.UNICODE[0],
    ):
        page.locator("#text").fill(words)
        page.locator("#text").press("Enter")
        expect(page.locator("#text")).to_have_value("")
        time.sleep(0.1)
    expect(page.locator("body")).to_contain_text("<script>window.hostile=1")
    page.reload()
    expect(page.locator("body")).to_contain_text("{{7*7*1337}}")
    assert "65513" not in page.content()
    watch.look(page)
    assert watch.seen == []


@pytest.mark.parametrize("role", Role, ids=str)
def test_no_page_of_the_staff_runs_what_a_citizen_wrote(
    context: tuple[BrowserContext, Watch],
    server: Whole,
    cookies: dict[Role, dict[str, str]],
    written: int,
    role: Role,
) -> None:
    browsing, watch = context
    for name, value in cookies[role].items():
        browsing.add_cookies([{"name": name, "value": value, "url": server.url}])
    page = browsing.new_page()
    page.set_default_navigation_timeout(120_000)  # a browser looks long for fonts with all of these characters
    visited = crawl(page, watch, server.url, first_pages(role))

    assert len(visited) >= 2
    assert not [each for each in visited if each.endswith(" 500")]
    assert (account := page.goto(f"{server.url}/account")) is not None
    assert account.url.endswith("/account"), "signed in to the end"
    if role is Role.AUDITOR:
        page.goto(f"{server.url}/audit")
        expect(page.locator("body")).to_contain_text("DROP TABLE message")


def first_pages(role: Role) -> list[str]:
    """Every page without an id in its path that the table of roles lets this role see."""
    mine = [line for line, roles in WHO_MAY.items() if roles is None or role in roles]
    found = [line.removeprefix("GET ") for line in mine if line.startswith("GET ")]
    uninteresting = ("/health", "/webhooks", "/sign-in/provider", "/simulator")
    return [path for path in found if "{" not in path and "events" not in path and not path.startswith(uninteresting)]


def crawl(page: Page, watch: Watch, base: str, paths: list[str]) -> list[str]:
    """Visit these pages and whatever they link to; returns each with its status."""
    waiting = [urljoin(base, path) for path in paths]
    visited: dict[str, int] = {}
    while waiting and len(visited) < MOST_PAGES:
        url = waiting.pop(0)
        if url in visited or urlsplit(url).path.endswith((".js", ".css")):
            continue
        try:
            response = page.goto(url, wait_until="domcontentloaded")
        except Error as error:
            if "Download is starting" not in str(error):
                raise
            continue  # a file that goes to the disk is shown by no browser
        visited[url] = response.status if response else 0
        watch.look(page)
        links = page.eval_on_selector_all("a[href]", "all => all.map(each => each.href)")
        waiting += [each.partition("#")[0] for each in links if each.startswith(base) and "/simulator" not in each]
    return [f"{url} {status}" for url, status in visited.items()]


@pytest.mark.parametrize(
    "path", ["/sign-in?next=", "/chat?source=", "/privacy?lang=", "/enrol?code=", "/nowhere/", "/accounts/"]
)
def test_an_address_with_hostile_words_runs_nothing(
    context: tuple[BrowserContext, Watch], server: Whole, path: str
) -> None:
    browsing, watch = context
    page = browsing.new_page()
    for words in (*hostile_words.MARKUP[:8], *hostile_words.HEADERS[:2]):
        page.goto(server.url + path + quote(words, safe=""))
        watch.look(page)
