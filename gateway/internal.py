"""Beside the road: the internal listener, for the operator's own machines only: metrics, and health without a proxy."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from gateway import health
from gateway.measures import Measures
from gateway.metrics import REGISTRY
from gateway.settings import Settings

log = structlog.get_logger()
router = APIRouter()
# So many processes of one machine find a port of their own, one above the other.
_MOST_PROCESSES = 64


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Everything that is counted, in Prometheus's text format."""
    state = request.app.state.public
    measured = CollectorRegistry()
    await Measures(measured).take(state.service, state.worker)
    return Response(generate_latest(REGISTRY) + generate_latest(measured), media_type=CONTENT_TYPE_LATEST)


def create_internal(public: FastAPI) -> FastAPI:
    """The internal application beside a public one that runs in the same process."""
    app = FastAPI(title="Neuvo, internal", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.public = public.state
    app.include_router(router)
    app.include_router(health.router)

    @app.middleware("http")
    async def share(request: Request, call_next):  # type: ignore[no-untyped-def]
        request.app.state.service, request.app.state.worker = public.state.service, public.state.worker
        return await call_next(request)

    return app


@contextlib.asynccontextmanager
async def internal_listener(public: FastAPI, settings: Settings) -> AsyncIterator[int | None]:
    """Serve beside the public listener while the block runs; gives the port, or nothing where there is none."""
    taken = _bind(settings) if settings.internal_port else None
    if taken is None:
        yield None
        return
    config = uvicorn.Config(
        create_internal(public),
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = _Beside(config)
    serving = asyncio.create_task(server.serve([taken]))
    try:
        yield int(taken.getsockname()[1])
    finally:
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)


class _Beside(uvicorn.Server):
    """A server that leaves signals to the public one."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Capture none."""
        yield


def _bind(settings: Settings) -> socket.socket | None:
    """The first free port from the setting's upwards; metrics are worth an error line, and never the service."""
    for port in range(settings.internal_port, min(settings.internal_port + _MOST_PROCESSES, 65536)):
        listener = socket.socket(socket.AF_INET6 if ":" in settings.internal_host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.internal_host, port))
            listener.listen()
        except OSError:
            listener.close()
        else:
            return listener
    log.error("no_internal_listener", host=settings.internal_host, port=settings.internal_port)
    return None
