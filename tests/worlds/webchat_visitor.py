"""A browser without a screen in the web chat, over real HTTP, and gateways to talk to."""

import asyncio
import contextlib
import json
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2

from gateway.app import create_app
from gateway.core.config.settings import Settings
from gateway.dialogue.engine import DialogueEngine
from gateway.service import Service
from tests.worlds.road import free_port, served

OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Accept": "application/json"}


@dataclass
class News:
    """What a stream has brought."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    typing: list[float] = field(default_factory=list)
    last_id: str = ""
    over: bool = False
    status: int = 0

    def texts(self, author: str) -> list[str]:
        """The words of one side, in order."""
        return ["".join(piece["text"] for piece in each["pieces"]) for each in self.entries if each["author"] == author]


class Visitor:
    """One browser: its cookies, what it sends and what its stream brings."""

    def __init__(self, port: int) -> None:
        self.client = httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=20)

    async def open(self, **query: str) -> httpx2.Response:
        """Visit the page."""
        return await self.client.get("/chat", params=query)

    async def write(self, text: str, **fields: str) -> httpx2.Response:
        """Send as the page's script does."""
        return await self.post("/chat/messages", text=text, **{"id": uuid.uuid4().hex, **fields})

    async def post(self, path: str, **fields: str) -> httpx2.Response:
        """Send a form of our own page."""
        return await self.client.post(path, data=fields, headers=OWN_PAGE)

    @contextlib.asynccontextmanager
    async def listening(self, after: str = "") -> AsyncIterator[News]:
        """What comes while the block runs."""
        news = News(last_id=after)
        task = asyncio.create_task(self._listen(news))
        try:
            while not news.status and not task.done():
                await asyncio.sleep(0.01)
            yield news
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self, news: News) -> None:
        headers = {"Last-Event-ID": news.last_id} if news.last_id else {}
        async with self.client.stream("GET", "/chat/events", headers=headers) as answer:
            news.status = answer.status_code
            event = ""
            async for line in answer.aiter_lines():
                name, _, value = line.partition(":")
                if name == "event":
                    event = value.strip()
                elif name == "id":
                    news.last_id = value.strip()
                elif name == "data" and event == "over":
                    news.over = True
                elif name == "data":
                    data = json.loads(value)
                    news.entries += data["entries"]
                    news.typing.append(data["typing"])

    async def close(self) -> None:
        """Close the browser."""
        await self.client.aclose()


def words_of(page: str) -> list[str]:
    """The bubbles of a page, as a person reads them."""
    found = re.findall(r'<div class="bubble"[^>]*>(.*?)</div>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", bubble).strip() for bubble in found]


@dataclass
class Chat:
    """A running gateway."""

    settings: Settings
    service: Service
    port: int

    def visitor(self) -> Visitor:
        """A new browser."""
        return Visitor(self.port)


@contextlib.asynccontextmanager
async def open_chat(settings: Settings, engine: DialogueEngine) -> AsyncIterator[Chat]:
    """A gateway on a port; its streams end with the block, as they do with the process."""
    settings = settings.model_copy(update={"port": free_port(), "simulator": False})
    app = create_app(settings, engine)
    async with served(app, settings.port):
        try:
            yield Chat(settings, app.state.service, settings.port)
        finally:
            app.state.webchat.channel.streams.close()
