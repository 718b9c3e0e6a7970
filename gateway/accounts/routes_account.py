"""Accounts: the pages of a person's own account: language, factors, password and sessions."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

from gateway.accounts import audit, codes, login_flow, notices, passkeys, passwords, people, sessions
from gateway.accounts.access import Person, needs
from gateway.accounts.addresses import safe_path
from gateway.accounts.models import Factor, LoginPurpose, Passkey, StaffPerson
from gateway.accounts.notices import Notice
from gateway.accounts.routes_unlock import by_password
from gateway.accounts.staff_page import see_other, service_of, staff_page, translate
from gateway.accounts.wording import PROBLEMS
from gateway.core.locale import LANGUAGES, Language

router = APIRouter(prefix="/account", tags=["accounts"])
SignedIn = Annotated[Person, Depends(needs())]
Confirmed = Annotated[Person, Depends(needs(fresh=True))]


@router.get("", response_class=HTMLResponse)
async def account(request: Request, person: SignedIn) -> HTMLResponse:
    """The page."""
    return await _page(request, person)


async def _page(request: Request, person: Person, problem: str | None = None, status: int = 200) -> HTMLResponse:
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        row = await session.get_one(StaffPerson, person.id)
        context = {
            "keys": await passkeys.list_passkeys(session, person.id),
            "sessions": await sessions.list_sessions(session, person.id),
            "this_session": found.id,
            "has_code": row.code_secret_sealed is not None,
            "is_local": row.password_hash is not None,
            "shortest": passwords.MIN_LENGTH,
        }
    sentence = translate(request, PROBLEMS[problem]) if problem else None
    return staff_page(request, "accounts/account.html", {**context, "problem": sentence}, status_code=status)


@router.post("/here", status_code=204)
async def here(person: SignedIn) -> None:
    """The heartbeat of a page in use: the session stays unlocked."""


@router.post("/language")
async def language(
    request: Request, person: SignedIn, language: Annotated[str, Form()], next: Annotated[str, Form()] = ""
) -> Response:
    """Set the language of all pages for this person."""
    if language in LANGUAGES:
        async with service_of(request).database.transaction() as session:
            (await session.get_one(StaffPerson, person.id)).language = Language(language)
    return see_other(safe_path(next) or "/account")


@router.post("/notices/seen")
async def notices_seen(request: Request, person: SignedIn, next: Annotated[str, Form()] = "") -> Response:
    """The person knows what happened to the account."""
    async with service_of(request).database.transaction() as session:
        (await session.get_one(StaffPerson, person.id, with_for_update=True)).notices = []
        await audit.record(session, person.id, "notices_seen", str(person.id))
    return see_other(safe_path(next) or "/account")


@router.post("/sessions/{session_id}/end")
async def end_session(request: Request, person: SignedIn, session_id: uuid.UUID) -> Response:
    """End one of the person's own sessions."""
    async with service_of(request).database.transaction() as session:
        if await sessions.end(session, person.id, session_id):
            await audit.record(
                session, person.id, "session_ended", str(session_id), {"reason": sessions.SessionEnd.BY_PERSON}
            )
    return see_other("/account", said="session_ended")


@router.post("/password")
async def password(
    request: Request,
    person: Confirmed,
    current: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    repeated: Annotated[str, Form()] = "",
) -> Response:
    """Change the password, with the current one; every other session ends."""
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        row = await session.get_one(StaffPerson, person.id)
        known = (person.name, people.open_login(service.keyring, row))
    if row.password_hash is None:
        return await _page(request, person, "provider_only", 422)
    if (wrong := await by_password(request, person, current)) is not None:
        return await _page(request, person, wrong, 429 if wrong == "slower" else 401)
    weakness = await passwords.find_weakness(password, known) or (None if password == repeated else "different")
    if weakness:
        return await _page(request, person, weakness, 422)
    changed = await passwords.hash_password(password)
    async with service.database.transaction() as session:
        row = await session.get_one(StaffPerson, person.id, with_for_update=True)
        row.password_hash = changed
        row.sign_in_epoch += 1  # no browser is known any more but those in which the new password is given
        notices.add(row, Notice.PASSWORD)
        for other in await sessions.list_sessions(session, person.id):
            if other.id != found.id:
                await session.delete(other)
        await audit.record(session, person.id, "password_changed", str(person.id))
    return see_other("/account", said="password")


