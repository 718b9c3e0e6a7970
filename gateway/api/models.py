"""The API, the tables: tokens of integrators, where events are sent, and events that are still to be sent.

None of them refers to a person: events name a conversation or a bulletin by its random id.
"""

import datetime as dt
import uuid

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.api.kinds import WebhookEvent
from gateway.core.database import Base, RowNumber, UtcDateTime, enum_column


class ApiToken(Base):
    """A token of an integrator; only its keyed hash is stored."""

    __tablename__ = "api_token"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    name: Mapped[str] = mapped_column(String(80))  # of the integrator's system, no person
    token_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON, default=list)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # to within an hour


class ApiWebhook(Base):
    """An integrator's address to which events are sent; its secret is derived (`webhooks.secret_of`), not stored."""

    __tablename__ = "api_webhook"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[str] = mapped_column(String(200))  # the wanted `WebhookEvent`s, with spaces between
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ApiNotification(Base):
    """One event that one address has not taken yet; deleted when it has, or after `deliver.LIFETIME`."""

    __tablename__ = "api_notification"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    webhook_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("api_webhook.id", ondelete="CASCADE"), index=True)
    event_id: Mapped[uuid.UUID] = mapped_column(Uuid)  # the same at each try, and for each address
    event: Mapped[WebhookEvent] = mapped_column(enum_column(WebhookEvent))
    subject_id: Mapped[uuid.UUID] = mapped_column(Uuid)  # of the conversation or the bulletin
    occurred_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
