"""Editors' workshop: the tables of its jobs and approvals; the content itself is in files."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, Float, Index, String, Uuid
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
