"""The web chat in a process of its own loop: the gateway with an engine that knows a few words, stopped and started."""

import asyncio
import contextlib
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from gateway.app import create_app
from gateway.conversations.kinds import Author, ConversationState
from gateway.conversations.models import Conversation
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.migrate import migrate
from gateway.dialogue.engine import DialogueAnswer, DialogueRequest
from gateway.service import Service
from tests.worlds.outbox import put
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.simulator_process import free_port

HACKED = {
    "fi": ("Vaihda salasana heti ja kirjaa muut laitteet ulos.", "Ota todisteet talteen"),
    "sv": ("Byt lösenord genast och logga ut andra enheter.", "Spara bevisen"),
    "en": ("Change the password now and log other devices out.", "Keep the evidence"),
}
WORDS = {"tili": "fi", "kontot": "sv", "account": "en"}


class KnowingEngine(ScriptedEngine):
    """Finds the language by one word; "hidas" takes its time, "pitkä" has much to say."""

    loop: asyncio.AbstractEventLoop | None = None

    async def answer(self, request: DialogueRequest) -> DialogueAnswer:
        self.loop = asyncio.get_running_loop()
        self.asked.append(request)
        text = request.text or ""
        language = next((code for word, code in WORDS.items() if word in text), request.language or "fi")
        if "hidas" in text:
            await asyncio.sleep(1.5)
        if request.choice:
            return answer(f"Valitsit: {request.choice}", topic=request.choice, language=language)
        if "pitkä" in text:
            return answer("\n\n".join(["*Näin toimit*\nSoita 112 tai 0295 470 011. Lue poliisi.fi."] * 12))
        advice, button = HACKED[language]
        return answer(advice, language=language, buttons=(("topic:evidence", button), ("topic:talk_to_officer", "112")))


@dataclass
class ChatServer:
    """A gateway on one port and one database, which can be stopped and started again."""

    folder: Path
    embed_origin: str = ""
    port: int = field(default_factory=free_port)
    engine: KnowingEngine = field(default_factory=KnowingEngine)
    _app: FastAPI | None = None
    _server: uvicorn.Server | None = None
    _thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the browser goes; as localhost it is as good as https."""
        return f"http://localhost:{self.port}"

    @property
    def settings(self) -> Settings:
        """Those of the test."""
        return Settings(
            database_url=f"sqlite:///{self.folder / 'neuvo.db'}",
            state_dir=self.folder,
            port=self.port,
            public_url=self.url,
            turn_hold=0.0,
            simulator=False,
            chat_embed_origins=self.embed_origin,
            chat_exit_url=f"http://localhost:{self.port}/privacy",
        )

    def start(self) -> None:
        """Serve, with the tables up to date."""
        # In a thread: the browser's own loop runs in this one.
        migration = threading.Thread(target=migrate, args=(self.settings,))
        migration.start()
        migration.join()
        self._app = create_app(self.settings, self.engine)
        self._server = uvicorn.Server(uvicorn.Config(self._app, port=self.port, log_level="warning", access_log=False))
        self._server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "The gateway did not start."
            threading.Event().wait(0.02)

    def officer_writes(self, text: str) -> None:
        """Somebody has taken the last talk that was answered, and writes: the console itself is another part."""

        async def write() -> None:
            assert self._app is not None
            service: Service = self._app.state.service
            async with service.database.transaction() as session:
                newest = select(Conversation).order_by(Conversation.last_citizen_message_at.desc()).limit(1)
                talk = (await session.scalars(newest)).one()
                talk.state, talk.owner_changed_at = ConversationState.OFFICER, now()
                talk.officer_id, talk.officer_name = uuid.uuid4(), "Sari Virtanen"
                await session.flush()
                await put(session, service, talk, text, Author.OFFICER)
            service.wake_outbox()

        assert self.engine.loop is not None
        asyncio.run_coroutine_threadsafe(write(), self.engine.loop).result(30)

    def stop(self) -> None:
        """End it, streams included."""
        assert self._server is not None
        assert self._thread is not None
        self._server.force_exit = True
        self._server.should_exit = True
        self._thread.join(40)  # a transaction of SQLite waits up to 15 s for another, and cannot be interrupted
        assert not self._thread.is_alive()


HOST_PAGE = """<!doctype html><html lang="sv"><head><meta charset="utf-8"><title>Polisen</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Polisen i Helsingfors</h1><p>Text <a href="#x">länk</a></p></main>
<script src="{url}/chat/widget.js" data-source="host-page" defer></script></body></html>"""


@contextlib.contextmanager
def host_page(port: int, chat_url: str) -> Iterator[str]:
    """A page of another origin that embeds the widget under a policy without inline styles and scripts."""
    body = HOST_PAGE.format(url=chat_url).encode()
    policy = f"default-src 'none'; script-src {chat_url}; frame-src {chat_url}; style-src 'self'"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.shutdown()
        server.server_close()
