"""Beside the road: signing in with a password and a second factor, and signing out everywhere."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

from gateway.accounts import audit, codes, passkeys, passwords, people, sessions, steps, throttle, tokens
from gateway.accounts.access import Person, needs, roles_named
from gateway.accounts.models import StaffPerson
from gateway.accounts.provider import sign_out_address
from gateway.accounts.throttle import Tried
from gateway.service import Service
from gateway.staff_pages import first_place, page_words, see_other, service_of, staff_page

router = APIRouter(tags=["accounts"])
OwnForm = Depends(steps.own_form)


def safe_path(wanted: str) -> str:
    """A path of ours and nothing that a browser could read as another site; empty when it is not."""
    good = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if good and "\\" not in wanted else ""


@router.get("/sign-in", response_class=HTMLResponse)
async def sign_in(request: Request, next: str = "", problem: str = "") -> HTMLResponse:
    """The form; `problem` names a sentence of ours about an attempt elsewhere."""
    known = page_words(request, "accounts")["problems"]
    return form(request, next, known.get(problem))


def form(request: Request, wanted: str, problem: str | None = None, status: int = 200, login: str = "") -> HTMLResponse:
    """The page of the form, with a sentence about what went wrong."""
    steps.browser_token(request)
    settings = service_of(request).settings
    context = {"next": safe_path(wanted), "problem": problem, "login": login, "provider": bool(settings.oidc_issuer)}
    response = staff_page(request, "accounts/sign_in.html", context, status_code=status)
    steps.remember(request, response)
    return response


@router.post("/sign-in", dependencies=[OwnForm])
async def check_password(
    request: Request,
    login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",
) -> Response:
    """The first factor. The same words and the same time for a wrong password and an unknown name."""
    service = service_of(request)
    address = throttle.address_of(request, service.settings)
    tried = (Tried("account", people.plain_login(login)), Tried("address", address))
    async with service.database.transaction() as session:
        wait = await throttle.begin_try(session, service.keyring, *tried)
        person = await people.by_login(session, service.keyring, login)
    words = page_words(request, "accounts")["problems"]
    if wait:
        await _failed(service, person, "too_many_tries", address)
        return form(request, next, words["wait"].replace("{minutes}", str(int(wait // 60) + 1)), 429, login)
    right = await passwords.matches(password, person.password_hash if person else None)
    if not right or person is None or not may_sign_in(service, person):
        await _failed(service, person, "password", address)
        return form(request, next, words["wrong"], 401, login)
    dated = passwords.is_dated(person.password_hash or "")
    token, renewed = tokens.new_token(), await passwords.hashed(password) if dated else None
    async with service.database.transaction() as session:
        await throttle.succeeded(session, service.keyring, *tried)
        if renewed:
            (await session.get_one(StaffPerson, person.id)).password_hash = renewed
        await steps.keep(session, service.keyring, token, "factor", person.id, next=safe_path(next))
    response = see_other("/sign-in/factor")
    steps.remember(request, response, token)
    return response


def may_sign_in(service: Service, person: StaffPerson) -> bool:
    """Not the blocked, and in production nobody whose password everybody knows."""
    return person.blocked_at is None and (not person.demonstration or service.settings.demonstration_enabled)


async def _failed(service: Service, person: StaffPerson | None, what: str, address: str) -> None:
    subject = str(person.id) if person else "unknown"
    source = service.keyring.fingerprint("audit_address", address).hex()[:8]
    async with service.database.transaction() as session:
        await audit.record(session, "nobody", "sign_in_failed", subject, {"what": what, "source": source})


@router.get("/sign-in/factor", response_class=HTMLResponse)
async def factor(request: Request) -> Response:
    """The second factor: a security key where there is one, or a code."""
    return await _factor_page(request)


async def _factor_page(request: Request, problem: str | None = None, status: int = 200) -> Response:
    service, token = service_of(request), steps.browser_token(request)
    async with service.database.transaction() as session:
        step = await steps.look(session, service.keyring, token, "factor")
        if step is None or step.person_id is None:
            return see_other("/sign-in", problem="late")
        person = await session.get_one(StaffPerson, step.person_id)
        context = await ask_for_factor(session, service, person)
        content = {**step.content, "challenge": context.pop("challenge")}
        await steps.keep(session, service.keyring, token, "factor", person.id, **content)
    return staff_page(request, "accounts/factor.html", {**context, "problem": problem}, status_code=status)


async def ask_for_factor(session: AsyncSession, service: Service, person: StaffPerson) -> dict[str, str | bool]:
    """What a page needs to ask for a second factor, and the challenge to remember."""
    keys = await passkeys.of_person(session, person.id)
    options, challenge = passkeys.asking_options(service.settings, keys) if keys else ("", secrets.token_bytes(1))
    has_code = person.code_secret_sealed is not None
    return {"options": options, "has_code": has_code, "challenge": bytes_to_base64url(challenge)}


@router.post("/sign-in/code", dependencies=[OwnForm])
async def check_code(request: Request, code: Annotated[str, Form(max_length=20)] = "") -> Response:
    """The second factor as six digits."""
    return await _finish(request, code=code)


@router.post("/sign-in/passkey", dependencies=[OwnForm])
async def check_passkey(request: Request, credential: Annotated[str, Form(max_length=20_000)] = "") -> Response:
    """The second factor as a security key's signature."""
    return await _finish(request, credential=credential)


