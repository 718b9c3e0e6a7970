"""Accounts: sign-in with a password and a second factor, and signing out of every session."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

from gateway.accounts import (
    audit,
    codes,
    known_devices,
    login_flow,
    login_limits,
    passkeys,
    passwords,
    people,
    sessions,
    tokens,
)
from gateway.accounts.access import Person, needs, roles_named
from gateway.accounts.addresses import safe_path
from gateway.accounts.identity_provider import sign_out_address
from gateway.accounts.login_limits import Attempt, AttemptKind
from gateway.accounts.models import Factor, LoginPurpose, SignInFailure, StaffPerson
from gateway.accounts.staff_page import first_place, see_other, service_of, staff_page, translate
from gateway.accounts.wording import PROBLEMS
from gateway.core.context import Context
from gateway.core.http.client_ip import network_of

router = APIRouter(tags=["accounts"])
OwnForm = Depends(login_flow.check_own_form)


@router.get("/sign-in", response_class=HTMLResponse)
async def sign_in(request: Request, next: str = "", problem: str = "") -> HTMLResponse:
    """The form; `problem` is the code of a sentence about an earlier attempt."""
    return form(request, next, translate(request, PROBLEMS[problem]) if problem in PROBLEMS else None)


def form(request: Request, wanted: str, problem: str | None = None, status: int = 200, login: str = "") -> HTMLResponse:
    """The page of the form, with a sentence about what went wrong."""
    login_flow.browser_token(request)
    settings = service_of(request).settings
    context = {"next": safe_path(wanted), "problem": problem, "login": login, "provider": bool(settings.oidc_issuer)}
    response = staff_page(request, "accounts/sign_in.html", context, status_code=status)
    login_flow.set_browser_cookie(request, response)
    return response


@router.post("/sign-in", dependencies=[OwnForm])
async def check_password(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """The first factor. A wrong password and an unknown name get the same answer in the same time."""
    service = service_of(request)
    address = login_limits.address_of(request, service.settings)
    async with service.database.transaction() as session:
        person = await people.by_login(session, service.keyring, login)
        device = known_devices.device_of(request, service.settings, person)
        epoch = person.sign_in_epoch if person else 0
        tried = login_limits.attempts_of(people.normalize_login(login), epoch, address, device)
        wait = await login_limits.begin_attempt(session, service.keyring, *tried)
    if wait:
        await _failed(service, person, SignInFailure.TOO_MANY_TRIES, address)
        return form(request, next, translate(request, PROBLEMS["wait"], minutes=int(wait // 60) + 1), 429, login)
    right = await passwords.matches(password, person.password_hash if person else None)
    if not right or person is None or not may_sign_in(service, person):
        await _failed(service, person, SignInFailure.PASSWORD, address)
        return form(request, next, translate(request, PROBLEMS["wrong"]), 401, login)
    dated = passwords.needs_rehash(person.password_hash or "")
    token, renewed = tokens.new_token(), await passwords.hash_password(password) if dated else None
    async with service.database.transaction() as session:
        await login_limits.record_success(session, service.keyring, *tried)
        if renewed:
            (await session.get_one(StaffPerson, person.id)).password_hash = renewed
        await login_flow.save(session, service.keyring, token, LoginPurpose.FACTOR, person.id, next=safe_path(next))
    response = see_other("/sign-in/factor")
    login_flow.set_browser_cookie(request, response, token)
    return response


def may_sign_in(service: Context, person: StaffPerson) -> bool:
    """Whether the person is not blocked and has not left, and no demonstration account in production."""
    return (
        person.blocked_at is None
        and person.left_at is None
        and (not person.demonstration or service.settings.demonstration_enabled)
    )


async def _failed(service: Context, person: StaffPerson | None, what: SignInFailure, address: str) -> None:
    subject = str(person.id) if person else "unknown"
    source = service.keyring.fingerprint("audit_address", network_of(address)).hex()[:8]
    async with service.database.transaction() as session:
        await record_failure(session, service, subject, what, source=source)


async def record_failure(
    session: AsyncSession, service: Context, subject: str, what: SignInFailure, **details: str
) -> None:
    """Record a failed try at an account when the number of its tries has doubled; see `login_limits`."""
    tries = await login_limits.count_failure(session, service.keyring, subject)
    if tries is not None:
        await audit.record(session, "nobody", "sign_in_failed", subject, {"what": what, "tries": tries, **details})


@router.get("/sign-in/factor", response_class=HTMLResponse)
async def factor(request: Request) -> Response:
    """The page of the second factor: a passkey where there is one, or a code."""
    return await _factor_page(request)


async def _factor_page(request: Request, problem: str | None = None, status: int = 200) -> Response:
    service, token = service_of(request), login_flow.browser_token(request)
    async with service.database.transaction() as session:
        step = await login_flow.load(session, service.keyring, token, LoginPurpose.FACTOR)
        if step is None or step.person_id is None:
            return see_other("/sign-in", problem="late")
        person = await session.get_one(StaffPerson, step.person_id)
        context = await ask_for_factor(session, service, person)
        content = {**step.content, "challenge": context.pop("challenge")}
        await login_flow.save(session, service.keyring, token, LoginPurpose.FACTOR, person.id, **content)
    return staff_page(
        request, "accounts/factor.html", {**context, "problem": problem, "stay": "/sign-in/factor"}, status_code=status
    )


async def ask_for_factor(session: AsyncSession, service: Context, person: StaffPerson) -> dict[str, str | bool]:
    """The context for asking for a second factor, with the challenge to store."""
    keys = await passkeys.list_passkeys(session, person.id)
    options, challenge = (
        passkeys.authentication_options(service.settings, keys) if keys else ("", secrets.token_bytes(1))
    )
    has_code = person.code_secret_sealed is not None
    return {"options": options, "has_code": has_code, "challenge": bytes_to_base64url(challenge)}


@router.post("/sign-in/code", dependencies=[OwnForm])
async def check_code(request: Request, code: Annotated[str, Form(max_length=20)] = "") -> Response:
    """Check the second factor as a one-time code."""
    return await _finish(request, code=code)


@router.post("/sign-in/passkey", dependencies=[OwnForm])
async def check_passkey(request: Request, credential: Annotated[str, Form(max_length=20_000)] = "") -> Response:
    """Check the second factor as a passkey's signature."""
    return await _finish(request, credential=credential)


