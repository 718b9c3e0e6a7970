"""Operations: the internal listener for the operator's own machines: metrics, and health without a proxy."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Request, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from gateway.core.config.settings import Settings
from gateway.core.metrics import REGISTRY
from gateway.ops import health
from gateway.ops.gauges import ServiceGauges

log = structlog.get_logger()
router = APIRouter()
# Ports that are tried, from the configured one upwards: one for each process of a machine.
_MAX_PROCESSES = 64


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """All metrics, in Prometheus's text format, within a second whatever the parts do."""
    registry = CollectorRegistry()
    await ServiceGauges(registry).collect(health.parts_of(request))
    return Response(generate_latest(REGISTRY) + generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def create_internal(public: FastAPI) -> FastAPI:
    """The internal application for a public one in the same process."""
    app = FastAPI(title="Neuvo, internal", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    app.include_router(health.internal_router)

    @app.middleware("http")
    async def share(request: Request, call_next):  # type: ignore[no-untyped-def]
        request.app.state.parts = public.state.parts
        return await call_next(request)

    return app


@contextlib.asynccontextmanager
async def internal_listener(public: FastAPI, settings: Settings) -> AsyncIterator[int | None]:
    """Serve beside the public listener while the block runs; yields the port, or None where there is no listener."""
    listener = _bind(settings) if settings.internal_port else None
    if listener is None:
        yield None
        return
    config = uvicorn.Config(
        create_internal(public),
        log_level="warning",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = _InternalServer(config)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)


class _InternalServer(uvicorn.Server):
    """A server that leaves the process's signals to the public one."""

    @contextlib.contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]
        """Install no signal handlers."""
        yield


def _bind(settings: Settings) -> socket.socket | None:
    """The first free port from `NEUVO_INTERNAL_PORT` upwards; without one an error is logged, and the service runs."""
    for port in range(settings.internal_port, min(settings.internal_port + _MAX_PROCESSES, 65536)):
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
