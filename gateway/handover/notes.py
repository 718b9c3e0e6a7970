"""Handover: notes between officers, in a table of their own that the code which sends cannot reach.

An import rule keeps `gateway.conversations` away from this module: a note can never become a message.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Uuid, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from gateway import encryption
from gateway.conversations.models import Conversation
from gateway.database import Base, UtcDateTime, now
from gateway.errors import ConversationMissing, NothingWritten
from gateway.handover.officers import Officer
from gateway.service import Service

_CONTEXT = "officer_note.text"
LONGEST = 4000  # characters


class OfficerNote(Base):
    """What officers tell each other about a conversation, under its key."""

    __tablename__ = "officer_note"
    __table_args__ = (Index("ix_officer_note_conversation", "conversation_id", "created_at"),)
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    officer_name: Mapped[str] = mapped_column(String(120))
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Note:
    """A note, opened."""

    id: int
    officer_name: str
    text: str
    at: dt.datetime


async def add_note(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, text: str
) -> None:
    """Keep a note; any officer may. Raises `NothingWritten`, `ConversationMissing`."""
    words = text.strip()[:LONGEST]
    if not words:
        raise NothingWritten("The note is empty: write something first.")
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("This conversation does not exist any more.")
    key = service.keyring.unwrap(conversation.wrapped_key)
    session.add(
        OfficerNote(
            conversation_id=conversation_id,
            officer_id=officer.id,
            officer_name=officer.name,
            text_sealed=encryption.seal(key, words, _CONTEXT),
            created_at=now(),
        )
    )
    service.signals.send(session, "conversation", conversation_id.hex)


async def notes_of(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, *, before: dt.datetime | None = None, most: int = 500
) -> Sequence[Note]:
    """The newest notes of a conversation before a moment, newest first; `key` is the conversation's."""
    wanted = select(OfficerNote).where(OfficerNote.conversation_id == conversation_id)
    if before is not None:
        wanted = wanted.where(OfficerNote.created_at < before)
    rows = await session.scalars(wanted.order_by(OfficerNote.created_at.desc(), OfficerNote.id.desc()).limit(most))
    return [
        Note(row.id, row.officer_name, encryption.unseal(key, row.text_sealed, _CONTEXT).decode(), row.created_at)
        for row in rows
    ]
