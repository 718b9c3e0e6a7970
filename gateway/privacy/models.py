"""The tables of privacy: data requests that await confirmation, erasures, legal holds and runs of retention."""

import datetime as dt
import uuid

from sqlalchemy import JSON, ForeignKey, LargeBinary, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.core.database import Base, RowNumber, UtcDateTime, enum_column
from gateway.privacy.request_detection import DataRequest


class PendingDataRequest(Base):
    """A data request that a citizen has been asked to confirm."""

    __tablename__ = "pending_data_request"
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    request: Mapped[DataRequest] = mapped_column(enum_column(DataRequest))
    turn_id: Mapped[uuid.UUID] = mapped_column(Uuid)  # a written "yes" confirms only in the next turn
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Erasure(Base):
    """An erasure, and which of its steps outside the database are done. No text, no address.

    Kept as long as a provider may repeat a delivery; the list outside the database is kept longer.
    """

    __tablename__ = "erasure"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    contact_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    conversations: Mapped[list[str]] = mapped_column(JSON, default=list)  # the ids of the deleted ones
    dialogues: Mapped[list[str]] = mapped_column(
        JSON, default=list
    )  # their ids in the dialogue engine, until it has deleted them
    # The conversation that holds only the confirmation; the web chat's page confirms by itself.
    farewell_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    erased_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    listed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    forgotten_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class LegalHold(Base):
    """A supervisor's order to keep a conversation.

    RESTRICT: any attempt to delete the conversation fails with an error.
    """

    __tablename__ = "legal_hold"
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="RESTRICT"), primary_key=True
    )
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # under the conversation's key
    placed_by: Mapped[uuid.UUID] = mapped_column(Uuid)
    placed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class RetentionRun(Base):
    """How many rows one run of retention deleted, by kind; a run that deleted none leaves no row."""

    __tablename__ = "retention_run"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
