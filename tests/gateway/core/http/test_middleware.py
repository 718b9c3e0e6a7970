"""Checks of what every request must pass: the right host, a bounded and plain body, a bearable rate."""

import asyncio
import gzip
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI

from gateway.app import create_app
from gateway.core.config.settings import Settings
from gateway.core.http.bodies import BodyLimits
from gateway.core.http.headers import CONTENT_SECURITY_POLICY
from gateway.core.http.hosts import host_name, our_hosts
from gateway.core.http.rates import PAGES, PageRate
from gateway.core.networks import Networks, read_networks
from gateway.core.rate_limit import Rate
from gateway.service import Service
from gateway.webchat.service import ChatService
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.staff import browser, running

pytestmark = pytest.mark.anyio
WEBHOOK = "/webhooks/whatsapp"


@pytest.fixture
async def client(service: Service, engine: ScriptedEngine) -> AsyncIterator[httpx2.AsyncClient]:
    settings = service.settings.model_copy(update={"simulator": False, "public_url": "https://neuvo.example"})
    app: FastAPI = create_app(settings, engine)
    app.state.service = service
    app.state.webchat = ChatService.of(service)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize(
    "host",
    ["evil.example", "neuvo.example.evil.example", "evil.example:8000", "", "neuvo.example@evil.example", "127.0.0.2"],
)
async def test_another_host_is_refused_before_anything_else(client: httpx2.AsyncClient, host: str) -> None:
    answer = await client.get("/privacy", headers={"host": host})

    assert answer.status_code == 421
    assert "evil" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("host", ["neuvo.example", "NEUVO.example:443", "localhost:8000", "127.0.0.1", "[::1]:8000"])
async def test_our_own_names_are_answered(client: httpx2.AsyncClient, host: str) -> None:
    assert (await client.get("/privacy", headers={"host": host})).status_code == 200


async def test_a_request_with_two_hosts_or_none_is_refused(client: httpx2.AsyncClient) -> None:
    headers = [("host", "neuvo.example"), ("host", "evil.example")]

    assert (await client.get("/privacy", headers=headers)).status_code == 421


def test_an_operator_may_name_more_hosts() -> None:
    hosts = our_hosts(Settings(public_url="https://neuvo.example", allowed_hosts="gateway, Inner.example"))

    assert {"neuvo.example", "gateway", "inner.example"} <= hosts
    assert host_name("[2001:db8::1]:80") == "[2001:db8::1]"


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "zstd", "gzip, identity", "x"])
async def test_a_compressed_body_is_refused_and_never_unfolded(client: httpx2.AsyncClient, encoding: str) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    headers = {**bodies.signed(bomb), "content-encoding": encoding}

    assert (await client.post(WEBHOOK, content=bomb, headers=headers)).status_code == 415
    form = {"content-encoding": encoding, "content-type": "application/x-www-form-urlencoded"}
    assert (await client.post("/sign-in", content=bomb, headers=form)).status_code == 415


async def test_a_form_over_the_limit_is_refused_by_its_length_and_by_its_bytes(client: httpx2.AsyncClient) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    large = b"login=" + b"x" * 1024 * 1024

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    assert (await client.post("/sign-in", content=large, headers=kind)).status_code == 413
    assert (await client.post("/sign-in", content=in_pieces(), headers=kind)).status_code == 413


@pytest.mark.parametrize("length", ["-1", "١٢", "1e9", "9" * 400, " 5"])
async def test_a_strange_length_is_no_error_of_ours(length: str) -> None:
    reached = []

    async def inner(scope: object, receive: object, send: object) -> None:
        reached.append(scope)

    async def nothing(*_: object) -> dict[str, object]:
        return {"type": "http.request"}

    headers = [(b"content-length", length.encode("latin-1", "ignore"))]
    scope = {"type": "http", "path": "/x", "method": "POST", "headers": headers}
    await BodyLimits(inner, 10)(scope, nothing, nothing)  # type: ignore[arg-type]

    assert len(reached) == 1


