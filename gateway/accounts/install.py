"""Accounts: its pages, and the answers to requests that `access.needs` refuses."""

from typing import Final
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse

from gateway.accounts import (
    audit,
    routes_access,
    routes_account,
    routes_administration,
    routes_approvals,
    routes_audit,
    routes_enrolment,
    routes_provider,
    routes_provider_logout,
    routes_sign_in,
    routes_unlock,
    sessions,
)
from gateway.accounts.access import SAFE_METHODS, ForgedRequest, NotAllowed, ProofNeeded, SignInNeeded
from gateway.accounts.identity_provider import Provider
from gateway.accounts.staff_page import see_other, service_of, staff_page, translate
from gateway.accounts.wording import REFUSED
from gateway.core.config.settings import Settings

ROUTERS: Final[tuple[APIRouter, ...]] = (
    routes_sign_in.router,
    routes_provider.router,
    routes_provider_logout.router,
    routes_enrolment.router,
    routes_unlock.router,
    routes_account.router,
    routes_administration.router,
    routes_audit.router,
    routes_access.router,
    routes_approvals.router,
)


def install(app: FastAPI, settings: Settings) -> None:
    """Find the identity provider and answer the errors of `access`."""
    app.state.provider = Provider(settings) if settings.oidc_issuer else None
    app.add_exception_handler(SignInNeeded, _sign_in_first)
    app.add_exception_handler(ProofNeeded, _prove_first)
    app.add_exception_handler(NotAllowed, _refuse)
    app.add_exception_handler(ForgedRequest, _refuse)


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _here(request: Request) -> str:
    """The path to return to after signing in: this page, or the page whose form this was."""
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
    word = "forged" if isinstance(error, ForgedRequest) else "role"
    return staff_page(
        request, "accounts/refused.html", {"sentence": translate(request, REFUSED[word])}, status_code=403
    )
