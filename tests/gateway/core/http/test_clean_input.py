"""Checks that nothing which a database cannot take, or a calendar not count, becomes a 500: it is refused as such."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI, Request
from schemathesis.core.result import Ok

from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from gateway.core.http.clean_input import CleanInput
from gateway.core.inputs import MAX_ROW_NUMBER
from tests.worlds.staff import browser, csrf_of, make_person, running, session_cookie

pytestmark = pytest.mark.anyio
SOME = uuid.UUID(int=7)
EXTREME_DAYS = ("0001-01-01", "1899-12-31", "9999-12-31")


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(settings.model_copy(update={"simulator": False})) as app:
        yield app


async def asked(app: FastAPI, role: Role, method: str, path: str, **options: Any) -> int:
    person = await make_person(app.state.service, f"person-{uuid.uuid4().hex}", role)
    cookies = await session_cookie(app, person)
    options["headers"] = {"x-csrf-token": csrf_of(app, cookies), **options.get("headers", {})}
    async with browser(app, cookies) as client:
        return (await client.request(method, path, **options)).status_code


@pytest.mark.parametrize(
    ("role", "method", "path", "form"),
    [
        (Role.AUDITOR, "GET", "/audit?action=%00", None),
        (Role.AUDITOR, "GET", "/audit?who=a%00b", None),
        (Role.AUDITOR, "POST", "/audit/export", {"who": "a\x00"}),
        (Role.EDITOR, "GET", "/console/doors/%00", None),
        (Role.EDITOR, "POST", "/console/doors", {"name": "Wall\x00", "kind": "wall"}),
        (Role.OFFICER, "POST", "/console/search", {"topic": "\x00"}),
        (Role.OFFICER, "POST", "/console/search", {"officer": "a\x00"}),
        (Role.OFFICER, "POST", f"/console/conversations/{SOME}/words", {"words": "\x00"}),
    ],
)
async def test_the_character_that_no_database_stores_is_refused(
    app: FastAPI, role: Role, method: str, path: str, form: dict[str, str] | None
) -> None:
    assert await asked(app, role, method, path, data=form) == 400


async def test_it_is_found_where_two_pieces_of_a_body_meet(app: FastAPI) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"topic=grooming%0"
        yield b"0"

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert await asked(app, Role.OFFICER, "POST", "/console/search", content=pieces(), headers=form) == 400


async def test_it_is_found_in_json_and_a_citizens_message_is_not_refused() -> None:
    application = FastAPI()
    application.add_middleware(CleanInput)

    @application.post("/{path:path}")
    async def read(request: Request) -> int:
        return len(await request.body())

    body = {"name": "a\x00"}
    async with browser(application) as client:
        assert (await client.post("/sign-in/passkey", json=body)).status_code == 400
        assert (await client.post("/webhooks/whatsapp", json=body)).status_code == 200
        assert (await client.post("/chat/messages", data=body)).status_code == 200


async def test_in_a_form_of_several_parts_the_database_refuses_it_and_that_is_no_crash(app: FastAPI) -> None:
    parts = {"name": (None, b"Wall\x00"), "kind": (None, b"wall")}

    assert await asked(app, Role.EDITOR, "POST", "/console/doors", files=parts) < 500


@pytest.mark.parametrize("day", EXTREME_DAYS)
@pytest.mark.parametrize("field", ["begin", "end"])
async def test_a_day_that_nobody_means_is_refused(app: FastAPI, field: str, day: str) -> None:
    assert await asked(app, Role.AUDITOR, "GET", f"/audit?{field}={day}") == 422
    assert await asked(app, Role.OFFICER, "POST", "/console/search", data={field: day}) == 422


@pytest.mark.parametrize("day", EXTREME_DAYS)
async def test_a_moment_that_nobody_means_is_refused(app: FastAPI, day: str) -> None:
    path = f"/console/conversations/{SOME}"

    assert await asked(app, Role.OFFICER, "GET", f"{path}?before={day}T00:00:00%2B14:00") == 422
    assert await asked(app, Role.OFFICER, "POST", f"{path}/snooze", data={"when": "day", "day": day}) in (404, 409, 422)
    assert await asked(app, Role.OFFICER, "GET", f"/console/figures?end={day}") == 200  # the nearest day that has any


async def test_a_number_that_no_row_has_is_refused(app: FastAPI) -> None:
    over = MAX_ROW_NUMBER + 1

    assert await asked(app, Role.AUDITOR, "GET", f"/audit?before={over}") == 422
    assert await asked(app, Role.OFFICER, "GET", f"/console/conversations/{SOME}/media/{over}/ask") == 422


async def test_every_number_that_a_route_takes_has_a_bound_that_the_database_can_count_to(app: FastAPI) -> None:
    unbound = []
    for result in schemathesis.openapi.from_dict(app.openapi()).get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        for each in operation.iter_parameters():
            kinds = each.optimized_schema
            for schema in (kinds, *kinds.get("anyOf", ())) if isinstance(kinds, dict) else ():
                limit = schema.get("maximum", MAX_ROW_NUMBER + 1)
                if schema.get("type") == "integer" and limit > MAX_ROW_NUMBER:
                    unbound.append(f"{operation.method} {operation.path} {each.name}")

    assert unbound == []