async def _finish(request: Request, *, code: str = "", credential: str = "") -> Response:
    service, token = service_of(request), steps.browser_token(request)
    async with service.database.transaction() as session:
        step = await steps.look(session, service.keyring, token, "factor")
        person = await session.get(StaffPerson, step.person_id) if step and step.person_id else None
        if step is None or person is None or not may_sign_in(service, person):
            return see_other("/sign-in", problem="late")
        challenge = str(step.content.get("challenge", ""))
        outcome = await prove_factor(session, service, person, challenge, code=code, credential=credential)
        if outcome is None:
            await steps.take(session, service.keyring, token, "factor")
            session_token = await sessions.begin(session, request, person)
            how = "passkey" if credential else "code"
            await audit.record(session, person.id, "signed_in", str(person.id), {"factor": how})
    if outcome is not None:
        status = 401 if outcome == "code" else 429
        return await _factor_page(request, page_words(request, "accounts")["problems"][outcome], status)
    return arrive(request, person, session_token, str(step.content.get("next", "")))


async def prove_factor(
    session: AsyncSession,
    service: Service,
    person: StaffPerson,
    challenge: str,
    *,
    code: str = "",
    credential: str = "",
) -> str | None:
    """Check a code or a key's signature, at a pace; returns nothing when right, else the problem's word.

    The try counts even when it fails: do not raise afterwards in the same transaction.
    """
    tried = Tried("factor", str(person.id))
    if await throttle.begin_try(session, service.keyring, tried):
        await audit.record(session, "nobody", "sign_in_failed", str(person.id), {"what": "too_many_codes"})
        return "slower"
    if credential:
        asked = base64url_to_bytes(challenge)
        right = await passkeys.use(session, service.settings, person.id, credential, asked)
    else:
        right = await codes.use(session, service.keyring, person, code)
    if right:
        await throttle.succeeded(session, service.keyring, tried)
        return None
    what = "passkey" if credential else "code"
    await audit.record(session, "nobody", "sign_in_failed", str(person.id), {"what": what})
    return "code"


def arrive(request: Request, person: StaffPerson, session_token: str, wanted: str) -> Response:
    """To the page that was wanted, or to the first place of the person's roles, signed in."""
    settings = service_of(request).settings
    who = Person(person.id, "", roles_named(person.roles), person.language)
    response = see_other(safe_path(wanted) or first_place(request, who))
    sessions.set_cookie(response, settings, sessions.cookie_name(settings), session_token)
    sessions.drop_cookie(response, settings, steps.cookie_name(settings))
    return response


@router.post("/sign-out")
async def sign_out(request: Request, person: Annotated[Person, Depends(needs(locked_too=True))]) -> Response:
    """End every session of the person, here and at the identity provider."""
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        elsewhere = await sign_out_address(session, service, request.app.state.provider, found.id)
        ended = await sessions.end(session, person.id)
        await audit.record(session, person.id, "signed_out", str(person.id), {"sessions": ended})
    request.state.person = request.state.staff_session = None
    response = staff_page(request, "accounts/signed_out.html", {"elsewhere": elsewhere})
    sessions.drop_cookie(response, service.settings, sessions.cookie_name(service.settings))
    return response
