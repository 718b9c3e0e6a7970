"""Handover: who else has a conversation open, who is typing, and the dots that the citizen sees meanwhile."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import Recipient, SendFailed
from gateway.conversations.breaker import place_of
from gateway.conversations.models import Conversation, Message
from gateway.conversations.recipients import recipient_of
from gateway.database import now
from gateway.handover.models import ConversationPresence
from gateway.handover.officers import Officer
from gateway.service import Service

log = structlog.get_logger()
SEEN_FOR = dt.timedelta(seconds=30)  # a console tells every ten seconds that it looks
TYPING_FOR = dt.timedelta(seconds=6)
# Meta's page "Typing indicators": dismissed after 25 seconds, or by the reply.
SHOW_AGAIN_AFTER = dt.timedelta(seconds=20)


@dataclass(frozen=True)
class Looking:
    """An officer who has the conversation open."""

    officer_id: uuid.UUID
    name: str
    typing: bool


@dataclass(frozen=True)
class Dots:
    """Where to show that somebody is typing; shown after the transaction, by `show`."""

    channel: str
    recipient: Recipient
    external_id: str


async def look(session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID) -> None:
    """This officer has the conversation open now; the others are told when somebody new comes."""
    if await _note(session, officer, conversation_id, {"seen_at": now()}):
        service.signals.send(session, "presence", conversation_id.hex)


async def look_away(session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID) -> None:
    """This officer has closed the conversation's page."""
    await session.execute(delete(ConversationPresence).where(*_of(officer, conversation_id)))
    service.signals.send(session, "presence", conversation_id.hex)


async def type_in(session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID) -> Dots | None:
    """This officer is typing; returns what to `show` to the citizen, for the owner and once in 20 seconds."""
    moment = now()
    await _note(session, officer, conversation_id, {"seen_at": moment, "typing_at": moment})
    service.signals.send(session, "presence", conversation_id.hex)
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None or conversation.state != "officer" or conversation.officer_id != officer.id:
        return None
    fresh = moment - SHOW_AGAIN_AFTER
    shown = ConversationPresence.shown_to_citizen_at
    allowed = await session.scalar(
        update(ConversationPresence)
        .where(*_of(officer, conversation_id), shown.is_(None) | (shown <= fresh))
        .values(shown_to_citizen_at=moment)
        .returning(ConversationPresence.officer_id)
    )
    return await _dots(session, service, conversation) if allowed is not None else None


async def show(service: Service, dots: Dots) -> None:
    """Show the dots on the citizen's phone; a comfort, so that a refusal is only logged."""
    channel = service.channels.get(dots.channel)
    if channel is None or place_of(dots.channel, dots.recipient.business_number) in service.stopped:
        return
    try:
        await channel.show_typing(dots.recipient, dots.external_id)
    except SendFailed as failure:
        log.info("typing_not_shown", failure=failure.failure, code=failure.code)


async def looking(session: AsyncSession, conversation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Looking]]:
    """Who has these conversations open, by name; one question for all of them."""
    moment = now()
    rows = await session.scalars(
        select(ConversationPresence)
        .where(ConversationPresence.seen_at > moment - SEEN_FOR)
        .order_by(ConversationPresence.officer_name)
    )
    wanted, found = set(conversation_ids), dict[uuid.UUID, list[Looking]]()
    for row in rows:
        if row.conversation_id in wanted:
            typing = row.typing_at is not None and row.typing_at > moment - TYPING_FOR
            found.setdefault(row.conversation_id, []).append(Looking(row.officer_id, row.officer_name, typing))
    return found


async def _dots(session: AsyncSession, service: Service, conversation: Conversation) -> Dots | None:
    newest = await session.scalar(
        select(Message.external_id_sealed)
        .where(Message.conversation_id == conversation.id)
        .order_by(Message.sent_at.desc(), Message.id.desc())
        .limit(1)
    )
    if newest is None:
        return None
    key = service.keyring.unwrap(conversation.wrapped_key)
    external_id = encryption.unseal(key, newest, "message.external_id").decode()
    return Dots(conversation.channel, await recipient_of(session, service.keyring, conversation), external_id)


async def _note(
    session: AsyncSession, officer: Officer, conversation_id: uuid.UUID, values: dict[str, dt.datetime]
) -> bool:
    """Write the row; returns whether the officer was not there a moment ago."""
    before = await session.scalar(select(ConversationPresence.seen_at).where(*_of(officer, conversation_id)))
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(ConversationPresence).values(
        conversation_id=conversation_id, officer_id=officer.id, officer_name=officer.name, **values
    )
    await session.execute(
        row.on_conflict_do_update(index_elements=["conversation_id", "officer_id"], set_=dict(values))
    )
    return before is None or before <= now() - SEEN_FOR


def _of(officer: Officer, conversation_id: uuid.UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        ConversationPresence.conversation_id == conversation_id,
        ConversationPresence.officer_id == officer.id,
    )
