"""Systems of integrators: a token with scopes, a client that carries it, and a receiver of webhooks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx2
from fastapi import FastAPI, Request, Response

from gateway.api import tokens
from gateway.api.kinds import Scope
from gateway.service import Service
from tests.worlds.ports import free_port
from tests.worlds.road import served


async def token(service: Service, *scopes: Scope, days: int = 1) -> str:
    """A new token with these scopes."""
    async with service.database.transaction() as session:
        return (await tokens.make(session, service.keyring, "a partner", scopes, days))[1]


def client(app: FastAPI, given: str | None = None) -> httpx2.AsyncClient:
    """A program that asks the public listener, with a token or without."""
    headers = {"authorization": f"Bearer {given}"} if given else {}
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="http://localhost:8000", headers=headers
    )


@dataclass
class Receiver:
    """An integrator's address: what came there, and the status with which it answers."""

    url: str
    status: int = 204
    pause: float = 0.0
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver on a real port of this machine."""
    app, port = FastAPI(), free_port()
    made = Receiver(f"http://127.0.0.1:{port}/hook")

    @app.post("/hook")
    async def hook(request: Request) -> Response:
        made.got.append((dict(request.headers), await request.body()))
        await asyncio.sleep(made.pause)
        return Response(status_code=made.status)

    async with served(app, port):
        yield made
