"""One conversation under a lock, the events that record what changed in it, and what its citizen has told.

A person or program beside this service may answer a conversation on the platform: a colleague in the platform's own
inbox, or another application. They do not tell us when they have finished, so such external control ends by itself a
day after their last message, or as soon as the platform gives control back to us.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import EventKind
from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.told import NOTHING_TOLD, Told
from gateway.core import crypto
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.errors import ConversationMissing
from gateway.core.keyring import Keyring
from gateway.core.rows import new_row

GATEWAY = "gateway"  # the actor of what the service does by itself


async def locked(session: AsyncSession, conversation_id: uuid.UUID) -> Conversation:
    """A conversation that no other transaction changes until this one ends; raises `ConversationMissing`.

    `key_share`: inserting messages, which only refer to the row, need not wait.
    """
    found = await session.get(
        Conversation, conversation_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None:
        raise ConversationMissing("conversation_missing")
    return found


def new_event(conversation_id: uuid.UUID, kind: EventKind, actor: str, **details: Any) -> ConversationEvent:
    """A record of what changed now and by whom, not yet in a session."""
    values = {"conversation_id": conversation_id, "kind": kind, "actor": actor, "details": details}
    return new_row(ConversationEvent, **values, created_at=now())


def add_event(session: AsyncSession, conversation_id: uuid.UUID, kind: EventKind, actor: str, **details: Any) -> None:
    """Record what changed now and by whom, in the caller's transaction."""
    session.add(new_event(conversation_id, kind, actor, **details))


def open_told(key: bytes, sealed: bytes | None) -> Told:
    """What the citizen of a conversation has told; `key` is the conversation's."""
    return Told.model_validate_json(crypto.unseal(key, sealed, _TOLD)) if sealed else NOTHING_TOLD


def keep_told(key: bytes, conversation: Conversation, told: Told) -> None:
    """Seal it into the conversation, which the caller has locked."""
    conversation.told_sealed = crypto.seal(key, told.model_dump_json(), _TOLD) if told != NOTHING_TOLD else None


async def carry_watched(session: AsyncSession, keyring: Keyring, begun: Conversation) -> None:
    """A phone that somebody may read stays one when its citizen begins a new conversation.

    Nothing else is carried over: no conversation ends by itself while danger or a request waits for an officer.
    """
    row = (await session.execute(_LAST_TOLD, {"contact": begun.contact_id, "begun": begun.id})).one_or_none()
    if row is not None and open_told(keyring.unwrap(row.wrapped_key), row.told_sealed).watched:
        keep_told(keyring.unwrap(begun.wrapped_key), begun, Told(watched=True))


_TOLD = "conversation.told"
# Built once: building costs more than executing.
_LAST_TOLD = prepare(
    select(Conversation.wrapped_key, Conversation.told_sealed)
    .where(Conversation.contact_id == bindparam("contact"), Conversation.id != bindparam("begun"))
    .order_by(Conversation.created_at.desc())
    .limit(1)
    .execution_options(autoflush=False)
)


LASTS = dt.timedelta(hours=24)
_PLATFORM = "platform"  # the actor of these events


def is_externally_controlled(conversation: Conversation | Row[Any]) -> bool:
    """Whether the bot must be silent; of a row it needs `external_control_until`."""
    return conversation.external_control_until is not None and conversation.external_control_until > now()


async def begin_external_control(
    session: AsyncSession, conversation: Conversation, since: dt.datetime, why: str
) -> None:
    """Silence the bot for a day from `since`; `why` is recorded in the conversation's events."""
    until = since + LASTS
    if until <= now():
        return  # reported too late to matter
    if not is_externally_controlled(conversation):
        add_event(session, conversation.id, EventKind.EXTERNAL_CONTROL_BEGUN, _PLATFORM, why=why)
    conversation.external_control_until = max(until, conversation.external_control_until or until)


async def end_external_control(session: AsyncSession, conversation: Conversation) -> None:
    """The platform gives control back: the bot may answer the next message."""
    if is_externally_controlled(conversation):
        add_event(session, conversation.id, EventKind.EXTERNAL_CONTROL_ENDED, _PLATFORM, why="given_back")
    conversation.external_control_until = None
