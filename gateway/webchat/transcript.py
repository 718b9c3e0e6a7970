"""Web chat: what a page shows of its session, read from the tables alone."""

import datetime as dt
import json
import uuid
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.webchat.deliveries import PageStatus, ReplyStatus
from gateway.channels.webchat.models import WebMessage, WebSession
from gateway.conversations.attachments import AttachedFile, AttachmentKind, Place
from gateway.conversations.kinds import AddressKind, Author, ChannelName
from gateway.conversations.messages import Reply
from gateway.conversations.models import ContactAddress, Conversation, Message, OutboxItem, Turn
from gateway.core import crypto
from gateway.core.database import now
from gateway.core.keyring import Keyring
from gateway.webchat.text import Piece, pieces_of


class Speaker(StrEnum):
    """Who wrote an entry, as citizens see it; fixed texts of the service are the bot's."""

    CITIZEN = "citizen"
    BOT = "bot"
    OFFICER = "officer"


@dataclass(frozen=True)
class Entry:
    """One bubble. `key` is the same in every tab and after every reload."""

    key: str
    author: Speaker
    pieces: list[Piece]
    at: dt.datetime
    choices: list[dict[str, str]] = field(default_factory=list)
    number: int = 0  # of a reply
    language: str = ""  # of a reply, for screen readers
    file: AttachedFile | None = None
    place: Place | None = None

    def as_json(self) -> dict[str, Any]:
        """The JSON for the page's script."""
        return {
            "key": self.key,
            "author": self.author,
            "pieces": [{"text": piece.text, "strong": piece.strong, "href": piece.href} for piece in self.pieces],
            "at": self.at.isoformat(),
            "choices": self.choices,
            "number": self.number,
            "language": self.language,
            "file": None
            if self.file is None
            else {"name": self.file.name, "picture": self.file.kind == AttachmentKind.PICTURE},
            "place": None
            if self.place is None
            else {"name": self.place.name, "address": self.place.address, "coordinates": self.place.coordinates},
        }


@dataclass(frozen=True)
class Cursor:
    """How far a page has read: the number of the last reply, and the row of the last of its own messages."""

    replies: int = 0
    messages: int = 0

    @classmethod
    def parse(cls, value: str) -> "Cursor":
        """From a `Last-Event-ID`; anything else is the beginning."""
        replies, _, messages = value.partition("-")
        plain = all(part.isascii() and part.isdecimal() and len(part) < 16 for part in (replies, messages))
        return cls(int(replies), int(messages)) if plain else cls()

    def __str__(self) -> str:
        return f"{self.replies}-{self.messages}"


@dataclass(frozen=True)
class Transcript:
    """What is new since a cursor; `undelivered` are the replies that are delivered with it for the first time."""

    entries: list[Entry]
    cursor: Cursor
    typing: float = 0.0  # seconds
    over: bool = False
    undelivered: list[ReplyStatus] = field(default_factory=list)


async def read_transcript(
    session: AsyncSession, keyring: Keyring, channel: ChannelName, session_id: uuid.UUID, cursor: Cursor
) -> Transcript:
    """Everything after the cursor, oldest first."""
    row = await session.get(WebSession, session_id, populate_existing=True)
    if row is not None and row.ended_at is not None:
        return Transcript([], cursor, over=True)
    own, last_message = await _own(session, keyring, channel, session_id, cursor.messages)
    replies, undelivered = await _replies(session, keyring, row, cursor.replies) if row is not None else ([], [])
    typing = (row.typing_until - now()).total_seconds() if row is not None and row.typing_until else 0.0
    return Transcript(
        entries=sorted([*own, *replies], key=lambda entry: entry.at),
        cursor=Cursor(max([cursor.replies, *(entry.number for entry in replies)]), last_message),
        typing=max(typing, 0.0),
        undelivered=undelivered,
    )


async def last_number(session: AsyncSession, session_id: uuid.UUID) -> int:
    """The number of the session's last reply."""
    return await session.scalar(select(WebSession.last_number).where(WebSession.id == session_id)) or 0


