"""The tables of keys, processes, leases and token buckets."""

import datetime as dt
import uuid
from enum import StrEnum

from sqlalchemy import LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.core.database import Base, RowNumber, UtcDateTime, enum_column


class KeyPurpose(StrEnum):
    """What a key of the service is for: blind indexes, or the inbox, whose keys live for a day."""

    INDEX = "index"
    INBOX = "inbox"


class LimitScope(StrEnum):
    """What a token bucket limits: a number's messages to everybody or to one citizen, those of a chat or an address.

    `API`: the requests of one integrator's token.
    """

    NUMBER = "number"
    PAIR = "pair"
    CHAT = "chat"
    ADDRESS = "address"
    API = "api"


class ServiceKey(Base):
    """A key of the service itself, wrapped."""

    __tablename__ = "service_key"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # the id of a deleted key is never reused
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    purpose: Mapped[KeyPurpose] = mapped_column(enum_column(KeyPurpose), index=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class TokenBucket(Base):
    """A token bucket; see `gateway.core.rate_limit`. Timestamps are seconds since 1970, for arithmetic in SQL."""

    __tablename__ = "token_bucket"
    scope: Mapped[LimitScope] = mapped_column(enum_column(LimitScope), primary_key=True)
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    full_at: Mapped[float]  # when the bucket is full again
    paused_until: Mapped[float] = mapped_column(default=0.0)  # the provider asked for a pause
    strikes: Mapped[int] = mapped_column(default=0)  # such requests in succession


class GatewayProcess(Base):
    """A gateway process that renews its row; its leases are free once `alive_until` has passed."""

    __tablename__ = "gateway_process"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    alive_until: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ConversationLease(Base):
    """A conversation whose next turn one process is answering; see `gateway.core.leases`.

    A table of its own, so that a lease never updates a conversation or waits for one. No foreign key: a lease ends
    seconds after its conversation.
    """

    __tablename__ = "conversation_lease"
    conversation_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    leased_by: Mapped[str] = mapped_column(String(32), index=True)
