"""Officers, and conversations brought into a state of handover by the real functions."""

import datetime as dt
import uuid

from sqlalchemy import select, update

from gateway.console.timeline import Said, load_timeline
from gateway.conversations.contacts import AddressBook
from gateway.conversations.kinds import ChannelName, Danger, HandoverReason
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Conversation, ConversationEvent, OutboxItem
from gateway.conversations.repository import keep_told, locked, open_told
from gateway.conversations.states import ActorRole
from gateway.conversations.told import Consent, Told
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.handover.models import QueueEntry
from gateway.handover.ownership import claim
from gateway.handover.queue import request_officer
from gateway.inbox.process_events import _add
from gateway.service import Service
from simulator import Citizen
from tests.worlds import outbox
from tests.worlds.road import Road
from tests.worlds.scripted_engine import ScriptedEngine, answer

FRIDAY_TO_MONDAY = dt.timedelta(hours=61)
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
    service: Service, *, urgency: Danger | None = None, topic: str = "account_hacked", language: str = "fi"
) -> uuid.UUID:
    """A talk whose citizen has asked for a person."""
    made = await conversation(service, language)
    await tells(service, made, consent=Consent.ASKED)
    async with service.database.transaction() as session:
        row = await locked(session, made)
        await request_officer(
            session,
            row,
            reason=HandoverReason.ASKED,
            urgency=urgency,
            topic=topic,
            by=ActorRole.CITIZEN,
            actor=ActorRole.CITIZEN,
        )
    return made


async def owned(service: Service, officer: Officer = SARI, language: str = "fi") -> uuid.UUID:
    """A talk that an officer has claimed."""
    made = await waiting(service, language=language)
    async with service.database.transaction() as session:
        await claim(session, service, officer, made)
    return made


async def tells(service: Service, conversation_id: uuid.UUID, **changes: object) -> Told:
    """What the citizen has told, changed; returns all of it."""
    async with service.database.transaction() as session:
        conversation = await locked(session, conversation_id)
        key = service.keyring.unwrap(conversation.wrapped_key)
        told = open_told(key, conversation.told_sealed).model_copy(update=changes)
        keep_told(key, conversation, told)
    return told


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
        items, _ = await load_timeline(session, service.keyring.unwrap(talk.wrapped_key), talk, "en", None, 1000)
    return [item for item in items if isinstance(item, Said) and author in (None, item.author)]


async def states(service: Service, conversation_id: uuid.UUID) -> list[tuple[str, str]]:
    """Author and state of every row of the outbox, in order."""
    async with service.database.transaction() as session:
        rows = await session.scalars(
            select(OutboxItem).where(OutboxItem.conversation_id == conversation_id).order_by(OutboxItem.sequence)
        )
        return [(item.author, item.state) for item in rows]


async def writes(
    service: Service,
    conversation_id: uuid.UUID,
    text: str,
    kind: str = "text",
    choice: str | None = None,
    media_id: str | None = None,
) -> None:
    """The citizen writes, taps a choice, or sends a file; the message waits for its turn."""
    async with service.database.transaction() as session:
        book = AddressBook(session, service.keyring, ChannelName.WHATSAPP, service.idle)
        message = IncomingMessage.model_validate(
            {
                "external_id": uuid.uuid4().hex,
                "business_number": "x",
                "sent_at": now(),
                "kind": kind,
                "text": text,
                "choice": choice,
                "media_id": media_id,
                "phone": "1",
            }
        )
        await _add(session, service.keyring, book, await book.conversation_by_id(conversation_id), message)


async def left_over_the_weekend(
    road: Road, engine: ScriptedEngine, language: str, question: str
) -> tuple[Citizen, uuid.UUID]:
    """A citizen of WhatsApp who asked on Friday evening, and their talk on Monday: the window is over."""
    citizen = road.citizen()
    engine.next_answer = answer("Jonossa.", topic="talk_to_officer", language=language)
    citizen.writes(question)
    await citizen.next_reply()
    async with road.service.database.transaction() as session:
        (talk,) = await session.scalars(select(Conversation.id))
    road.simulator.close_window(citizen.id)
    times = ("waiting_since", "queued_at", "last_citizen_message_at")
    await age(road.service, talk, **dict.fromkeys(times, FRIDAY_TO_MONDAY))
    return citizen, talk