async def mark_delivered(session: AsyncSession, session_id: uuid.UUID, numbers: list[int]) -> None:
    """Store that these replies were delivered."""
    await session.execute(
        update(WebMessage)
        .where(WebMessage.session_id == session_id, WebMessage.number.in_(numbers), WebMessage.delivered_at.is_(None))
        .values(delivered_at=now())
    )


async def mark_read(session: AsyncSession, session_id: uuid.UUID, up_to: int) -> list[ReplyStatus]:
    """Store that the page has shown all replies up to this number; returns those that were unread."""
    rows = await session.execute(
        update(WebMessage)
        .where(WebMessage.session_id == session_id, WebMessage.number <= up_to, WebMessage.read_at.is_(None))
        .values(read_at=now())
        .returning(WebMessage.number, WebMessage.outbox_id)
    )
    return [_status_of(session_id, row.number, row.outbox_id, PageStatus.READ) for row in sorted(rows)]


async def _own(
    session: AsyncSession, keyring: Keyring, channel: ChannelName, session_id: uuid.UUID, after: int
) -> tuple[list[Entry], int]:
    contact_id = await contact_of(session, keyring, channel, session_id)
    if contact_id is None:
        return [], after
    rows = await session.execute(
        select(Message, Conversation.wrapped_key)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.contact_id == contact_id, Message.id > after)
        .order_by(Message.id)
    )
    entries, last = [], after
    for message, wrapped_key in rows:
        last = message.id
        if message.content_sealed is None:
            continue
        key = keyring.unwrap(wrapped_key)
        text = json.loads(crypto.unseal(key, message.content_sealed, "message.content")).get("text") or ""
        external_id = crypto.unseal(key, message.external_id_sealed, "message.external_id").decode()
        entries.append(Entry(external_id.partition(":")[2], Speaker.CITIZEN, [Piece(text)], message.sent_at))
    return entries, last


async def _replies(
    session: AsyncSession, keyring: Keyring, row: WebSession, after: int
) -> tuple[list[Entry], list[ReplyStatus]]:
    key = keyring.unwrap(row.wrapped_key)
    found = await session.execute(
        select(WebMessage, Turn.language)
        .join(OutboxItem, OutboxItem.id == WebMessage.outbox_id)
        .outerjoin(Turn, Turn.id == OutboxItem.turn_id)
        .where(WebMessage.session_id == row.id, WebMessage.number > after)
        .order_by(WebMessage.number)
    )
    entries, undelivered = [], []
    for message, language in found:
        content = crypto.unseal(key, message.content_sealed, "web_message.content")
        reply = Reply.model_validate_json(content)
        entries.append(
            Entry(
                key=f"reply-{message.number}",
                author=Speaker.OFFICER if reply.author == Author.OFFICER else Speaker.BOT,
                pieces=pieces_of(reply.text),
                at=message.created_at,
                choices=[{"id": choice.id, "title": choice.title} for choice in reply.choices],
                number=message.number,
                language=language or "",
                file=reply.file,
                place=reply.place,
            )
        )
        if message.delivered_at is None:
            undelivered.append(_status_of(row.id, message.number, message.outbox_id, PageStatus.DELIVERED))
    return entries, undelivered


def _status_of(session_id: uuid.UUID, number: int, outbox_id: uuid.UUID, status: PageStatus) -> ReplyStatus:
    return ReplyStatus(session=session_id.hex, number=number, reference=str(outbox_id), status=status, at=now())


async def contact_of(
    session: AsyncSession, keyring: Keyring, channel: ChannelName, session_id: uuid.UUID
) -> uuid.UUID | None:
    """The contact whose address this session is; `None` until its first message has been processed."""
    fingerprint = keyring.fingerprint(f"{channel} user_id", session_id.hex)
    found: uuid.UUID | None = await session.scalar(
        select(ContactAddress.contact_id).where(
            ContactAddress.channel == channel,
            ContactAddress.kind == AddressKind.USER_ID,
            ContactAddress.value_fingerprint == fingerprint,
        )
    )
    return found
