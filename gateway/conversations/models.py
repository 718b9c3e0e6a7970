"""The tables of contacts, conversations, messages, turns, inbox and outbox.

Columns that end in `_sealed` are encrypted (see `gateway.core.crypto`), those that end in
`_fingerprint` are keyed hashes; no column holds a text, a phone number or a provider's id in clear.
"""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from gateway.conversations.kinds import (
    AddressKind,
    Author,
    ChannelName,
    ConversationState,
    Danger,
    DeliveryRank,
    EventKind,
    FailureClass,
    InboxEventKind,
    InboxState,
    MessageKind,
    OutboxState,
    Permission,
    Priority,
    ReplyKind,
    TurnOutcome,
    UnaskedKind,
    WaitReason,
)
from gateway.core.database import Base, RowNumber, UtcDateTime, enum_column
from gateway.core.locale import Language

_UNJUDGED = text("outcome = 'engine_failure' AND topic IS NULL")


class WebhookDelivery(Base):
    """The raw body of one accepted POST, encrypted with an inbox key; deleted once its events are processed.

    Of statuses alone, where all were understood, none is kept.
    """

    __tablename__ = "webhook_delivery"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    channel: Mapped[ChannelName] = mapped_column(enum_column(ChannelName))
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
    key_id: Mapped[int]  # no foreign key: destroying the key must not wait for the row
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class InboxEvent(Base):
    """One message, status or other update of a delivery, unique by the provider's id."""

    __tablename__ = "inbox_event"
    __table_args__ = (
        UniqueConstraint("channel", "kind", "external_fingerprint"),
        Index("ix_inbox_event_state_priority_id", "state", "priority", "id"),
    )
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    channel: Mapped[ChannelName] = mapped_column(enum_column(ChannelName))
    kind: Mapped[InboxEventKind] = mapped_column(enum_column(InboxEventKind))
    external_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16))
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("webhook_delivery.id", ondelete="SET NULL"), index=True)
    key_id: Mapped[int | None]
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[InboxState] = mapped_column(enum_column(InboxState))
    # What may be danger is processed before all others.
    priority: Mapped[Priority] = mapped_column(enum_column(Priority), default=Priority.REPLY)
    reason: Mapped[str | None] = mapped_column(String(64))
    occurred_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class Contact(Base):
    """A citizen, by our own id; phone and user id are attributes that may change or be missing."""

    __tablename__ = "contact"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[Language | None] = mapped_column(enum_column(Language))
    blocked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # kept and read for danger, not answered
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ContactAddress(Base):
    """Where a contact can be reached on a channel: a phone number or a business-scoped user id."""

    __tablename__ = "contact_address"
    __table_args__ = (UniqueConstraint("channel", "kind", "value_fingerprint"),)
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"), index=True)
    channel: Mapped[ChannelName] = mapped_column(enum_column(ChannelName))
    kind: Mapped[AddressKind] = mapped_column(enum_column(AddressKind))
    value_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16))
    value_sealed: Mapped[bytes] = mapped_column(LargeBinary)


