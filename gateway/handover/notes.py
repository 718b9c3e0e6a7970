"""Handover: notes between officers, in a table that the code which sends cannot import.

The import rules keep every layer below away from this module: a note can never become a message.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Uuid, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from gateway.conversations.models import Conversation
from gateway.core import crypto
from gateway.core.actors import Officer
from gateway.core.database import Base, RowNumber, UtcDateTime, now
from gateway.core.errors import ConversationMissing
from gateway.handover.errors import HandoverTextRefused
from gateway.outbox.templates import OutboxContext

_CONTEXT = "officer_note.text"
MAX_LENGTH = 4000  # characters


class OfficerNote(Base):
    """A note about a conversation, encrypted with the conversation's key."""

    __tablename__ = "officer_note"
    __table_args__ = (Index("ix_officer_note_conversation", "conversation_id", "created_at"),)
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    officer_name: Mapped[str] = mapped_column(String(120))
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Note:
    """A decrypted note."""

    id: int
    officer_name: str
    text: str
    at: dt.datetime


async def add_note(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, text: str
) -> None:
    """Store a note, cut at `MAX_LENGTH`; any officer may. Raises `HandoverTextRefused`, `ConversationMissing`."""
    words = text.strip()[:MAX_LENGTH]
    if not words:
        raise HandoverTextRefused("note_empty")
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("conversation_missing")
    key = service.keyring.unwrap(conversation.wrapped_key)
    session.add(
        OfficerNote(
            conversation_id=conversation_id,
            officer_id=officer.id,
            officer_name=officer.name,
            text_sealed=crypto.seal(key, words, _CONTEXT),
            created_at=now(),
        )
    )
    service.signals.send(session, "conversation", conversation_id.hex)


async def list_notes(
    session: AsyncSession,
    key: bytes,
    conversation_id: uuid.UUID,
    *,
    before: dt.datetime | None = None,
    limit: int = 500,
) -> Sequence[Note]:
    """The newest notes of a conversation from before `before`, newest first; `key` is the conversation's."""
    query = select(OfficerNote).where(OfficerNote.conversation_id == conversation_id)
    if before is not None:
        query = query.where(OfficerNote.created_at < before)
    rows = await session.scalars(query.order_by(OfficerNote.created_at.desc(), OfficerNote.id.desc()).limit(limit))
    return [
        Note(row.id, row.officer_name, crypto.unseal(key, row.text_sealed, _CONTEXT).decode(), row.created_at)
        for row in rows
    ]
