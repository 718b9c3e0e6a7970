"""Accounts: the answers while the database is unavailable: 503 with a page in the reader's language.

Messages of citizens are accepted without the database (the spool), so the pages say that none is lost.
"""

from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from gateway.accounts.staff_page import kept_language, language_of, staff_page, translate
from gateway.accounts.wording import REFUSED_TITLES
from gateway.core.db_errors import is_database_unavailable
from gateway.core.errors import NothingWritten, StorageUnavailable
from gateway.core.http.pages import templates, wants_page
from gateway.core.i18n import N_

log = structlog.get_logger()
RETRY_AFTER = 10  # seconds
_PUBLIC = ("/bulletins", "/figures", "/privacy", "/chat")
_STILL_THERE = N_("The database cannot be reached right now. What you wrote is still here; try again in a moment.")
_UNSTORABLE = N_("This holds a character or a number that cannot be kept. Take it out and try again.")
_HEADERS = {"cache-control": "no-store", "retry-after": str(RETRY_AFTER)}


def install(app: FastAPI) -> None:
    """Answer database errors with 503 instead of 500."""
    for kind in (DBAPIError, NoConnectionLeft, StorageUnavailable):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, DataError):
        return _unstorable(request)
    if not is_database_unavailable(error):
        raise error
    # The class alone: the error's text contains the query with its values.
    log.error("database_unavailable", method=request.method, exc_info=error)
    if not wants_page(request):
        return JSONResponse({"error": _sentence(request, error)}, StorageUnavailable.status, headers=_HEADERS)
    response = _public_page(request) if is_public(request) else _staff_page(request)
    response.headers.update(_HEADERS)
    return response


def _unstorable(request: Request) -> Response:
    """What was asked or written holds what the database cannot keep, such as a character without a form."""
    log.warning("data_refused", method=request.method)
    request.state.language = kept_language(request)
    sentence = translate(request, _UNSTORABLE)
    if not wants_page(request) or is_public(request):
        return JSONResponse({"error": sentence}, NothingWritten.status, headers={"cache-control": "no-store"})
    context = {"title": translate(request, REFUSED_TITLES["undone"]), "sentence": sentence}
    return staff_page(request, "accounts/refused.html", context, status_code=NothingWritten.status)


def is_public(request: Request) -> bool:
    """Whether the address is one of the citizens' pages."""
    return request.url.path.startswith(_PUBLIC)


def _is_reading(request: Request) -> bool:
    return request.method in ("GET", "HEAD")


def _sentence(request: Request, error: Exception) -> str:
    """The text for a page's script, or any other client that does not accept HTML."""
    if isinstance(error, StorageUnavailable):
        return str(error)
    request.state.language = kept_language(request)
    return translate(request, _STILL_THERE)


def _staff_page(request: Request) -> Response:
    request.state.language = kept_language(request)
    again = request.url.path + (f"?{request.url.query}" if request.url.query else "") if _is_reading(request) else None
    context: dict[str, Any] = {"again": again, "languages": {}, "said": None}
    return staff_page(request, "staff/away.html", context, status_code=StorageUnavailable.status)


def _public_page(request: Request) -> Response:
    language = language_of(request)
    return templates.TemplateResponse(
        request, "away.html", {"language": language}, status_code=StorageUnavailable.status
    )
