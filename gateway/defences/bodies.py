"""Before the road: how much a request may bring, and in which form.

A compressed body is refused: nobody whom we serve sends one (Meta, browsers), and a kilobyte of it may unfold to a
gigabyte. What is over the limit is refused by its declared length, or as soon as that many bytes have come.
"""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The simulator keeps limits of its own, those of Meta's media; it does not exist in production.
UNLIMITED = ("/simulator/",)
_CLOSE = {"connection": "close"}  # what is still on its way is not read


class BodyLimits:
    """415 for an encoded body, 413 for one over its limit, an end without noise for one that never came whole.

    `limit` is in bytes; `larger` gives paths their own by the beginning of the path.
    """

    def __init__(self, app: ASGIApp, limit: int, larger: tuple[tuple[str, int], ...] = ()) -> None:
        self._app, self._limit, self._larger = app, limit, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its body counted."""
        if scope["type"] != "http" or scope["path"].startswith(UNLIMITED):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        limit = next((size for start, size in self._larger if scope["path"].startswith(start)), self._limit)
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
        self._size, self._whole = 0, False
        self.refusal: HTTPException | None = None

    async def receive(self) -> Message:
        """The next piece; raises the HTTP error that answers the request."""
        if self.refusal is not None and not self._whole:
            self._whole = True  # whoever asks again hears of the connection's end, not of this
            raise self.refusal
        message = await self._receive()
        if message["type"] != "http.request":
            if self._whole:
                return message
            self._whole = True
            raise HTTPException(408, "The body did not come whole.", _CLOSE)
        self._size += len(message.get("body", b""))
        self._whole = not message.get("more_body", False)
        if self._size > self._limit:
            self._whole = True
            raise HTTPException(413, f"The body is over {self._limit} bytes.", _CLOSE)
        return message
