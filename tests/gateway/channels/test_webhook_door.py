"""Checks of the short way of a delivery: the same answer as on the long one, and one attempt to store it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from gateway.app import create_app
from gateway.channels.base import Channel
from gateway.conversations.models import InboxEvent
from gateway.core.errors import StorageUnavailable
from gateway.core.http.headers import security_headers
from gateway.core.metrics import REGISTRY
from gateway.service import Service
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.row_counts import count
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
PATH = "/webhooks/whatsapp"


@pytest.fixture
def app(service: Service, engine: ScriptedEngine) -> FastAPI:
    """The gateway's doors without its loops."""
    app = create_app(service.settings.model_copy(update={"simulator": False, "storage_timeout": 60.0}), engine)
    app.state.service = service
    return app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the requests that went through the middleware."""
    taken: list[str] = []
    original = FastAPI.__call__

    async def noting(self: FastAPI, scope: Any, receive: Any, send: Any) -> None:
        taken.append(scope["path"])
        await original(self, scope, receive, send)

    monkeypatch.setattr(FastAPI, "__call__", noting)
    return taken


def answered(status: str) -> float:
    return REGISTRY.get_sample_value("neuvo_requests_total", {"method": "POST", "route": PATH, "status": status}) or 0


async def test_a_delivery_in_order_takes_the_short_way_and_is_answered_and_counted_as_on_the_long_one(
    client: httpx2.AsyncClient, service: Service, long_way: list[str]
) -> None:
    first, second = bodies.body(bodies.message()), bodies.body(bodies.message())
    counted = answered("200")

    short = await client.post(PATH, content=first, headers=bodies.signed(first))
    assert long_way == []
    long = await client.post(f"{PATH}?", params={"any": "query"}, content=second, headers=bodies.signed(second))

    assert long_way == [PATH]
    assert (short.status_code, short.content) == (long.status_code, long.content) == (200, b"")
    assert dict(short.headers) == dict(long.headers)
    assert {name.decode() for name, _ in security_headers(strict_transport=False)} <= short.headers.keys()
    assert answered("200") == counted + 2
    assert await count(service, InboxEvent) == 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"content-encoding": "gzip"}, 415),
        ({"X-Hub-Signature-256": "sha256=" + "0" * 64}, 401),
        ({"X-Hub-Signature-256": ""}, 401),
        ({"content-length": "99999999"}, 413),
    ],
)
async def test_what_is_not_in_order_is_refused_on_the_long_way(
    client: httpx2.AsyncClient, service: Service, long_way: list[str], headers: dict[str, str], status: int
) -> None:
    content = bodies.body(bodies.message())

    answer = await client.post(PATH, content=content, headers=bodies.signed(content) | headers)

    assert answer.status_code == status
    assert long_way == [PATH]
    assert "content-security-policy" in answer.headers
    assert await count(service, InboxEvent) == 0


async def test_a_delivery_without_a_declared_length_is_stored_too(client: httpx2.AsyncClient, service: Service) -> None:
    content = bodies.body(bodies.message())

    async def in_pieces() -> AsyncIterator[bytes]:
        yield content[:100]
        yield content[100:]

    answer = await client.post(PATH, content=in_pieces(), headers=bodies.signed(content))

    assert answer.status_code == 200
    assert await count(service, InboxEvent) == 1


async def test_what_could_not_be_stored_is_tried_once_and_told_as_ever(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[bytes] = []

    async def receive(channel: Channel, body: bytes) -> None:
        tried.append(body)
        raise StorageUnavailable("not_stored")

    monkeypatch.setattr(service, "receive", receive)
    content, counted = bodies.body(bodies.message()), answered("503")

    answer = await client.post(PATH, content=content, headers=bodies.signed(content))

    assert answer.status_code == 503
    assert answer.json()["error"]
    assert "content-security-policy" in answer.headers
    assert tried == [content]
    assert answered("503") == counted + 1


async def test_a_platform_that_is_off_has_no_door(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "channels", {"whatsapp": service.channels["whatsapp"]})
    content = bodies.body(bodies.message())

    answer = await client.post("/webhooks/messenger", content=content, headers=bodies.signed(content))

    assert answer.status_code == 404
