"""Under handover: the officers' queue."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Index, Uuid
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import String

from gateway.database import Base, UtcDateTime


class QueueEntry(Base):
    """One conversation that needs an officer; at most one open entry for each."""

    __tablename__ = "queue_entry"
    __table_args__ = (Index("ix_queue_entry_open", "resolved_at", "urgency", "created_at"),)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(String(24))  # asked, danger, engine_failure, window_closed, reply_failed
    urgency: Mapped[str | None] = mapped_column(String(16))  # emergency, crisis
    topic: Mapped[str | None] = mapped_column(String(64))
    language: Mapped[str | None] = mapped_column(String(2))
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
