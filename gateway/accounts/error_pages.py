"""Accounts: what a browser shows instead of a page: in the reader's language, in the frame of whoever is signed in.

Whoever does not ask for a page (a script, another system) gets the JSON that the errors have by themselves.
"""

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from gateway.accounts import sessions
from gateway.accounts.access import SAFE_METHODS, person_of
from gateway.accounts.staff_page import staff_page, translate
from gateway.accounts.unavailable import is_public
from gateway.accounts.wording import REFUSED, REFUSED_TITLES
from gateway.core.db_errors import is_database_unavailable
from gateway.core.errors import GatewayError
from gateway.core.http.pages import wants_page

_NOT_FOUND, _WRONG_METHOD = 404, 405
_NEVER_PAGES = ("/api/", "/webhooks/")
_IN_THE_ADDRESS = ("path", "query")


def install(app: FastAPI) -> None:
    """Answer addresses that do not exist, and values that a route does not take."""
    app.add_exception_handler(HTTPException, _answer_status)
    app.add_exception_handler(RequestValidationError, _answer_values)


def is_staff_page(request: Request) -> bool:
    """Whether a browser asks for a page of the staff: those of the citizens have their own answers."""
    return wants_page(request) and not request.url.path.startswith(_NEVER_PAGES) and not is_public(request)


async def error_page(request: Request, status: int) -> Response:
    """The page of an error that nothing else answers."""
    return await refused_page(request, "missing" if status in (_NOT_FOUND, _WRONG_METHOD) else "undone", status)


async def refused_page(request: Request, word: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    """The page that says why there is no other; `word` is one of `REFUSED`."""
    await _find_reader(request)
    context = {
        "title": translate(request, REFUSED_TITLES[word]),
        "sentence": translate(request, REFUSED[word]),
        "again": word in ("forged", "undone") and request.method not in SAFE_METHODS,
        "for_citizens": is_public(request),
    }
    response = staff_page(request, "accounts/refused.html", context, status_code=status)
    response.headers.update(headers or {})
    return response


async def _find_reader(request: Request) -> None:
    """Who is signed in, where no route has asked: the page must not look as if their session had ended."""
    if getattr(request.state, "person", None) is not None or is_public(request):
        return
    try:
        found = await sessions.find(request, background=True)
    except (SQLAlchemyError, GatewayError) as error:
        if not is_database_unavailable(error):
            raise
        return  # an address that does not exist is said without the database, too
    if found is not None and not found.locked:
        request.state.staff_session, request.state.person = found, person_of(found)


async def _answer_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    is_page = wants_page(request) and not request.url.path.startswith(_NEVER_PAGES)
    if is_page and error.status_code in (_NOT_FOUND, _WRONG_METHOD):
        return await refused_page(request, "missing", error.status_code, error.headers)
    return await http_exception_handler(request, error)


async def _answer_values(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    answer = await request_validation_exception_handler(request, error)
    if not is_staff_page(request):
        return answer
    in_address = all(each["loc"][0] in _IN_THE_ADDRESS for each in error.errors())
    return await refused_page(request, "missing" if in_address else "undone", answer.status_code)
