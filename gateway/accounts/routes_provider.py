"""Accounts: sign-in through the force's identity provider."""

import datetime as dt
import uuid

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, login_flow, people, sessions, tokens
from gateway.accounts.addresses import safe_path
from gateway.accounts.identity_provider import Identity, Provider, ProviderFailed, seal_token, subject_fingerprint
from gateway.accounts.models import Factor, LoginPurpose, SignInFailure, StaffPerson, StaffSession
from gateway.accounts.routes_sign_in import arrive, record_failure
from gateway.accounts.staff_page import see_other, service_of
from gateway.core.actors import clash
from gateway.core.context import Context
from gateway.core.database import now
from gateway.core.http.pages import preferred_language

log = structlog.get_logger()
router = APIRouter(tags=["accounts"])


@router.get("/sign-in/provider")
async def begin_provider_login(request: Request, next: str = "", again: bool = False) -> Response:
    """Redirect to the provider. A link, not a form: the content security policy allows forms to this host only."""
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
        await login_flow.save(session, service.keyring, token, LoginPurpose.PROVIDER, None, **kept)
    response = RedirectResponse(address, status_code=303, headers={"cache-control": "no-store"})
    login_flow.set_browser_cookie(request, response, token)
    return response


@router.get("/sign-in/provider/callback")
async def finish_provider_login(request: Request, code: str = "", state: str = "") -> Response:
    """Handle the provider's redirect, with a code that only this browser's sign-in can use."""
    service, provider = service_of(request), request.app.state.provider
    token = request.cookies.get(login_flow.cookie_name(service.settings), "")
    async with service.database.transaction() as session:
        step = await login_flow.take(session, service.keyring, token, LoginPurpose.PROVIDER)
    if provider is None or step is None or not code or not tokens.same(state, str(step.content["state"])):
        return see_other("/sign-in", problem="late")
    try:
        identity = await provider.finish(code, step.content)
    except ProviderFailed as error:
        log.error("identity_provider", exc_info=error)
        async with service.database.transaction() as session:
            await record_failure(session, service, "unknown", SignInFailure.PROVIDER)
        return see_other("/sign-in", problem="provider")
    async with service.database.transaction() as session:
        person = await _person(session, service, identity, preferred_language(request))
        if person is None:
            return see_other("/sign-in", problem="no_role")
        sealed = seal_token(service, person, identity.token)
        session_token = await sessions.begin(session, request, person, provider_token=sealed)
        await _set_proved_at(session, session_token, identity)
        await audit.record(session, person.id, "signed_in", str(person.id), {"factor": Factor.PROVIDER})
    return arrive(request, person, session_token, str(step.content["next"]))


async def _set_proved_at(session: AsyncSession, token: str, identity: Identity) -> None:
    # A session at the provider since the morning is no recent authentication.
    row = await session.scalar(select(StaffSession).where(StaffSession.token_hash == tokens.token_hash(token)))
    if row is not None and identity.authenticated_at is not None:
        row.proved_at = min(now(), dt.datetime.fromtimestamp(identity.authenticated_at, dt.UTC))


async def _person(session: AsyncSession, service: Context, identity: Identity, language: str) -> StaffPerson | None:
    """The person of an identity, created at the first sign-in; None without a role or when blocked."""
    keyring, roles = service.keyring, sorted(role.value for role in identity.roles)
    subject = subject_fingerprint(service, identity.subject)
    person: StaffPerson | None = await session.scalar(
        select(StaffPerson).where(StaffPerson.subject_fingerprint == subject)
    )
    refused = _refusal(identity)
    if person is not None and (person.blocked_at is not None or person.left_at is not None):
        refused = SignInFailure.BLOCKED
    if refused:
        person_id = person.id if person else None
        await record_failure(session, service, str(person_id or "unknown"), refused)
        if person_id:
            await sessions.end(session, person_id)
        return None
    if person is None:
        login = identity.login
        if await people.by_login(session, keyring, login) is not None:
            login = f"{login} ({uuid.uuid4().hex[:8]})"  # the name is taken by another person
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


def _refusal(identity: Identity) -> SignInFailure | None:
    if not identity.roles:
        return SignInFailure.NO_ROLE
    return SignInFailure.ROLES_CLASH if clash(identity.roles) else None
