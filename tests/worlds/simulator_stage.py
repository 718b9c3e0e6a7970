"""The stand-in alone, without a gateway: its Graph, and a receiver of its webhooks on a real port."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI

from simulator import Citizen, Delays, Simulator, SimulatorConfig

NUMBER = "106540352242922"
SECRET, TOKEN, CONTROL = "app-secret", "access-token", "control-token"


@dataclass
class Receiver:
    """A webhook that keeps everything and answers as it is told."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    @property
    def values(self) -> list[dict[str, Any]]:
        """The `value` of every change of every body, in the order of arrival."""
        return [
            change["value"] for document in self.documents for entry in document["entry"] for change in entry["changes"]
        ]

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [message for value in self.values for message in value.get("messages", [])]

    @property
    def statuses(self) -> list[dict[str, Any]]:
        return [status for value in self.values for status in value.get("statuses", [])]

    def statuses_of(self, wamid: str) -> list[str]:
        return [status["status"] for status in self.statuses if status["id"] == wamid]


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The application on a free loopback port."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.005)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await task
    listener.close()


def config_for(receiver: Receiver, **changes: Any) -> SimulatorConfig:
    plain: dict[str, Any] = {
        "webhook_url": receiver.url,
        "app_secret": SECRET,
        "access_token": TOKEN,
        "control_token": CONTROL,
        "delays": Delays(sent=0, delivered=0, read=0),
        "retry_pauses": (0.0, 0.01, 0.02),
    }
    return SimulatorConfig(**{**plain, **changes})


@dataclass
class Stage:
    """The stand-in with a client at its counter."""

    app: FastAPI
    client: httpx2.AsyncClient

    @property
    def simulator(self) -> Simulator:
        simulator: Simulator = self.app.state.simulator
        return simulator

    def citizen(self, name: str = "Aino", **more: Any) -> Citizen:
        return Citizen(self.simulator, self.simulator.new_phone(name, **more).id)

    async def post(
        self, body: Any, *, number: str = NUMBER, version: str = "v25.0", token: str = TOKEN
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return await self.client.post(f"/graph/{version}/{number}/messages", json=body, headers=headers)

    async def send(self, citizen: Citizen, kind: str = "text", content: Any = None, **more: Any) -> httpx2.Response:
        """Send to a citizen by number, or by user id when there is no number."""
        phone = citizen.phone
        to = {"to": f"+{phone.number}"} if phone.number else {"recipient": phone.user_id}
        content = {"body": "Hei!"} if content is None else content
        return await self.post({"messaging_product": "whatsapp", **to, "type": kind, kind: content, **more})


MakeStage = Callable[..., Stage]


def buttons(*titles: str, body: str = "Valitse") -> dict[str, Any]:
    """An interactive message with these buttons; the ids are the titles in small letters."""
    replies = [{"type": "reply", "reply": {"id": title.lower(), "title": title}} for title in titles]
    return {"type": "button", "body": {"text": body}, "action": {"buttons": replies}}


def rows(*titles: str, description: str | None = None) -> dict[str, Any]:
    """An interactive list of one section with these rows."""
    more = {} if description is None else {"description": description}
    entries = [{"id": f"row-{position}", "title": title, **more} for position, title in enumerate(titles)]
    action = {"button": "Näytä", "sections": [{"rows": entries}]}
    return {"type": "list", "body": {"text": "Valitse"}, "action": action}
