"""Content, the tables: jobs, times, approvals and missed messages; the content itself is in files."""

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Date, Float, Index, LargeBinary, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.core.database import Base, UtcDateTime, enum_column
from gateway.core.locale import Language


class JobKind(StrEnum):
    """What a job does; each kind is some of the steps (see `jobs.STEPS`)."""

    CHECK = "check"
    TRAIN = "train"
    EVALUATE = "evaluate"
    PUBLISH = "publish"
    WORDS = "words"
    ROLLBACK = "rollback"


class JobStep(StrEnum):
    """The steps of publishing, in their order."""

    CHECK = "check"
    TRAIN = "train"
    EVALUATE = "evaluate"
    COMPARE = "compare"
    SWAP = "swap"


class JobState(StrEnum):
    """How far a job has come; `REFUSED`: its result may not be published, `FAILED`: an error of ours."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ScheduleState(StrEnum):
    """How far a publishing at a time has come; of an `ORDERED` one its job tells the rest."""

    PLANNED = "planned"
    ORDERED = "ordered"
    REFUSED = "refused"


class MissReason(StrEnum):
    """Why a message is in the feedback inbox.

    `MISSED`: not understood. `UNSURE`: understood with low confidence. `WRONG_GUESS`, `NOT_HELPED`: what a citizen
    said. `CHOSEN`: the citizen chose another topic. `OFFICER`: an officer answered instead. `SCAM_UNTOLD`: the check of
    a suspicious message found nothing to say against it.
    """

    MISSED = "missed"
    UNSURE = "unsure"
    WRONG_GUESS = "wrong_guess"
    CHOSEN = "chosen"
    NOT_HELPED = "not_helped"
    OFFICER = "officer"
    SCAM_UNTOLD = "scam_untold"


class ContentJob(Base):
    """One check, training, publishing or return; `active` is its lane (`jobs.Lane`) until it ends, and unique."""

    __tablename__ = "content_job"
    __table_args__ = (Index("uq_content_job_active", "active", unique=True),)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    kind: Mapped[JobKind] = mapped_column(enum_column(JobKind))
    state: Mapped[JobState] = mapped_column(enum_column(JobState))
    active: Mapped[int | None]
    step: Mapped[JobStep | None] = mapped_column(enum_column(JobStep))
    progress: Mapped[float] = mapped_column(Float, default=0.0)  # of the step, 0 to 1
    commit: Mapped[str] = mapped_column(String(40))
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    leased_by: Mapped[str | None] = mapped_column(String(64))
    lease_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    # Sentences of wording.py: [{at, key, parameters}]; the last one of a job that has ended says how.
    log: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    result: Mapped[dict[str, Any]] = mapped_column(JSON)


class ScheduledPublishing(Base):
    """Approved words that go live at a time; who withdraws them, or has read why they did not go, deletes the row."""

    __tablename__ = "content_schedule"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    state: Mapped[ScheduleState] = mapped_column(enum_column(ScheduleState))
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    set_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    # [[key, fingerprint]]: exactly what was approved.
    items: Mapped[list[list[str]]] = mapped_column(JSON)
    job: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    # Why it did not go: {key, parameters} of a sentence of wording.py, and `changed`, keys of items.
    refusal: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class ContentReview(Base):
    """An author's question to the others: is this item right? It is of one change (`Item.fingerprint`)."""

    __tablename__ = "content_review"
    item: Mapped[str] = mapped_column(String(128), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    asked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ContentApproval(Base):
    """An editor approved an item: one change of it (`Item.fingerprint`), so that another change needs another one."""

    __tablename__ = "content_approval"
    item: Mapped[str] = mapped_column(String(128), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    approved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ContentComment(Base):
    """What an editor says to the others of an item that waits; sealed.

    It is of one round (`Item.round`: what is live) and stays with the item when its text is mended; `fingerprint` is
    the text of which it was said.
    """

    __tablename__ = "content_comment"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    item: Mapped[str] = mapped_column(String(128))
    round: Mapped[str] = mapped_column(String(64), index=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(128))
    said_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class UnsavedForm(Base):
    """What an editor has typed on a page and not saved, kept across a lock or a lost connection, encrypted."""

    __tablename__ = "content_unsaved_form"
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    page: Mapped[str] = mapped_column(String(200), primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    fields_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class MissedMessage(Base):
    """A copy of a message that the bot did not help with, under a key of its own; nothing refers to its conversation.

    Its id is random and its time is a day, so that it cannot be matched with a conversation's rows.
    """

    __tablename__ = "missed_message"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    reason: Mapped[MissReason] = mapped_column(enum_column(MissReason))
    language: Mapped[Language] = mapped_column(enum_column(Language))
    topic: Mapped[str] = mapped_column(String(64))  # the guess, what was answered, or what the citizen chose
    day: Mapped[dt.date] = mapped_column(Date, index=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    text_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    # A keyed hash of the words, so that whoever takes them back, or is erased, is found; none in rows of before.
    text_fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(32), index=True)
    answer_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # an officer's words
    # Messages that an editor has said to ask the same have the same one.
    joined: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    # What the bot that went live last makes of it, and the number of its release: asked again after each publishing.
    now_topic: Mapped[str | None] = mapped_column(String(64))
    now_confidence: Mapped[float | None] = mapped_column(Float)
    asked_release: Mapped[int | None]


class PublishedRecord(Base):
    """What is live on every machine, where `NEUVO_PUBLISHED_STORE` says that the database holds it: one row."""

    __tablename__ = "published_record"
    id: Mapped[int] = mapped_column(primary_key=True)  # always 1
    number: Mapped[int]  # of the live release
    text: Mapped[str] = mapped_column(Text)  # sealed JSON (`publishing/shared_record.py`)
    changed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class PublishedChunk(Base):
    """A part of an archive of words, a model or its papers, by the SHA-256 of the whole."""

    __tablename__ = "published_chunk"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
