"""Under the road: the tables of contacts, conversations, messages, turns, inbox and outbox.

Columns that end in `_sealed` are encrypted (see `gateway.encryption`), those that end in
`_fingerprint` are keyed hashes; no column holds a text, a number or a provider's id in clear.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from gateway.database import Base, UtcDateTime

# SQLite counts rows by itself only in an INTEGER key.
_RowNumber = BigInteger().with_variant(Integer, "sqlite")


class ServiceKey(Base):
    """A key of the service itself, wrapped: the `index` key for fingerprints, `inbox` keys that live a day."""

    __tablename__ = "service_key"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  # the id of a destroyed key is never given again
    id: Mapped[int] = mapped_column(_RowNumber, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16), index=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class WebhookDelivery(Base):
    """One accepted POST, raw, under an inbox key; deleted once its events are done."""

    __tablename__ = "webhook_delivery"
    id: Mapped[int] = mapped_column(_RowNumber, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    key_id: Mapped[int]  # no foreign key: destroying the key must not wait for the row
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class InboxEvent(Base):
    """One message, status or other update of a delivery, unique by the provider's id."""

    __tablename__ = "inbox_event"
    __table_args__ = (
        UniqueConstraint("channel", "kind", "external_fingerprint"),
        Index("ix_inbox_event_state_id", "state", "id"),
    )
    id: Mapped[int] = mapped_column(_RowNumber, primary_key=True)
    channel: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))  # message, status, other
    external_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("webhook_delivery.id", ondelete="SET NULL"), index=True)
    key_id: Mapped[int | None]
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))  # new, done, ignored, failed
    reason: Mapped[str | None] = mapped_column(String(64))
    occurred_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class Contact(Base):
    """A citizen, by our own id; phone and user id are attributes that may change or be missing."""

    __tablename__ = "contact"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str | None] = mapped_column(String(2))
    blocked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # kept and read for danger, not answered
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ContactAddress(Base):
    """Where a contact can be reached on a channel: a phone number or a business-scoped user id."""

    __tablename__ = "contact_address"
    __table_args__ = (UniqueConstraint("channel", "kind", "value_fingerprint"),)
    id: Mapped[int] = mapped_column(_RowNumber, primary_key=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str] = mapped_column(String(16))  # phone, user_id
    value_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16))
    value_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Conversation(Base):
    """One talk of a contact with one of our numbers, until it has been idle for a day."""

    __tablename__ = "conversation"
    __table_args__ = (Index("ix_conversation_contact_business", "contact_id", "business_number", "state"),)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(16))
    business_number: Mapped[str] = mapped_column(String(64))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    # The name under which the dialogue engine knows this talk; a new one is a fresh start there.
    dialogue_id: Mapped[uuid.UUID] = mapped_column(Uuid, default=uuid.uuid4)
    state: Mapped[str] = mapped_column(String(16), default="bot")
    language: Mapped[str | None] = mapped_column(String(2))
    urgency: Mapped[str | None] = mapped_column(String(16))  # emergency, crisis
    # Who owns it while the state is `officer`, and when an officer last came or went.
    officer_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, index=True)
    officer_name: Mapped[str | None] = mapped_column(String(120))
    owner_changed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    said_under_18: Mapped[bool] = mapped_column(default=False)
    introduced_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # Somebody beside this service leads the talk on the platform; until then the bot is silent.
    silenced_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    referral: Mapped[str | None] = mapped_column(String(64))  # the link that brought the citizen; no person's data
    last_citizen_message_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ConversationEvent(Base):
    """What changed in a conversation, when and by whom; only grows."""

    __tablename__ = "conversation_event"
    id: Mapped[int] = mapped_column(_RowNumber, primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Turn(Base):
    """The messages that were answered together, and what the dialogue engine understood of them."""

    __tablename__ = "turn"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    # answered, engine_failure, window_closed, platform_off, not_answered, left, slowed_down, too_many
    outcome: Mapped[str] = mapped_column(String(24))
    topic: Mapped[str | None] = mapped_column(String(64), index=True)
    confidence: Mapped[float | None]
    language: Mapped[str | None] = mapped_column(String(2))
    danger: Mapped[str | None] = mapped_column(String(16))
    guesses: Mapped[list[str]] = mapped_column(JSON, default=list)  # topics, the likeliest first
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class TopicFeedback(Base):
    """How often an answer helped, did not help or was the wrong one. Counts only, of no conversation."""

    __tablename__ = "topic_feedback"
    topic: Mapped[str] = mapped_column(String(64), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    verdict: Mapped[str] = mapped_column(String(16), primary_key=True)  # helped, not_helped, wrong_guess
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    count: Mapped[int]


class Message(Base):
    """What a citizen wrote, masked, under the conversation's key; pending while it has no turn."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "external_fingerprint"),
        Index("ix_message_pending", "turn_id", "conversation_id"),
    )
    id: Mapped[int] = mapped_column(_RowNumber, primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    turn_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("turn.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(24))
    choice: Mapped[str | None] = mapped_column(String(128))
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    masked: Mapped[list[str]] = mapped_column(JSON, default=list)
    external_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16))
    external_id_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sent_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class OutboxItem(Base):
    """A reply: a row before it is a request. Its id travels to the provider and back in statuses."""

    __tablename__ = "outbox_item"
    __table_args__ = (Index("ix_outbox_item_due", "state", "due_at"),)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    sequence: Mapped[int] = mapped_column(Integer)  # order within its conversation
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    turn_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("turn.id", ondelete="SET NULL"))
    author: Mapped[str] = mapped_column(String(16))  # bot, officer, system
    template: Mapped[str | None] = mapped_column(String(64))  # its name, where it may go out after the 24 hours
    officer_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    officer_name: Mapped[str | None] = mapped_column(String(120))
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(String(16))  # queued, sending, unknown, sent, failed, dropped
    priority: Mapped[int] = mapped_column(default=1)  # 0 urgent, 1 reply, 2 bulk; see `outbox.py`
    waits_for: Mapped[str | None] = mapped_column(String(24))  # number_rate, pair_rate, retry, status
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    claimed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str | None] = mapped_column(String(32))  # the gateway process that sends it
    external_fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    external_id_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    delivery_rank: Mapped[int] = mapped_column(default=0)  # 1 sent, 2 delivered, 3 read, 4 played
    error_class: Mapped[str | None] = mapped_column(String(24))
    error_code: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class SendLimit(Base):
    """How fast a number may send, to everybody (`number`) or to one citizen (`pair`); see `pacing.py`.

    Moments are seconds since 1970, because the bucket is counted with them inside the database.
    """

    __tablename__ = "send_limit"
    scope: Mapped[str] = mapped_column(String(8), primary_key=True)  # number, pair
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    full_at: Mapped[float]  # when the bucket is full again
    paused_until: Mapped[float] = mapped_column(default=0.0)  # the provider asked for a pause
    strikes: Mapped[int] = mapped_column(default=0)  # such requests in a row


class StoppedNumber(Base):
    """A number of ours that sends nothing until an operator has looked; its replies wait in the outbox."""

    __tablename__ = "stopped_number"
    channel: Mapped[str] = mapped_column(String(16), primary_key=True)
    business_number: Mapped[str] = mapped_column(String(64), primary_key=True)
    failure: Mapped[str] = mapped_column(String(24))  # auth, policy
    code: Mapped[int | None]
    stopped_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class GatewayProcess(Base):
    """A gateway process that lives, as far as the others know; what it holds is free once `alive_until` has passed."""

    __tablename__ = "gateway_process"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    alive_until: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ConversationClaim(Base):
    """A conversation whose next turn one process is answering; see `claims.py`.

    A table of its own, so that claiming never rewrites a conversation or waits for one. No foreign key: a claim is
    gone seconds after its conversation.
    """

    __tablename__ = "conversation_claim"
    conversation_id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    claimed_by: Mapped[str] = mapped_column(String(32), index=True)
