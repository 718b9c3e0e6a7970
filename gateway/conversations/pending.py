"""Station 3, pending: everything that a turn is about, in one question: words, talk, citizen and addresses."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, select

from gateway import encryption
from gateway.conversations.keys import Keyring
from gateway.conversations.models import Contact, ContactAddress, Conversation, Message
from gateway.conversations.questions import Pending
from gateway.conversations.recipients import open_address

MOST_MESSAGES = 50


def _pending_talk() -> Select[Any]:
    pending = (
        select(
            Message.id,
            Message.conversation_id,
            Message.kind,
            Message.choice,
            Message.content_sealed,
            Message.masked,
            Message.external_id_sealed,
            Message.sent_at,
            Message.received_at,
        )
        .where(Message.conversation_id == bindparam("conversation"), Message.turn_id.is_(None))
        .order_by(Message.sent_at, Message.id)
        .limit(MOST_MESSAGES)
        .subquery("pending")
    )
    address = and_(ContactAddress.contact_id == Conversation.contact_id, ContactAddress.channel == Conversation.channel)
    return (
        select(
            pending,
            Conversation.dialogue_id,
            Conversation.channel,
            Conversation.business_number,
            Conversation.language,
            Conversation.wrapped_key,
            Conversation.state,
            Conversation.silenced_until,
            Contact.blocked_at,
            Contact.wrapped_key.label("contact_key"),
            ContactAddress.kind.label("address_kind"),
            ContactAddress.value_sealed.label("address_sealed"),
        )
        .select_from(pending)
        .join(Conversation, Conversation.id == pending.c.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .outerjoin(ContactAddress, address)
        .order_by(pending.c.sent_at, pending.c.id, ContactAddress.id)
    )


# Made once: to build it costs more than to run it. A row for each message and address of the citizen.
PENDING_TALK = _pending_talk()


def opened(row: Row[Any], key: bytes) -> Pending:
    """A message of such a row, opened with the conversation's key."""
    content = json.loads(encryption.unseal(key, row.content_sealed, "message.content")) if row.content_sealed else {}
    return Pending(
        id=row.id,
        kind=row.kind,
        text=content.get("text"),
        choice=row.choice,
        masked=tuple(row.masked),
        external_id=encryption.unseal(key, row.external_id_sealed, "message.external_id").decode(),
        sealed=row.content_sealed,
        sent_at=row.sent_at,
        received_at=row.received_at,
    )


def addresses_of(rows: Iterable[Row[Any]], keyring: Keyring) -> dict[str, str]:
    """The citizen's addresses on the talk's channel, by their kind."""
    sealed = {row.address_kind: row for row in rows if row.address_kind is not None}
    return {kind: open_address(keyring, row.contact_key, row.address_sealed) for kind, row in sealed.items()}
