"""Beside the road: the identity provider says that somebody has signed out there, and they are signed out here too.

OpenID Connect Back-Channel Logout 1.0: https://openid.net/specs/openid-connect-backchannel-1_0.html. The provider's
server calls, not a browser: there is no cookie and no token of a page; the signature of the logout token is the guard.
"""

import base64
import json
import time
from collections.abc import Mapping
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, sessions
from gateway.accounts.models import StaffPerson, StaffSession
from gateway.accounts.provider import LEEWAY, Provider, ProviderFailed, subject_fingerprint, token_of
from gateway.errors import ChannelOff, GatewayError
from gateway.service import Service
from gateway.staff_pages import service_of

log = structlog.get_logger()
router = APIRouter(tags=["accounts"])
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LONGEST = 20_000  # characters
OLDEST = 300  # seconds since the token was made: a copy of it must not end sessions for ever
_KINDS = ("logout+jwt", "jwt", "")  # providers of before 2022 name no kind of their own


class LogoutRefused(GatewayError):
    """The logout token cannot be believed; the specification wants 400."""


@router.post("/sign-in/provider/logout")
async def signed_out_there(request: Request, logout_token: Annotated[str, Form(max_length=LONGEST)] = "") -> Response:
    """End every session of the person whom the token names, on every device."""
    provider: Provider | None = request.app.state.provider
    if provider is None:
        raise ChannelOff("No identity provider is set up.")
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
    # Whom we do not know is signed out here: that is what the provider wants to hear.
    return Response(status_code=200, headers={"cache-control": "no-store"})


async def _checked(provider: Provider, token: str) -> Mapping[str, Any]:
    """The claims of a logout token (section 2.6 of the specification)."""
    decoded = await provider.decoded(token)
    claims, kind = decoded.claims, str(decoded.header.get("typ", "")).lower()
    audience = claims.get("aud")
    events, at = claims.get("events"), time.time()
    made, ends = claims.get("iat"), claims.get("exp")
    wrong = {
        "kind": kind not in _KINDS,
        "issuer": claims.get("iss") != provider.settings.oidc_issuer,
        "audience": provider.settings.oidc_client_id not in (audience if isinstance(audience, list) else [audience]),
        "age": not isinstance(made, int | float) or not at - OLDEST <= made <= at + LEEWAY,
        "end": ends is not None and (not isinstance(ends, int | float) or ends < at - LEEWAY),
        "event": not isinstance(events, dict) or not isinstance(events.get(EVENT), dict),
        # An ID token must never do as a logout token: it is shown to browsers.
        "nonce": "nonce" in claims,
        "subject": not (isinstance(claims.get("sub"), str) or isinstance(claims.get("sid"), str)),
    }
    if any(wrong.values()):
        raise LogoutRefused(f"Not a logout token of ours: {', '.join(name for name, is_so in wrong.items() if is_so)}.")
    return claims


async def _person(session: AsyncSession, service: Service, claims: Mapping[str, Any]) -> StaffPerson | None:
    """By subject; where the provider names only its own session, by the ID token with which it began here."""
    if isinstance(subject := claims.get("sub"), str):
        wanted = select(StaffPerson).where(StaffPerson.subject_fingerprint == subject_fingerprint(service, subject))
        found: StaffPerson | None = await session.scalar(wanted)
        return found
    open_ones = select(StaffPerson, StaffSession).join(StaffSession, StaffSession.person_id == StaffPerson.id)
    # The force's open sessions are hundreds at most, and only the provider can make us look.
    for person, current in (await session.execute(open_ones)).tuples():
        sealed = current.provider_token_sealed
        if sealed is not None and _session_named(token_of(service, person, sealed)) == claims["sid"]:
            return person
    return None


def _session_named(token: str) -> str | None:
    """The provider's own name of its session, in an ID token whose signature was checked when it came."""
    payload = token.split(".")[1]
    named = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))).get("sid")
    return named if isinstance(named, str) else None
