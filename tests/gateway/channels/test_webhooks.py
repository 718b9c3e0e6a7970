"""Checks of station 0: who may deliver, what is answered, and that everything is stored once."""

import json
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from gateway.app import create_app
from gateway.conversations.models import InboxEvent, WebhookDelivery
from gateway.core.config.settings import Settings
from gateway.service import Service
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.row_counts import count
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
PATH = "/webhooks/whatsapp"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With patience: a database that other tests keep busy is no outage."""
    return settings.model_copy(update={"storage_timeout": 60.0})


@pytest.fixture
async def client(service: Service, engine: ScriptedEngine) -> AsyncIterator[httpx2.AsyncClient]:
    """The gateway's doors without its loops, so that what was stored can be counted at leisure."""
    app: FastAPI = create_app(service.settings.model_copy(update={"simulator": False}), engine)
    app.state.service = service
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def test_the_handshake_gives_the_challenge_back(client: httpx2.AsyncClient, service: Service) -> None:
    token = service.settings.whatsapp_verify_token.get_secret_value()

    answer = await client.get(
        PATH, params={"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444"}
    )

    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("token", ["", "wrong", "väärä"])
async def test_a_wrong_token_is_refused(client: httpx2.AsyncClient, token: str) -> None:
    answer = await client.get(PATH, params={"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1"})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "header",
    [None, "", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=ÅÄÖ", "sha256=" + "0" * 63 + "é"],
)
async def test_a_forged_signature_is_401_with_an_empty_body_and_nothing_is_stored(
    client: httpx2.AsyncClient, service: Service, header: str | None
) -> None:
    headers = {} if header is None else {b"X-Hub-Signature-256": header.encode("latin-1")}

    answer = await client.post(PATH, content=bodies.body(bodies.message()), headers=headers)

    assert (answer.status_code, answer.content) == (401, b"")
    assert await count(service, InboxEvent) == 0


async def test_the_signature_is_over_the_bytes_as_they_came(client: httpx2.AsyncClient) -> None:
    content = bodies.body(bodies.message(body="pöö / ☂"))
    rewritten = json.dumps(json.loads(content)).encode()

    assert (await client.post(PATH, content=content, headers=bodies.signed(content))).status_code == 200
    assert (await client.post(PATH, content=rewritten, headers=bodies.signed(content))).status_code == 401


async def test_a_delivery_that_comes_three_times_is_stored_once(client: httpx2.AsyncClient, service: Service) -> None:
    content = bodies.body(bodies.message(), bodies.message(), statuses=(bodies.status("sent", "wamid.X"),))

    for _ in range(3):
        assert (await client.post(PATH, content=content, headers=bodies.signed(content))).status_code == 200

    assert await count(service, InboxEvent) == 3
    assert await count(service, WebhookDelivery) == 1


async def test_of_statuses_alone_no_raw_body_is_kept_and_each_is_stored_once(
    client: httpx2.AsyncClient, service: Service
) -> None:
    first, second = bodies.status("sent", "wamid.X"), bodies.status("delivered", "wamid.X")
    for content in (bodies.body(statuses=(first,)), bodies.body(statuses=(first, second))):
        assert (await client.post(PATH, content=content, headers=bodies.signed(content))).status_code == 200

    assert (await count(service, InboxEvent), await count(service, WebhookDelivery)) == (2, 0)


async def test_of_a_status_that_is_not_ours_the_raw_body_is_kept(client: httpx2.AsyncClient, service: Service) -> None:
    content = bodies.body(statuses=(bodies.status("sent", "wamid.X"),), number="999")

    assert (await client.post(PATH, content=content, headers=bodies.signed(content))).status_code == 200

    assert (await count(service, InboxEvent), await count(service, WebhookDelivery)) == (1, 1)


async def test_a_message_in_another_delivery_is_still_the_same_message(
    client: httpx2.AsyncClient, service: Service
) -> None:
    first, second = bodies.message(), bodies.message()
    for content in (bodies.body(first), bodies.body(first, second)):
        await client.post(PATH, content=content, headers=bodies.signed(content))

    assert await count(service, InboxEvent) == 2


async def test_a_batch_of_a_thousand_is_stored_whole(client: httpx2.AsyncClient, service: Service) -> None:
    content = bodies.body(*(bodies.message(body=f"viesti {number}") for number in range(1000)))

    answer = await client.post(PATH, content=content, headers=bodies.signed(content))

    assert answer.status_code == 200
    assert await count(service, InboxEvent) == 1000


@pytest.mark.parametrize("content", [b"", b"not json", b"[]", b'{"entry": null}', b'"x"', b"\xff"])
async def test_what_is_not_understood_is_stored_and_answered_200(
    client: httpx2.AsyncClient, service: Service, content: bytes
) -> None:
    answer = await client.post(PATH, content=content, headers=bodies.signed(content))

    assert answer.status_code == 200
    assert await count(service, WebhookDelivery) == 1


async def test_a_number_that_is_not_ours_is_stored_and_ignored(client: httpx2.AsyncClient, service: Service) -> None:
    content = bodies.body(bodies.message(), number="999")

    assert (await client.post(PATH, content=content, headers=bodies.signed(content))).status_code == 200

    async with service.database.transaction() as session:
        (event,) = (await session.scalars(select(InboxEvent))).all()
    assert (event.state, event.reason, event.content_sealed) == ("ignored", "not_our_number", None)


async def test_a_body_over_the_cap_is_413_by_its_length_and_by_its_bytes(client: httpx2.AsyncClient) -> None:
    large = b"x" * (4 * 1024 * 1024 + 1)

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 65536):
            yield large[start : start + 65536]

    assert (await client.post(PATH, content=large, headers=bodies.signed(large))).status_code == 413
    assert (await client.post(PATH, content=in_pieces(), headers=bodies.signed(large))).status_code == 413


async def test_nothing_of_a_body_can_be_read_in_the_database(client: httpx2.AsyncClient, service: Service) -> None:
    content = bodies.body(bodies.message(body="salaisuus", sender="358401234567"))
    await client.post(PATH, content=content, headers=bodies.signed(content))

    async with service.database.transaction() as session:
        rows = [*(await session.scalars(select(InboxEvent))), *(await session.scalars(select(WebhookDelivery)))]
    written = b"".join(
        value if isinstance(value, bytes) else str(value).encode()
        for row in rows
        for name, value in vars(row).items()
        if not name.startswith("_")
    )
    for secret in (b"salaisuus", b"358401234567", b"wamid"):
        assert secret not in written
