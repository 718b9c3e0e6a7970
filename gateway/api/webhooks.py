"""The API, webhooks out: what happened is noted for each address in the transaction in which it happened.

An event says what, when, and of which conversation or bulletin by its random id. Signed as the Standard Webhooks
specification says, so that an integrator can check it with a library.
"""

import base64
import datetime as dt
import hmac
import uuid
from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel, Field
from sqlalchemy import Connection, Integer, Uuid, event, insert, literal, select

from gateway.api.kinds import WebhookEvent
from gateway.api.models import ApiNotification, ApiWebhook
from gateway.bulletins.models import BulletinEvent
from gateway.bulletins.states import BulletinEventKind
from gateway.conversations.kinds import EventKind
from gateway.conversations.models import ConversationEvent
from gateway.core.config.settings import Settings
from gateway.core.database import UtcDateTime, enum_column
from gateway.core.rows import listen_to

_OF_CONVERSATIONS: Final[Mapping[EventKind, WebhookEvent]] = {
    EventKind.QUEUED: WebhookEvent.CONVERSATION_WAITING,
    EventKind.RELEASED: WebhookEvent.CONVERSATION_WAITING,
    EventKind.CLAIMED: WebhookEvent.CONVERSATION_CLAIMED,
    EventKind.CLOSED: WebhookEvent.CONVERSATION_CLOSED,
}
_PUBLISHED: Final = (BulletinEventKind.PUBLISHED, BulletinEventKind.PUBLISHED_ALONE)


class Notification(BaseModel):
    """The body of a webhook."""

    id: uuid.UUID = Field(description="The same at each try: what was seen before may be ignored.")
    event: WebhookEvent
    occurred_at: dt.datetime
    subject: uuid.UUID = Field(description="The random id of the conversation, or of the bulletin.")


def body_of(row: ApiNotification) -> bytes:
    """The body of an event, the same at each try."""
    said = Notification(id=row.event_id, event=row.event, occurred_at=row.occurred_at, subject=row.subject_id)
    return said.model_dump_json().encode()


def secret_of(settings: Settings, webhook_id: uuid.UUID) -> bytes:
    """The address's secret, derived from `NEUVO_SECRET_KEY`: with another key, each integrator needs the new one."""
    key = settings.secret_key.get_secret_value().encode()
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"neuvo webhook out " + webhook_id.bytes).derive(key)


def shown_secret(settings: Settings, webhook_id: uuid.UUID) -> str:
    """The secret in the form that libraries take."""
    return f"whsec_{base64.b64encode(secret_of(settings, webhook_id)).decode()}"


def headers_of(secret: bytes, row: ApiNotification, body: bytes, at: dt.datetime) -> dict[str, str]:
    """The headers by which the receiver knows that we sent this body, and when."""
    identifier, timestamp = str(row.event_id), str(int(at.timestamp()))
    digest = hmac.digest(secret, f"{identifier}.{timestamp}.".encode() + body, "sha256")
    return {
        "content-type": "application/json",
        "user-agent": "neuvo",
        "webhook-id": identifier,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


listen_to(ConversationEvent, lambda row: row.kind in _OF_CONVERSATIONS)
listen_to(BulletinEvent, lambda row: row.kind in _PUBLISHED)


@event.listens_for(ConversationEvent, "after_insert")
def _on_conversation_event(_: Any, connection: Connection, row: ConversationEvent) -> None:
    if (kind := _OF_CONVERSATIONS.get(row.kind)) is not None:
        _note(connection, kind, row.conversation_id, row.created_at)


@event.listens_for(BulletinEvent, "after_insert")
def _on_bulletin_event(_: Any, connection: Connection, row: BulletinEvent) -> None:
    if row.kind in _PUBLISHED:
        _note(connection, WebhookEvent.BULLETIN_PUBLISHED, row.bulletin_id, row.created_at)


def _note(connection: Connection, kind: WebhookEvent, subject: uuid.UUID, at: dt.datetime) -> None:
    """One row for each address that wants this, in the transaction of what happened."""
    wanted = select(
        ApiWebhook.id,
        literal(uuid.uuid4(), Uuid()),
        literal(kind, enum_column(WebhookEvent)),
        literal(subject, Uuid()),
        literal(at, UtcDateTime()),
        literal(0, Integer()),
        literal(at, UtcDateTime()),
    ).where(ApiWebhook.events.contains(kind.value))
    columns = ["webhook_id", "event_id", "event", "subject_id", "occurred_at", "tries", "due_at"]
    connection.execute(insert(ApiNotification).from_select(columns, wanted))