class Conversation(Base):
    """One conversation of a contact with one of our numbers, until it has been idle for a day."""

    __tablename__ = "conversation"
    __table_args__ = (Index("ix_conversation_contact_business", "contact_id", "business_number", "state"),)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    contact_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contact.id", ondelete="CASCADE"))
    channel: Mapped[ChannelName] = mapped_column(enum_column(ChannelName))
    business_number: Mapped[str] = mapped_column(String(64))
    wrapped_key: Mapped[bytes] = mapped_column(LargeBinary)
    # The id under which the dialogue engine knows it; a new one is a fresh start there.
    dialogue_id: Mapped[uuid.UUID] = mapped_column(Uuid, default=uuid.uuid4)
    state: Mapped[ConversationState] = mapped_column(enum_column(ConversationState), default=ConversationState.BOT)
    language: Mapped[Language | None] = mapped_column(enum_column(Language))
    urgency: Mapped[Danger | None] = mapped_column(enum_column(Danger))
    # Since when the citizen is asked whether somebody is in danger; nothing once they have written again.
    danger_asked_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime, index=True)
    # Who owns it while the state is `officer`, and when an officer last claimed it or let it go.
    officer_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, index=True)
    officer_name: Mapped[str | None] = mapped_column(String(120))
    owner_changed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    said_under_18: Mapped[bool] = mapped_column(default=False)
    told_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # `Told`: danger, consent, watched phone, and facts
    introduced_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # A person or program beside this service answers on the platform; until then the bot is silent.
    external_control_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    referral: Mapped[str | None] = mapped_column(String(64))  # the link that brought the citizen; no person's data
    last_citizen_message_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class ConversationEvent(Base):
    """What changed in a conversation, when and by whom; append-only."""

    __tablename__ = "conversation_event"
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    kind: Mapped[EventKind] = mapped_column(enum_column(EventKind))
    actor: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Turn(Base):
    """The messages that were answered together, and what the dialogue engine understood of them."""

    __tablename__ = "turn"
    __table_args__ = (Index("ix_turn_unjudged", "created_at", sqlite_where=_UNJUDGED, postgresql_where=_UNJUDGED),)
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    outcome: Mapped[TurnOutcome] = mapped_column(enum_column(TurnOutcome))
    topic: Mapped[str | None] = mapped_column(String(64), index=True)
    question: Mapped[str | None] = mapped_column(String(64))  # of `answers.labels.QUESTIONS`, where it asked one
    confidence: Mapped[float | None]
    language: Mapped[Language | None] = mapped_column(enum_column(Language))
    danger: Mapped[Danger | None] = mapped_column(enum_column(Danger))
    guesses: Mapped[list[str]] = mapped_column(JSON, default=list)  # topics, the likeliest first
    scam: Mapped[str | None] = mapped_column(String(64))  # `sender:story` of a suspicious message, for counting waves
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Message(Base):
    """What a citizen wrote, masked and encrypted with the conversation's key; pending while it has no turn."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "external_fingerprint"),
        Index("ix_message_pending", "turn_id", "conversation_id"),
    )
    id: Mapped[int] = mapped_column(RowNumber, primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    turn_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("turn.id", ondelete="SET NULL"))
    kind: Mapped[MessageKind] = mapped_column(enum_column(MessageKind))
    choice: Mapped[str | None] = mapped_column(String(128))
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    masked: Mapped[list[str]] = mapped_column(JSON, default=list)
    # The danger screen's first opinion, until the engine has judged; and when the citizen was told 112 because of it.
    suspected: Mapped[Danger | None] = mapped_column(enum_column(Danger))
    warned_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    external_fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16))
    external_id_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    sent_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class OutboxItem(Base):
    """A reply to be sent. Its id is sent to the provider as the reference that statuses name."""

    __tablename__ = "outbox_item"
    __table_args__ = (
        Index("ix_outbox_item_due", "state", "due_at"),
        # Nothing goes out unasked around the gate (`gateway.outbox.gate`): what is no reply has a permission, and what
        # has none is an answer to a turn, the words of an officer, or one of two named exceptions.
        CheckConstraint("(reply_kind IS NULL) <> (unasked_kind IS NULL)", name="reply_or_unasked"),
        CheckConstraint(
            "(unasked_kind IS NULL AND permission IS NULL) OR (unasked_kind IS NOT NULL AND permission IS NOT NULL AND "
            "(unasked_kind = 'bulletin_update') = (permission = 'followed'))",
            name="unasked_is_permitted",
        ),
        CheckConstraint("(turn_id IS NOT NULL) = (COALESCE(reply_kind, '') = 'answer')", name="answer_has_turn"),
        CheckConstraint(
            "COALESCE(reply_kind, '') <> 'officer' OR (author = 'officer' AND officer_id IS NOT NULL)",
            name="officer_is_named",
        ),
    )
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True, default=uuid.uuid4)
    sequence: Mapped[int] = mapped_column(Integer)  # order within its conversation
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    # Indexed for retention: for each turn that goes the database looks for its replies.
    turn_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("turn.id", ondelete="CASCADE"), index=True)
    reply_kind: Mapped[ReplyKind | None] = mapped_column(enum_column(ReplyKind))
    unasked_kind: Mapped[UnaskedKind | None] = mapped_column(enum_column(UnaskedKind))
    permission: Mapped[Permission | None] = mapped_column(enum_column(Permission))
    author: Mapped[Author] = mapped_column(enum_column(Author))
    template: Mapped[str | None] = mapped_column(String(64))  # its name, where it may go out after the 24 hours
    officer_id: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    officer_name: Mapped[str | None] = mapped_column(String(120))
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    reaction_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)  # the emoji with which the citizen answered it
    state: Mapped[OutboxState] = mapped_column(enum_column(OutboxState))
    priority: Mapped[Priority] = mapped_column(enum_column(Priority), default=Priority.REPLY)
    waits_for: Mapped[WaitReason | None] = mapped_column(enum_column(WaitReason))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    leased_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    leased_by: Mapped[str | None] = mapped_column(String(32))  # the process that sends it
    external_fingerprint: Mapped[bytes | None] = mapped_column(LargeBinary(16), index=True)
    external_id_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    delivery_rank: Mapped[DeliveryRank] = mapped_column(enum_column(DeliveryRank), default=DeliveryRank.NONE)
    error_class: Mapped[FailureClass | None] = mapped_column(enum_column(FailureClass))
    error_code: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class OutboxFile(Base):
    """The bytes of a picture or PDF that an officer sends: apart from the replies, which name it by its id."""

    __tablename__ = "outbox_file"
    id: Mapped[uuid.UUID] = mapped_column(Uuid, primary_key=True)
    conversation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class SuspendedNumber(Base):
    """A number of ours whose sending is suspended until an operator resumes it; its replies wait in the outbox."""

    __tablename__ = "suspended_number"
    channel: Mapped[ChannelName] = mapped_column(enum_column(ChannelName), primary_key=True)
    business_number: Mapped[str] = mapped_column(String(64), primary_key=True)
    failure: Mapped[FailureClass] = mapped_column(enum_column(FailureClass))
    code: Mapped[int | None]
    suspended_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class BlockedAddress(Base):
    """An address whose owner officers have blocked: a blind index, which outlives what its owner has erased.

    Until `until`, a new contact with this address is blocked too; who lifts the block of that contact lifts this one.
    """

    __tablename__ = "blocked_address"
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    ground: Mapped[str] = mapped_column(String(32))  # a code of the closed list of reasons
    blocked_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
    until: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)


class ErasedAddress(Base):
    """An address whose messages from before this timestamp are not accepted any more, however late they come."""

    __tablename__ = "erased_address"
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    before: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)