async def _finish(request: Request, *, code: str = "", credential: str = "") -> Response:
    service, token = service_of(request), login_flow.browser_token(request)
    async with service.database.transaction() as session:
        step = await login_flow.load(session, service.keyring, token, LoginPurpose.FACTOR)
        person = await session.get(StaffPerson, step.person_id) if step and step.person_id else None
        if step is None or person is None or not may_sign_in(service, person):
            return see_other("/sign-in", problem="late")
        challenge = str(step.content.get("challenge", ""))
        # A browser that the person knows is counted by itself: who has only the password keeps them out nowhere else.
        device = known_devices.device_of(request, service.settings, person) or ""
        outcome = await prove_factor(
            session, service, person, challenge, place=device, code=code, credential=credential
        )
        if outcome is None:
            await login_flow.take(session, service.keyring, token, LoginPurpose.FACTOR)
            session_token = await sessions.begin(session, request, person)
            how = Factor.PASSKEY if credential else Factor.CODE
            await audit.record(session, person.id, "signed_in", str(person.id), {"factor": how})
    if outcome is not None:
        status = 401 if outcome == "code" else 429
        return await _factor_page(request, translate(request, PROBLEMS[outcome]), status)
    return arrive(request, person, session_token, str(step.content.get("next", "")))


async def prove_factor(
    session: AsyncSession,
    service: Context,
    person: StaffPerson,
    challenge: str,
    *,
    place: str,
    code: str = "",
    credential: str = "",
) -> str | None:
    """Check a code or a passkey's signature, within the limit of a place; None when right, else the problem's code.

    A failed attempt must be committed: do not raise afterwards in the same transaction.
    """
    tried = Attempt(AttemptKind.FACTOR, f"{person.id} {person.sign_in_epoch} {place}")
    if await login_limits.begin_attempt(session, service.keyring, tried):
        await record_failure(session, service, str(person.id), SignInFailure.TOO_MANY_CODES)
        return "slower"
    if credential:
        asked = base64url_to_bytes(challenge)
        right = await passkeys.verify_authentication(session, service.settings, person.id, credential, asked)
    else:
        right = await codes.use(session, service.keyring, person, code)
    if right:
        await login_limits.record_success(session, service.keyring, tried)
        return None
    what = SignInFailure.PASSKEY if credential else SignInFailure.CODE
    await record_failure(session, service, str(person.id), what)
    return "code"


def arrive(request: Request, person: StaffPerson, session_token: str, wanted: str) -> Response:
    """Redirect, signed in, to the requested page or to the first place of the person's roles."""
    settings = service_of(request).settings
    who = Person(person.id, "", roles_named(person.roles), person.language)
    response = see_other(safe_path(wanted) or first_place(request, who))
    sessions.set_cookie(response, settings, sessions.cookie_name(settings), session_token)
    known_devices.remember(request, response, settings, person)
    sessions.drop_cookie(response, settings, login_flow.cookie_name(settings))
    return response


@router.post("/sign-out")
async def sign_out(request: Request, person: Annotated[Person, Depends(needs(locked_too=True))]) -> Response:
    """End every session of the person, and offer to sign out at the identity provider."""
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        elsewhere = await sign_out_address(session, service, request.app.state.provider, found.id)
        ended = await sessions.end(session, person.id)
        await audit.record(session, person.id, "signed_out", str(person.id), {"sessions": ended})
    request.state.person = request.state.staff_session = None
    response = staff_page(request, "accounts/signed_out.html", {"elsewhere": elsewhere, "stay": "/sign-in"})
    sessions.drop_cookie(response, service.settings, sessions.cookie_name(service.settings))
    # Not "storage": it would take away the worker by which somebody on call is alarmed; nothing of a citizen is there.
    response.headers["clear-site-data"] = '"cache"'
    return response
