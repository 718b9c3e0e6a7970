"""HTTP: time-outs for slow clients, so that a few of them cannot occupy all connections (slowloris).

Uvicorn closes only connections that are idle between two requests. Here the head of a request and the whole request
have a time-out, an answer has one in which the client must read something, and the size of a head is limited. How
many connections one address may have: `open_connections.py`.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.core.http.open_connections import OpenConnections

log = structlog.get_logger()


@dataclass(frozen=True)
class ConnectionLimits:
    """Seconds for a request's head, for the whole request, and for an answer that is not read; bytes of a head.

    Meta's largest delivery, 3 MB, arrives within `request` at 1 Mbit/s.
    """

    head: float = 10.0
    request: float = 30.0
    answer: float = 30.0
    head_bytes: int = 32 * 1024


class GuardedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with these limits."""

    limits = ConnectionLimits()
    open_connections = OpenConnections()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._reads: str | None = None  # the part of a request that is being read: its head, its body
        self._head_bytes: int | None = 0  # of the head that is being read; None while a body is
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the time-out of the head, first byte included."""
        super().connection_made(transport)
        self._start_timer("head", self.limits.head)
        if not self.open_connections.add(self, self.client[0] if self.client else ""):
            self._refused = True
            self._answer_and_close("429 Too Many Requests")

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel every timer."""
        for what in tuple(self._timers):
            self._cancel_timer(what)
        self.open_connections.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Limit the size of the head, which would else fill the memory, and the time of what has not come whole."""
        if self._refused:
            return
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        # Bytes after the end of a head belong to the body and are not counted here.
        if self._head_bytes is not None and self._head_bytes > self.limits.head_bytes:
            self._end("431 Request Header Fields Too Large", "head")
        self._time_the_rest()

    def on_message_begin(self) -> None:
        """A request begins; its time-outs start where it has not come whole."""
        super().on_message_begin()
        self._head_bytes = self._head_bytes or 1  # its first byte has arrived
        self._reads = "head"
        self._cancel_timer("head")
        self._cancel_timer("request")

    def on_headers_complete(self) -> None:
        """The head is complete; one that came in a single large piece is refused here, before the application."""
        self._cancel_timer("head")
        self._reads = "body"
        parsed = len(self.url) + sum([len(name) + len(value) for name, value in self.headers])
        if self._refused or parsed > self.limits.head_bytes:
            if not self._refused:
                self._refused = True
                self._end("431 Request Header Fields Too Large", "head")
            return
        self._head_bytes = None
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Nothing of a refused request reaches the application."""
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._cancel_timer("request")
        self._reads = None
        if self._refused:
            return
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not read: start the time-out of the answer."""
        super().pause_writing()
        self._start_timer("answer", self.limits.answer)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._cancel_timer("answer")
        super().resume_writing()

    @property
    def is_idle(self) -> bool:
        """Whether no request is being read or answered: closing loses nothing."""
        return self._reads is None and (self.cycle is None or self.cycle.response_complete)

    def close_idle(self) -> None:
        """Make room for another connection."""
        log.info("connection_ended", why="idle")
        self.transport.close()

    def _time_the_rest(self) -> None:
        """Start the time-outs of what has not come whole: most requests come in one piece and need none."""
        if self._reads == "head":
            self._keep_timer("head", self.limits.head)
        if self._reads is not None:
            self._keep_timer("request", self.limits.request)

    def _keep_timer(self, what: str, seconds: float) -> None:
        if what not in self._timers:
            self._start_timer(what, seconds)

    def _start_timer(self, what: str, seconds: float) -> None:
        self._cancel_timer(what)
        self._timers[what] = self.loop.call_later(seconds, self._end, "408 Request Timeout", what)

    def _cancel_timer(self, what: str) -> None:
        if (timer := self._timers.pop(what, None)) is not None:
            timer.cancel()

    def _end(self, status: str, what: str) -> None:
        """Answer with the status where no answer has begun, and close; an answer that is not read is aborted."""
        if self.transport.is_closing():
            return
        log.info("connection_ended", why=what)
        if what == "answer":
            self.transport.abort()
            return
        answering = what == "request" and self.cycle is not None and self.cycle.response_started
        if not answering and self._head_bytes != 0:  # no answer to a client that has sent nothing
            self._answer_and_close(status)
        self.transport.close()

    def _answer_and_close(self, status: str) -> None:
        self.transport.write(f"HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode())
        self.transport.close()


def protocol_with(limits: ConnectionLimits, open_connections: OpenConnections) -> type[GuardedProtocol]:
    """The protocol class of one listener, with its limits."""
    return type("GuardedProtocol", (GuardedProtocol,), {"limits": limits, "open_connections": open_connections})
