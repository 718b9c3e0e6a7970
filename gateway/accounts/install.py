"""Accounts: its pages, and the answers to requests that `access.needs` refuses."""

from typing import Final
from urllib.parse import urlencode

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
from gateway.accounts.addresses import form_page, own_address
from gateway.accounts.error_pages import refused_page
from gateway.accounts.identity_provider import Provider
from gateway.accounts.staff_page import see_other, service_of, translate
from gateway.accounts.wording import REFUSED
from gateway.core.config.settings import Settings
from gateway.core.http.pages import wants_page

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


def _here(request: Request) -> str:
    """The path to return to after signing in: this page, or the page whose form this was."""
    if request.method in SAFE_METHODS:
        return own_address(request)
    return form_page(request).partition("?")[0]


async def _sign_in_first(request: Request, error: Exception) -> Response:
    if not wants_page(request):
        return JSONResponse({"error": str(error), "go": "/sign-in"}, 401, headers={"cache-control": "no-store"})
    response = see_other("/sign-in", **({"next": here} if (here := _here(request)) else {}))
    settings = service_of(request).settings
    sessions.drop_cookie(response, settings, sessions.cookie_name(settings))
    return response


async def _prove_first(request: Request, error: Exception) -> Response:
    if not wants_page(request):
        return JSONResponse({"error": str(error), "go": "/unlock"}, 401, headers={"cache-control": "no-store"})
    return see_other(f"/unlock?{urlencode({'next': _here(request)})}")


async def _refuse(request: Request, error: Exception) -> Response:
    person = getattr(request.state, "person", None)
    if isinstance(error, NotAllowed) and person is not None:
        async with service_of(request).database.transaction() as session:
            await audit.record(session, person.id, "access_refused", request.scope["path"], {"method": request.method})
    word = "forged" if isinstance(error, ForgedRequest) else "role"
    if wants_page(request):
        return await refused_page(request, word, 403)
    # The script of a page shows the sentence as it comes. Other refusals name what is missing.
    known = isinstance(error, ForgedRequest) or error.args == ("role_missing",)
    sentence = translate(request, REFUSED[word]) if known else str(error)
    return JSONResponse({"error": sentence}, 403, headers={"cache-control": "no-store"})
