"""Checks of tokens: every route times every scope, and what ends a token."""

import datetime as dt
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
import time_machine
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlalchemy import select

from gateway.accounts.models import AuditEntry
from gateway.api import openapi, routes, tokens
from gateway.api.kinds import Scope
from gateway.api.models import ApiToken
from gateway.core.config.settings import Settings
from gateway.core.rate_limit import Rate
from tests.worlds import integrators
from tests.worlds.staff import running

pytestmark = pytest.mark.anyio

NEEDED = {
    "GET /api/v1/figures": Scope.FIGURES,
    "GET /api/v1/bulletins": Scope.BULLETINS,
    "GET /api/v1/queue": Scope.QUEUE,
    "GET /api/v1/conversations": Scope.CONVERSATIONS,
    "GET /api/v1/conversations/{conversation_id}": Scope.CONVERSATIONS,
    "POST /api/v1/conversations/{conversation_id}/handover": Scope.HANDOVER,
}


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(settings.model_copy(update={"simulator": False})) as app:
        yield app


def doors() -> Iterator[tuple[str, str, str]]:
    """Every route of the API: its name in the table, its method and an address of nobody's."""
    for route in routes.router.routes:
        assert isinstance(route, APIRoute)
        for method in route.methods or ():
            address = route.path.replace("{conversation_id}", str(uuid.UUID(int=0)))
            yield f"{method} {route.path}", method, address


def test_every_route_has_its_scope() -> None:
    assert {name for name, _, _ in doors()} == set(NEEDED)
    assert set(NEEDED.values()) == set(Scope)


@pytest.mark.parametrize("scope", Scope)
async def test_a_token_opens_the_routes_of_its_scope_and_no_others(app: FastAPI, scope: Scope) -> None:
    token = await integrators.token(app.state.service, scope)
    opened = set()
    async with integrators.client(app, token) as client:
        for name, method, address in doors():
            answer = await client.request(method, address)
            assert answer.status_code in (200, 403, 404)
            if answer.status_code != 403:
                opened.add(name)
    assert opened == {name for name, needed in NEEDED.items() if needed == scope}


@pytest.mark.parametrize("given", [None, "neuvo_wrong", "x" * 5000, "neuvo_å"])
async def test_without_a_good_token_nothing_opens_and_the_scheme_is_named(app: FastAPI, given: str | None) -> None:
    await integrators.token(app.state.service, *Scope)
    async with integrators.client(app) as client:
        headers = {b"authorization": f"Bearer {given}".encode("latin-1")} if given else {}
        for _, method, address in doors():
            answer = await client.request(method, address, headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
            assert list(answer.json()) == ["error"]


async def test_a_revoked_token_opens_nothing_from_then_on(app: FastAPI) -> None:
    service = app.state.service
    async with service.database.transaction() as session:
        row, token = await tokens.make(session, service.keyring, "a partner", [Scope.QUEUE], 1)
    async with integrators.client(app, token) as client:
        assert (await client.get("/api/v1/queue")).status_code == 200
        async with service.database.transaction() as session:
            assert await tokens.revoke(session, row.id)
        assert (await client.get("/api/v1/queue")).status_code == 401
    async with service.database.transaction() as session:
        assert not await tokens.revoke(session, row.id)


async def test_an_expired_token_opens_nothing(app: FastAPI) -> None:
    token = await integrators.token(app.state.service, Scope.QUEUE, days=1)
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1, minutes=1)
    async with integrators.client(app, token) as client:
        with time_machine.travel(later, tick=True):
            assert (await client.get("/api/v1/queue")).status_code == 401


async def test_only_the_hash_is_stored_and_the_log_knows_who_made_it(app: FastAPI) -> None:
    service = app.state.service
    token = await integrators.token(service, Scope.QUEUE)
    async with service.database.transaction() as session:
        row = (await session.scalars(select(ApiToken))).one()
        logged = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "api_token_made"))).one()
    stored = [row.name, row.scopes, row.token_fingerprint.hex()]
    assert token not in repr(stored)
    assert (logged.actor, logged.subject) == ("operator", str(row.id))


async def test_a_token_that_asks_too_often_must_wait_and_another_need_not(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "RATE", Rate(3, 60.0))
    busy, other = [await integrators.token(app.state.service, Scope.QUEUE) for _ in range(2)]
    async with integrators.client(app, busy) as client:
        answers = [await client.get("/api/v1/queue") for _ in range(4)]
    async with integrators.client(app, other) as client:
        assert (await client.get("/api/v1/queue")).status_code == 200
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 0


async def test_a_token_of_too_much_time_or_for_nothing_is_not_made(app: FastAPI) -> None:
    service = app.state.service
    queue = [Scope.QUEUE]
    for name, scopes, days in (("a", queue, 367), ("a", queue, 0), ("a", [], 1), (" ", queue, 1)):
        async with service.database.transaction() as session:
            with pytest.raises(ValueError, match="A token"):
                await tokens.make(session, service.keyring, name, scopes, days)


def test_the_document_in_the_repository_is_that_of_the_routes() -> None:
    assert openapi.FILE.read_text("utf-8") == openapi.written(), "run: python -m gateway.api.openapi"
