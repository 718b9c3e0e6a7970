"""Beside the road: what people read where a page cannot be made because the database is away: 503, in their words.

A citizen's message needs no database to be taken in (the spool), so the pages say that nothing of theirs is lost.
"""

from pathlib import Path
from typing import Any

import structlog
import yaml
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from gateway.errors import StorageUnavailable
from gateway.pages import templates
from gateway.staff_pages import kept_language, language_of, page_words, staff_page

log = structlog.get_logger()
RETRY_AFTER = 10  # seconds
_PUBLIC = ("/bulletins", "/figures", "/privacy", "/chat")
_WORDS: dict[str, dict[str, str]] = yaml.safe_load(
    (Path(__file__).parent / "templates" / "away.yml").read_text("utf-8")
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html: no connection, rolled back by a rival, no memory or
# disk left, an object that somebody holds, shut down or cancelled by the operator, a fault of the system; read only.
_AWAY_CLASSES = frozenset({"08", "40", "53", "55", "57", "58"})
_READ_ONLY = "25006"
_SQLITE_AWAY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_READONLY")
_HEADERS = {"cache-control": "no-store", "retry-after": str(RETRY_AFTER)}


def is_away(error: Exception) -> bool:
    """Whether the database could not do it now, but may in a moment; everything else is a bug of ours."""
    if isinstance(error, StorageUnavailable | NoConnectionLeft):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if (name := getattr(error.orig, "sqlite_errorname", None)) is not None:
        return str(name).startswith(_SQLITE_AWAY)
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # nobody was there to give one
        return error.connection_invalidated or isinstance(error, OperationalError | InterfaceError)
    return state == _READ_ONLY or state[:2] in _AWAY_CLASSES


def install(app: FastAPI) -> None:
    """Answer in words instead of 500."""
    for kind in (DBAPIError, NoConnectionLeft, StorageUnavailable):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    if not is_away(error):
        raise error
    # The name alone: the error's own text holds the question with its values.
    log.error("database_away", method=request.method, error=type(error).__name__)
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": _sentence(request, error)}, StorageUnavailable.status, headers=_HEADERS)
    response = _public_page(request) if _is_public(request) else _staff_page(request)
    response.headers.update(_HEADERS)
    return response


def _is_public(request: Request) -> bool:
    return request.url.path.startswith(_PUBLIC)


def _is_reading(request: Request) -> bool:
    return request.method in ("GET", "HEAD")


def _sentence(request: Request, error: Exception) -> str:
    """For the script of a page, or whoever else did not ask for a page."""
    if isinstance(error, StorageUnavailable):
        return str(error)
    request.state.language = kept_language(request)
    return str(page_words(request, "staff")["away"]["sentence"])


def _staff_page(request: Request) -> Response:
    request.state.language = kept_language(request)
    words = page_words(request, "staff")["away"]
    again = request.url.path + (f"?{request.url.query}" if request.url.query else "") if _is_reading(request) else None
    context = {"away": words, "again": again, "languages": {}, "said": None}
    return staff_page(request, "staff/away.html", context, status_code=StorageUnavailable.status)


def _public_page(request: Request) -> Response:
    language = language_of(request)
    context: dict[str, Any] = {"language": language, "words": _WORDS[language]}
    return templates.TemplateResponse(request, "away.html", context, status_code=StorageUnavailable.status)