@router.get("/factor", response_class=HTMLResponse)
async def new_factor(request: Request, person: Confirmed) -> HTMLResponse:
    """The page for adding a second factor: the QR code and the button."""
    return await _factor_page(request, person)


async def _factor_page(request: Request, person: Person, problem: str | None = None, status: int = 200) -> HTMLResponse:
    service, found = service_of(request), request.state.staff_session
    secret = codes.new_secret()
    async with service.database.transaction() as session:
        row = await session.get_one(StaffPerson, person.id)
        login = people.open_login(service.keyring, row)
        keys = await passkeys.list_passkeys(session, person.id)
        options, challenge = passkeys.registration_options(service.settings, person.id, login, person.name, keys)
        content = {"secret": secret, "challenge": bytes_to_base64url(challenge)}
        await login_flow.save(
            session, service.keyring, f"{found.token}:factor", LoginPurpose.NEW_FACTOR, person.id, **content
        )
    context = {"options": options, "secret": secret, "picture": codes.qr_code(secret, login), "problem": problem}
    return staff_page(request, "accounts/new_factor.html", context, status_code=status)


@router.post("/factor")
async def keep_factor(
    request: Request,
    person: Confirmed,
    code: Annotated[str, Form(max_length=20)] = "",
    credential: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Store the new factor once it is proved to work."""
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        step = await login_flow.take(session, service.keyring, f"{found.token}:factor", LoginPurpose.NEW_FACTOR)
        kept = None
        if step is not None and credential:
            asked = base64url_to_bytes(step.content["challenge"])
            kept = passkeys.verify_registration(service.settings, person.id, credential, asked)
            if kept is not None:
                session.add(kept)
        used = codes.matching_step(step.content["secret"], code) if step is not None else None
        if step is not None and used is not None:
            row = await session.get_one(StaffPerson, person.id)
            codes.store_secret(service.keyring, row, step.content["secret"], used)
        if kept is not None or used is not None:
            owner = await session.get_one(StaffPerson, person.id, with_for_update=True)
            notices.add(owner, Notice.PASSKEY if kept is not None else Notice.CODE)
            how = Factor.PASSKEY if kept is not None else Factor.CODE
            await audit.record(session, person.id, "factor_added", str(person.id), {"factor": how})
    if kept is None and used is None:
        return await _factor_page(request, person, translate(request, PROBLEMS["code"]), 401)
    return see_other("/account", said="factor_added")


@router.post("/passkeys/{key_id}/remove")
async def remove_key(request: Request, person: Confirmed, key_id: uuid.UUID) -> Response:
    """Remove one passkey, unless it is the last factor."""
    service = service_of(request)
    async with service.database.transaction() as session:
        removed = await _remove(session, person, key_id)
        if removed:
            notices.add(await session.get_one(StaffPerson, person.id), Notice.PASSKEY_REMOVED)
            await audit.record(session, person.id, "factor_removed", str(person.id), {"factor": Factor.PASSKEY})
    return see_other("/account", said="factor_removed") if removed else await _page(request, person, "last", 409)


async def _remove(session: AsyncSession, person: Person, key_id: uuid.UUID) -> bool:
    row = await session.get_one(StaffPerson, person.id, with_for_update=True)
    if row.code_secret_sealed is None and len(await passkeys.list_passkeys(session, person.id)) < 2:
        return False
    mine = delete(Passkey).where(Passkey.id == key_id, Passkey.person_id == person.id)
    return (await session.execute(mine.returning(Passkey.id))).first() is not None
