"""The web chat, way in: the deliveries that its routes give to the inbox, and how they are read there.

The same bytes go to the database or the spool, so the guarantees are those of every channel.
"""

import datetime as dt
import hashlib
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.channels.webchat import limits
from gateway.conversations.kinds import InboxEventKind, MessageKind
from gateway.conversations.messages import IncomingEvent, IncomingMessage, IncomingStatus
from gateway.core.database import now

# The web chat has one account, where WhatsApp has numbers.
BUSINESS_NUMBER = "chat"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SubmittedMessage(_Part):
    """What a citizen wrote or chose; `id` is the page's own, so that a repeat is one message."""

    kind: Literal[InboxEventKind.MESSAGE] = InboxEventKind.MESSAGE
    session: str = Field(pattern=r"^[0-9a-f]{32}$")
    id: str = Field(pattern=r"^[A-Za-z0-9-]{8,64}$", max_length=limits.ID_LENGTH)
    text: str = Field(min_length=1, max_length=limits.TEXT_LENGTH)
    choice: str | None = Field(default=None, pattern=r"^[A-Za-z0-9:_-]+$", max_length=limits.CHOICE_LENGTH)
    referral: str | None = Field(default=None, max_length=8)  # the code of the link by which the page was opened
    at: dt.datetime


class PageStatus(StrEnum):
    """How far a reply has come on the page."""

    DELIVERED = "delivered"
    READ = "read"


class ReplyStatus(_Part):
    """A reply was delivered to the page or read there; `reference` is its outbox id."""

    kind: Literal[InboxEventKind.STATUS] = InboxEventKind.STATUS
    session: str
    number: int
    reference: str
    status: PageStatus
    at: dt.datetime


class Delivery(_Part):
    """One body: the events of one request."""

    events: tuple[SubmittedMessage | ReplyStatus, ...] = Field(min_length=1)


def body_of(*events: SubmittedMessage | ReplyStatus) -> bytes:
    """The bytes that are stored."""
    return Delivery(events=events).model_dump_json(exclude_none=True).encode()


def external_id_of(session: str, number: int) -> str:
    """The id of a reply on this channel."""
    return f"{session}:{number}"


def message_id_of(session: str, client_id: str) -> str:
    """The id of a citizen's message: browsers choose their own, so the session is part of it."""
    return f"{session}:{client_id}"


def read_events(body: bytes) -> list[IncomingEvent]:
    """All updates of a body; one that is not ours comes back as `other`."""
    try:
        delivery = Delivery.model_validate_json(body)
    except ValidationError:
        name = hashlib.sha256(body).hexdigest()
        return [IncomingEvent(kind=InboxEventKind.OTHER, unique_id=name, occurred_at=now(), name="unreadable")]
    return [_message(event) if isinstance(event, SubmittedMessage) else _status(event) for event in delivery.events]


def _message(event: SubmittedMessage) -> IncomingEvent:
    external_id = message_id_of(event.session, event.id)
    message = IncomingMessage(
        external_id=external_id,
        business_number=BUSINESS_NUMBER,
        sent_at=event.at,
        kind=MessageKind.CHOICE if event.choice else MessageKind.TEXT,
        user_id=event.session,
        text=event.text,
        choice=event.choice,
        referral=event.referral,
    )
    return IncomingEvent(kind=InboxEventKind.MESSAGE, unique_id=external_id, occurred_at=event.at, message=message)


def _status(event: ReplyStatus) -> IncomingEvent:
    external_id = external_id_of(event.session, event.number)
    status = IncomingStatus(
        external_id=external_id,
        business_number=BUSINESS_NUMBER,
        occurred_at=event.at,
        status=event.status,
        reference=event.reference,
    )
    unique = f"{external_id}:{event.status}"
    return IncomingEvent(kind=InboxEventKind.STATUS, unique_id=unique, occurred_at=event.at, status=status)
