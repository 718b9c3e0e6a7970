"""Before the road: a connection that dawdles is ended, so that a few slow ones cannot hold the door shut for all.

The server underneath ends only connections between two requests. Here each request has a time for its head and one
for its whole, each answer one in which the other side must take something, and a head may have so many bytes.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = structlog.get_logger()


@dataclass(frozen=True)
class Patience:
    """Seconds for a request's head, for the whole request, for an answer that is not taken; bytes of a head.

    Meta's largest delivery, 3 MB, comes within the whole at 1 Mbit/s.
    """

    head: float = 10.0
    request: float = 30.0
    answer: float = 30.0
    head_bytes: int = 32 * 1024


class GuardedProtocol(HttpToolsProtocol):
    """HTTP/1.1 for those who do not dawdle."""

    patience = Patience()

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._alarms: dict[str, asyncio.TimerHandle] = {}
        self._head_bytes: int | None = 0  # of the head that is being read; nothing while a body is

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The head must come within its time, the first byte too."""
        super().connection_made(transport)
        self._set_alarm("head", self.patience.head)

    def connection_lost(self, exc: Exception | None) -> None:
        """No alarm outlives its connection."""
        for what in tuple(self._alarms):
            self._stop_alarm(what)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """A head without an end would fill the memory."""
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        # What came behind a head that has ended is its body and was counted by nobody.
        if self._head_bytes is not None and self._head_bytes > self.patience.head_bytes:
            self._end("431 Request Header Fields Too Large", "head")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._head_bytes = self._head_bytes or 1  # its first byte at least has come
        self._set_alarm("head", self.patience.head)
        self._set_alarm("request", self.patience.request)

    def on_headers_complete(self) -> None:
        """Its head is there."""
        self._stop_alarm("head")
        self._head_bytes = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._stop_alarm("request")
        super().on_message_complete()

    def pause_writing(self) -> None:
        """Nothing more fits on its way to the other side."""
        super().pause_writing()
        self._set_alarm("answer", self.patience.answer)

    def resume_writing(self) -> None:
        """The other side takes again."""
        self._stop_alarm("answer")
        super().resume_writing()

    def _set_alarm(self, what: str, seconds: float) -> None:
        self._stop_alarm(what)
        self._alarms[what] = self.loop.call_later(seconds, self._end, "408 Request Timeout", what)

    def _stop_alarm(self, what: str) -> None:
        if (alarm := self._alarms.pop(what, None)) is not None:
            alarm.cancel()

    def _end(self, status: str, what: str) -> None:
        """Say why, where nothing else is being said, and end; an answer that is not taken ends without a word."""
        if self.transport.is_closing():
            return
        log.info("connection_ended", why=what)
        if what == "answer":
            self.transport.abort()
            return
        answering = what == "request" and self.cycle is not None and self.cycle.response_started
        if not answering and self._head_bytes != 0:  # whoever has not said a word is told none
            self.transport.write(f"HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n".encode())
        self.transport.close()


def protocol_with(patience: Patience) -> type[GuardedProtocol]:
    """The protocol with other times."""
    return type("GuardedProtocol", (GuardedProtocol,), {"patience": patience})
