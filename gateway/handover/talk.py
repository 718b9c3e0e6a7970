"""Handover: everything that was said and done in a conversation, opened, in the order in which it happened."""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import Reply
from gateway.conversations.models import Conversation, ConversationEvent, Message, OutboxItem, Turn
from gateway.handover.notes import Note, notes_of
from gateway.handover.reasons import opened_details
from gateway.handover.wording import delivery_words, event_words


@dataclass(frozen=True)
class CitizenSaid:
    """A message of the citizen, masked, with what the engine made of its turn."""

    id: int
    at: dt.datetime
    kind: str
    text: str | None  # nothing where the citizen took it back, or where it had no words
    deleted: bool
    has_media: bool
    masked: tuple[str, ...]
    topic: str | None
    confidence: float | None
    guesses: tuple[str, ...]
    language: str | None
    danger: str | None
    understood: bool  # false while the turn runs, and where the engine was silent: read this one yourself


@dataclass(frozen=True)
class Said:
    """A message to the citizen, as the phone shows it."""

    id: uuid.UUID
    at: dt.datetime
    author: str  # bot, officer, system
    officer_name: str | None
    text: str
    choices: tuple[str, ...]
    state: str
    delivery: str  # in the reader's words
    failed: bool


@dataclass(frozen=True)
class Happened:
    """A change, as a sentence."""

    id: int
    at: dt.datetime
    kind: str
    text: str


Item = CitizenSaid | Said | Happened | Note


async def talk_of(
    session: AsyncSession, key: bytes, conversation: Conversation, language: str, before: dt.datetime | None, most: int
) -> tuple[list[Item], bool]:
    """The newest `most` items before a moment, oldest first, and whether there are earlier ones.

    Four questions; `key` is the conversation's, `language` the reader's.
    """
    end = before or dt.datetime.max.replace(tzinfo=dt.UTC)
    found: list[Item] = [
        *await _messages(session, key, conversation.id, end, most + 1),
        *await _replies(session, key, conversation.id, end, most + 1, language),
        *await _events(session, key, conversation.id, end, most + 1, language),
        *await notes_of(session, key, conversation.id, before=end, most=most + 1),
    ]
    found.sort(key=lambda item: item.at)
    return found[-most:], len(found) > most


async def _messages(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, end: dt.datetime, most: int
) -> Sequence[CitizenSaid]:
    rows = await session.execute(
        select(Message, Turn)
        .outerjoin(Turn, Turn.id == Message.turn_id)
        .where(Message.conversation_id == conversation_id, Message.received_at < end)
        .order_by(Message.received_at.desc(), Message.id.desc())
        .limit(most)
    )
    return [_citizen_said(key, message, turn) for message, turn in rows]


def _citizen_said(key: bytes, message: Message, turn: Turn | None) -> CitizenSaid:
    sealed = message.content_sealed
    content = json.loads(encryption.unseal(key, sealed, "message.content")) if sealed else {}
    return CitizenSaid(
        id=message.id,
        at=message.received_at,
        kind=message.kind,
        text=content.get("text"),
        deleted=sealed is None,
        has_media=bool(content.get("media_id")),
        masked=tuple(message.masked),
        topic=turn.topic if turn else None,
        confidence=turn.confidence if turn else None,
        guesses=tuple(turn.guesses) if turn else (),
        language=turn.language if turn else None,
        danger=turn.danger if turn else None,
        understood=turn is not None and turn.topic is not None,
    )


async def _replies(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, end: dt.datetime, most: int, language: str
) -> Sequence[Said]:
    rows = await session.scalars(
        select(OutboxItem)
        .where(OutboxItem.conversation_id == conversation_id, OutboxItem.created_at < end)
        .order_by(OutboxItem.created_at.desc(), OutboxItem.sequence.desc())
        .limit(most)
    )
    return [_said(key, row, language) for row in rows]


def _said(key: bytes, row: OutboxItem, language: str) -> Said:
    sealed = row.content_sealed
    reply = (
        Reply.model_validate_json(encryption.unseal(key, sealed, "outbox_item.content")) if sealed else Reply(text="")
    )
    return Said(
        id=row.id,
        at=row.created_at,
        author=row.author,
        officer_name=row.officer_name,
        text=reply.text,
        choices=tuple(choice.title for choice in reply.choices),
        state=row.state,
        delivery=delivery_words(row, language),
        failed=row.state == "failed",
    )


async def _events(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, end: dt.datetime, most: int, language: str
) -> Sequence[Happened]:
    rows = await session.scalars(
        select(ConversationEvent)
        .where(ConversationEvent.conversation_id == conversation_id, ConversationEvent.created_at < end)
        .order_by(ConversationEvent.created_at.desc(), ConversationEvent.id.desc())
        .limit(most)
    )
    return [
        Happened(row.id, row.created_at, row.kind, event_words(row.kind, opened_details(key, row.details), language))
        for row in rows
    ]
