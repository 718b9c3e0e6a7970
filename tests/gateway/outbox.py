"""Checks of station 5: conversations and replies put into the tables by hand, so that one step can be watched."""

import itertools
import uuid

from sqlalchemy import select, update

from gateway.channels.base import IncomingMessage, Reply
from gateway.conversations.claiming import Claim, claim
from gateway.conversations.contacts import AddressBook
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.outbox import REPLY, put
from gateway.database import now
from gateway.service import Service
from tests.gateway import bodies

_phones = itertools.count(358401000000)


async def conversation(service: Service, number: str = bodies.NUMBER) -> Conversation:
    """A new citizen who has just written to a number of ours."""
    message = IncomingMessage(
        external_id="x", business_number=number, sent_at=now(), kind="text", phone=str(next(_phones))
    )
    async with service.database.transaction() as session:
        book = AddressBook(session, service.keyring, "whatsapp", service.idle)
        return (await book.conversation_for(message)).row


async def queue(service: Service, talk: Conversation, text: str, priority: int = REPLY) -> uuid.UUID:
    """Put a reply into the outbox; returns its id."""
    async with service.database.transaction() as session:
        key = service.keyring.unwrap(talk.wrapped_key)
        channel = service.channels["whatsapp"]
        await put(session, channel, talk, key, Reply(text=text), author="bot", turn_id=None, priority=priority)
        newest = select(OutboxItem.id).where(OutboxItem.conversation_id == talk.id)
        return (await session.scalars(newest.order_by(OutboxItem.sequence.desc()).limit(1))).one()


async def look(service: Service, room: int = 40) -> Claim:
    """One look into the outbox."""
    async with service.database.transaction() as session:
        return await claim(session, service, room)


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
