"""Accounts: the page of what waits for a second person, and of what one has asked for oneself."""

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import account_changes, approvals, audit, people
from gateway.accounts.access import Person, needs
from gateway.accounts.models import Approval, ApprovalKind, StaffPerson
from gateway.accounts.staff_page import see_other, service_of, staff_page, translate
from gateway.accounts.wording import PROBLEMS
from gateway.core.actors import Role
from gateway.core.keyring import Keyring

router = APIRouter(prefix="/approvals", tags=["accounts"])
Reader = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR))]
_DECIDERS = (Role.SUPERVISOR, Role.ADMINISTRATOR, Role.AUDITOR)
Decider = Annotated[Person, Depends(needs(*_DECIDERS, fresh=True))]
Unlocker = Annotated[Person, Depends(needs(Role.SUPERVISOR, Role.ADMINISTRATOR, fresh=True))]
# Where what was approved is fetched.
FETCHED_AT = {ApprovalKind.AUDIT_EXPORT: "/audit/export/{}", ApprovalKind.TRANSCRIPT: "/console/exports/{}"}


@router.get("", response_class=HTMLResponse)
async def show(request: Request, person: Reader) -> HTMLResponse:
    """What waits for this person's decision, what they have asked for, and whom they may let sign in again."""
    return await _page(request, person)


async def _page(
    request: Request, person: Person, problem: str | None = None, status: int = 200, **more: object
) -> HTMLResponse:
    service = service_of(request)
    async with service.database.transaction() as session:
        names = await people.names(session, service.keyring)
        waiting = _rows(service.keyring, await approvals.waiting_for(session, person), names)
        mine = _rows(service.keyring, await approvals.asked_by(session, person.id), names)
        locked_out = await _others(session, person) if person.has(Role.SUPERVISOR, Role.ADMINISTRATOR) else []
    sentence = translate(request, PROBLEMS[problem]) if problem else None
    context = {"waiting": waiting, "mine": mine, "others": [(each, names[each]) for each in locked_out]}
    everything = {**context, "problem": sentence, "decides": person.has(*_DECIDERS), **more}
    return staff_page(request, "accounts/approvals.html", everything, status_code=status)


def _rows(keyring: Keyring, requests: Sequence[Approval], names: dict[uuid.UUID, str]) -> list[dict[str, Any]]:
    rows = []
    for each in requests:
        talk = each.conversation_id
        rows.append(
            {
                "id": each.id,
                "kind": each.kind,
                "by": names.get(each.asked_by, "?"),
                "about": names.get(each.person_id) if each.person_id else None,
                "talk": talk,
                "subject": audit.conversation_subject(keyring, talk).removeprefix("conversation ") if talk else None,
                "before": each.content.get("before"),
                "roles": each.content.get("roles", []),
                "notes": each.content.get("notes", False),
                "ground": each.content.get("ground"),
                "at": each.asked_at,
                "state": _state(each),
                "fetch": FETCHED_AT[each.kind].format(each.id) if _state(each) == "ready" else None,
            }
        )
    return rows


def _state(each: Approval) -> str:
    if each.decided_by is None:
        return "waits"
    if not each.approved:
        return "refused"
    return "ready" if each.kind in FETCHED_AT and each.used_at is None else "done"


async def _others(session: AsyncSession, person: Person) -> list[uuid.UUID]:
    query = select(StaffPerson.id).where(StaffPerson.id != person.id, StaffPerson.left_at.is_(None))
    return list(await session.scalars(query))


@router.post("/{request_id}/approve")
async def approve(request: Request, person: Decider, request_id: uuid.UUID) -> Response:
    """Approve; what was asked for happens. The word of an invitation is shown once, to be told to the person."""
    try:
        async with service_of(request).database.transaction() as session:
            found = await approvals.decide(session, person, request_id, approved=True)
            word = await account_changes.apply(session, person.id, found)
            about = await session.get(StaffPerson, found.person_id) if word and found.person_id else None
    except approvals.ApprovalRefused as error:
        return await _page(request, person, error.code, error.status)
    if word is None or about is None:
        return see_other("/approvals", said="approved")
    return await _page(request, person, word=word, word_for=people.open_name(service_of(request).keyring, about))


@router.post("/{request_id}/refuse")
async def refuse(request: Request, person: Decider, request_id: uuid.UUID) -> Response:
    """Refuse; an account that was never set up goes with it."""
    try:
        async with service_of(request).database.transaction() as session:
            found = await approvals.decide(session, person, request_id, approved=False)
            if found.kind == ApprovalKind.INVITE and found.person_id is not None:
                await session.delete(await session.get_one(StaffPerson, found.person_id))
    except approvals.ApprovalRefused as error:
        return await _page(request, person, error.code, error.status)
    return see_other("/approvals", said="refused")


@router.post("/let-in")
async def let_in(request: Request, person: Unlocker, who: Annotated[uuid.UUID | None, Form()] = None) -> Response:
    """Let somebody try to sign in again at once whom too many wrong tries keep out; the password stays."""
    async with service_of(request).database.transaction() as session:
        row = await session.get(StaffPerson, who, with_for_update=True) if who else None
        if row is not None and row.id != person.id:
            row.sign_in_epoch += 1
            await audit.record(session, person.id, "limits_lifted", str(row.id))
    return see_other("/approvals", said="let_in" if row else None)
