"""Accounts, two persons: one asks for roles, a recovery or an export, and another approves it before it happens.

Nobody decides what they asked for themselves or what is about them. The one exception is the first installation: while
no second administrator has ever been set up, one gives roles alone.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.accounts.access import Person
from gateway.accounts.models import Approval, ApprovalKind, StaffPerson
from gateway.core.actors import Role
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed

LIFETIME = dt.timedelta(hours=72)
# Who may decide; the auditor's export is also decided by an administrator, because there may be one auditor only.
DECIDERS: Final[Mapping[ApprovalKind, frozenset[Role]]] = {
    ApprovalKind.INVITE: frozenset({Role.ADMINISTRATOR}),
    ApprovalKind.ROLES: frozenset({Role.ADMINISTRATOR}),
    ApprovalKind.RESET: frozenset({Role.ADMINISTRATOR}),
    ApprovalKind.AUDIT_EXPORT: frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    ApprovalKind.TRANSCRIPT: frozenset({Role.SUPERVISOR}),
}


class ApprovalRefused(ChangeNotAllowed):
    """The request cannot be decided or used: not by this person, or not any more."""

    texts: ClassVar[Mapping[str, str]] = {
        "approval_gone": "This request does not wait any more.",
        "approval_own": "Somebody else must approve this.",
        "approval_unused": "This was not approved, or has been used already.",
    }


async def has_second_administrator(session: AsyncSession, me: uuid.UUID) -> bool:
    """Whether another administrator is, or ever was, set up: then nobody gives roles alone.

    Also when that one is blocked or has left: else who blocks the other would be alone again. The operator can invite.
    """
    everybody = await session.scalars(select(StaffPerson).where(StaffPerson.id != me))
    return any(Role.ADMINISTRATOR in each.roles and _was_set_up(each) for each in everybody)


def _was_set_up(person: StaffPerson) -> bool:
    known = person.password_hash is not None or person.subject_fingerprint is not None
    return known or person.left_at is not None or person.sign_in_epoch > 0


async def ask(
    session: AsyncSession,
    kind: ApprovalKind,
    asked_by: uuid.UUID,
    subject: str,
    *,
    person_id: uuid.UUID | None = None,
    conversation_id: uuid.UUID | None = None,
    content: Mapping[str, Any] | None = None,
) -> Approval:
    """Ask for something; `subject` is how the audit log names what it is about."""
    at = now()
    request = Approval(
        id=uuid.uuid4(),
        kind=kind,
        asked_by=asked_by,
        person_id=person_id,
        conversation_id=conversation_id,
        content=dict(content or {}),
        asked_at=at,
        ends_at=at + LIFETIME,
    )
    session.add(request)
    await audit.record(session, asked_by, "approval_asked", subject, {"kind": kind, "request": str(request.id)})
    return request


async def waiting_for(session: AsyncSession, person: Person) -> Sequence[Approval]:
    """The requests that this person may decide, the oldest first."""
    query = select(Approval).where(Approval.decided_by.is_(None), Approval.ends_at > now())
    rows = await session.scalars(query.order_by(Approval.asked_at))
    return [each for each in rows if may_decide(person, each)]


async def asked_by(session: AsyncSession, person_id: uuid.UUID) -> Sequence[Approval]:
    """What this person has asked for and what became of it, the newest first."""
    query = select(Approval).where(Approval.asked_by == person_id, Approval.ends_at > now())
    return (await session.scalars(query.order_by(Approval.asked_at.desc()))).all()


def may_decide(person: Person, request: Approval) -> bool:
    """Whether it is this person's to decide: by role, and neither their own request nor about them."""
    return person.has(*DECIDERS[request.kind]) and person.id not in (request.asked_by, request.person_id)


async def decide(session: AsyncSession, person: Person, request_id: uuid.UUID, *, approved: bool) -> Approval:
    """Decide a request, once; raises `ApprovalRefused`. What follows from it is for the caller, in this transaction."""
    request = await session.get(Approval, request_id, with_for_update=True, populate_existing=True)
    if request is None or request.decided_by is not None or request.ends_at <= now():
        raise ApprovalRefused("approval_gone")
    if not may_decide(person, request):
        raise ApprovalRefused("approval_own")
    request.decided_by, request.approved = person.id, approved
    action = "approval_given" if approved else "approval_refused"
    details = {"kind": request.kind, "asked_by": str(request.asked_by)}
    await audit.record(session, person.id, action, str(request.id), details)
    return request


async def use(session: AsyncSession, person_id: uuid.UUID, request_id: uuid.UUID, kind: ApprovalKind) -> Approval:
    """Use an approved request, once and by whoever asked; raises `ApprovalRefused`."""
    request = await session.get(Approval, request_id, with_for_update=True, populate_existing=True)
    mine = request is not None and request.kind == kind and request.asked_by == person_id
    if request is None or not mine or not request.approved or request.used_at is not None or request.ends_at <= now():
        raise ApprovalRefused("approval_unused")
    request.used_at = now()
    return request


async def delete_old_approvals(session: AsyncSession) -> None:
    """Delete requests whose time is over; the audit log keeps that they were made and decided."""
    await session.execute(delete(Approval).where(Approval.ends_at < now()))
