"""Accounts: changes of somebody's account, which administrators decide: invitation, roles, recovery, leaving.

Each ends what the person has open, and is told to the person on their next page (`notices`).
"""

import secrets
import uuid
from collections.abc import Iterable

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, notices, people, sessions, tokens
from gateway.accounts.models import Approval, ApprovalKind, LoginFlowStep, Passkey, StaffPerson
from gateway.core.actors import Role
from gateway.core.database import now
from gateway.core.keyring import Keyring


async def change_roles(
    session: AsyncSession, by: uuid.UUID, person: StaffPerson, roles: Iterable[Role], *, alone: bool
) -> None:
    """Give the person these roles and no others; they must sign in again."""
    before, person.roles = person.roles, sorted(roles)
    await sessions.end(session, person.id)
    details = {"from": before, "to": person.roles, "alone": alone}
    await audit.record(session, by, "roles_changed", str(person.id), details)


async def reset(session: AsyncSession, by: uuid.UUID, person: StaffPerson, *, alone: bool) -> None:
    """Recovery: forget password, factors and known browsers, and end every session."""
    await forget_secrets(session, person)
    notices.add(person, notices.Notice.RECOVERED)
    ended = await sessions.end(session, person.id)
    await audit.record(session, by, "factors_reset", str(person.id), {"sessions": ended, "alone": alone})


async def forget_secrets(session: AsyncSession, person: StaffPerson) -> None:
    """Delete what the person proves themselves by, and what is half done of it."""
    person.password_hash = person.code_secret_sealed = None
    person.sign_in_epoch += 1
    await session.execute(delete(Passkey).where(Passkey.person_id == person.id))
    await session.execute(delete(LoginFlowStep).where(LoginFlowStep.person_id == person.id))


async def leave(session: AsyncSession, keyring: Keyring, by: uuid.UUID, person: StaffPerson) -> None:
    """Somebody has left: nothing of theirs opens anything; the name stays, so that the log can say who it was."""
    await forget_secrets(session, person)
    person.left_at = now()
    person.invitation_hash = person.invitation_ends_at = person.invitation_word_hash = None
    person.subject_fingerprint = None
    # The sign-in name is free for somebody else.
    person.login_fingerprint = keyring.fingerprint("staff_login_left", person.id.hex)
    ended = await sessions.end(session, person.id)
    await audit.record(session, by, "person_left", str(person.id), {"sessions": ended})


async def apply(session: AsyncSession, by: uuid.UUID, request: Approval) -> str | None:
    """Do what was approved; returns the word that the approver tells the person, where an invitation wants one."""
    if request.person_id is None:
        return None
    person = await session.get_one(StaffPerson, request.person_id, with_for_update=True)
    if request.kind == ApprovalKind.ROLES:
        await change_roles(session, by, person, [Role(role) for role in request.content["roles"]], alone=False)
        return None
    if request.kind == ApprovalKind.RESET:
        await reset(session, by, person, alone=False)
    word = new_word()
    people.keep_invitation(person, bytes.fromhex(request.content["invitation"]), tokens.token_hash(word))
    return word


def new_word() -> str:
    """Eight characters that can be said aloud: 40 bits, tried as seldom as an invitation's code."""
    letters = "abcdefghijkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(2))
