"""HTTP: a client for the few JSON calls of the road, to Meta's Graph and to the dialogue engine.

HTTP/1.1 with kept connections, straight on the event loop; one call costs a tenth of what a general client takes. It
follows no redirects, knows no cookies, and uses no proxy of the environment. What an error says about the request is
exact, because a message must not be sent twice: `NotSent` or `NoAnswer`.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

import httptools

MAX_CONNECTIONS = 64
MAX_ANSWER = 8 * 1024 * 1024  # bytes
_LATE = "no answer in time"
_SPAN = b"neuvo-span"
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_PORTS = {"http": 80, "https": 443}


class NotSent(Exception):
    """No connection in time: the request never left, and may be repeated."""


class NoAnswer(Exception):
    """The request may have arrived, and no whole answer came; `is_late`: not in time."""

    @property
    def is_late(self) -> bool:
        """Whether it was only the time that ended."""
        return self.args == (_LATE,)


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    body: bytes
    span: str | None = None  # the header `neuvo-span`, by which Rasa says what it measured

    @property
    def is_success(self) -> bool:
        """Whether the status is one of success."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON; raises `ValueError`."""
        return json.loads(self.body)


class JsonClient:
    """Posts JSON to one server; `timeout` are the most seconds from the written request to the end of its answer."""

    def __init__(
        self, base: str, headers: Mapping[str, str], *, timeout: float, connect_timeout: float, tls: ssl.SSLContext
    ) -> None:
        parts = urlsplit(base)
        self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        self._tls = tls if parts.scheme == "https" else None
        self._timeout, self._connect_timeout = timeout, connect_timeout
        self._path = parts.path.rstrip("/")
        lines = {"host": parts.netloc.rpartition("@")[2], "accept": "application/json", **headers}
        self._head = "".join(f"{name}: {_clean(value)}\r\n" for name, value in lines.items())
        self._idle: list[_Connection] = []
        self._open: set[_Connection] = set()
        self._room = asyncio.Semaphore(MAX_CONNECTIONS)

    async def post(self, path: str, body: Mapping[str, Any], traceparent: str | None = None) -> Answer:
        """Send a body to a path below the base; raises `NotSent` or `NoAnswer`."""
        content = _JSON.encode(body).encode()
        head = (
            f"POST {self._path}/{_clean(path)} HTTP/1.1\r\n{self._head}"
            f"{_header('traceparent', traceparent)}"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        async with self._room:
            connection = await self._take()
            try:
                return await connection.exchange(head.encode("ascii") + content, self._timeout)
            finally:
                self._put_back(connection)

    async def close(self) -> None:
        """Close every connection."""
        for connection in list(self._open):
            connection.abort()

    async def _take(self) -> "_Connection":
        while self._idle:
            # The one that was used last: the others may be closed by the server in peace.
            connection = self._idle.pop()
            if connection.is_usable:
                return connection
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, made = await asyncio.get_running_loop().create_connection(
                    lambda: _Connection(self._open), self._host, self._port, ssl=self._tls
                )
        except OSError as error:  # a time-out is one too
            raise NotSent(type(error).__name__) from error
        return made

    def _put_back(self, connection: "_Connection") -> None:
        if connection.is_usable:
            self._idle.append(connection)
        else:
            connection.abort()


class _Connection(asyncio.Protocol):
    """One kept connection, and the parser of its answers."""

    def __init__(self, opened: "set[_Connection]") -> None:
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None
        self._body: list[bytes] = []
        self._size = 0
        self._parser: Any = None
        self._span: str | None = None
        self.is_usable = False

    async def exchange(self, request: bytes, timeout: float) -> Answer:
        """Send a request and wait for its answer; raises `NoAnswer`."""
        assert self._transport is not None
        self.is_usable, self._body, self._size, self._span = False, [], 0, None
        self._parser = httptools.HttpResponseParser(self)
        loop = asyncio.get_running_loop()
        self._answer = loop.create_future()
        self._transport.write(request)
        too_late = loop.call_later(timeout, self._fail, _LATE)
        try:
            return await self._answer
        finally:
            too_late.cancel()
            self._answer = None

    def abort(self) -> None:
        """Close at once."""
        self.is_usable = False
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the loop."""
        # uvloop's own transports are no subclass of asyncio's.
        self._transport, self.is_usable = cast(asyncio.Transport, transport), True
        self._opened.add(self)

    def data_received(self, data: bytes) -> None:
        """Called by the loop."""
        if self._answer is None or self._answer.done():
            self.abort()  # nobody has asked
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(type(error).__name__)

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the loop."""
        self.is_usable = False
        self._opened.discard(self)
        self._fail("ConnectionClosed")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser."""
        if name.lower() == _SPAN:
            self._span = value.decode("ascii", "replace")

    def on_body(self, body: bytes) -> None:
        """Called by the parser."""
        self._size += len(body)
        if self._size > MAX_ANSWER:
            self._fail("AnswerTooLarge")
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Called by the parser."""
        status = self._parser.get_status_code()
        if self._answer is not None and not self._answer.done() and status >= 200:
            self.is_usable = bool(self._parser.should_keep_alive())
            self._answer.set_result(Answer(status, b"".join(self._body), self._span))

    def _fail(self, why: str) -> None:
        self.is_usable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NoAnswer(why))


def _header(name: str, value: str | None) -> str:
    return "" if value is None else f"{name}: {_clean(value)}\r\n"


def _clean(value: str) -> str:
    """A part of the head; raises `ValueError` where it would become another header."""
    if not value.isascii() or not value.isprintable():
        raise ValueError("A header or path has characters that do not belong there.")
    return value
