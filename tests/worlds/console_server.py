"""The officers' console in a loop of its own: gateway, stand-in and scripted engine, with officers signed in."""

import asyncio
import contextlib
import threading
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from answers.library import Library
from gateway.app import create_app
from gateway.core.actors import Role
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.migrate import migrate
from gateway.dialogue.compose import OFFICER_TOPIC
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest
from gateway.service import Service
from simulator import Simulator
from tests.worlds.road import served
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.simulator_process import free_port
from tests.worlds.staff import make_person, session_cookie

OFFICER_WORDS = {"poliisi": "fi", "polis": "sv", "officer": "en"}
LANGUAGE_WORDS = {**OFFICER_WORDS, "kniv": "sv", "stulit": "sv", "follows": "en"}


class ConsoleEngine(ScriptedEngine):
    """Knows who asks for an officer and whose phone is read, and the language; all else is a hacked account."""

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        self.asked.append(request)
        text = request.text or ""
        language = next((code for word, code in LANGUAGE_WORDS.items() if word in text), request.language or "fi")
        danger = "emergency" if "veitsi" in text or "kniv" in text else None
        if any(word in text for word in OFFICER_WORDS):
            return answer("Jono.", topic="talk_to_officer", language=language)
        told = ("watched",) if "lukee" in text else ()
        state = dict.fromkeys(told, "yes")
        reply = "*Vaihda salasana* heti."
        if "pitkä" in text:
            reply = "\n\n".join([reply, *(["Kirjaa muut laitteet ulos ja ota kaksivaiheinen tunnistus käyttöön."] * 9)])
        return answer(reply, language=language, danger=danger, topic="account_hacked", state=state, told=told)


class PublishedEngine(ConsoleEngine):
    """Says what is published, the whole of it, of the subject that a word names; without such a word of the last."""

    def __init__(self, subjects: Mapping[str, str]) -> None:
        super().__init__()
        self._subjects = subjects  # the topic, by a word of the message
        self._last: dict[str, str] = {}
        self._content = Library(PROJECT / "data", "https://neuvo.example/privacy", lambda _: None).content

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        text, talk = request.text or "", request.conversation_id
        understood = (await super().answer(request)).understood
        language, danger = understood.language or "fi", understood.danger
        named = next((topic for word, topic in self._subjects.items() if word in text), None)
        if understood.topic == OFFICER_TOPIC:
            topic = OFFICER_TOPIC
        else:
            topic = self._last[talk] = named or self._last.get(talk, "greeting_thanks")
        words = [self._content.line("danger_first", language)] if danger else []
        words.append(self._content.text(topic, language))
        titles = ((f"topic:{each}", self._content.title(each, language)) for each in self._content.buttons(topic))
        return answer("\n\n".join(words), topic=topic, language=language, danger=danger, buttons=tuple(titles))


@dataclass
class ConsoleServer:
    """What a test needs of the running service."""

    url: str
    loop: asyncio.AbstractEventLoop
    app: Any
    settings: Settings

    @property
    def service(self) -> Service:
        service: Service = self.app.state.service
        return service

    @property
    def simulator(self) -> Simulator:
        simulator: Simulator = self.app.state.simulator
        return simulator

    def do[T](self, work: Callable[[], Awaitable[T]]) -> T:
        """Run something in the service's own loop."""

        async def inside() -> T:
            return await work()

        future: Future[T] = asyncio.run_coroutine_threadsafe(inside(), self.loop)
        result: list[T] = []
        # The browser's own loop runs in this thread: wait in another.
        waiter = threading.Thread(target=lambda: result.append(future.result(90)))
        waiter.start()
        waiter.join()
        return result[0]

    def officer(self, browser: Browser, login: str, language: str, size: dict[str, int], *roles: Role) -> Page:
        """A browser in which somebody has signed in."""
        context = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, locale="fi-FI")
        agent = context.new_page()
        user_agent = agent.evaluate("navigator.userAgent")
        agent.close()

        async def sign_in() -> dict[str, str]:
            person = await make_person(self.service, login, *(roles or (Role.OFFICER,)), language=language)
            return await session_cookie(self.app, person, user_agent)

        for name, value in self.do(sign_in).items():
            context.add_cookies([{"name": name, "value": value, "url": self.url}])
        return context.new_page()


@contextlib.contextmanager
def console_server(
    folder: Path, engine: ScriptedEngine | None = None, **settings_of_ours: Any
) -> Iterator[ConsoleServer]:
    """The whole service with its simulator on one port."""
    port = free_port()
    settings = Settings(
        database_url=f"sqlite:///{folder / 'neuvo.db'}",
        state_dir=folder,
        port=port,
        public_url=f"http://localhost:{port}",
        turn_hold=0.0,
        officer_lost_seconds=600.0,
        **settings_of_ours,
    )
    migration = threading.Thread(target=migrate, args=(settings,))
    migration.start()
    migration.join()
    app = create_app(settings, engine or ConsoleEngine())
    ready, over, made = threading.Event(), threading.Event(), list[asyncio.AbstractEventLoop]()

    async def run() -> None:
        made.append(asyncio.get_running_loop())
        async with served(app, port):
            ready.set()
            while not over.is_set():
                await asyncio.sleep(0.05)
            app.state.live_events.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(90)
    try:
        yield ConsoleServer(settings.public_url, made[0], app, settings)
    finally:
        over.set()
        thread.join(20)


def waits(true: Callable[[], bool], seconds: float = 5.0) -> None:
    """Until something is so."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def login() -> str:
    """A name nobody has yet."""
    return f"o{uuid.uuid4().hex[:6]}"
