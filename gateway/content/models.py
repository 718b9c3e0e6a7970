"""Editors' workshop: the tables of its jobs and approvals; the content itself is in files."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, Date, Float, Index, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime


class ContentJob(Base):
    """One check, training, examination, publishing or return; `active` is 1 until it ends, and unique."""

    __tablename__ = "content_job"
    __table_args__ = (Index("uq_content_job_active", "active", unique=True),)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    kind: Mapped[str] = mapped_column(String(16))  # check, train, evaluate, publish, rollback
    state: Mapped[str] = mapped_column(String(16))  # waiting, running, done, refused, failed, cancelled
    active: Mapped[int | None]
    step: Mapped[str | None] = mapped_column(String(16))
    progress: Mapped[float] = mapped_column(Float, default=0.0)  # of the step, 0 to 1
    commit: Mapped[str] = mapped_column(String(40))
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    holder: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    # Sentences of words.yml: [{at, key, parameters}]; the last one of a job that has ended says how.
    log: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)


class ContentApproval(Base):
    """An editor has read the answers and contacts of a commit and found them right."""

    __tablename__ = "content_approval"
    commit: Mapped[str] = mapped_column(String(40), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    approved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class MissedMessage(Base):
    """A copy of what a citizen wrote and was not helped with, under a key of its own; nothing leads to its talk.

    Its id is random and its time is a day, so that it cannot be put beside a conversation's rows.
    """

    __tablename__ = "missed_message"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    reason: Mapped[str] = mapped_column(String(16))  # see `inbox.REASONS`
    language: Mapped[str] = mapped_column(String(2))
    topic: Mapped[str] = mapped_column(String(64))  # the guess, what was answered, or what the citizen chose
    day: Mapped[dt.date] = mapped_column(Date, index=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # A keyed hash of the words, so that whoever takes them back, or is erased, is found; none in rows of before.
    text_fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # an officer's words
