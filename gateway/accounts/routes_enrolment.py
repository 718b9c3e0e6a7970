"""Accounts: the first sign-in by invitation: a password, then a second factor."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

from gateway.accounts import audit, codes, login_flow, login_limits, passkeys, passwords, people, sessions, tokens
from gateway.accounts.login_flow import LoginStep
from gateway.accounts.login_limits import Attempt, AttemptKind
from gateway.accounts.models import Factor, LoginPurpose, Passkey, StaffPerson
from gateway.accounts.routes_sign_in import OwnForm, arrive
from gateway.accounts.staff_page import see_other, service_of, staff_page, translate
from gateway.accounts.wording import PROBLEMS
from gateway.core.context import Context

router = APIRouter(tags=["accounts"])


@router.get("/enrol", response_class=HTMLResponse)
async def enrol(request: Request, code: str = "") -> HTMLResponse:
    """The form of the invitation. GET does not use it up: link previews fetch it too."""
    return _form(request, code)


def _form(request: Request, code: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    login_flow.browser_token(request)
    sentence = translate(request, PROBLEMS[problem]) if problem else None
    context = {"code": code, "problem": sentence, "shortest": passwords.MIN_LENGTH}
    response = staff_page(request, "accounts/enrol.html", context, status_code=status)
    login_flow.set_browser_cookie(request, response)
    return response


@router.post("/enrol", dependencies=[OwnForm])
async def choose_password(
    request: Request,
    code: Annotated[str, Form(max_length=200)] = "",
    word: Annotated[str, Form(max_length=40)] = "",
    password: Annotated[str, Form()] = "",
    repeated: Annotated[str, Form()] = "",
) -> Response:
    """Accept the password, which is stored only together with a second factor."""
    service = service_of(request)
    address = Attempt(AttemptKind.CODE, login_limits.address_of(request, service.settings))
    async with service.database.transaction() as session:
        wait = await login_limits.begin_attempt(session, service.keyring, address)
        person = await people.by_invitation(session, code, word)
        if person is not None:
            known = (people.open_name(service.keyring, person), people.open_login(service.keyring, person))
    if wait:
        return _form(request, code, "slower", 429)
    if person is None:
        return _form(request, code, "invitation", 401)
    weakness = await passwords.find_weakness(password, known) or (None if password == repeated else "different")
    if weakness:
        return _form(request, code, weakness, 422)
    token, password_hash = tokens.new_token(), await passwords.hash_password(password)
    async with service.database.transaction() as session:
        await login_limits.record_success(session, service.keyring, address)
        content = {"invitation": tokens.token_hash(code.strip()).hex(), "password": password_hash}
        await login_flow.save(
            session,
            service.keyring,
            token,
            LoginPurpose.ENROLMENT,
            person.id,
            secret=codes.new_secret(),
            challenge="",
            **content,
        )
    response = see_other("/enrol/factor")
    login_flow.set_browser_cookie(request, response, token)
    return response


@router.get("/enrol/factor", response_class=HTMLResponse)
async def factor(request: Request) -> Response:
    """The choice of a second factor: the QR code of one, the button of the other."""
    return await _factor_page(request)


async def _factor_page(request: Request, problem: str | None = None, status: int = 200) -> Response:
    service, token = service_of(request), login_flow.browser_token(request)
    async with service.database.transaction() as session:
        step = await login_flow.load(session, service.keyring, token, LoginPurpose.ENROLMENT)
        if step is None or step.person_id is None:
            return see_other("/sign-in", problem="late")
        person = await session.get_one(StaffPerson, step.person_id)
        login = people.open_login(service.keyring, person)
        name = people.open_name(service.keyring, person)
        options, challenge = passkeys.registration_options(service.settings, person.id, login, name, ())
        content = {**step.content, "challenge": bytes_to_base64url(challenge)}
        await login_flow.save(session, service.keyring, token, LoginPurpose.ENROLMENT, person.id, **content)
    secret = step.content["secret"]
    context = {"options": options, "secret": secret, "picture": codes.qr_code(secret, login), "problem": problem}
    context["stay"] = "/enrol/factor"
    return staff_page(request, "accounts/enrol_factor.html", context, status_code=status)


@router.post("/enrol/code", dependencies=[OwnForm])
async def confirm_code(request: Request, code: Annotated[str, Form(max_length=20)] = "") -> Response:
    """Confirm the authenticator application by its first code."""
    return await _finish(request, code=code)


@router.post("/enrol/passkey", dependencies=[OwnForm])
async def confirm_passkey(request: Request, credential: Annotated[str, Form(max_length=20_000)] = "") -> Response:
    """Confirm a new passkey."""
    return await _finish(request, credential=credential)


async def _finish(request: Request, *, code: str = "", credential: str = "") -> Response:
    service, token = service_of(request), login_flow.browser_token(request)
    person, session_token = None, ""
    async with service.database.transaction() as session:
        step = await login_flow.load(session, service.keyring, token, LoginPurpose.ENROLMENT)
        if step is None:
            return see_other("/sign-in", problem="late")
        key, used = _factor(service, step, code, credential)
        if key is not None or used is not None:
            person = await _redeem(session, step)
            if person is None:
                return see_other("/sign-in", problem="invitation")
            await _store_factor(session, service, person, step, key, used)
            await login_flow.take(session, service.keyring, token, LoginPurpose.ENROLMENT)
            session_token = await sessions.begin(session, request, person)
    if person is None:
        return await _factor_page(request, translate(request, PROBLEMS["code"]), 401)
    return arrive(request, person, session_token, "")


def _factor(service: Context, step: LoginStep, code: str, credential: str) -> tuple[Passkey | None, int | None]:
    if credential and step.person_id is not None:
        asked = base64url_to_bytes(step.content["challenge"])
        return passkeys.verify_registration(service.settings, step.person_id, credential, asked), None
    return None, codes.matching_step(step.content["secret"], code)


async def _redeem(session: AsyncSession, step: LoginStep) -> StaffPerson | None:
    """Use up the invitation: of two browsers with the same link one succeeds."""
    invited = update(StaffPerson).where(
        StaffPerson.id == step.person_id,
        StaffPerson.invitation_hash == bytes.fromhex(step.content["invitation"]),
        StaffPerson.blocked_at.is_(None),
        StaffPerson.left_at.is_(None),
    )
    values = {"invitation_hash": None, "invitation_ends_at": None, "invitation_word_hash": None}
    values["password_hash"] = step.content["password"]
    redeemed = await session.execute(invited.values(**values).returning(StaffPerson.id))
    if redeemed.first() is None:
        return None
    return await session.get_one(StaffPerson, step.person_id, populate_existing=True)


async def _store_factor(
    session: AsyncSession, service: Context, person: StaffPerson, step: LoginStep, key: Passkey | None, used: int | None
) -> None:
    if key is not None:
        session.add(key)
    elif used is not None:
        codes.store_secret(service.keyring, person, step.content["secret"], used)
    how = Factor.PASSKEY if key is not None else Factor.CODE
    await audit.record(session, person.id, "enrolled", str(person.id), {"factor": how})