async def test_an_address_that_asks_like_a_machine_hears_a_kind_sentence_and_others_do_not(
    client: httpx2.AsyncClient,
) -> None:
    limited = PageRate(client._transport.app, read_networks("10.0.0.1"), Rate(3, 60))  # type: ignore[attr-defined]
    transport = httpx2.ASGITransport(app=limited, client=("10.0.0.1", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as through_the_proxy:

        async def ask(path: str, source: str) -> httpx2.Response:
            return await through_the_proxy.get(path, headers={"x-forwarded-for": f"1.1.1.1, {source}"})

        answers = [await ask("/privacy", "203.0.113.5") for _ in range(5)]
        same_household = [await ask("/privacy", f"2001:db8::{place}") for place in range(1, 6)]
        other = await ask("/privacy", "203.0.113.6")
        own = [await ask("/chat/widget.js", "203.0.113.5"), await ask("/health/live", "203.0.113.5")]
        chats = [await ask("/chat/widget.js", "203.0.113.5") for _ in range(4)]
        message = await through_the_proxy.post("/chat/messages", headers={"x-forwarded-for": "203.0.113.5"})

    assert [each.status_code for each in answers] == [200, 200, 200, 429, 429]
    assert all(word in answers[-1].text for word in ("soita 112", "ring 112", "call 112"))
    assert answers[-1].headers["retry-after"]
    assert [each.status_code for each in same_household] == [200, 200, 200, 429, 429]
    assert other.status_code == 200
    assert [each.status_code for each in own] == [200, 200]  # each has a bucket of its own
    assert [each.status_code for each in chats] == [200, 200, 429, 429]
    assert message.status_code == 403  # a message meets its own limits, and here no page of ours sent it


async def test_who_is_no_proxy_of_ours_cannot_choose_an_address(client: httpx2.AsyncClient) -> None:
    limited = PageRate(client._transport.app, Networks(), Rate(2, 60))  # type: ignore[attr-defined]
    transport = httpx2.ASGITransport(app=limited, client=("198.51.100.7", 1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as direct:
        statuses = [
            (await direct.get("/privacy", headers={"x-forwarded-for": f"10.1.1.{place}"})).status_code
            for place in range(4)
        ]

    assert statuses == [200, 200, 429, 429]


def test_the_rate_bears_a_whole_class_and_not_a_machine() -> None:
    assert 300 <= PAGES.burst <= 2000
    assert 0.01 <= PAGES.seconds <= 0.2


async def test_webhooks_are_not_counted_for_each_is_somebodys_message(client: httpx2.AsyncClient) -> None:
    limited = PageRate(client._transport.app, Networks(), Rate(1, 60))  # type: ignore[attr-defined]
    content = bodies.body(bodies.message())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=limited), base_url="http://localhost") as meta:
        answers = [await meta.post(WEBHOOK, content=content, headers=bodies.signed(content)) for _ in range(4)]

    assert [each.status_code for each in answers] == [200] * 4


@pytest.mark.parametrize("path", ["/metrics", "/docs", "/redoc", "/openapi.json", "/.env", "/static/../settings.py"])
async def test_the_public_listener_has_nothing_for_the_curious(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_every_answer_carries_the_headers_refusals_too(client: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(
        client.get("/privacy"),
        client.get("/nowhere"),
        client.get("/sign-in"),
        client.post(WEBHOOK, content=b"x"),
        client.get("/static/chat.css"),
        client.get("/privacy", headers={"host": "evil.example"}),
    )
    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"], answer.url
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] in ("no-referrer", "same-origin")
        assert "server" not in answer.headers


async def test_a_redirect_never_leads_from_tls_to_plain_http(settings: Settings) -> None:
    public = settings.model_copy(update={"public_url": "https://neuvo.example"})
    async with running(public) as app, browser(app) as client:
        answer = await client.get("/privacy/", headers={"host": "neuvo.example"}, follow_redirects=False)

    assert answer.is_redirect
    assert answer.headers["location"] == "https://neuvo.example/privacy"
