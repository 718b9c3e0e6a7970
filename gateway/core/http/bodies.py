"""HTTP: limits on the size and encoding of request bodies.

A compressed body is refused: neither Meta nor a browser sends one, and a kilobyte of it may expand to a gigabyte. A
body over the limit is refused by its declared length, or as soon as that many bytes have arrived.
"""

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The simulator has limits of its own, those of Meta's media; it does not exist in production.
UNLIMITED = ("/simulator/",)
_CLOSE = {"connection": "close"}  # the rest of the body is not read


class BodyLimits:
    """415 for an encoded body, 413 for one over its limit, 408 for one that ends early.

    `limit` is in bytes; `larger` gives paths their own limit, by a pattern of how they begin.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: tuple[tuple[str, int], ...] = ()) -> None:
        self._app, self._limit = app, limit
        self._larger = tuple((re.compile(pattern), size) for pattern, size in larger)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request with its body counted."""
        if scope["type"] != "http" or scope["path"].startswith(UNLIMITED):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = next((size for pattern, size in self._larger if pattern.match(scope["path"])), self._limit)
        counted = _Counted(receive, limit)
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            counted.refusal = HTTPException(415, "Send the body as it is, not compressed.", _CLOSE)
        elif _declared(headers) > limit:
            counted.refusal = HTTPException(413, f"The body is over {limit} bytes.", _CLOSE)
        await self._app(scope, counted.receive, send)


def _declared(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdecimal() and len(length) < 19 else 0


class _Counted:
    """The body of one request, as the application receives it."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._limit = receive, limit
        self._size, self._complete = 0, False
        self.refusal: HTTPException | None = None

    async def receive(self) -> Message:
        """The next chunk; raises the HTTP error that answers the request."""
        if self.refusal is not None and not self._complete:
            self._complete = True  # a second call gets the end of the connection, not this
            raise self.refusal
        message = await self._receive()
        if message["type"] != "http.request":
            if self._complete:
                return message
            self._complete = True
            raise HTTPException(408, "The body was incomplete.", _CLOSE)
        self._size += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        if self._size > self._limit:
            self._complete = True
            raise HTTPException(413, f"The body is over {self._limit} bytes.", _CLOSE)
        return message
