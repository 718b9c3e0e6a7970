"""Under privacy: questions that wait for a yes, erasures, legal holds and what each round of deleting did."""

import datetime as dt
import uuid

from sqlalchemy import JSON, BigInteger, ForeignKey, Integer, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime

# SQLite counts rows by itself only in an INTEGER key.
_RowNumber = BigInteger().with_variant(Integer, "sqlite")


class PrivacyQuestion(Base):
    """What a citizen has been asked to confirm: that all is erased, or that all is sent into the chat."""

    __tablename__ = "privacy_question"
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True
    )
    wish: Mapped[str] = mapped_column(String(8))  # erase, tell
    turn_id: Mapped[uuid.UUID] = mapped_column(Uuid)  # "yes" in words is an answer only right after it
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Erasure(Base):
    """One citizen's wish, carried out: what must still be forgotten outside the database. No text, no address.

    Kept as long as a provider may repeat a delivery; the list outside the database is kept longer.
    """

    __tablename__ = "erasure"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    contact_id: Mapped[uuid.UUID] = mapped_column(Uuid)
    conversations: Mapped[list[str]] = mapped_column(JSON, default=list)  # ids that are gone
    dialogues: Mapped[list[str]] = mapped_column(JSON, default=list)  # names that the engine must forget
    farewell_id: Mapped[uuid.UUID] = mapped_column(Uuid)  # the conversation with the last line, and nothing else
    erased_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    listed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    forgotten_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ErasedAddress(Base):
    """What this address sent before this moment is not taken in any more, however late it comes."""

    __tablename__ = "erased_address"
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    before: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class LegalHold(Base):
    """A conversation that must be kept, by a supervisor's word.

    RESTRICT: whatever tries to delete the conversation all the same fails, and loudly.
    """

    __tablename__ = "legal_hold"
    conversation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("conversation.id", ondelete="RESTRICT"), primary_key=True
    )
    reason_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # under the conversation's key
    placed_by: Mapped[uuid.UUID] = mapped_column(Uuid)
    placed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class RetentionRun(Base):
    """What one round of deleting did, counted by kind; rounds that found nothing leave no row."""

    __tablename__ = "retention_run"
    id: Mapped[int] = mapped_column(_RowNumber, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
