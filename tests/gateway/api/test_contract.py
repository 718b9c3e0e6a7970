"""Checks of the contract: whatever is asked, the answer is one that the served document describes."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import jsonschema
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import given
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from gateway.api import tokens
from gateway.api.kinds import Scope
from gateway.core.config.settings import Settings
from gateway.core.rate_limit import Rate
from tests.worlds import bulletins, integrators, officers, tiers
from tests.worlds.questions import described
from tests.worlds.staff import running

pytestmark = pytest.mark.anyio


@pytest.fixture
async def app(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FastAPI]:
    monkeypatch.setattr(tokens, "RATE", Rate(10_000, 1.0))
    async with running(settings.model_copy(update={"simulator": False})) as app:
        yield app


def questions(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Good and bad questions to each operation, as schemathesis makes them of the document."""
    found: list[dict[str, Any]] = []
    for result in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        for mode in GenerationMode:
            _collect(operation, mode, found)
    return found


def _collect(operation: Any, mode: GenerationMode, found: list[dict[str, Any]]) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @described(tiers.times(4, 20))
    def ask(case: Any) -> None:
        made = case.as_transport_kwargs(base_url="http://localhost:8000")
        found.append({"method": made["method"], "url": made["url"], "params": made.get("params"), "of": operation})

    ask()


async def test_every_answer_is_one_that_the_document_describes(app: FastAPI) -> None:
    await bulletins.published(app.state.service)
    await officers.waiting(app.state.service)
    token = await integrators.token(app.state.service, *Scope)
    async with integrators.client(app, token) as client:
        document = (await client.get("/api/v1/openapi.json")).json()
        asked = questions(document)
        seen = {(each["of"].path, await _is_described(client, document, each)) for each in asked}
    assert len(asked) >= 40
    assert {status for _, status in seen} >= {200, 404, 422}
    assert {path for path, _ in seen} == set(document["paths"])


async def _is_described(client: httpx2.AsyncClient, document: dict[str, Any], question: dict[str, Any]) -> int:
    operation = question["of"]
    answer = await client.request(question["method"], question["url"], params=question["params"])
    described = document["paths"][operation.path][operation.method.lower()]["responses"]
    if "%00" in str(answer.request.url):  # refused for every address alike, before the API is reached
        assert answer.status_code == 400
        return answer.status_code
    where = f"{question['method']} {answer.request.url}"
    assert str(answer.status_code) in described, f"{where}: {answer.status_code} {answer.text}"
    schema = described[str(answer.status_code)]["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json(), {**schema, "components": document["components"]})
    return answer.status_code
