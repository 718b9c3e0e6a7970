"""Handover: blocked contacts: their messages are stored, and answered only where there is danger."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.event_reasons import with_reason
from gateway.conversations.kinds import EventKind
from gateway.conversations.models import Contact, Conversation
from gateway.conversations.repository import add_event, locked
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.handover.errors import HandoverTextRefused
from gateway.outbox.templates import OutboxContext


async def block(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, reason: str
) -> None:
    """Stop answering this conversation's citizen, except where there is danger. Raises `HandoverTextRefused`."""
    if not reason.strip():
        raise HandoverTextRefused("block_reason_missing")
    contact = await _contact(session, conversation_id)
    if contact.blocked_at is None:
        contact.blocked_at = now()
        details = with_reason(service, await session.get_one(Conversation, conversation_id), reason)
        add_event(session, conversation_id, EventKind.BLOCKED, officer.actor, name=officer.name, **details)
        service.signals.send(session, "conversation", conversation_id.hex)


async def unblock(session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID) -> None:
    """Answer this conversation's citizen again."""
    contact = await _contact(session, conversation_id)
    if contact.blocked_at is not None:
        contact.blocked_at = None
        add_event(session, conversation_id, EventKind.UNBLOCKED, officer.actor, name=officer.name)
        service.signals.send(session, "conversation", conversation_id.hex)


async def is_blocked(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether the citizen is blocked: answered only where there is danger."""
    # A turn has loaded the contact already, so this costs no query.
    return (await session.get_one(Contact, conversation.contact_id)).blocked_at is not None


async def _contact(session: AsyncSession, conversation_id: uuid.UUID) -> Contact:
    conversation = await locked(session, conversation_id)
    return await session.get_one(Contact, conversation.contact_id, with_for_update={"key_share": True})
