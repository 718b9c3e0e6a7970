"""Under handover: the officers' queue, their shifts, who looks and types, drafts and labels.

Notes stand in `notes.py`, where the code that sends cannot see them.
"""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime

_OPEN = text("resolved_at IS NULL")
_ON_DUTY = text("ended_at IS NULL")


def _conversation(*, primary_key: bool = False) -> Mapped[uuid.UUID]:
    return mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=primary_key)


class QueueEntry(Base):
    """One conversation that needs or has an officer; at most one open entry for each.

    It is open from the request until the bot has the conversation again or it is closed, so that the waiting clock
    outlives every change of officer.
    """

    __tablename__ = "queue_entry"
    __table_args__ = (
        Index("ix_queue_entry_open", "rank", "waiting_since", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("uq_queue_entry_open", "conversation_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(
        String(24)
    )  # asked, danger, engine_failure, window_closed, platform_off, reply_failed, officer
    urgency: Mapped[str | None] = mapped_column(String(16))  # emergency, crisis
    rank: Mapped[int] = mapped_column(default=3)  # see `order.py`
    topic: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(2))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    queued_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)  # when it last came into the queue
    # The first message that no human has answered; nobody waits while it is empty.
    waiting_since: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # The first message with danger after which nobody has said 112 or anything of their own.
    danger_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    comforted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # told that nobody has taken it yet
    resolved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class OfficerShift(Base):
    """An officer on duty; `seen_at` is the last sign of life of their console."""

    __tablename__ = "officer_shift"
    __table_args__ = (
        Index("uq_officer_shift_open", "officer_id", unique=True, sqlite_where=_ON_DUTY, postgresql_where=_ON_DUTY),
    )
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    officer_name: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None] = mapped_column(String(16))  # ended, lost


class ConversationPresence(Base):
    """An officer who has a conversation open; rows of the last seconds only count."""

    __tablename__ = "conversation_presence"
    conversation_id: Mapped[uuid.UUID] = _conversation(primary_key=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    officer_name: Mapped[str] = mapped_column(String(120))
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    typing_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    shown_to_citizen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ReplyDraft(Base):
    """What an officer has begun to write in a conversation, and in no other."""

    __tablename__ = "reply_draft"
    conversation_id: Mapped[uuid.UUID] = _conversation(primary_key=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    updated_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ConversationLabel(Base):
    """A word under which officers find conversations again; one of `data/labels.yml`."""

    __tablename__ = "conversation_label"
    conversation_id: Mapped[uuid.UUID] = _conversation(primary_key=True)
    label: Mapped[str] = mapped_column(String(32), primary_key=True, index=True)
    officer_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
