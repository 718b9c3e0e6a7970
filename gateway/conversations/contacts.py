"""Station 2, who is it: a contact by our own id, found by any address we know, and the talk that is open."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import IncomingMessage
from gateway.conversations.ahead import HOLDERS, Ahead, erasures_of, read_ahead, was_sent_before
from gateway.conversations.keys import Keyring
from gateway.conversations.models import Contact, ContactAddress, Conversation, ConversationEvent
from gateway.database import Base, now

# How long before the notice of a change the first words from the new address may have come.
NOTICE_LATE = dt.timedelta(hours=1)


@dataclass
class OpenConversation:
    """A conversation with its unwrapped key."""

    row: Conversation
    key: bytes


class AddressBook:
    """Finds or makes contacts and their open conversations within one transaction, and writes what is said there."""

    def __init__(self, session: AsyncSession, keyring: Keyring, channel: str, idle: dt.timedelta) -> None:
        self._session = session
        self._keyring = keyring
        self._channel = channel
        self._idle = idle
        self._ahead: Ahead | None = None

    async def read_ahead(self, messages: Iterable[IncomingMessage]) -> None:
        """Ask for all senders at once; from here on, what is new waits for `write`."""
        prints = {each for message in messages for each in self.fingerprints_of(message)}
        self._ahead = await read_ahead(self._session, self._channel, prints)

    async def write(self) -> None:
        """Everything that is new is in the tables; what was read ahead still holds."""
        if self._ahead is not None:
            await self._ahead.write(self._session)
        else:
            await self._session.flush()

    async def write_and_forget(self) -> None:
        """The same, and ask the tables from here on: something else than words may change who is who.

        Raises `ErasedMeanwhile` when somebody who was written for has wished that it be erased.
        """
        await self.write()
        if self._ahead is not None:
            await self._ahead.look_for_erasures(self._session)
        self._ahead = None

    def add(self, row: Base) -> None:
        """Put a new row among those that `write` writes."""
        if self._ahead is not None:
            self._ahead.add(row)
        else:
            self._session.add(row)

    async def was_erased(self, message: IncomingMessage) -> bool:
        """Whether this was sent by somebody who has wished since then that it be erased.

        Hardly ever; so where it was read ahead, all are asked about at the end.
        """
        prints = self.fingerprints_of(message)
        if self._ahead is not None:
            self._ahead.taken.append((message.sent_at, prints))
            return False
        return was_sent_before(message.sent_at, prints, await erasures_of(self._session, prints))

    async def conversation_for(self, message: IncomingMessage) -> OpenConversation:
        """The conversation a message belongs to."""
        contact, is_new = await self._contact(message)
        begin = self._begin if is_new else self._open_row
        row = await begin(contact, message.business_number, message.sent_at)
        return OpenConversation(row, self._keyring.unwrap(row.wrapped_key))

    async def reopened(self, conversation_id: uuid.UUID) -> OpenConversation:
        """A conversation by its id, also one that is over."""
        row = await self._session.get_one(Conversation, conversation_id)
        return OpenConversation(row, self._keyring.unwrap(row.wrapped_key))

    async def after(self, over: Conversation) -> OpenConversation:
        """The talk in which the citizen of one that is over goes on."""
        contact = await self._session.get_one(Contact, over.contact_id)
        row = await self._open_row(contact, over.business_number, over.last_citizen_message_at)
        row.silenced_until = row.silenced_until or over.silenced_until
        return OpenConversation(row, self._keyring.unwrap(row.wrapped_key))

    async def find(self, message: IncomingMessage) -> Contact | None:
        """The contact who wrote, where we know one; makes nobody."""
        return await self._holder(message, await self._holders(message.phone, message.user_id))

    async def _holder(self, message: IncomingMessage, found: dict[str, ContactAddress]) -> Contact | None:
        if (by_user_id := found.get("user_id")) is not None:
            return await self._get(by_user_id.contact_id)
        if (by_phone := found.get("phone")) is None:
            return None
        if message.user_id is not None and await self._has_user_id(by_phone.contact_id):
            # The number has a new owner: what was said with the last one is none of their business.
            return None
        return await self._get(by_phone.contact_id)

    async def _get(self, contact_id: uuid.UUID) -> Contact | None:
        if self._ahead is not None:
            return self._ahead.contacts.get(contact_id)
        return await self._session.get(Contact, contact_id)

    async def change(self, message: IncomingMessage) -> str | None:
        """Give a known contact a new number or user id; returns why nothing changed, or nothing.

        Both are replaced: a change of number also changes the user id, and a new user id that comes without a number
        means that the old number is not theirs any more (Meta, "Business-scoped user IDs").
        """
        new = _named(message.new_phone, message.new_user_id)
        if not new:
            return "system_notice"
        contact = await self.find(message)
        if contact is None:
            return "unknown_contact"
        for holder in (await self._holders(message.new_phone, message.new_user_id)).values():
            await self._absorb_newcomer(contact, holder, message.sent_at)
        await self._session.execute(
            delete(ContactAddress).where(
                ContactAddress.contact_id == contact.id, ContactAddress.channel == self._channel
            )
        )
        await self._put_addresses(contact, new)
        return None

    def fingerprints_of(self, message: IncomingMessage) -> list[bytes]:
        """Under which the sender's addresses are found."""
        return [self._fingerprint(kind, value) for kind, value in _named(message.phone, message.user_id).items()]

    async def _contact(self, message: IncomingMessage) -> tuple[Contact, bool]:
        """The contact who wrote, and whether nothing is known of them but this."""
        found = await self._holders(message.phone, message.user_id)
        contact = await self._holder(message, found)
        is_new = contact is None
        if contact is None:
            wrapped = self._keyring.wrap(encryption.new_key())
            contact = Contact(id=uuid.uuid4(), wrapped_key=wrapped, created_at=now())
            self.add(contact)
            if self._ahead is None:
                await self.write()
            if not found:  # nobody has these addresses, and this contact has none yet
                self._add_addresses(contact, _named(message.phone, message.user_id))
                return contact, True
        known = _named(message.phone, message.user_id)
        theirs = {kind for kind, address in found.items() if address.contact_id == contact.id}
        if missing := {kind: value for kind, value in known.items() if kind not in theirs}:
            await self._put_addresses(contact, missing)
        return contact, is_new

    async def _holders(self, phone: str | None, user_id: str | None) -> dict[str, ContactAddress]:
        prints = [self._fingerprint(kind, value) for kind, value in _named(phone, user_id).items()]
        if self._ahead is not None:
            known = (self._ahead.holders[each] for each in prints if each in self._ahead.holders)
            return {address.kind: address for address in known}
        rows = await self._session.scalars(HOLDERS, {"channel": self._channel, "fingerprints": prints})
        return {address.kind: address for address in rows}

    async def _has_user_id(self, contact_id: uuid.UUID) -> bool:
        await self.write()
        row = await self._session.scalar(
            select(ContactAddress.id).where(
                ContactAddress.contact_id == contact_id,
                ContactAddress.channel == self._channel,
                ContactAddress.kind == "user_id",
            )
        )
        return row is not None

    async def _absorb_newcomer(self, contact: Contact, holder: ContactAddress, changed_at: dt.datetime) -> None:
        """Words from the new address may come before the notice of the change: they are the same person's.

        Somebody who had this address long before is somebody else, and only loses it.
        """
        other = await self._session.get(Contact, holder.contact_id)
        if other is None or other.id == contact.id or other.created_at < changed_at - NOTICE_LATE:
            return
        await self._session.execute(
            update(Conversation).where(Conversation.contact_id == other.id).values(contact_id=contact.id)
        )
        await self._session.execute(delete(Contact).where(Contact.id == other.id))

    async def _put_addresses(self, contact: Contact, values: dict[str, str]) -> None:
        """Each address has one holder, and each contact one address of a kind."""
        await self.write_and_forget()
        for kind, value in values.items():
            of_contact = ContactAddress.contact_id == contact.id
            of_value = ContactAddress.value_fingerprint == self._fingerprint(kind, value)
            await self._session.execute(
                delete(ContactAddress).where(
                    ContactAddress.channel == self._channel, ContactAddress.kind == kind, or_(of_contact, of_value)
                )
            )
        self._add_addresses(contact, values)
        await self._session.flush()

    def _add_addresses(self, contact: Contact, values: dict[str, str]) -> None:
        key = self._keyring.unwrap(contact.wrapped_key)
        for kind, value in values.items():
            self.add(
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

    async def _open_row(self, contact: Contact, business_number: str, sent_at: dt.datetime) -> Conversation:
        row = await self._open_of(contact, business_number)
        if row is not None and self._is_idle(row):
            row = await self._locked(row)
        if row is not None and self._is_idle(row):
            row.state = "closed"
            self.add(_event(row.id, "closed", {"why": "idle"}))
        if row is not None and row.state != "closed":
            return row
        begun = await self._begin(contact, business_number, sent_at)
        begun.silenced_until = row.silenced_until if row else None  # whoever leads the talk elsewhere still does
        return begun

    async def _open_of(self, contact: Contact, business_number: str) -> Conversation | None:
        if self._ahead is not None:
            return self._ahead.open.get((contact.id, business_number))
        values = {"contact": contact.id, "business_number": business_number}
        found: Conversation | None = await self._session.scalar(_OPEN, values)
        return found

    def _is_idle(self, row: Conversation) -> bool:
        return row.state == "bot" and now() - row.last_citizen_message_at > self._idle

    async def _locked(self, row: Conversation) -> Conversation | None:
        """Read again once nobody else changes it: an officer may take a talk, or it may go, as it would end."""
        await self.write()
        again = select(Conversation).where(Conversation.id == row.id).with_for_update(key_share=True)
        found: Conversation | None = await self._session.scalar(again.execution_options(populate_existing=True))
        return found

    async def _begin(self, contact: Contact, business_number: str, sent_at: dt.datetime) -> Conversation:
        row = Conversation(
            id=uuid.uuid4(),
            contact_id=contact.id,
            channel=self._channel,
            business_number=business_number,
            wrapped_key=self._keyring.wrap(encryption.new_key()),
            dialogue_id=uuid.uuid4(),
            state="bot",
            language=contact.language,
            last_citizen_message_at=sent_at,
            created_at=now(),
        )
        self.add(row)
        if self._ahead is None:
            await self.write()
        self.add(_event(row.id, "begun", {}))
        return row


def _named(phone: str | None, user_id: str | None) -> dict[str, str]:
    return {kind: value for kind, value in (("user_id", user_id), ("phone", phone)) if value}


def _event(conversation_id: uuid.UUID, kind: str, details: dict[str, str]) -> ConversationEvent:
    return ConversationEvent(
        conversation_id=conversation_id, kind=kind, actor="gateway", details=details, created_at=now()
    )


# Made once: to build these costs more than to run them.
_OPEN = (
    select(Conversation)
    .where(
        Conversation.contact_id == bindparam("contact"),
        Conversation.business_number == bindparam("business_number"),
        Conversation.state != "closed",
    )
    .order_by(Conversation.last_citizen_message_at.desc(), Conversation.created_at.desc())
    .limit(1)
)
