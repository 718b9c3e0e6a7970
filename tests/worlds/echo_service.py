"""A tiny service for the page's tests: answers each citizen through Meta's stand-in, by the words of the message."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI, Request

from tests.worlds.simulator_process import PATIENCE

NUMBER = "106540352242922"
FORMATTED = (
    "*Lihava*, _kursiivi_, ~yliviivattu~ ja `koodi`.\n- yksi\n- kaksi\n"
    "Lue mieli.fi/helpline. Soita 09 2525 0111. <b>ei lihava</b> <img src=x onerror=alert(1)>"
)
BUTTONS = {
    "type": "button",
    "body": {"text": "*Älä maksa.* Tämä ei ole sinun vikasi."},
    "action": {
        "buttons": [
            {"type": "reply", "reply": {"id": "evidence", "title": "Todisteet talteen"}},
            {"type": "reply", "reply": {"id": "officer", "title": "Puhu poliisille"}},
        ]
    },
}
LIST = {
    "type": "list",
    "body": {"text": "Valitse aihe."},
    "footer": {"text": "Hätätilanteessa soita 112"},
    "action": {
        "button": "Näytä aiheet",
        "sections": [
            {"title": "Verkossa", "rows": [{"id": "a", "title": "Kiristys kuvilla", "description": "Uhkaus"}]},
            {"title": "Palvelut", "rows": [{"id": "b", "title": "Rikosilmoitus"}, {"id": "c", "title": "Poliisi"}]},
        ],
    },
}


class Echo:
    """The service; `slow` is how long it types when it is asked to."""

    def __init__(self, graph: str, access_token: str) -> None:
        self.slow = 1.0
        self.app = FastAPI(lifespan=self._closing)
        self._tasks: set[asyncio.Task[None]] = set()
        self._url = f"{graph}/v25.0/{NUMBER}/messages"
        headers = {"Authorization": f"Bearer {access_token}"}
        # Beside other work the simulator may need more than a library's five seconds, or close a connection that it
        # held open just when it is used again: the answer would never come, and nobody would hear of it.
        limits = httpx2.Limits(max_keepalive_connections=0)
        self._client = httpx2.AsyncClient(headers=headers, trust_env=False, timeout=PATIENCE, limits=limits)
        self.app.post("/webhook")(self._webhook)

    @asynccontextmanager
    async def _closing(self, app: FastAPI) -> AsyncIterator[None]:
        yield
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _webhook(self, request: Request) -> dict[str, str]:
        for entry in (await request.json())["entry"]:
            for change in entry["changes"]:
                for message in change["value"].get("messages", []):
                    task = asyncio.create_task(self._answer(message))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        return {}

    async def _answer(self, message: dict[str, Any]) -> None:
        words = message.get("text", {}).get("body", "")
        typing = {"type": "text"}
        await self._post({"status": "read", "message_id": message["id"], "typing_indicator": typing})
        if "hitaasti" in words:
            await asyncio.sleep(self.slow)
        to = {"to": f"+{message['from']}"} if "from" in message else {"recipient": message["from_user_id"]}
        kind, content = _reply(message, words)
        await self._post({**to, "type": kind, kind: content, "context": {"message_id": message["id"]}})

    async def _post(self, body: dict[str, Any]) -> None:
        await self._client.post(self._url, json={"messaging_product": "whatsapp", **body})


def _reply(message: dict[str, Any], words: str) -> tuple[str, dict[str, Any]]:
    if "lista" in words:
        return "interactive", LIST
    if "muotoilu" in words:
        return "text", {"body": FORMATTED}
    if "apua" in words:
        return "interactive", BUTTONS
    chosen = message.get("interactive", {})
    reply = chosen.get("button_reply") or chosen.get("list_reply") or {}
    return "text", {"body": f"Sain: {reply.get('id') or words or message['type']}"}


@contextmanager
def running(app: FastAPI, port: int) -> Iterator[None]:
    """Serve the application in a thread of its own."""
    # uvloop cannot be closed in a thread of a process that has forked.
    config = uvicorn.Config(app, port=port, log_level="critical", loop="asyncio", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
