"""Privacy, legal hold: a supervisor orders that a conversation be kept, with a reason; lifted the same way.

Held conversations are left out of retention and of a citizen's wish to be erased, and the citizen is told so.
"""

import uuid

from sqlalchemy import ColumnElement, exists
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.accounts import audit
from gateway.conversations.models import Conversation
from gateway.database import now
from gateway.errors import ChangeNotAllowed, NothingWritten
from gateway.handover.officers import Officer
from gateway.handover.queue import add_event, locked
from gateway.privacy.models import LegalHold
from gateway.service import Service

LONGEST_REASON = 1000
_CONTEXT = "legal_hold.reason"


def is_held() -> ColumnElement[bool]:
    """For a question about `Conversation`: whether it must be kept."""
    return exists().where(LegalHold.conversation_id == Conversation.id)


async def place_hold(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> None:
    """Keep this conversation until the hold is lifted. Raises `ChangeNotAllowed`, `NothingWritten`."""
    words = _checked(officer, reason)
    conversation = await locked(session, conversation_id)
    if await session.get(LegalHold, conversation_id) is not None:
        raise ChangeNotAllowed("This conversation is under a legal hold already.")
    sealed = encryption.seal(service.keyring.unwrap(conversation.wrapped_key), words, _CONTEXT)
    session.add(LegalHold(conversation_id=conversation_id, reason_sealed=sealed, placed_by=officer.id, placed_at=now()))
    await _note(session, service, officer, conversation_id, "hold_placed")


async def lift_hold(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> None:
    """Let this conversation go the way of all others. Raises `ChangeNotAllowed`, `NothingWritten`."""
    _checked(officer, reason)
    await locked(session, conversation_id)
    hold = await session.get(LegalHold, conversation_id)
    if hold is None:
        raise ChangeNotAllowed("This conversation is under no legal hold.")
    await session.delete(hold)
    await _note(session, service, officer, conversation_id, "hold_lifted")


async def hold_reason(session: AsyncSession, service: Service, conversation_id: uuid.UUID) -> str | None:
    """Why a conversation is kept, for the console; nothing where there is no hold."""
    hold = await session.get(LegalHold, conversation_id)
    if hold is None:
        return None
    conversation = await session.get_one(Conversation, conversation_id)
    return encryption.unseal(service.keyring.unwrap(conversation.wrapped_key), hold.reason_sealed, _CONTEXT).decode()


def _checked(officer: Officer, reason: str) -> str:
    if not officer.supervisor:
        raise ChangeNotAllowed("Only a supervisor places or lifts a legal hold.")
    words = reason.strip()[:LONGEST_REASON]
    if not words:
        raise NothingWritten("The legal hold was not changed: give a reason.")
    return words


async def _note(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, kind: str
) -> None:
    # The reason may name people: it stays sealed, and the log says who, what and when.
    add_event(session, conversation_id, kind, officer.actor, name=officer.name)
    await audit.record(session, officer.id, f"legal_{kind}", conversation_id.hex)
    service.signals.send(session, "conversation", conversation_id.hex)
