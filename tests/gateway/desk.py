"""Checks of handover: officers, and conversations brought into a state by the real functions."""

import datetime as dt
import uuid

from sqlalchemy import select, update

from gateway.channels.base import IncomingMessage
from gateway.conversations.contacts import AddressBook
from gateway.conversations.models import Conversation, ConversationEvent, OutboxItem
from gateway.conversations.sorting import _add
from gateway.database import now
from gateway.handover.models import QueueEntry
from gateway.handover.officers import Officer
from gateway.handover.owning import claim
from gateway.handover.queue import ask_for_officer, locked
from gateway.handover.talk import Said, talk_of
from gateway.service import Service
from tests.gateway import outbox

SARI = Officer(uuid.uuid4(), "Sari Virtanen")
JAN = Officer(uuid.uuid4(), "Jan Lindqvist")
CHIEF = Officer(uuid.uuid4(), "Päivi Salo", supervisor=True)


async def conversation(service: Service, language: str = "fi") -> uuid.UUID:
    """A talk with the bot."""
    row = await outbox.conversation(service)
    async with service.database.transaction() as session:
        await session.execute(update(Conversation).where(Conversation.id == row.id).values(language=language))
    return row.id


async def waiting(
    service: Service, *, urgency: str | None = None, topic: str = "account_hacked", language: str = "fi"
) -> uuid.UUID:
    """A talk whose citizen has asked for a person."""
    made = await conversation(service, language)
    async with service.database.transaction() as session:
        row = await locked(session, made)
        await ask_for_officer(session, row, reason="asked", urgency=urgency, topic=topic, by="citizen", actor="citizen")
    return made


async def owned(service: Service, officer: Officer = SARI, language: str = "fi") -> uuid.UUID:
    """A talk that an officer has claimed."""
    made = await waiting(service, language=language)
    async with service.database.transaction() as session:
        await claim(session, service, officer, made)
    return made


async def row(service: Service, conversation_id: uuid.UUID) -> Conversation:
    """The conversation as it is now."""
    async with service.database.transaction() as session:
        return await session.get_one(Conversation, conversation_id)


async def entry(service: Service, conversation_id: uuid.UUID) -> QueueEntry:
    """Its newest entry in the queue."""
    async with service.database.transaction() as session:
        wanted = select(QueueEntry).where(QueueEntry.conversation_id == conversation_id)
        return (await session.scalars(wanted.order_by(QueueEntry.created_at.desc()).limit(1))).one()


async def age(service: Service, conversation_id: uuid.UUID, **ago: dt.timedelta) -> None:
    """Set moments of the queue entry and the conversation back."""
    mine = {name: now() - value for name, value in ago.items()}
    of_conversation = {name: mine.pop(name) for name in ("owner_changed_at", "last_citizen_message_at") if name in mine}
    async with service.database.transaction() as session:
        if mine:
            wanted = QueueEntry.conversation_id == conversation_id
            await session.execute(update(QueueEntry).where(wanted).values(**mine))
        if of_conversation:
            wanted = Conversation.id == conversation_id
            await session.execute(update(Conversation).where(wanted).values(**of_conversation))


async def events(service: Service, conversation_id: uuid.UUID) -> list[str]:
    """What has happened, in order."""
    async with service.database.transaction() as session:
        wanted = select(ConversationEvent.kind).where(ConversationEvent.conversation_id == conversation_id)
        return list(await session.scalars(wanted.order_by(ConversationEvent.id)))


async def said(service: Service, conversation_id: uuid.UUID, *, author: str | None = None) -> list[Said]:
    """What was said to the citizen or waits to be, in order."""
    async with service.database.transaction() as session:
        talk = await session.get_one(Conversation, conversation_id)
        items, _ = await talk_of(session, service.keyring.unwrap(talk.wrapped_key), talk, "en", None, 1000)
    return [item for item in items if isinstance(item, Said) and author in (None, item.author)]


async def states(service: Service, conversation_id: uuid.UUID) -> list[tuple[str, str]]:
    """Author and state of every row of the outbox, in order."""
    async with service.database.transaction() as session:
        rows = await session.scalars(
            select(OutboxItem).where(OutboxItem.conversation_id == conversation_id).order_by(OutboxItem.sequence)
        )
        return [(item.author, item.state) for item in rows]


async def writes(service: Service, conversation_id: uuid.UUID, text: str, kind: str = "text") -> None:
    """The citizen writes; the message waits for its turn."""
    async with service.database.transaction() as session:
        book = AddressBook(session, service.keyring, "whatsapp", service.idle)
        message = IncomingMessage.model_validate(
            {
                "external_id": uuid.uuid4().hex,
                "business_number": "x",
                "sent_at": now(),
                "kind": kind,
                "text": text,
                "phone": "1",
            }
        )
        await _add(session, service.keyring, book, await book.reopened(conversation_id), message)
