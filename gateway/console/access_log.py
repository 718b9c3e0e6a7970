"""Console: what its people read and do, in the audit log: who, which conversation, when, on which ground.

A conversation is named by `audit.conversation_subject`. A list is logged as a hash of the conversations that it showed.
"""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.accounts.access import Person
from gateway.console.officer import officer_of, service_of
from gateway.conversations.models import Conversation
from gateway.core.errors import ConversationMissing
from gateway.core.keyring import Keyring
from gateway.handover import openings, shifts
from gateway.handover.models import CHOSEN_GROUNDS, OpeningGround


async def record_about(
    session: AsyncSession,
    request: Request,
    person: Person,
    action: str,
    conversation_id: uuid.UUID,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Record what this person did in a conversation."""
    subject = audit.conversation_subject(service_of(request).keyring, conversation_id)
    await audit.record(session, person.id, action, subject, details)


async def ground_to_read(
    session: AsyncSession, request: Request, person: Person, conversation_id: uuid.UUID
) -> OpeningGround | None:
    """Why this person may read the conversation now; None: a ground must be chosen first.

    Raises `ConversationMissing`.
    """
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("conversation_missing")
    return await openings.ground_of(session, officer_of(person), request.state.staff_session.id, conversation)


async def check_may_read(
    session: AsyncSession, request: Request, person: Person, conversation_id: uuid.UUID
) -> OpeningGround:
    """The ground on which this person reads; raises `GroundRefused` where they have none, `ConversationMissing`."""
    ground = await ground_to_read(session, request, person, conversation_id)
    if ground is None:
        raise openings.GroundRefused("ground_missing")
    return ground


async def record_opening(
    session: AsyncSession,
    request: Request,
    person: Person,
    conversation_id: uuid.UUID,
    ground: OpeningGround,
    *,
    on_duty: bool,
) -> None:
    """Record that the conversation is shown as a page: an opening.

    A ground that was chosen keeps the time at which it was.
    """
    if ground not in CHOSEN_GROUNDS:
        await openings.keep_opening(session, request.state.staff_session.id, conversation_id, ground)
    await _opened(session, request, person, conversation_id, ground, on_duty=on_duty)


async def record_refresh(
    session: AsyncSession, request: Request, person: Person, conversation_id: uuid.UUID, ground: OpeningGround
) -> None:
    """Record that a part of a page is shown anew, unless its opening still counts."""
    session_id = request.state.staff_session.id
    if await openings.is_open(session, session_id, conversation_id):
        return
    await openings.keep_opening(session, session_id, conversation_id, ground)
    on_duty = await shifts.is_on_duty(session, person.id, service_of(request).settings.officer_lost_seconds)
    await _opened(session, request, person, conversation_id, ground, on_duty=on_duty)


async def _opened(
    session: AsyncSession,
    request: Request,
    person: Person,
    conversation_id: uuid.UUID,
    ground: OpeningGround,
    *,
    on_duty: bool,
) -> None:
    details = {"ground": ground, "on_duty": on_duty}
    await record_about(session, request, person, "conversation_opened", conversation_id, details)


async def record_list(
    session: AsyncSession, request: Request, person: Person, name: str, shown: Iterable[uuid.UUID]
) -> None:
    """Record which conversations a list showed, when they are others than it last showed in this session."""
    ids = frozenset(shown)
    digest = list_hash(service_of(request).keyring, ids)
    if await openings.is_new_list(session, request.state.staff_session.id, name, digest):
        details = {"shown": digest.hex(), "count": len(ids)}
        await audit.record(session, person.id, "conversations_listed", name, details)


def list_hash(keyring: Keyring, ids: Iterable[uuid.UUID]) -> bytes:
    """The keyed hash of a set of conversations, whatever their order."""
    return keyring.fingerprint("audit_list", " ".join(sorted(each.hex for each in ids)))
