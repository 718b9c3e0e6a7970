"""Privacy, legal holds: a supervisor orders, with a reason, that a conversation be kept, and lifts the order.

Held conversations are exempt from retention and from erasure at the citizen's request; the citizen is told so.
"""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, people
from gateway.conversations.event_reasons import with_reason
from gateway.conversations.kinds import ConversationState, EventKind
from gateway.conversations.models import Conversation
from gateway.conversations.repository import add_event, locked
from gateway.core import crypto
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed, NothingWritten
from gateway.outbox.templates import OutboxContext
from gateway.privacy.models import LegalHold

MAX_REASON_LENGTH = 1000
MAX_LISTED = 500
_CONTEXT = "legal_hold.reason"


class HoldUnchanged(ChangeNotAllowed):
    """The hold cannot be placed or lifted: by this person, or because another one was first."""

    texts: ClassVar[Mapping[str, str]] = {
        "held_already": "This conversation is under a legal hold already.",
        "not_held": "This conversation is under no legal hold.",
    }


class HoldRefused(ChangeNotAllowed):
    """Only a supervisor places or lifts a legal hold."""

    texts: ClassVar[Mapping[str, str]] = {"not_supervisor": "Only a supervisor places or lifts a legal hold."}


class HoldReasonMissing(NothingWritten):
    """A legal hold is placed and lifted with a reason."""

    texts: ClassVar[Mapping[str, str]] = {"reason_missing": "The legal hold was not changed: give a reason."}


@dataclass(frozen=True)
class Hold:
    """A decrypted legal hold; `placed_by` is a name, or None where the account has been deleted."""

    conversation_id: uuid.UUID
    begun_at: dt.datetime
    state: ConversationState
    reason: str
    placed_by: str | None
    placed_at: dt.datetime


def is_held() -> ColumnElement[bool]:
    """The SQL condition on `Conversation` for those under a hold."""
    return exists().where(LegalHold.conversation_id == Conversation.id)


async def place_hold(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> None:
    """Keep this conversation until the hold is lifted.

    Raises `HoldRefused`, `HoldReasonMissing`, and `HoldUnchanged` where it is held already.
    """
    words = _validate(officer, reason)
    conversation = await locked(session, conversation_id)
    if await session.get(LegalHold, conversation_id) is not None:
        raise HoldUnchanged("held_already")
    sealed = crypto.seal(service.keyring.unwrap(conversation.wrapped_key), words, _CONTEXT)
    session.add(LegalHold(conversation_id=conversation_id, reason_sealed=sealed, placed_by=officer.id, placed_at=now()))
    await _record(session, service, officer, conversation, EventKind.HOLD_PLACED, words)


async def lift_hold(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> None:
    """Lift the hold: retention and erasure apply again.

    Raises `HoldRefused`, `HoldReasonMissing`, and `HoldUnchanged` where it is not held.
    """
    words = _validate(officer, reason)
    conversation = await locked(session, conversation_id)
    hold = await session.get(LegalHold, conversation_id)
    if hold is None:
        raise HoldUnchanged("not_held")
    await session.delete(hold)
    await _record(session, service, officer, conversation, EventKind.HOLD_LIFTED, words)


async def hold_of(session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID) -> Hold | None:
    """The hold of this conversation, or None."""
    found = await _load_holds(session, service, LegalHold.conversation_id == conversation_id)
    return found[0] if found else None


async def all_holds(session: AsyncSession, service: OutboxContext) -> Sequence[Hold]:
    """All holds, the newest first, `MAX_LISTED` at most."""
    return await _load_holds(session, service)


async def _load_holds(
    session: AsyncSession, service: OutboxContext, *conditions: ColumnElement[bool]
) -> Sequence[Hold]:
    rows = (
        await session.execute(
            select(LegalHold, Conversation)
            .join(Conversation, Conversation.id == LegalHold.conversation_id)
            .where(*conditions)
            .order_by(LegalHold.placed_at.desc())
            .limit(MAX_LISTED)
        )
    ).all()
    names = await people.names(session, service.keyring) if rows else {}
    return [
        Hold(
            conversation.id,
            conversation.created_at,
            conversation.state,
            crypto.unseal(service.keyring.unwrap(conversation.wrapped_key), hold.reason_sealed, _CONTEXT).decode(),
            names.get(hold.placed_by),
            hold.placed_at,
        )
        for hold, conversation in rows
    ]


def _validate(officer: Officer, reason: str) -> str:
    if not officer.supervisor:
        raise HoldRefused("not_supervisor")
    words = reason.strip()[:MAX_REASON_LENGTH]
    if not words:
        raise HoldReasonMissing("reason_missing")
    return words


async def _record(
    session: AsyncSession,
    service: OutboxContext,
    officer: Officer,
    conversation: Conversation,
    kind: EventKind,
    reason: str,
) -> None:
    # The reason may name people: it stays encrypted, and the audit log holds who, what and when.
    details = with_reason(service, conversation, reason)
    add_event(session, conversation.id, kind, officer.actor, name=officer.name, **details)
    await audit.record(
        session, officer.id, f"legal_{kind}", audit.conversation_subject(service.keyring, conversation.id)
    )
    service.signals.send(session, "conversation", conversation.id.hex)
