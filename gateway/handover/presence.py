"""Handover: which officers have a conversation open, who is typing, and the typing indicator on the citizen's phone."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import SendFailed
from gateway.conversations.addresses import number_key, recipient_of
from gateway.conversations.kinds import ChannelName, ConversationState
from gateway.conversations.messages import Recipient
from gateway.conversations.models import Conversation, Message
from gateway.core import crypto
from gateway.core.actors import Officer
from gateway.core.database import now, upsert
from gateway.handover.models import ConversationPresence
from gateway.outbox.templates import OutboxContext

log = structlog.get_logger()
PRESENCE_LIFETIME = dt.timedelta(seconds=30)  # a console sends a heartbeat every ten seconds
TYPING_LIFETIME = dt.timedelta(seconds=6)
# Meta's page "Typing indicators": dismissed after 25 seconds, or by the reply.
INDICATOR_INTERVAL = dt.timedelta(seconds=20)


@dataclass(frozen=True)
class Viewer:
    """An officer who has the conversation open."""

    officer_id: uuid.UUID
    name: str
    typing: bool


@dataclass(frozen=True)
class TypingIndicator:
    """Where to show that an officer is typing; sent after the transaction, by `show_typing_indicator`."""

    channel: ChannelName
    recipient: Recipient
    external_id: str


async def mark_present(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID
) -> None:
    """Record that this officer has the conversation open; other consoles are signalled when that is new."""
    if await _upsert_presence(session, officer, conversation_id, {"seen_at": now()}):
        service.signals.send(session, "presence", conversation_id.hex)


async def mark_absent(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID
) -> None:
    """Record that this officer has left the conversation's page."""
    await session.execute(delete(ConversationPresence).where(*_presence_of(officer, conversation_id)))
    service.signals.send(session, "presence", conversation_id.hex)


async def mark_typing(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID
) -> TypingIndicator | None:
    """Record that this officer is typing.

    Returns the indicator to show to the citizen: for the owner only, and at most once in `INDICATOR_INTERVAL`.
    """
    at = now()
    await _upsert_presence(session, officer, conversation_id, {"seen_at": at, "typing_at": at})
    service.signals.send(session, "presence", conversation_id.hex)
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None or conversation.state != ConversationState.OFFICER or conversation.officer_id != officer.id:
        return None
    shown_before = at - INDICATOR_INTERVAL
    shown = ConversationPresence.shown_to_citizen_at
    allowed = await session.scalar(
        update(ConversationPresence)
        .where(*_presence_of(officer, conversation_id), shown.is_(None) | (shown <= shown_before))
        .values(shown_to_citizen_at=at)
        .returning(ConversationPresence.officer_id)
    )
    return await _typing_indicator(session, service, conversation) if allowed is not None else None


async def show_typing_indicator(service: OutboxContext, indicator: TypingIndicator) -> None:
    """Show the indicator on the citizen's phone; a failure is only logged."""
    channel = service.channels.get(indicator.channel)
    if channel is None or number_key(indicator.channel, indicator.recipient.business_number) in service.suspended:
        return
    try:
        await channel.show_typing(indicator.recipient, indicator.external_id)
    except SendFailed as failure:
        log.info("typing_not_shown", failure=failure.failure, code=failure.code)


async def viewers_of(session: AsyncSession, conversation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Viewer]]:
    """The officers who have these conversations open, by name; one query for all."""
    at = now()
    rows = await session.scalars(
        select(ConversationPresence)
        .where(ConversationPresence.seen_at > at - PRESENCE_LIFETIME)
        .order_by(ConversationPresence.officer_name)
    )
    wanted, found = set(conversation_ids), dict[uuid.UUID, list[Viewer]]()
    for row in rows:
        if row.conversation_id in wanted:
            typing = row.typing_at is not None and row.typing_at > at - TYPING_LIFETIME
            found.setdefault(row.conversation_id, []).append(Viewer(row.officer_id, row.officer_name, typing))
    return found


async def _typing_indicator(
    session: AsyncSession, service: OutboxContext, conversation: Conversation
) -> TypingIndicator | None:
    newest = await session.scalar(
        select(Message.external_id_sealed)
        .where(Message.conversation_id == conversation.id)
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(1)
    )
    if newest is None:
        return None
    key = service.keyring.unwrap(conversation.wrapped_key)
    external_id = crypto.unseal(key, newest, "message.external_id").decode()
    return TypingIndicator(
        conversation.channel, await recipient_of(session, service.keyring, conversation), external_id
    )


async def _upsert_presence(
    session: AsyncSession, officer: Officer, conversation_id: uuid.UUID, values: dict[str, dt.datetime]
) -> bool:
    """Write the row; returns whether the officer was not present before."""
    seen_at = await session.scalar(select(ConversationPresence.seen_at).where(*_presence_of(officer, conversation_id)))
    row = upsert(session, ConversationPresence).values(
        conversation_id=conversation_id, officer_id=officer.id, officer_name=officer.name, **values
    )
    await session.execute(
        row.on_conflict_do_update(index_elements=["conversation_id", "officer_id"], set_=dict(values))
    )
    return seen_at is None or seen_at <= now() - PRESENCE_LIFETIME


def _presence_of(officer: Officer, conversation_id: uuid.UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        ConversationPresence.conversation_id == conversation_id,
        ConversationPresence.officer_id == officer.id,
    )
