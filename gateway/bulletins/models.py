"""Bulletins, the tables: bulletins, their versions, events and followers.

Bulletins are public, so their content is not encrypted; followers are stored by our own ids alone.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.bulletins.states import BulletinEventKind, BulletinState, VersionState
from gateway.core.database import Base, RowNumber, UtcDateTime, enum_column


class Bulletin(Base):
    """One bulletin. Its words are those of `published`; `pending` is the number of the draft or proposal."""

    __tablename__ = "bulletin"
    __table_args__ = (Index("ix_bulletin_state_ends_at", "state", "ends_at"),)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    state: Mapped[BulletinState] = mapped_column(enum_column(BulletinState))
    published: Mapped[int | None]  # the number of the version in force
    pending: Mapped[int | None]  # the number of the draft or proposal
    # 1 when published, one more for each correction and withdrawal: what followers are notified of.
    updates: Mapped[int] = mapped_column(default=0)
    # Those of the published version, or when somebody ended it; here so that the query of turns has an index.
    starts_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    first_published_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class BulletinVersion(Base):
    """What a bulletin said at one time; never changed once published."""

    __tablename__ = "bulletin_version"
    bulletin_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[VersionState] = mapped_column(enum_column(VersionState))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # see `content.BulletinContent`
    # Everybody who wrote on it: none of them may approve it.
    author_ids: Mapped[list[str]] = mapped_column(JSON)
    author_name: Mapped[str] = mapped_column(String(120))
    approver_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    approver_name: Mapped[str | None] = mapped_column(String(120))
    emergency_reason: Mapped[str | None] = mapped_column(String(500))  # why one person alone published it
    written_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class BulletinEvent(Base):
    """What was done with a bulletin, when and by whom; only grows."""

    __tablename__ = "bulletin_event"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    bulletin_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), index=True)
    version: Mapped[int | None]
    kind: Mapped[BulletinEventKind] = mapped_column(enum_column(BulletinEventKind))
    actor_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(String(120))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class BulletinFollower(Base):
    """A citizen who agreed to be notified; deleted with the citizen, and some time after the bulletin's end."""

    __tablename__ = "bulletin_follower"
    bulletin_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bulletin.id", ondelete="CASCADE"), primary_key=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("contact.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    updates_sent: Mapped[int]  # `Bulletin.updates` as the citizen knows it
    agreed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
