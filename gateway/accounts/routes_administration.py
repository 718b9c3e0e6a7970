"""Accounts: the administrator's pages: the list of people, invitations, roles, blocking and recovery."""

import uuid
from collections.abc import Mapping
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import account_changes, approvals, audit, people, sessions, tokens
from gateway.accounts.access import Person, needs
from gateway.accounts.events import PersonLeft
from gateway.accounts.models import ApprovalKind, StaffPerson
from gateway.accounts.staff_page import see_other, service_of, staff_page, translate
from gateway.accounts.wording import PROBLEMS
from gateway.core.actors import Role, clash
from gateway.core.database import now
from gateway.core.errors import GatewayError
from gateway.core.events import publish
from gateway.core.keyring import Keyring
from gateway.core.locale import LANGUAGES

router = APIRouter(prefix="/accounts", tags=["accounts"])
Reader = Annotated[Person, Depends(needs(Role.ADMINISTRATOR))]
# An unattended session of an administrator must not create accounts.
Administrator = Annotated[Person, Depends(needs(Role.ADMINISTRATOR, fresh=True))]
Roles = Annotated[list[Role], Form()]


class NoSuchPerson(GatewayError):
    """There is no person with this id."""

    status = 404
    texts: ClassVar[Mapping[str, str]] = {"no_such_person": "There is no such person."}


def _row(keyring: Keyring, person: StaffPerson) -> dict[str, object]:
    invited = person.invitation_hash is not None
    ended = person.invitation_ends_at is not None and person.invitation_ends_at < now()
    state = "blocked" if person.blocked_at else ("late" if ended else "invited") if invited else "active"
    if person.left_at is not None:
        state = "left"
    return {
        "id": person.id,
        "name": people.open_name(keyring, person),
        "login": people.open_login(keyring, person),
        "roles": person.roles,
        "state": state,
        "provider": person.subject_fingerprint is not None,
        "demonstration": person.demonstration,
    }


@router.get("", response_class=HTMLResponse)
async def everybody(request: Request, person: Reader) -> HTMLResponse:
    """All people by name, and the form of an invitation."""
    return await _list(request)


async def _list(request: Request, problem: str | None = None, status: int = 200) -> HTMLResponse:
    service = service_of(request)
    async with service.database.transaction() as session:
        rows = [_row(service.keyring, row) for row in await session.scalars(select(StaffPerson))]
    rows.sort(key=lambda row: str(row["name"]).casefold())
    sentence = translate(request, PROBLEMS[problem]) if problem else None
    context = {"people": rows, "roles": list(Role), "problem": sentence}
    return staff_page(request, "accounts/everybody.html", context, status_code=status)


