"""Privacy, legal hold: a supervisor orders that a conversation be kept, with a reason; lifted the same way.

Held conversations are left out of retention and of a citizen's wish to be erased, and the citizen is told so.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.accounts import audit, people
from gateway.conversations.models import Conversation
from gateway.database import now
from gateway.errors import ChangeNotAllowed, NothingWritten
from gateway.handover.officers import Officer
from gateway.handover.queue import add_event, locked
from gateway.handover.reasons import with_reason
from gateway.privacy.models import LegalHold
from gateway.service import Service

LONGEST_REASON = 1000
MOST_LISTED = 500
_CONTEXT = "legal_hold.reason"


class HoldUnchanged(ChangeNotAllowed):
    """The conversation is kept already, or is not: somebody else was faster."""


@dataclass(frozen=True)
class Hold:
    """An order to keep a conversation, opened; `placed_by` is a name, or nothing where the account has gone."""

    conversation_id: uuid.UUID
    begun_at: dt.datetime
    state: str
    reason: str
    placed_by: str | None
    placed_at: dt.datetime


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
        raise HoldUnchanged("This conversation is under a legal hold already.")
    sealed = encryption.seal(service.keyring.unwrap(conversation.wrapped_key), words, _CONTEXT)
    session.add(LegalHold(conversation_id=conversation_id, reason_sealed=sealed, placed_by=officer.id, placed_at=now()))
    await _note(session, service, officer, conversation, "hold_placed", words)


async def lift_hold(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> None:
    """Let this conversation go the way of all others. Raises `ChangeNotAllowed`, `NothingWritten`."""
    words = _checked(officer, reason)
    conversation = await locked(session, conversation_id)
    hold = await session.get(LegalHold, conversation_id)
    if hold is None:
        raise HoldUnchanged("This conversation is under no legal hold.")
    await session.delete(hold)
    await _note(session, service, officer, conversation, "hold_lifted", words)


async def hold_of(session: AsyncSession, service: Service, conversation_id: uuid.UUID) -> Hold | None:
    """The order to keep this conversation, for its page; nothing where there is none."""
    found = await _opened(session, service, LegalHold.conversation_id == conversation_id)
    return found[0] if found else None


async def all_holds(session: AsyncSession, service: Service) -> Sequence[Hold]:
    """Every conversation that is kept, the newest order first, `MOST_LISTED` at most."""
    return await _opened(session, service)


async def _opened(session: AsyncSession, service: Service, *limits: ColumnElement[bool]) -> Sequence[Hold]:
    rows = (
        await session.execute(
            select(LegalHold, Conversation)
            .join(Conversation, Conversation.id == LegalHold.conversation_id)
            .where(*limits)
            .order_by(LegalHold.placed_at.desc())
            .limit(MOST_LISTED)
        )
    ).all()
    names = await people.names(session, service.keyring) if rows else {}
    return [
        Hold(
            talk.id,
            talk.created_at,
            talk.state,
            encryption.unseal(service.keyring.unwrap(talk.wrapped_key), hold.reason_sealed, _CONTEXT).decode(),
            names.get(hold.placed_by),
            hold.placed_at,
        )
        for hold, talk in rows
    ]


def _checked(officer: Officer, reason: str) -> str:
    if not officer.supervisor:
        raise ChangeNotAllowed("Only a supervisor places or lifts a legal hold.")
    words = reason.strip()[:LONGEST_REASON]
    if not words:
        raise NothingWritten("The legal hold was not changed: give a reason.")
    return words


async def _note(
    session: AsyncSession, service: Service, officer: Officer, conversation: Conversation, kind: str, reason: str
) -> None:
    # The reason may name people: it stays sealed, and the log says who, what and when.
    why = with_reason(service, conversation, reason)
    add_event(session, conversation.id, kind, officer.actor, name=officer.name, **why)
    await audit.record(session, officer.id, f"legal_{kind}", str(conversation.id))
    service.signals.send(session, "conversation", conversation.id.hex)
