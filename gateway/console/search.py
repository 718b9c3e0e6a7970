"""Console: search for conversations by topic, label, date and contact, and for words in those of one citizen.

Texts are encrypted, so words are searched only within one citizen's conversations, decrypted in memory.
"""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.timeline import CitizenSaid, Item, Said, load_timeline
from gateway.conversations.kinds import AddressKind, ChannelName, ConversationState, Danger, EventKind
from gateway.conversations.models import ContactAddress, Conversation, ConversationEvent, Turn
from gateway.conversations.priority import names_a_matter
from gateway.core.errors import ConversationMissing
from gateway.core.keyring import Keyring
from gateway.core.locale import Language
from gateway.handover.models import ConversationLabel
from gateway.outbox.templates import OutboxContext

PAGE = 50
MAX_RESULTS = 100  # of words in one citizen's conversations
MAX_CONVERSATIONS = 50  # of one citizen, the newest first
MAX_ITEMS = 2000  # of one conversation
_NOT_DIGITS = re.compile(r"\D")


@dataclass(frozen=True)
class SearchQuery:
    """The conditions of a search; all that are given must hold."""

    topic: str | None = None
    label: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    phone: str | None = None
    state: ConversationState | None = None
    channel: ChannelName | None = None
    officer: str | None = None


@dataclass(frozen=True)
class FoundConversation:
    """A conversation that matches."""

    id: uuid.UUID
    begun_at: dt.datetime
    last_message_at: dt.datetime
    state: ConversationState
    language: str | None
    urgency: Danger | None
    officer_name: str | None
    channel: ChannelName
    topic: str | None


@dataclass(frozen=True)
class FoundPage:
    """A page of what matches, and how many match in all."""

    rows: Sequence[FoundConversation]
    total: int
    number: int  # from 1

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True)
class FoundWords:
    """A message that contains the words."""

    conversation_id: uuid.UUID
    at: dt.datetime
    by: str  # citizen, bot, officer, system
    text: str


async def find_conversations(
    session: AsyncSession, service: OutboxContext, query: SearchQuery, number: int = 1
) -> FoundPage:
    """A page of conversations, the one with the newest message first; three queries."""
    statement = _statement(service.keyring, query)
    total = await session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0
    number = min(max(number, 1), max(1, -(-total // PAGE)))
    rows = (await session.scalars(statement.limit(PAGE).offset((number - 1) * PAGE))).all()
    topics = await _topics(session, [row.id for row in rows])
    found = [
        FoundConversation(
            row.id,
            row.created_at,
            row.last_citizen_message_at,
            row.state,
            row.language,
            row.urgency,
            row.officer_name,
            row.channel,
            topics.get(row.id),
        )
        for row in rows
    ]
    return FoundPage(found, total, number)


async def _topics(session: AsyncSession, conversation_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The latest topic of each that says what it is about."""
    rows = await session.execute(
        select(Turn.conversation_id, Turn.topic)
        .where(Turn.conversation_id.in_(conversation_ids), Turn.topic.is_not(None))
        .order_by(Turn.created_at)
    )
    return {row.conversation_id: row.topic for row in rows if names_a_matter(row.topic)}


def _statement(keyring: Keyring, query: SearchQuery) -> Select[Conversation]:
    statement = select(Conversation).order_by(Conversation.last_citizen_message_at.desc(), Conversation.id)
    if query.topic:
        statement = statement.where(exists().where(Turn.conversation_id == Conversation.id, Turn.topic == query.topic))
    if query.label:
        of_label = (ConversationLabel.conversation_id == Conversation.id, ConversationLabel.label == query.label)
        statement = statement.where(exists().where(*of_label))
    if query.since:
        statement = statement.where(Conversation.last_citizen_message_at >= query.since)
    if query.until:
        statement = statement.where(Conversation.created_at < query.until)
    if query.state:
        statement = statement.where(Conversation.state == query.state)
    if query.channel:
        statement = statement.where(Conversation.channel == query.channel)
    if query.officer:
        had = exists().where(
            ConversationEvent.conversation_id == Conversation.id,
            ConversationEvent.kind.in_((EventKind.CLAIMED, EventKind.TAKEN_OVER, EventKind.HANDED_ON)),
            ConversationEvent.actor == query.officer,
        )
        statement = statement.where(had)
    if query.phone is not None:
        contacts = select(ContactAddress.contact_id).where(
            ContactAddress.kind == AddressKind.PHONE,
            ContactAddress.value_fingerprint.in_(_fingerprints(keyring, query.phone)),
        )
        statement = statement.where(Conversation.contact_id.in_(contacts))
    return statement


def _fingerprints(keyring: Keyring, phone: str) -> list[bytes]:
    """The blind indexes of a number in WhatsApp's form (358401234567), also for the national form (040 123 4567)."""
    digits = _NOT_DIGITS.sub("", phone).removeprefix("00")
    forms = {digits, f"358{digits[1:]}"} if digits.startswith("0") else {digits}
    return [keyring.fingerprint(f"{ChannelName.WHATSAPP} {AddressKind.PHONE}", form) for form in forms]


async def find_words(
    session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID, words: str
) -> Sequence[FoundWords]:
    """The messages that contain all of these words in the conversations of this one's citizen, the newest first."""
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("conversation_missing")
    parts = words.lower().split()
    if not parts:
        return []
    rows = await session.scalars(
        select(Conversation)
        .where(Conversation.contact_id == conversation.contact_id)
        .order_by(Conversation.created_at.desc())
        .limit(MAX_CONVERSATIONS)
    )
    found: list[FoundWords] = []
    for row in rows:
        key = service.keyring.unwrap(row.wrapped_key)
        items, _ = await load_timeline(session, key, row, Language.FI, None, MAX_ITEMS)
        found += [each for item in reversed(items) if (each := _match(row.id, item, parts))]
    return found[:MAX_RESULTS]


def _match(conversation_id: uuid.UUID, item: Item, parts: Sequence[str]) -> FoundWords | None:
    if not isinstance(item, CitizenSaid | Said) or not item.text:
        return None
    if not all(part in item.text.lower() for part in parts):
        return None
    return FoundWords(conversation_id, item.at, item.author if isinstance(item, Said) else "citizen", item.text)
