"""Beside the road: signing in through the force's identity provider: there, and back again."""

import datetime as dt
import uuid
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, people, sessions, steps, tokens
from gateway.accounts.access import clash
from gateway.accounts.models import StaffPerson, StaffSession
from gateway.accounts.provider import Identity, Provider, ProviderFailed, seal_token, subject_fingerprint
from gateway.accounts.sign_in import arrive, safe_path
from gateway.database import now
from gateway.pages import preferred_language
from gateway.service import Service
from gateway.staff_pages import see_other, service_of

log = structlog.get_logger()
router = APIRouter(tags=["accounts"])


@router.get("/sign-in/provider")
async def leave(request: Request, next: str = "", again: bool = False) -> Response:
    """To the provider. A link and no form: our policy lets forms go to ourselves only."""
    provider: Provider | None = request.app.state.provider
    if provider is None:
        return see_other("/sign-in")
    try:
        address, kept = await provider.begin(safe_path(next), again=again)
    except ProviderFailed as error:
        log.error("identity_provider", exc_info=error)
        return see_other("/sign-in", problem="provider")
    service, token = service_of(request), tokens.new_token()
    async with service.database.transaction() as session:
        await steps.keep(session, service.keyring, token, "provider", None, **kept)
    response = RedirectResponse(address, status_code=303, headers={"cache-control": "no-store"})
    steps.remember(request, response, token)
    return response


@router.get("/sign-in/provider/callback")
async def come_back(request: Request, code: str = "", state: str = "") -> Response:
    """From the provider, with a code that only this browser's sign-in can use."""
    service, provider = service_of(request), request.app.state.provider
    token = request.cookies.get(steps.cookie_name(service.settings), "")
    async with service.database.transaction() as session:
        step = await steps.take(session, service.keyring, token, "provider")
    if provider is None or step is None or not code or not tokens.same(state, str(step.content["state"])):
        return see_other("/sign-in", problem="late")
    try:
        identity = await provider.finish(code, step.content)
    except ProviderFailed as error:
        log.error("identity_provider", exc_info=error)
        async with service.database.transaction() as session:
            await audit.record(session, "nobody", "sign_in_failed", "unknown", {"what": "provider"})
        return see_other("/sign-in", problem="provider")
    async with service.database.transaction() as session:
        person = await _person(session, service, identity, preferred_language(request))
        if person is None:
            return see_other("/sign-in", problem="no_role")
        sealed = seal_token(service, person, identity.token)
        session_token = await sessions.begin(session, request, person, provider_token=sealed)
        await _note_proof(session, session_token, identity)
        await audit.record(session, person.id, "signed_in", str(person.id), {"factor": "provider"})
    return arrive(request, person, session_token, str(step.content["next"]))


async def _note_proof(session: AsyncSession, token: str, identity: Identity) -> None:
    # Whoever was signed in there since the morning has not just proved to be there.
    row = await session.scalar(select(StaffSession).where(StaffSession.token_hash == tokens.token_hash(token)))
    if row is not None and identity.proved_at is not None:
        row.proved_at = min(now(), dt.datetime.fromtimestamp(identity.proved_at, dt.UTC))


async def _person(session: AsyncSession, service: Service, identity: Identity, language: str) -> StaffPerson | None:
    """The person whom the provider means, made at the first sign-in; nothing without a role or when blocked."""
    keyring, roles = service.keyring, sorted(role.value for role in identity.roles)
    subject = subject_fingerprint(service, identity.subject)
    person: StaffPerson | None = await session.scalar(
        select(StaffPerson).where(StaffPerson.subject_fingerprint == subject)
    )
    refused = "no_role" if not roles else "roles_clash" if clash(identity.roles) else None
    if person is not None and person.blocked_at is not None:
        refused = "blocked"
    if refused:
        doomed = person.id if person else None
        details: dict[str, Any] = {"what": refused}
        await audit.record(session, "nobody", "sign_in_failed", str(doomed or "unknown"), details)
        if doomed:
            await sessions.end(session, doomed)
        return None
    if person is None:
        login = identity.login
        if await people.by_login(session, keyring, login) is not None:
            login = f"{login} ({uuid.uuid4().hex[:8]})"  # somebody here has the name: two people, never one
        person = await people.create(
            session, keyring, login=login, name=identity.name, roles=identity.roles, language=language
        )
        person.subject_fingerprint = subject
        await audit.record(session, "provider", "person_created", str(person.id), {"roles": roles})
    elif person.roles != roles:
        await audit.record(session, "provider", "roles_changed", str(person.id), {"from": person.roles, "to": roles})
        person.roles = roles
        await sessions.end(session, person.id)
    people.rename(keyring, person, identity.name)
    return person
