"""Where replies go: the recipient, from the encrypted addresses of its contact; and the keys that name our numbers."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import AddressKind, ChannelName
from gateway.conversations.messages import Recipient
from gateway.conversations.models import Contact, ContactAddress, Conversation
from gateway.core import crypto
from gateway.core.compiled import prepare
from gateway.core.keyring import Keyring

# Built once: building costs more than executing.
_ADDRESSES = prepare(
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
    """The recipient of one conversation."""
    return (await recipients_of(session, keyring, [conversation]))[conversation.id]


async def recipients_of(
    session: AsyncSession, keyring: Keyring, conversations: Sequence[Conversation]
) -> dict[uuid.UUID, Recipient]:
    """The recipients of several conversations with one query, by conversation id."""
    if not conversations:
        return {}
    found = await session.execute(_ADDRESSES, {"contacts": list({each.contact_id for each in conversations})})
    values: dict[tuple[uuid.UUID, ChannelName], dict[AddressKind, str]] = {}
    for contact, channel, kind, sealed, wrapped in found:
        values.setdefault((contact, channel), {})[kind] = open_address(keyring, wrapped, sealed)
    return {each.id: recipient(each, values.get((each.contact_id, each.channel), {})) for each in conversations}


def open_address(keyring: Keyring, wrapped_key: bytes, sealed: bytes) -> str:
    """Decrypt a phone number or user id with the contact's wrapped key; raises `CannotOpen`."""
    return crypto.unseal(keyring.unwrap(wrapped_key), sealed, "contact_address.value").decode()


def recipient(conversation: Any, addresses: Mapping[AddressKind, str]) -> Recipient:
    """The recipient, from the contact's addresses by kind; of a row it needs `business_number`."""
    return Recipient(
        business_number=conversation.business_number,
        phone=addresses.get(AddressKind.PHONE),
        user_id=addresses.get(AddressKind.USER_ID),
    )


def number_key(channel: ChannelName, business_number: str) -> str:
    """The key of one of our numbers, for token buckets and suspensions."""
    return f"{channel} {business_number}"


def channel_of(key: str) -> ChannelName:
    """The channel of such a key."""
    return ChannelName(key.partition(" ")[0])


def pair_key(conversation: Conversation) -> str:
    """The key of the bucket of a number and a citizen, by our own id of the contact."""
    return f"{number_key(conversation.channel, conversation.business_number)} {conversation.contact_id.hex}"
