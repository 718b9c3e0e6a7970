"""Handover: contacts who are blocked: what they write is kept and read for danger, and answered only then."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Contact, Conversation
from gateway.database import now
from gateway.errors import NothingWritten
from gateway.handover.officers import Officer
from gateway.handover.queue import add_event, locked
from gateway.handover.reasons import with_reason
from gateway.service import Service


async def block(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> None:
    """Answer this conversation's citizen no more, with a reason; danger is still noticed and answered."""
    if not reason.strip():
        raise NothingWritten("The citizen was not blocked: give a reason.")
    contact = await _contact(session, conversation_id)
    if contact.blocked_at is None:
        contact.blocked_at = now()
        why = with_reason(service, await session.get_one(Conversation, conversation_id), reason)
        add_event(session, conversation_id, "blocked", officer.actor, name=officer.name, **why)
        service.signals.send(session, "conversation", conversation_id.hex)


async def unblock(session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID) -> None:
    """Answer this citizen again."""
    contact = await _contact(session, conversation_id)
    if contact.blocked_at is not None:
        contact.blocked_at = None
        add_event(session, conversation_id, "unblocked", officer.actor, name=officer.name)
        service.signals.send(session, "conversation", conversation_id.hex)


async def is_blocked(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether this citizen is answered only where there is danger."""
    # A turn has read the contact already, so that this costs no question of its own.
    return (await session.get_one(Contact, conversation.contact_id)).blocked_at is not None


async def _contact(session: AsyncSession, conversation_id: uuid.UUID) -> Contact:
    conversation = await locked(session, conversation_id)
    return await session.get_one(Contact, conversation.contact_id, with_for_update={"key_share": True})
