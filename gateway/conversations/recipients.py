"""Under the road: where the replies of a conversation go, from the sealed addresses of its contact."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import Recipient
from gateway.conversations.keys import Keyring
from gateway.conversations.models import Contact, ContactAddress, Conversation

# Made once: to build it costs more than to run it.
_ADDRESSES = (
    select(
        ContactAddress.contact_id,
        ContactAddress.channel,
        ContactAddress.kind,
        ContactAddress.value_sealed,
        Contact.wrapped_key,
    )
    .join(Contact, Contact.id == ContactAddress.contact_id)
    .where(ContactAddress.contact_id.in_(bindparam("contacts", expanding=True)))
    .order_by(ContactAddress.id)
)


async def recipient_of(session: AsyncSession, keyring: Keyring, conversation: Conversation) -> Recipient:
    """Where replies of a conversation go."""
    return (await recipients_of(session, keyring, [conversation]))[conversation.id]


async def recipients_of(
    session: AsyncSession, keyring: Keyring, conversations: Sequence[Conversation]
) -> dict[uuid.UUID, Recipient]:
    """Where replies of these conversations go, by their ids."""
    if not conversations:
        return {}
    found = await session.execute(_ADDRESSES, {"contacts": list({each.contact_id for each in conversations})})
    values: dict[tuple[uuid.UUID, str], dict[str, str]] = {}
    for contact, channel, kind, sealed, wrapped in found:
        values.setdefault((contact, channel), {})[kind] = open_address(keyring, wrapped, sealed)
    return {each.id: recipient(each, values.get((each.contact_id, each.channel), {})) for each in conversations}


def open_address(keyring: Keyring, wrapped_key: bytes, sealed: bytes) -> str:
    """A number or id of a contact, with the contact's wrapped key."""
    return encryption.unseal(keyring.unwrap(wrapped_key), sealed, "contact_address.value").decode()


def recipient(conversation: Any, addresses: Mapping[str, str]) -> Recipient:
    """Where replies go, from the contact's addresses by their kind."""
    return Recipient(
        business_number=conversation.business_number, phone=addresses.get("phone"), user_id=addresses.get("user_id")
    )
