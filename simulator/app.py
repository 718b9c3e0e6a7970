"""The simulator as an application: one to mount under `/simulator`, or to run alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import httpx2
from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator import control
from simulator.core.config import SimulatorConfig
from simulator.graph_api import meta_routes
from simulator.graph_api import routes as graph_routes
from simulator.simulator import Simulator
from simulator.web import routes as page_routes
from simulator.web.wording import STATIC

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class SafeHeaders:
    """Adds the headers that keep a page to itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the headers on every answer."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


def create_simulator(config: SimulatorConfig, transport: httpx2.AsyncBaseTransport | None = None) -> FastAPI:
    """The application; its `state.simulator` is the Python object for tests and for `close`.

    `transport` carries the webhooks (in tests, straight into another application). Raises `SimulatorRefused` in
    production, when the settings are made.
    """
    simulator = Simulator(config, transport)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await simulator.close()

    app = FastAPI(routes=[*_routes().routes], docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.simulator = simulator
    app.add_middleware(SafeHeaders)
    app.mount("/static", StaticFiles(directory=STATIC))
    return app


@cache
def _routes() -> APIRouter:
    """Every route; they ask the application for its simulator, so that all of a process share them."""
    routes = APIRouter()
    for each in (graph_routes, meta_routes, control, page_routes):
        routes.include_router(each.router)
    return routes
