"""The public HTTP listener of one process."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Coroutine
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from gateway.app import create_app
from gateway.core.config.settings import Settings
from gateway.core.http.connections import ConnectionLimits, protocol_with
from gateway.core.http.open_connections import OF_PROCESS, OpenConnections
from gateway.ops.internal import internal_listener

# Seconds; long enough to finish a transaction, short enough for a Ctrl-C.
SHUTDOWN_TIMEOUT = 5
# Seconds; longer than a proxy keeps idle connections (60 s is usual), so that it never reuses a closed one.
KEEP_ALIVE = 65
# Busy connections of one process: over it 503 at once, and a provider retries; idle ones are closed before.
MAX_CONNECTIONS = OF_PROCESS + 64
# New objects after which the youngest generation is collected; a message makes a few thousand short-lived ones.
GC_THRESHOLD = 20_000


class Listener(uvicorn.Server):
    """The public listener, with the internal one beside it where `settings` are given.

    It closes the open streams on shutdown; else each would delay it by the whole time-out.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, settings: Settings | None = None) -> None:
        super().__init__(config)
        self._app, self._settings = app, settings
        self._internal = contextlib.AsyncExitStack()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and only then let anybody ask how it is: who is let in earlier waits for as long as starting takes."""
        await super().startup(sockets)
        if self._settings is not None and not self.should_exit:
            await self._internal.enter_async_context(internal_listener(self._app, self._settings))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Shut down, streams first: their pages reconnect, here or to another process."""
        self._app.state.webchat.channel.streams.close()
        self._app.state.live_events.close()
        async with self._internal:  # to the end, so that whoever asks hears that it ends
            await super().shutdown(sockets)


def run(serving: Coroutine[Any, Any, None]) -> None:
    """Serve in this thread until it ends, on uvloop: half the cost of asyncio's own event loop for sockets."""
    _freeze_garbage_collector()
    asyncio.run(serving, loop_factory=uvloop.new_event_loop)


def _freeze_garbage_collector() -> None:
    """Exempt what is loaded by now, which lives as long as the process: scanning it took a tenth of the CPU time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 20)


async def serve(settings: Settings, inherited: int | None = None) -> None:
    """Serve until SIGINT or SIGTERM, on the settings' port or on a listening socket that the parent gave.

    Several processes may be given the same socket: the next free one accepts a connection.
    """
    await serve_app(create_app(settings), settings, inherited)


async def serve_app(app: FastAPI, settings: Settings, inherited: int | None = None) -> None:
    """The same for a given application."""
    given = None if inherited is None else [socket.socket(fileno=inherited)]
    await Listener(configuration(app, settings), app, settings).serve(given)


def configuration(app: FastAPI, settings: Settings, limits: ConnectionLimits | None = None) -> uvicorn.Config:
    """The limits of the public listener on connections."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        log_config=None,  # what it logs goes where our own events go, without texts of exceptions
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        http=protocol_with(limits or ConnectionLimits(), OpenConnections(settings.proxies)),
        timeout_keep_alive=KEEP_ALIVE,
        limit_concurrency=MAX_CONNECTIONS,
    )
