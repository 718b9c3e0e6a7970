"""Beside the road: the first sign-in with a one-time invitation: a password, then a second factor, then in."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

from gateway.accounts import audit, codes, passkeys, passwords, people, sessions, steps, throttle, tokens
from gateway.accounts.models import Passkey, StaffPerson
from gateway.accounts.sign_in import OwnForm, arrive
from gateway.accounts.steps import Step
from gateway.accounts.throttle import Tried
from gateway.service import Service
from gateway.staff_pages import page_words, see_other, service_of, staff_page

router = APIRouter(tags=["accounts"])


@router.get("/enrol", response_class=HTMLResponse)
async def enrol(request: Request, code: str = "") -> HTMLResponse:
    """The form of the invitation. Looking uses nothing up: programs that preview links look too."""
    return _form(request, code)


def _form(request: Request, code: str, problem: str | None = None, status: int = 200) -> HTMLResponse:
    steps.browser_token(request)
    sentence = page_words(request, "accounts")["problems"][problem] if problem else None
    context = {"code": code, "problem": sentence, "shortest": passwords.SHORTEST}
    response = staff_page(request, "accounts/enrol.html", context, status_code=status)
    steps.remember(request, response)
    return response


@router.post("/enrol", dependencies=[OwnForm])
async def choose_password(
    request: Request,
    code: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form()] = "",
    repeated: Annotated[str, Form()] = "",
) -> Response:
    """The password, which counts only when a second factor stands beside it."""
    service = service_of(request)
    address = Tried("code", throttle.address_of(request, service.settings))
    async with service.database.transaction() as session:
        wait = await throttle.begin_try(session, service.keyring, address)
        person = await people.by_invitation(session, code)
        if person is not None:
            known = (people.open_name(service.keyring, person), people.open_login(service.keyring, person))
    if wait:
        return _form(request, code, "slower", 429)
    if person is None:
        return _form(request, code, "invitation", 401)
    weakness = passwords.weakness(password, known) or (None if password == repeated else "different")
    if weakness:
        return _form(request, code, weakness, 422)
    token, password_hash = tokens.new_token(), await passwords.hashed(password)
    async with service.database.transaction() as session:
        await throttle.succeeded(session, service.keyring, address)
        content = {"invitation": tokens.token_hash(code.strip()).hex(), "password": password_hash}
        await steps.keep(
            session, service.keyring, token, "enrolment", person.id, secret=codes.new_secret(), challenge="", **content
        )
    response = see_other("/enrol/factor")
    steps.remember(request, response, token)
    return response


@router.get("/enrol/factor", response_class=HTMLResponse)
async def factor(request: Request) -> Response:
    """The choice of a second factor, with the QR code of one and the button of the other."""
    return await _factor_page(request)


async def _factor_page(request: Request, problem: str | None = None, status: int = 200) -> Response:
    service, token = service_of(request), steps.browser_token(request)
    async with service.database.transaction() as session:
        step = await steps.look(session, service.keyring, token, "enrolment")
        if step is None or step.person_id is None:
            return see_other("/sign-in", problem="late")
        person = await session.get_one(StaffPerson, step.person_id)
        login = people.open_login(service.keyring, person)
        name = people.open_name(service.keyring, person)
        options, challenge = passkeys.making_options(service.settings, person.id, login, name, ())
        content = {**step.content, "challenge": bytes_to_base64url(challenge)}
        await steps.keep(session, service.keyring, token, "enrolment", person.id, **content)
    secret = step.content["secret"]
    context = {"options": options, "secret": secret, "picture": codes.picture(secret, login), "problem": problem}
    return staff_page(request, "accounts/enrol_factor.html", context, status_code=status)


@router.post("/enrol/code", dependencies=[OwnForm])
async def confirm_code(request: Request, code: Annotated[str, Form(max_length=20)] = "") -> Response:
    """The telephone shows codes: the first one proves it."""
    return await _finish(request, code=code)


@router.post("/enrol/passkey", dependencies=[OwnForm])
async def confirm_passkey(request: Request, credential: Annotated[str, Form(max_length=20_000)] = "") -> Response:
    """A security key was made."""
    return await _finish(request, credential=credential)


async def _finish(request: Request, *, code: str = "", credential: str = "") -> Response:
    service, token = service_of(request), steps.browser_token(request)
    person, session_token = None, ""
    async with service.database.transaction() as session:
        step = await steps.look(session, service.keyring, token, "enrolment")
        if step is None:
            return see_other("/sign-in", problem="late")
        key, used = _factor(service, step, code, credential)
        if key is not None or used is not None:
            person = await _redeem(session, step)
            if person is None:
                return see_other("/sign-in", problem="invitation")
            await _give(session, service, person, step, key, used)
            await steps.take(session, service.keyring, token, "enrolment")
            session_token = await sessions.begin(session, request, person)
    if person is None:
        return await _factor_page(request, page_words(request, "accounts")["problems"]["code"], 401)
    return arrive(request, person, session_token, "")


def _factor(service: Service, step: Step, code: str, credential: str) -> tuple[Passkey | None, int | None]:
    if credential and step.person_id is not None:
        asked = base64url_to_bytes(step.content["challenge"])
        return passkeys.made(service.settings, step.person_id, credential, asked), None
    return None, codes.step_of(step.content["secret"], code)


async def _redeem(session: AsyncSession, step: Step) -> StaffPerson | None:
    """Use the invitation up: of two browsers with the same link, one gets in."""
    invited = update(StaffPerson).where(
        StaffPerson.id == step.person_id,
        StaffPerson.invitation_hash == bytes.fromhex(step.content["invitation"]),
        StaffPerson.blocked_at.is_(None),
    )
    values = {"invitation_hash": None, "invitation_ends_at": None, "password_hash": step.content["password"]}
    redeemed = await session.execute(invited.values(**values).returning(StaffPerson.id))
    if redeemed.first() is None:
        return None
    return await session.get_one(StaffPerson, step.person_id, populate_existing=True)


async def _give(
    session: AsyncSession, service: Service, person: StaffPerson, step: Step, key: Passkey | None, used: int | None
) -> None:
    if key is not None:
        session.add(key)
    elif used is not None:
        codes.keep_secret(service.keyring, person, step.content["secret"], used)
    how = "passkey" if key is not None else "code"
    await audit.record(session, person.id, "enrolled", str(person.id), {"factor": how})
