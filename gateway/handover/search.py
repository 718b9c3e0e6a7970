"""Handover: finding conversations by topic, label, date and contact, and words within one citizen's talks.

Texts are sealed, so words are sought only where a citizen is known, and opened in memory.
"""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.keys import Keyring
from gateway.conversations.models import ContactAddress, Conversation, Turn
from gateway.errors import ConversationMissing
from gateway.handover.models import ConversationLabel
from gateway.handover.talk import CitizenSaid, Item, Said, talk_of
from gateway.service import Service

MOST_FOUND = 100
MOST_TALKS = 50  # of one citizen, newest first
MOST_ITEMS = 2000  # of one talk
_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True)
class Wanted:
    """What is sought; every part that is given must be true."""

    topic: str | None = None
    label: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    phone: str | None = None
    state: str | None = None


@dataclass(frozen=True)
class FoundTalk:
    """A conversation that was found."""

    id: uuid.UUID
    begun_at: dt.datetime
    last_message_at: dt.datetime
    state: str
    language: str | None
    urgency: str | None
    officer_name: str | None


@dataclass(frozen=True)
class FoundWords:
    """Where words were found within a citizen's talks."""

    conversation_id: uuid.UUID
    at: dt.datetime
    by: str  # citizen, bot, officer, system
    text: str


async def find_conversations(session: AsyncSession, service: Service, wanted: Wanted) -> Sequence[FoundTalk]:
    """Conversations, the one with the newest message first."""
    rows = await session.scalars(_statement(service.keyring, wanted).limit(MOST_FOUND))
    return [
        FoundTalk(
            row.id,
            row.created_at,
            row.last_citizen_message_at,
            row.state,
            row.language,
            row.urgency,
            row.officer_name,
        )
        for row in rows
    ]


def _statement(keyring: Keyring, wanted: Wanted) -> Select[Conversation]:
    statement = select(Conversation).order_by(Conversation.last_citizen_message_at.desc(), Conversation.id)
    if wanted.topic:
        statement = statement.where(exists().where(Turn.conversation_id == Conversation.id, Turn.topic == wanted.topic))
    if wanted.label:
        of_label = (ConversationLabel.conversation_id == Conversation.id, ConversationLabel.label == wanted.label)
        statement = statement.where(exists().where(*of_label))
    if wanted.since:
        statement = statement.where(Conversation.last_citizen_message_at >= wanted.since)
    if wanted.until:
        statement = statement.where(Conversation.created_at < wanted.until)
    if wanted.state:
        statement = statement.where(Conversation.state == wanted.state)
    if wanted.phone is not None:
        contacts = select(ContactAddress.contact_id).where(
            ContactAddress.kind == "phone",
            ContactAddress.value_fingerprint.in_(_fingerprints(keyring, wanted.phone)),
        )
        statement = statement.where(Conversation.contact_id.in_(contacts))
    return statement


def _fingerprints(keyring: Keyring, phone: str) -> list[bytes]:
    """The number as WhatsApp writes it (358401234567), also when it was typed as at home (040 123 4567)."""
    digits = _NOT_DIGITS.sub("", phone).removeprefix("00")
    forms = {digits, f"358{digits[1:]}"} if digits.startswith("0") else {digits}
    return [keyring.fingerprint("whatsapp phone", form) for form in forms]


async def find_words(
    session: AsyncSession, service: Service, conversation_id: uuid.UUID, words: str
) -> Sequence[FoundWords]:
    """Where all of these words stand in the talks of this conversation's citizen, newest first."""
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("This conversation does not exist any more.")
    parts = words.lower().split()
    if not parts:
        return []
    talks = await session.scalars(
        select(Conversation)
        .where(Conversation.contact_id == conversation.contact_id)
        .order_by(Conversation.created_at.desc())
        .limit(MOST_TALKS)
    )
    found: list[FoundWords] = []
    for talk in talks:
        key = service.keyring.unwrap(talk.wrapped_key)
        items, _ = await talk_of(session, key, talk, "fi", None, MOST_ITEMS)
        found += [each for item in reversed(items) if (each := _match(talk.id, item, parts))]
    return found[:MOST_FOUND]


def _match(conversation_id: uuid.UUID, item: Item, parts: Sequence[str]) -> FoundWords | None:
    if not isinstance(item, CitizenSaid | Said) or not item.text:
        return None
    if not all(part in item.text.lower() for part in parts):
        return None
    return FoundWords(conversation_id, item.at, item.author if isinstance(item, Said) else "citizen", item.text)
