"""Checks of access: all routes times all roles, and nobody, against one written table (`permissions.py`)."""

import re
import uuid
from collections.abc import Iterator

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from gateway.accounts.access import SAFE_METHODS
from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from tests.gateway.permissions import GUARDED_OTHERWISE, MOUNTED, WHO_MAY
from tests.worlds.staff import browser, csrf_of, make_person, running, session_cookie

pytestmark = pytest.mark.anyio


def routes(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path of the application."""
    for route in iter_route_contexts(app.router.routes):
        if isinstance(route.original_route, Mount):
            continue
        assert route.path
        assert route.methods, f"{route.path} is no plain route: nobody has looked who may use it"
        for method in sorted(route.methods):
            yield method, route.path


def address(path: str) -> str:
    """The path with an id of nobody in each place."""
    return re.sub(r"\{[^}]+\}", str(uuid.UUID(int=0)), path)


async def refused(client: httpx2.AsyncClient, method: str, path: str, token: str | None) -> bool:
    """Whether the door stayed shut: to the sign-in, or 403."""
    headers = {"x-csrf-token": token} if token else {}
    answer = await client.request(method, address(path), headers=headers)
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith(("/sign-in?next", "/unlock?"))
    bare = answer.status_code == 303 and answer.headers["location"] == "/sign-in" and "Max-Age=0" in str(answer.headers)
    return answer.status_code == 403 or to_sign_in or bare


async def test_every_route_has_its_line_and_every_line_its_route(settings: Settings) -> None:
    async with running(settings) as app:
        present = {f"{method} {path}" for method, path in routes(app) if method != "HEAD"}
        mounted = {route.path for route in app.router.routes if isinstance(route, Mount)}
    assert present - set(WHO_MAY) == set(), "write who may use these into tests/gateway/permissions.py"
    assert set(WHO_MAY) - present == set(), "these are gone"
    assert mounted == set(MOUNTED)


@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "nobody")
async def test_each_role_finds_the_doors_that_the_table_says_and_no_others(
    settings: Settings, role: Role | None
) -> None:
    wrong = []
    # A stream answers as a whole here: let it end at once.
    async with running(settings.model_copy(update={"console_stream_seconds": 0.01})) as app:
        person = await make_person(app.state.service, "olivia", role) if role else None
        for method, path in routes(app):
            allowed = WHO_MAY[f"{method} {path}"]
            if allowed is None and (method not in SAFE_METHODS or path.startswith(GUARDED_OTHERWISE)):
                continue  # `test_sign_in.py`, `test_webhook.py`, `webchat/test_chat_door.py`
            cookies = await session_cookie(app, person) if person else {}
            async with browser(app, cookies) as client:
                token = csrf_of(app, cookies) if person else None
                shut = await refused(client, method, path, token)
            if shut != (allowed is not None and role not in allowed):
                wrong.append(f"{method} {path}")
    assert wrong == []


async def test_every_step_that_changes_something_wants_the_token_of_the_page(settings: Settings) -> None:
    wrong = []
    async with running(settings) as app:
        people = {role: await make_person(app.state.service, role.value, role) for role in Role}
        for method, path in routes(app):
            allowed = WHO_MAY[f"{method} {path}"]
            if method in SAFE_METHODS or path.startswith(GUARDED_OTHERWISE):
                continue
            role = min(allowed or Role)
            cookies = await session_cookie(app, people[role])
            async with browser(app, cookies) as client:
                for token in (None, "0" * 64):
                    headers = {"x-csrf-token": token} if token else {}
                    if (await client.request(method, address(path), headers=headers)).status_code != 403:
                        wrong.append(f"{method} {path}")
    assert wrong == []
