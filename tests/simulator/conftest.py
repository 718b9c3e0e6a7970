"""Fixtures of the simulator's tests."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request, Response

from simulator import create_simulator
from tests.worlds.simulator_stage import MakeStage, Receiver, Stage, config_for, served


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    kept = Receiver()
    app = FastAPI()

    @app.post("/webhook")
    async def webhook(request: Request) -> Response:
        kept.bodies.append(await request.body())
        kept.headers.append(dict(request.headers))
        return Response(status_code=kept.answers.pop(0) if kept.answers else 200)

    @app.get("/webhook")
    async def handshake(request: Request) -> Response:
        right = request.query_params["hub.verify_token"] == "verify-token"
        return Response(request.query_params["hub.challenge"] if right else "", status_code=200 if right else 403)

    async with served(app) as address:
        kept.url = f"{address}/webhook"
        yield kept


@pytest.fixture
async def make_stage(receiver: Receiver) -> AsyncIterator[MakeStage]:
    stages: list[Stage] = []

    def make(**changes: Any) -> Stage:
        app = create_simulator(config_for(receiver, **changes))
        transport = httpx2.ASGITransport(app=app)
        stages.append(Stage(app, httpx2.AsyncClient(transport=transport, base_url="http://simulator")))
        return stages[-1]

    yield make
    for stage in stages:
        await stage.client.aclose()
        await stage.simulator.close()


@pytest.fixture
def stage(make_stage: MakeStage) -> Stage:
    return make_stage()
