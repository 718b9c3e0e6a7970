"""Checks of every JSON door by schemathesis, from the application's own description: nothing it asks is a 500."""

import asyncio
import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

import httpx2
import pytest
import schemathesis
import uvicorn
from fastapi import FastAPI
from hypothesis import given
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok

from gateway.app import create_app
from gateway.core.config.settings import Settings
from tests.gateway.permissions import EVERYBODY, WHO_MAY
from tests.worlds import tiers
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.questions import described
from tests.worlds.road import free_port
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.services import TemporaryPostgres

# A stream that never ends by design, and an order to wait for as long as is asked.
ENDLESS = ("/events", "/control/settle")
CONTROL = "control-token"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with nothing in it, one of each kind for all tests here."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("doors")
        (folder / "neuvo.db").write_bytes(request.getfixturevalue("migrated_sqlite").read_bytes())
        yield f"sqlite:///{folder / 'neuvo.db'}"
        return
    made = TemporaryPostgres(request.getfixturevalue("migrated_postgres"))
    yield made.url
    made.drop()


@pytest.fixture(scope="module")
def running(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, str]]:
    """The whole public listener with the simulator, on a port of its own thread."""
    port = free_port()
    chosen = Settings(database_url=database, state_dir=tmp_path_factory.mktemp("state"), port=port)
    app = create_app(chosen, ScriptedEngine())
    app.state.simulator.config = dataclasses.replace(app.state.simulator.config, control_token=CONTROL)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical", access_log=False, ws="none"))
    ready = threading.Event()

    async def serve() -> None:
        task = asyncio.create_task(server._serve())
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        ready.set()
        await task

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(20)
    yield app, f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


def operations(app: FastAPI, base: str) -> list[tuple[Any, str]]:
    """Every operation that an application describes, with the address under which it is mounted."""
    schema = schemathesis.openapi.from_dict(app.openapi())
    results = list(schema.get_all_operations())
    found = [result.ok() for result in results if isinstance(result, Ok)]
    assert len(found) == len(results)  # a door that cannot be read would go unasked
    return [(operation, base) for operation in found if operation.path not in ENDLESS]


@pytest.mark.timeout(1500)  # hundreds of questions
def test_no_door_answers_500_whatever_it_is_asked(running: tuple[FastAPI, str]) -> None:
    app, url = running
    # In `make check` those that are open to everybody; the others, with every role: `test_every_role.py`.
    ours = [each for each in operations(app, url) if tiers.THOROUGH or _is_open(each[0])]
    doors = ours + operations(_mounted(app), f"{url}/simulator")
    seen = []
    for number, (operation, base) in enumerate(doors):
        statuses = _asked(operation, base, GenerationMode.POSITIVE)
        # In `make check` another fifth each day, as to make a bad question is nearly all that this costs; one always.
        if tiers.is_of_today(number, days=5) or operation.path == "/phones":
            statuses += _asked(operation, base, GenerationMode.NEGATIVE)
        seen.append((operation.method.upper(), operation.path, sorted(set(statuses))))

    assert len(seen) >= 20
    assert [each for each in seen if any(status >= 500 and status != 503 for status in each[2])] == []
    assert ("GET", "/health/live", [200]) in seen
    of_phones = {status for _, path, statuses in seen if path == "/phones" for status in statuses}
    assert 200 in of_phones
    assert of_phones & {400, 422}, "nothing that is wrong was asked"


def _is_open(operation: Any) -> bool:
    return WHO_MAY[f"{operation.method.upper()} {operation.path}"] is EVERYBODY


def _mounted(app: FastAPI) -> FastAPI:
    mounted: FastAPI = next(route.app for route in app.routes if getattr(route, "name", None) == "simulator")  # type: ignore[attr-defined]
    return mounted


def _asked(operation: Any, base: str, mode: GenerationMode) -> list[int]:
    # Past the guards, so that what lies behind them is asked too.
    headers = {"sec-fetch-site": "none", "authorization": f"Bearer {CONTROL}"}
    questions = _questions(operation, base.endswith("/simulator"), mode)
    return [each.call(base_url=base, timeout=10, headers=headers).status_code for each in questions]


# To make a bad question takes longer than to ask it, and both databases are asked the same.
_MADE: dict[tuple[object, ...], list[Any]] = {}


def _questions(operation: Any, simulator: bool, mode: GenerationMode) -> list[Any]:
    key = (simulator, operation.method, operation.path, mode)
    if key not in _MADE:
        made = _MADE[key] = list[Any]()

        @given(case=operation.as_strategy(generation_mode=mode))
        @described(tiers.times(1, 4))
        def make(case: Any) -> None:
            made.append(case)

        with contextlib.suppress(SkipTest, Unsatisfiable):  # an operation that takes nothing cannot be asked wrongly
            make()
    return _MADE[key]


def test_a_signed_body_of_the_same_listener_is_200(running: tuple[FastAPI, str]) -> None:
    _, url = running
    content = bodies.body(bodies.message())
    answer = httpx2.post(f"{url}/webhooks/whatsapp", content=content, headers=bodies.signed(content), trust_env=False)

    assert answer.status_code == 200
