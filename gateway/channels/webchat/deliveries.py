"""The web chat, on the way in: what our own door hands to the inbox, and how it is read there.

The same bytes go to the database or the spool, so the guarantees are those of every channel.
"""

import datetime as dt
import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.channels.base import IncomingEvent, IncomingMessage, IncomingStatus
from gateway.channels.webchat import limits
from gateway.database import now

# The web chat has one end of ours, where others have numbers.
PLACE = "chat"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Written(_Part):
    """What a citizen wrote or tapped; `id` is the page's own, so that a repeat is one message."""

    kind: Literal["message"] = "message"
    session: str = Field(pattern=r"^[0-9a-f]{32}$")
    id: str = Field(pattern=r"^[A-Za-z0-9-]{8,64}$", max_length=limits.ID_LENGTH)
    text: str = Field(min_length=1, max_length=limits.TEXT_LENGTH)
    choice: str | None = Field(default=None, min_length=1, max_length=limits.CHOICE_LENGTH)
    door: str | None = Field(default=None, max_length=8)  # by whose link the page was opened
    at: dt.datetime


class Shown(_Part):
    """What became of a reply on the page; `reference` is its outbox id."""

    kind: Literal["status"] = "status"
    session: str
    number: int
    reference: str
    status: Literal["delivered", "read"]
    at: dt.datetime


class Delivery(_Part):
    """One body: what our door made of one request."""

    events: tuple[Written | Shown, ...] = Field(min_length=1)


def body_of(*events: Written | Shown) -> bytes:
    """The bytes that are stored."""
    return Delivery(events=events).model_dump_json(exclude_none=True).encode()


def external_id_of(session: str, number: int) -> str:
    """The name of a reply on this channel."""
    return f"{session}:{number}"


def message_id_of(session: str, client_id: str) -> str:
    """The name of a citizen's message: each browser counts for itself, so the session belongs to it."""
    return f"{session}:{client_id}"


def read_events(body: bytes) -> list[IncomingEvent]:
    """All updates of a body; one that is not ours comes back as `other`."""
    try:
        delivery = Delivery.model_validate_json(body)
    except ValidationError:
        name = hashlib.sha256(body).hexdigest()
        return [IncomingEvent(kind="other", unique_id=name, occurred_at=now(), name="unreadable")]
    return [_message(event) if isinstance(event, Written) else _status(event) for event in delivery.events]


def _message(event: Written) -> IncomingEvent:
    external_id = message_id_of(event.session, event.id)
    message = IncomingMessage(
        external_id=external_id,
        business_number=PLACE,
        sent_at=event.at,
        kind="choice" if event.choice else "text",
        user_id=event.session,
        text=event.text,
        choice=event.choice,
        referral=event.door,
    )
    return IncomingEvent(kind="message", unique_id=external_id, occurred_at=event.at, message=message)


def _status(event: Shown) -> IncomingEvent:
    external_id = external_id_of(event.session, event.number)
    status = IncomingStatus(
        external_id=external_id,
        business_number=PLACE,
        occurred_at=event.at,
        status=event.status,
        reference=event.reference,
    )
    unique = f"{external_id}:{event.status}"
    return IncomingEvent(kind="status", unique_id=unique, occurred_at=event.at, status=status)
