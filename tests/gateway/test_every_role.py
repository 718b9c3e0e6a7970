"""Checks of every JSON door by schemathesis with every role: a strange question is refused, and nothing is a 500."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from unittest import SkipTest

import httpx2
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import given
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from gateway.core.actors import Role
from gateway.core.config.settings import Settings
from tests.gateway.channels.whatsapp.test_signature import stored
from tests.gateway.permissions import WHO_MAY
from tests.worlds import tiers
from tests.worlds.questions import described
from tests.worlds.staff import browser, csrf_of, make_person, running, session_cookie

pytestmark = pytest.mark.anyio
ENDLESS = "/events"


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    async with running(settings.model_copy(update={"simulator": False})) as app:
        yield app


def questions(app: FastAPI) -> list[dict[str, Any]]:
    """Good and bad questions to every operation, as schemathesis makes them of the application's own description.

    In `make check` another tenth each day is asked badly: to make a bad question takes longer than to ask it. Both
    databases are asked the same.
    """
    if _MADE:
        return _MADE
    found: list[dict[str, Any]] = []
    for number, result in enumerate(schemathesis.openapi.from_dict(app.openapi()).get_all_operations()):
        assert isinstance(result, Ok)  # a door that cannot be read would go unasked
        operation = result.ok()
        if operation.path.endswith(ENDLESS):
            continue
        badly = tiers.is_of_today(number, days=10)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) if badly else (GenerationMode.POSITIVE,):
            with contextlib.suppress(SkipTest, Unsatisfiable):  # what takes nothing cannot be asked wrongly
                _collect(operation, mode, found)
    _MADE.extend(found)
    return found


_MADE: list[dict[str, Any]] = []


def _collect(operation: Any, mode: GenerationMode, found: list[dict[str, Any]]) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @described(tiers.times(1, 2))
    def ask(case: Any) -> None:
        made = case.as_transport_kwargs(base_url="http://localhost:8000")
        door = f"{operation.method.upper()} {operation.path}"
        found.append({**made, "door": door, "good": mode is GenerationMode.POSITIVE})

    ask()


@pytest.mark.timeout(2400)  # hundreds of questions of each role
async def test_no_role_gets_a_500_nor_passes_a_door_that_is_not_its_own(app: FastAPI) -> None:
    asked = questions(app)
    assert len({each["door"] for each in asked}) >= 30
    wrong = []
    for role in (None, *Role):
        person = await make_person(app.state.service, f"person-{role}", role) if role else None
        for question in (each for each in asked if role in _who_asks(each)):
            cookies = await session_cookie(app, person) if person else {}
            async with browser(app, cookies) as client:
                answer = await _put(client, question, csrf_of(app, cookies) if person else None)
            allowed = WHO_MAY[question["door"]]
            passed = answer.status_code < 300 and allowed is not None and role not in allowed
            if passed or (answer.status_code >= 500 and answer.status_code != 503):
                wrong.append((role, question["door"], answer.status_code))

    assert wrong == []
    assert await stored(app.state.service) == 0  # no webhook was signed


def _who_asks(question: dict[str, Any]) -> set[Role | None]:
    """A good question is everybody's; behind a door a bad one meets the same code whoever may come in.

    In `make check` a good one is asked so too: that each role is let in or not, `test_permissions.py` tries.
    """
    everybody: list[Role | None] = [None, *Role]
    may = WHO_MAY[question["door"]]
    if question["good"] and tiers.THOROUGH:
        return set(everybody)
    inside = [role for role in everybody if may is None or role in may]
    return {*inside[:1], *[role for role in everybody if role not in inside][:1]}


async def _put(client: httpx2.AsyncClient, question: dict[str, Any], token: str | None) -> httpx2.Response:
    headers = {
        name: value
        for name, value in dict(question.get("headers") or {}).items()
        if name.lower() not in ("cookie", "host", "content-length", "user-agent") and str(value).isascii()
    }
    if token:
        headers["x-csrf-token"] = token
    body = {name: question[name] for name in ("json", "data", "params") if question.get(name) is not None}
    if isinstance(body.get("data"), (bytes, str)):
        body["content"] = body.pop("data")
    return await client.request(question["method"], question["url"], headers=headers, **body)
