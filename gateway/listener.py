"""Before the road begins: the public listener."""

import asyncio
import gc
import socket
from collections.abc import Coroutine
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from gateway.app import create_app
from gateway.defences.connections import Patience, protocol_with
from gateway.internal import internal_listener
from gateway.settings import Settings

# Long enough to finish a transaction, short enough for a Ctrl-C.
GRACE = 5
# Longer than a proxy keeps its connections (60 s is usual), so that none is ended just as it is used again.
KEEP_ALIVE = 65
# Open connections of one process, streams of the web chat included; beyond, 503 at once, and a provider comes again.
MOST_CONNECTIONS = 4096
# New objects after which the youngest are looked through; a message makes a few thousand that go by themselves.
GARBAGE_AFTER = 20_000


class Listener(uvicorn.Server):
    """Ends the open streams when it is told to stop; else each would hold it up for the whole grace."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, streams first: their pages connect again, here or elsewhere."""
        self._app.state.webchat.channel.streams.close()
        self._app.state.doorbell.close()
        await super().shutdown(sockets)


def run(serving: Coroutine[Any, Any, None]) -> None:
    """Serve in this thread until it ends, on libuv's loop: it waits for a socket at half the cost of asyncio's own."""
    _leave_what_stays_alone()
    asyncio.run(serving, loop_factory=uvloop.new_event_loop)


def _leave_what_stays_alone() -> None:
    """What is loaded by now lives as long as the process; to look through it for garbage was a tenth of all work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 20, 20)


async def serve(settings: Settings, inherited: int | None = None) -> None:
    """Serve until SIGINT or SIGTERM, on the settings' port or on a listening socket that the parent gave.

    Several processes may be given the same socket: whoever is free takes the next connection.
    """
    await serve_app(create_app(settings), settings, inherited)


async def serve_app(app: FastAPI, settings: Settings, inherited: int | None = None) -> None:
    """The same for an application that is made already."""
    given = None if inherited is None else [socket.socket(fileno=inherited)]
    async with internal_listener(app, settings):
        await Listener(configuration(app, settings), app).serve(given)


def configuration(app: FastAPI, settings: Settings, patience: Patience | None = None) -> uvicorn.Config:
    """How the public listener treats connections."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_graceful_shutdown=GRACE,
        http=protocol_with(patience or Patience()),
        timeout_keep_alive=KEEP_ALIVE,
        limit_concurrency=MOST_CONNECTIONS,
    )
