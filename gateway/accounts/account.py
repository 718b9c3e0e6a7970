"""Beside the road: a person's own account: language, factors, password, and where they are signed in."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

from gateway.accounts import audit, codes, passkeys, passwords, people, sessions, steps
from gateway.accounts.access import Person, needs
from gateway.accounts.models import Passkey, StaffPerson
from gateway.accounts.sign_in import safe_path
from gateway.staff_pages import LANGUAGES, page_words, see_other, service_of, staff_page

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
            "keys": await passkeys.of_person(session, person.id),
            "sessions": await sessions.of_person(session, person.id),
            "here": found.id,
            "has_code": row.code_secret_sealed is not None,
            "is_local": row.password_hash is not None,
            "shortest": passwords.SHORTEST,
        }
    sentence = page_words(request, "accounts")["problems"][problem] if problem else None
    return staff_page(request, "accounts/account.html", {**context, "problem": sentence}, status_code=status)


@router.post("/here", status_code=204)
async def here(person: SignedIn) -> None:
    """The page says that somebody reads or writes on it: the session stays unlocked."""


@router.post("/language")
async def language(
    request: Request, person: SignedIn, language: Annotated[str, Form()], next: Annotated[str, Form()] = ""
) -> Response:
    """From now on every page is in this language."""
    if language in LANGUAGES:
        async with service_of(request).database.transaction() as session:
            (await session.get_one(StaffPerson, person.id)).language = language
    return see_other(safe_path(next) or "/account")


@router.post("/sessions/{session_id}/end")
async def end_session(request: Request, person: SignedIn, session_id: uuid.UUID) -> Response:
    """End one of the person's own sessions."""
    async with service_of(request).database.transaction() as session:
        if await sessions.end(session, person.id, session_id):
            await audit.record(session, person.id, "session_ended", str(session_id), {"reason": "by_person"})
    return see_other("/account", said="session_ended")


@router.post("/password")
async def password(
    request: Request, person: Confirmed, password: Annotated[str, Form()] = "", repeated: Annotated[str, Form()] = ""
) -> Response:
    """Another password; every other session ends."""
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        row = await session.get_one(StaffPerson, person.id)
        known = (person.name, people.open_login(service.keyring, row))
    weakness = passwords.weakness(password, known) or (None if password == repeated else "different")
    if weakness or row.password_hash is None:
        return await _page(request, person, weakness or "provider_only", 422)
    changed = await passwords.hashed(password)
    async with service.database.transaction() as session:
        (await session.get_one(StaffPerson, person.id)).password_hash = changed
        for other in await sessions.of_person(session, person.id):
            if other.id != found.id:
                await session.delete(other)
        await audit.record(session, person.id, "password_changed", str(person.id))
    return see_other("/account", said="password")


@router.get("/factor", response_class=HTMLResponse)
async def new_factor(request: Request, person: Confirmed) -> HTMLResponse:
    """Another second factor: the QR code and the button."""
    return await _factor_page(request, person)


async def _factor_page(request: Request, person: Person, problem: str | None = None, status: int = 200) -> HTMLResponse:
    service, found = service_of(request), request.state.staff_session
    secret = codes.new_secret()
    async with service.database.transaction() as session:
        row = await session.get_one(StaffPerson, person.id)
        login = people.open_login(service.keyring, row)
        keys = await passkeys.of_person(session, person.id)
        options, challenge = passkeys.making_options(service.settings, person.id, login, person.name, keys)
        content = {"secret": secret, "challenge": bytes_to_base64url(challenge)}
        await steps.keep(session, service.keyring, f"{found.token}:factor", "new_factor", person.id, **content)
    context = {"options": options, "secret": secret, "picture": codes.picture(secret, login), "problem": problem}
    return staff_page(request, "accounts/new_factor.html", context, status_code=status)


@router.post("/factor")
async def keep_factor(
    request: Request,
    person: Confirmed,
    code: Annotated[str, Form(max_length=20)] = "",
    credential: Annotated[str, Form(max_length=20_000)] = "",
) -> Response:
    """Keep the new factor once it has shown that it works."""
    service, found = service_of(request), request.state.staff_session
    async with service.database.transaction() as session:
        step = await steps.take(session, service.keyring, f"{found.token}:factor", "new_factor")
        kept = None
        if step is not None and credential:
            asked = base64url_to_bytes(step.content["challenge"])
            kept = passkeys.made(service.settings, person.id, credential, asked)
            if kept is not None:
                session.add(kept)
        used = codes.step_of(step.content["secret"], code) if step is not None else None
        if step is not None and used is not None:
            row = await session.get_one(StaffPerson, person.id)
            codes.keep_secret(service.keyring, row, step.content["secret"], used)
        if kept is not None or used is not None:
            how = "passkey" if kept is not None else "code"
            await audit.record(session, person.id, "factor_added", str(person.id), {"factor": how})
    if kept is None and used is None:
        return await _factor_page(request, person, page_words(request, "accounts")["problems"]["code"], 401)
    return see_other("/account", said="factor_added")


@router.post("/passkeys/{key_id}/remove")
async def remove_key(request: Request, person: Confirmed, key_id: uuid.UUID) -> Response:
    """Forget one security key; never the last factor."""
    service = service_of(request)
    async with service.database.transaction() as session:
        removed = await _remove(session, person, key_id)
        if removed:
            await audit.record(session, person.id, "factor_removed", str(person.id), {"factor": "passkey"})
    return see_other("/account", said="factor_removed") if removed else await _page(request, person, "last", 409)


async def _remove(session: AsyncSession, person: Person, key_id: uuid.UUID) -> bool:
    row = await session.get_one(StaffPerson, person.id, with_for_update=True)
    if row.code_secret_sealed is None and len(await passkeys.of_person(session, person.id)) < 2:
        return False
    mine = delete(Passkey).where(Passkey.id == key_id, Passkey.person_id == person.id)
    return (await session.execute(mine.returning(Passkey.id))).first() is not None
