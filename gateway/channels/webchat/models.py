"""The web chat's tables: sessions, and the replies to each; deleted when the session ends."""

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.core.database import Base, RowNumber, UtcDateTime


class WebSession(Base):
    """One browser's session. Anonymous: no name, no address; a row with `ended_at` is kept so that it stays ended.

    `network` is a keyed hash of the network that it came from, under a key of the day: it tells that many chats have
    one source, and goes with the row.
    """

    __tablename__ = "web_session"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)  # destroyed when the session ends
    source: Mapped[str | None] = mapped_column(String(32))  # the page or referral code the citizen came by
    network: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    last_number: Mapped[int] = mapped_column(default=0)  # of the replies; given out under this row's lock
    version: Mapped[int] = mapped_column(default=0)  # rises whenever the page has something new to show
    typing_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class WebMessage(Base):
    """One reply as the page shows it, sealed under the session's key; goes with the session or the conversation."""

    __tablename__ = "web_message"
    __table_args__ = (UniqueConstraint("session_id", "number"),)
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("web_session.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    # The outbox id: a retried send is one message.
    outbox_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("outbox_item.id", ondelete="CASCADE"), unique=True)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    delivered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
