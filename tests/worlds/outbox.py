"""Conversations and replies put into the tables by hand, so that one step of the outbox can be watched."""

import itertools
import uuid

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.contacts import AddressBook
from gateway.conversations.kinds import Author, ChannelName, Priority, TurnOutcome
from gateway.conversations.messages import IncomingMessage, Reply
from gateway.conversations.models import Conversation, OutboxItem, Turn
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.outbox.dispatch import Lease, lease_due
from gateway.outbox.queue import ERASURE_CONFIRMED, ReplyTo, enqueue
from gateway.service import Service
from tests.worlds import whatsapp_bodies as bodies

_phones = itertools.count(358401000000)


async def conversation(service: Service, number: str = bodies.NUMBER) -> Conversation:
    """A new citizen who has just written to a number of ours."""
    message = IncomingMessage(
        external_id="x", business_number=number, sent_at=now(), kind="text", phone=str(next(_phones))
    )
    async with service.database.transaction() as session:
        book = AddressBook(session, service.keyring, ChannelName.WHATSAPP, service.idle)
        return (await book.conversation_for(message)).row


async def put(
    session: AsyncSession,
    service: Service,
    talk: Conversation,
    text: str,
    author: Author = Author.BOT,
    priority: Priority = Priority.REPLY,
) -> None:
    """Queue words of this author as a reply: the bot's to a turn, an officer's typed, the service's a farewell."""
    origin = ERASURE_CONFIRMED
    if author == Author.BOT:
        turn = Turn(id=uuid.uuid4(), conversation_id=talk.id, outcome=TurnOutcome.ANSWERED, created_at=now())
        session.add(turn)
        origin = ReplyTo.turn(turn)
    elif author == Author.OFFICER:
        origin = ReplyTo.typed_by(Officer(talk.officer_id or uuid.uuid4(), talk.officer_name or "Sari Virtanen"))
    key = service.keyring.unwrap(talk.wrapped_key)
    channel = service.channels[talk.channel]
    await enqueue(session, channel, talk, key, Reply(text=text), origin, author=author, priority=priority)


async def queue(service: Service, talk: Conversation, text: str, priority: Priority = Priority.REPLY) -> uuid.UUID:
    """Put a reply into the outbox; returns its id."""
    async with service.database.transaction() as session:
        await put(session, service, talk, text, priority=priority)
        newest = select(OutboxItem.id).where(OutboxItem.conversation_id == talk.id)
        return (await session.scalars(newest.order_by(OutboxItem.sequence.desc()).limit(1))).one()


async def look(service: Service, room: int = 40) -> Lease:
    """One look into the outbox."""
    async with service.database.transaction() as session:
        return await lease_due(session, service, room)


async def texts(service: Service, room: int = 40) -> list[str]:
    """What one look takes."""
    return [item.reply.text for item in (await look(service, room)).items]


async def change(service: Service, item: uuid.UUID, **values: object) -> None:
    """Set columns of a reply."""
    async with service.database.transaction() as session:
        await session.execute(update(OutboxItem).where(OutboxItem.id == item).values(**values))


async def row(service: Service, item: uuid.UUID) -> OutboxItem:
    """A reply as it is now."""
    async with service.database.transaction() as session:
        return await session.get_one(OutboxItem, item)