@router.post("")
async def invite(
    request: Request,
    person: Administrator,
    login: Annotated[str, Form(max_length=200)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    language: Annotated[str, Form()] = "fi",
    roles: Roles = [],  # noqa: B006  # FastAPI reads it and nobody changes it
) -> Response:
    """Create a person with an invitation, whose link is shown once."""
    service, wanted = service_of(request), frozenset(roles)
    if not login.strip() or not name.strip() or not wanted or language not in LANGUAGES:
        return await _list(request, "incomplete", 422)
    if clash(wanted):
        return await _list(request, "clash", 422)
    try:
        async with service.database.transaction() as session:
            alone = not await approvals.has_second_administrator(session, person.id)
            made = await people.create(
                session, service.keyring, login=login, name=name, roles=wanted, language=language
            )
            code = people.invite(made)
            if alone:
                details = {"roles": made.roles, "alone": True}
                await audit.record(session, person.id, "person_invited", str(made.id), details)
            else:
                await _ask(session, ApprovalKind.INVITE, person, made, code, roles=made.roles)
    except people.AccountRefused:
        return await _list(request, "taken", 409)
    return _invitation(request, name, code, alone=alone)


async def _ask(
    session: AsyncSession, kind: ApprovalKind, person: Person, about: StaffPerson, code: str, **content: object
) -> None:
    """Ask for an invitation or a recovery; the code opens nothing before another administrator has approved it."""
    code_hash = tokens.token_hash(code)
    if kind == ApprovalKind.INVITE:
        people.keep_invitation(about, code_hash, people.NO_WORD)
    content = {**content, "invitation": code_hash.hex()}
    await approvals.ask(session, kind, person.id, str(about.id), person_id=about.id, content=content)


def _invitation(request: Request, name: str, code: str, *, alone: bool) -> HTMLResponse:
    address = f"{service_of(request).settings.public_url.rstrip('/')}/enrol?code={code}"
    hours = int(people.INVITATION_LIFETIME.total_seconds() // 3600)
    context = {"name": name, "address": address, "hours": hours, "alone": alone}
    return staff_page(request, "accounts/invited.html", context)


@router.get("/{person_id}", response_class=HTMLResponse)
async def one(request: Request, person: Reader, person_id: uuid.UUID) -> HTMLResponse:
    """One person, and the changes that are possible."""
    return await _one(request, person, person_id)


async def _one(
    request: Request, person: Person, person_id: uuid.UUID, problem: str | None = None, status: int = 200
) -> HTMLResponse:
    service = service_of(request)
    async with service.database.transaction() as session:
        row = await _found(session, person_id)
        open_sessions = len(await sessions.list_sessions(session, person_id))
        context = {"one": _row(service.keyring, row), "open": open_sessions, "is_me": person.id == person_id}
    sentence = translate(request, PROBLEMS[problem]) if problem else None
    more = {"roles": list(Role), "problem": sentence}
    return staff_page(request, "accounts/one.html", {**context, **more}, status_code=status)


async def _found(session: AsyncSession, person_id: uuid.UUID) -> StaffPerson:
    row = await session.get(StaffPerson, person_id, with_for_update=True)
    if row is None:
        raise NoSuchPerson("no_such_person")
    return row


@router.post("/{person_id}/roles")
async def change_roles(
    request: Request,
    person: Administrator,
    person_id: uuid.UUID,
    roles: Roles = [],  # noqa: B006  # FastAPI reads it and nobody changes it
) -> Response:
    """Change the roles; the person must sign in again. Nobody changes their own."""
    service, wanted = service_of(request), frozenset(roles)
    if person.id == person_id:
        return await _one(request, person, person_id, "own", 409)
    if clash(wanted):
        return await _one(request, person, person_id, "clash", 422)
    async with service.database.transaction() as session:
        row = await _found(session, person_id)
        alone = not await approvals.has_second_administrator(session, person.id)
        if alone:
            await account_changes.change_roles(session, person.id, row, wanted, alone=True)
        else:
            content = {"roles": sorted(wanted), "before": row.roles}
            await approvals.ask(
                session, ApprovalKind.ROLES, person.id, str(person_id), person_id=person_id, content=content
            )
    return see_other(f"/accounts/{person_id}", said="roles" if alone else "asked")


@router.post("/{person_id}/block")
async def block(request: Request, person: Administrator, person_id: uuid.UUID) -> Response:
    """Block the person and end every session. Nobody blocks themselves."""
    if person.id == person_id:
        return await _one(request, person, person_id, "own", 409)
    async with service_of(request).database.transaction() as session:
        (await _found(session, person_id)).blocked_at = now()
        ended = await sessions.end(session, person_id)
        await audit.record(session, person.id, "person_blocked", str(person_id), {"sessions": ended})
    return see_other(f"/accounts/{person_id}", said="blocked")


@router.post("/{person_id}/unblock")
async def unblock(request: Request, person: Administrator, person_id: uuid.UUID) -> Response:
    """Unblock the person."""
    async with service_of(request).database.transaction() as session:
        (await _found(session, person_id)).blocked_at = None
        await audit.record(session, person.id, "person_unblocked", str(person_id))
    return see_other(f"/accounts/{person_id}", said="unblocked")


@router.post("/{person_id}/leave")
async def leave(request: Request, person: Administrator, person_id: uuid.UUID) -> Response:
    """The person has left: nothing of theirs opens anything any more; the name stays for the log."""
    service = service_of(request)
    if person.id == person_id:
        return await _one(request, person, person_id, "own", 409)
    async with service.database.transaction() as session:
        row = await _found(session, person_id)
        await account_changes.leave(session, service.keyring, person.id, row)
        await publish(session, PersonLeft(person_id))
    return see_other(f"/accounts/{person_id}", said="left")


@router.post("/{person_id}/reset")
async def reset(request: Request, person: Administrator, person_id: uuid.UUID) -> Response:
    """Recovery: a new invitation, shown once; once approved, password and factors are gone and all sessions end."""
    service = service_of(request)
    if person.id == person_id:
        return await _one(request, person, person_id, "own", 409)
    async with service.database.transaction() as session:
        row = await _found(session, person_id)
        if row.subject_fingerprint is not None or row.left_at is not None:
            raise people.AccountRefused("provider_account")
        name, code = people.open_name(service.keyring, row), tokens.new_token()
        alone = not await approvals.has_second_administrator(session, person.id)
        if alone:
            await account_changes.reset(session, person.id, row, alone=True)
            people.keep_invitation(row, tokens.token_hash(code))
        else:
            await _ask(session, ApprovalKind.RESET, person, row, code)
    return _invitation(request, name, code, alone=alone)
