"""Station 2, who is it: a contact by our own id, found by any address we know, and the talk that is open."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import IncomingMessage, Recipient
from gateway.conversations.keys import Keyring
from gateway.conversations.models import Contact, ContactAddress, Conversation, ConversationEvent
from gateway.database import now


@dataclass
class OpenConversation:
    """A conversation with its unwrapped key."""

    row: Conversation
    key: bytes


class AddressBook:
    """Finds or makes contacts and their open conversations within one transaction."""

    def __init__(self, session: AsyncSession, keyring: Keyring, channel: str, idle: dt.timedelta) -> None:
        self._session = session
        self._keyring = keyring
        self._channel = channel
        self._idle = idle

    async def conversation_for(self, message: IncomingMessage) -> OpenConversation:
        """The conversation a message belongs to."""
        contact = await self._contact(message)
        row = await self._open_row(contact, message)
        return OpenConversation(row, self._keyring.unwrap(row.wrapped_key))

    async def _contact(self, message: IncomingMessage) -> Contact:
        addresses = {"user_id": message.user_id, "phone": message.phone}
        known = {kind: value for kind, value in addresses.items() if value}
        prints = {kind: self._fingerprint(kind, value) for kind, value in known.items()}
        found = {
            address.kind: address
            for address in await self._session.scalars(
                select(ContactAddress).where(
                    ContactAddress.channel == self._channel,
                    ContactAddress.value_fingerprint.in_(list(prints.values())),
                )
            )
        }
        # The user id outlives a change of number, so it decides when the two disagree.
        address = found.get("user_id") or found.get("phone")
        contact = await self._session.get(Contact, address.contact_id) if address else None
        if contact is None:
            contact = Contact(wrapped_key=self._keyring.wrap(encryption.new_key()), created_at=now())
            self._session.add(contact)
            await self._session.flush()
        self._add_addresses(contact, {kind: known[kind] for kind in known.keys() - found.keys()})
        await self._session.flush()
        return contact

    def _add_addresses(self, contact: Contact, values: dict[str, str]) -> None:
        key = self._keyring.unwrap(contact.wrapped_key)
        for kind, value in values.items():
            self._session.add(
                ContactAddress(
                    contact_id=contact.id,
                    channel=self._channel,
                    kind=kind,
                    value_fingerprint=self._fingerprint(kind, value),
                    value_sealed=encryption.seal(key, value, "contact_address.value"),
                )
            )

    def _fingerprint(self, kind: str, value: str) -> bytes:
        return self._keyring.fingerprint(f"{self._channel} {kind}", value)

    async def _open_row(self, contact: Contact, message: IncomingMessage) -> Conversation:
        row = await self._session.scalar(
            select(Conversation)
            .where(
                Conversation.contact_id == contact.id,
                Conversation.business_number == message.business_number,
                Conversation.state != "closed",
            )
            .order_by(Conversation.last_citizen_message_at.desc())
            .limit(1)
        )
        if row is not None and row.state == "bot" and now() - row.last_citizen_message_at > self._idle:
            row.state = "closed"
            self._session.add(_event(row.id, "closed", {"why": "idle"}))
            row = None
        return row or await self._begin(contact, message)

    async def _begin(self, contact: Contact, message: IncomingMessage) -> Conversation:
        row = Conversation(
            contact_id=contact.id,
            channel=self._channel,
            business_number=message.business_number,
            wrapped_key=self._keyring.wrap(encryption.new_key()),
            dialogue_id=uuid.uuid4(),
            state="bot",
            language=contact.language,
            last_citizen_message_at=message.sent_at,
            created_at=now(),
        )
        self._session.add(row)
        await self._session.flush()
        self._session.add(_event(row.id, "begun", {}))
        return row


def _event(conversation_id: uuid.UUID, kind: str, details: dict[str, str]) -> ConversationEvent:
    return ConversationEvent(
        conversation_id=conversation_id, kind=kind, actor="gateway", details=details, created_at=now()
    )


async def recipient_of(session: AsyncSession, keyring: Keyring, conversation: Conversation) -> Recipient:
    """Where replies of a conversation go."""
    contact = await session.get_one(Contact, conversation.contact_id)
    key = keyring.unwrap(contact.wrapped_key)
    rows = await session.scalars(
        select(ContactAddress)
        .where(ContactAddress.contact_id == contact.id, ContactAddress.channel == conversation.channel)
        .order_by(ContactAddress.id)
    )
    values = {row.kind: encryption.unseal(key, row.value_sealed, "contact_address.value").decode() for row in rows}
    return Recipient(
        business_number=conversation.business_number, phone=values.get("phone"), user_id=values.get("user_id")
    )
