"""Beside the road: the pages of the accounts mounted, and what people see who may not open one."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from gateway.accounts import (
    account,
    administration,
    audit,
    audit_pages,
    enrolment,
    provider_logout,
    provider_pages,
    sessions,
    sign_in,
    unlock,
)
from gateway.accounts.access import SAFE_METHODS, ForgedRequest, NotAllowed, ProofNeeded, SignInNeeded
from gateway.accounts.provider import Provider
from gateway.settings import Settings
from gateway.staff_pages import page_words, see_other, service_of, staff_page

_MODULES: tuple[Any, ...] = (
    sign_in,
    provider_pages,
    provider_logout,
    enrolment,
    unlock,
    account,
    administration,
    audit_pages,
)


def install(app: FastAPI, settings: Settings) -> None:
    """Mount the pages and the answers to those who may not pass."""
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
    for module in _MODULES:
        app.include_router(module.router)
    app.add_exception_handler(SignInNeeded, _sign_in_first)
    app.add_exception_handler(ProofNeeded, _prove_first)
    app.add_exception_handler(NotAllowed, _refuse)
    app.add_exception_handler(ForgedRequest, _refuse)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _here(request: Request) -> str:
    """Where to go on afterwards: this page, or the page whose form this was."""
    if request.method in SAFE_METHODS:
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    origin = urlsplit(request.headers.get("referer", ""))
    known = f"{origin.scheme}://{origin.netloc}" in sessions.trusted_origins(request, service_of(request).settings)
    return origin.path if known else ""


async def _sign_in_first(request: Request, error: Exception) -> Response:
    if not _wants_page(request):
        return JSONResponse({"error": str(error), "go": "/sign-in"}, 401, headers={"cache-control": "no-store"})
    response = see_other("/sign-in", **({"next": here} if (here := _here(request)) else {}))
    settings = service_of(request).settings
    sessions.drop_cookie(response, settings, sessions.cookie_name(settings))
    return response


async def _prove_first(request: Request, error: Exception) -> Response:
    if not _wants_page(request):
        return JSONResponse({"error": str(error), "go": "/unlock"}, 401, headers={"cache-control": "no-store"})
    return see_other(f"/unlock?{urlencode({'next': _here(request)})}")


async def _refuse(request: Request, error: Exception) -> Response:
    person = getattr(request.state, "person", None)
    if isinstance(error, NotAllowed) and person is not None:
        async with service_of(request).database.transaction() as session:
            await audit.record(session, person.id, "access_refused", request.scope["path"], {"method": request.method})
    if not _wants_page(request):
        return JSONResponse({"error": str(error)}, 403, headers={"cache-control": "no-store"})
    words = page_words(request, "accounts")["refused"]
    word = "forged" if isinstance(error, ForgedRequest) else "role"
    return staff_page(request, "accounts/refused.html", {"sentence": words[word]}, status_code=403)
