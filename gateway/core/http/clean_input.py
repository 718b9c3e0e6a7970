"""HTTP: refuses what no database can store, once for every route: the character NUL in a path, a query or a form.

PostgreSQL takes no NUL in a text, so that it would be a 500 wherever a value is looked up; no browser and no person
sends one. Citizens' messages are not refused: webhooks are stored as they came, and the web chat leaves it out.
"""

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import DataError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.core.http.refusals import refuse

log = structlog.get_logger()
_BAD_REQUEST = 400
# Their messages are a citizen's: stored whatever they hold.
_MESSAGES = ("/webhooks/", "/chat/messages")
_WRITTEN = {
    "application/x-www-form-urlencoded": (b"%00", b"\x00"),
    "application/json": (b"\\u0000", b"\x00"),
}
_LONGEST = max(len(mark) for marks in _WRITTEN.values() for mark in marks)


class CleanInput:
    """400 for a NUL in the path, the query, or a form or JSON body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif "\x00" in scope["path"] or b"%00" in scope["query_string"] or b"\x00" in scope["query_string"]:
            await refuse(scope, receive, send, _BAD_REQUEST)
        elif scope["path"].startswith(_MESSAGES):
            await self._app(scope, receive, send)
        else:
            kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
            marks = _WRITTEN.get(kind)
            await self._app(scope, _checked(receive, marks) if marks else receive, send)


def _checked(receive: Receive, marks: tuple[bytes, ...]) -> Receive:
    end = b""  # of the chunk before, where a mark may begin

    async def checked() -> Message:
        nonlocal end
        message = await receive()
        seen = end + message.get("body", b"")
        if any(mark in seen for mark in marks):
            raise HTTPException(_BAD_REQUEST, "The character NUL cannot be stored.")
        end = seen[-_LONGEST:]
        return message

    return checked


def install(app: FastAPI) -> None:
    """Answer values that the database refuses with 400; the log says so, for the bounds should have been a route's."""
    app.add_exception_handler(DataError, _answer_data_error)


async def _answer_data_error(request: Request, error: Exception) -> Response:
    log.error("value_refused", method=request.method, exc_info=error)
    return JSONResponse({"error": "A value in this request cannot be stored."}, _BAD_REQUEST)
