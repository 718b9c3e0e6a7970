"""Accounts: back-channel logout: who signs out at the identity provider is signed out here too.

OpenID Connect Back-Channel Logout 1.0: https://openid.net/specs/openid-connect-backchannel-1_0.html. The provider's
server calls, not a browser: there is no cookie and no CSRF token; the signature of the logout token authenticates it.
"""

import base64
import json
import time
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, sessions
from gateway.accounts.identity_provider import LEEWAY, Provider, ProviderFailed, subject_fingerprint, token_of
from gateway.accounts.models import StaffPerson, StaffSession
from gateway.accounts.staff_page import service_of
from gateway.core.context import Context
from gateway.core.errors import ChannelOff, GatewayError

log = structlog.get_logger()
router = APIRouter(tags=["accounts"])
EVENT = "http://schemas.openid.net/event/backchannel-logout"
MAX_LENGTH = 20_000  # characters
MAX_AGE = 300  # seconds since the token was issued: a copy must not end sessions for ever
_KINDS = ("logout+jwt", "jwt", "")  # older providers use no type of their own


class ProviderOff(ChannelOff):
    """No identity provider is configured, so there is no such address."""

    texts: ClassVar[Mapping[str, str]] = {"provider_off": "No identity provider is set up."}


class LogoutRefused(GatewayError):
    """The logout token is invalid; the specification requires 400."""

    texts: ClassVar[Mapping[str, str]] = {"invalid_token": "Not a valid logout token: {faults}."}


@router.post("/sign-in/provider/logout")
async def end_sessions(request: Request, logout_token: Annotated[str, Form(max_length=MAX_LENGTH)] = "") -> Response:
    """End every session of the token's person, on every device."""
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise ProviderOff("provider_off")
    service = service_of(request)
    try:
        claims = await _checked(provider, logout_token)
    except (LogoutRefused, ProviderFailed) as error:
        log.warning("provider_logout_refused", why=str(error))
        return JSONResponse({"error": "invalid_request"}, LogoutRefused.status, headers={"cache-control": "no-store"})
    async with service.database.transaction() as session:
        person = await _person(session, service, claims)
        if person is not None:
            ended = await sessions.end(session, person.id)
            await audit.record(session, "provider", "signed_out", str(person.id), {"sessions": ended})
    # An unknown person has no session here either, so the logout has succeeded.
    return Response(status_code=200, headers={"cache-control": "no-store"})


async def _checked(provider: Provider, token: str) -> Mapping[str, Any]:
    """The claims of a valid logout token (section 2.6 of the specification)."""
    decoded = await provider.decoded(token)
    claims, kind = decoded.claims, str(decoded.header.get("typ", "")).lower()
    audience = claims.get("aud")
    events, at = claims.get("events"), time.time()
    made, ends = claims.get("iat"), claims.get("exp")
    faults = {
        "kind": kind not in _KINDS,
        "issuer": claims.get("iss") != provider.settings.oidc_issuer,
        "audience": provider.settings.oidc_client_id not in (audience if isinstance(audience, list) else [audience]),
        "age": not isinstance(made, int | float) or not at - MAX_AGE <= made <= at + LEEWAY,
        "end": ends is not None and (not isinstance(ends, int | float) or ends < at - LEEWAY),
        "event": not isinstance(events, dict) or not isinstance(events.get(EVENT), dict),
        # An ID token must not pass as a logout token: browsers can see it.
        "nonce": "nonce" in claims,
        "subject": not (isinstance(claims.get("sub"), str) or isinstance(claims.get("sid"), str)),
    }
    if any(faults.values()):
        raise LogoutRefused("invalid_token", faults=", ".join(name for name, found in faults.items() if found))
    return claims


async def _person(session: AsyncSession, service: Context, claims: Mapping[str, Any]) -> StaffPerson | None:
    """The person by subject or, where the provider names only its session, by the ID token of a session here."""
    if isinstance(subject := claims.get("sub"), str):
        query = select(StaffPerson).where(StaffPerson.subject_fingerprint == subject_fingerprint(service, subject))
        found: StaffPerson | None = await session.scalar(query)
        return found
    sessions_of_people = select(StaffPerson, StaffSession).join(StaffSession, StaffSession.person_id == StaffPerson.id)
    # There are some hundreds of sessions at most, and only the provider can cause this scan.
    for person, current in (await session.execute(sessions_of_people)).tuples():
        sealed = current.provider_token_sealed
        if sealed is not None and _session_named(token_of(service, person, sealed)) == claims["sid"]:
            return person
    return None


def _session_named(token: str) -> str | None:
    """The `sid` of an ID token whose signature was verified at sign-in."""
    payload = token.split(".")[1]
    named = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("sid")
    return named if isinstance(named, str) else None
