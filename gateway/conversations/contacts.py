"""Station 2, contacts: finds or creates the contact of an incoming message and the conversation that is open."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.contact_cache import HOLDERS, OPEN, ContactCache, load_cache, marks_of, was_sent_before
from gateway.conversations.kinds import AddressKind, ChannelName, ConversationState, EventKind, IgnoreReason
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Contact, ContactAddress, Conversation
from gateway.conversations.repository import GATEWAY, carry_watched, new_event
from gateway.conversations.scam_checks import NO_SENDERS, ScamChecks
from gateway.conversations.states import ActorRole, ChangeName, decide
from gateway.core import crypto
from gateway.core.database import Base, now
from gateway.core.keyring import Keyring
from gateway.core.rows import new_row

# How long before the event of a change of address the first message from the new one may have come.
CHANGE_LATE = dt.timedelta(hours=1)


@dataclass
class OpenConversation:
    """A conversation with its unwrapped key."""

    row: Conversation
    key: bytes


class AddressBook:
    """Contacts and open conversations of one channel within one transaction: finds them, or creates what is missing.

    With a cache (`preload`) new rows are collected and written by `flush`; without, each is written at once.
    """

    def __init__(self, session: AsyncSession, keyring: Keyring, channel: ChannelName, idle: dt.timedelta) -> None:
        self._session, self._keyring, self._idle = session, keyring, idle
        self.channel = channel
        self.checks: ScamChecks = NO_SENDERS  # reads the texts
        self._cache: ContactCache | None = None
        self._blocked: set[bytes] = set()  # of the last message that was asked about without a cache
        self._fingerprints: dict[tuple[AddressKind, str], bytes] = {}  # each is asked for several times

    async def preload(self, messages: Iterable[IncomingMessage]) -> None:
        """Read all senders with a few queries; from here on, new rows wait for `flush`."""
        prints = {each for message in messages for each in self.fingerprints_of(message)}
        self._cache = await load_cache(self._session, self.channel, prints)

    async def flush(self) -> None:
        """Write all new rows; the cache stays valid."""
        if self._cache is not None:
            await self._cache.flush(self._session)
        else:
            await self._session.flush()

    async def flush_and_drop_cache(self) -> None:
        """Write all new rows and query the tables from here on: an event other than a message may change addresses.

        Raises `ErasedMeanwhile` when a sender in the cache has asked for erasure.
        """
        await self.flush()
        if self._cache is not None:
            await self._cache.check_erasures(self._session)
        self._cache = None

    def add(self, row: Base) -> None:
        """Add a new row to those that `flush` writes."""
        if self._cache is not None:
            self._cache.add(row)
        else:
            self._session.add(row)

    async def was_erased(self, message: IncomingMessage) -> bool:
        """Whether the sender has asked for erasure since this was sent.

        With a cache always False: erasure is rare, so all senders are checked together in `flush_and_drop_cache`.
        """
        prints = self.fingerprints_of(message)
        if self._cache is not None:
            self._cache.accepted.append((message.sent_at, prints))
            return False
        erased, self._blocked = await marks_of(self._session, prints)
        return was_sent_before(message.sent_at, prints, erased)

    async def conversation_for(self, message: IncomingMessage) -> OpenConversation:
        """The conversation a message belongs to."""
        contact, is_new = await self._contact(message)
        row = await (self._begin if is_new else self._open_row)(contact, message.business_number, message.sent_at)
        return OpenConversation(row, self._keyring.unwrap(row.wrapped_key))

    async def conversation_by_id(self, conversation_id: uuid.UUID) -> OpenConversation:
        """A conversation by its id, also a closed one."""
        row = await self._session.get_one(Conversation, conversation_id)
        return OpenConversation(row, self._keyring.unwrap(row.wrapped_key))

    async def next_conversation(self, closed: Conversation) -> OpenConversation:
        """The open conversation of the citizen of a closed one."""
        contact = await self._session.get_one(Contact, closed.contact_id)
        row = await self._open_row(contact, closed.business_number, closed.last_citizen_message_at)
        row.external_control_until = row.external_control_until or closed.external_control_until
        return OpenConversation(row, self._keyring.unwrap(row.wrapped_key))

    async def find(self, message: IncomingMessage) -> Contact | None:
        """The contact who wrote, or None; creates none."""
        return await self._holder(message, await self._holders(message.phone, message.user_id))

    async def _holder(self, message: IncomingMessage, found: dict[AddressKind, ContactAddress]) -> Contact | None:
        if (by_user_id := found.get(AddressKind.USER_ID)) is not None:
            return await self._get(by_user_id.contact_id)
        if (by_phone := found.get(AddressKind.PHONE)) is None:
            return None
        if message.user_id is not None and await self._has_user_id(by_phone.contact_id):
            # The number has a new owner, who must not see the conversation of the last one.
            return None
        return await self._get(by_phone.contact_id)

    async def _get(self, contact_id: uuid.UUID) -> Contact | None:
        if self._cache is not None:
            return self._cache.contacts.get(contact_id)
        return await self._session.get(Contact, contact_id)

    async def change_address(self, message: IncomingMessage) -> IgnoreReason | None:
        """Give a known contact a new number or user id; returns why nothing changed, or None.

        Both are replaced: a change of number also changes the user id, and a new user id that comes without a number
        means that the old number is not theirs any more (Meta, "Business-scoped user IDs").
        """
        if not (new := _named(message.new_phone, message.new_user_id)):
            return IgnoreReason.SYSTEM_MESSAGE
        contact = await self.find(message)
        if contact is None:
            return IgnoreReason.UNKNOWN_CONTACT
        for holder in (await self._holders(message.new_phone, message.new_user_id)).values():
            await self._merge_newcomer(contact, holder, message.sent_at)
        await self._session.execute(
            delete(ContactAddress).where(
                ContactAddress.contact_id == contact.id, ContactAddress.channel == self.channel
            )
        )
        await self._put_addresses(contact, new)
        return None

    def fingerprints_of(self, message: IncomingMessage) -> list[bytes]:
        """The fingerprints under which the sender's addresses are stored."""
        return [self._fingerprint(kind, value) for kind, value in _named(message.phone, message.user_id).items()]

    async def _contact(self, message: IncomingMessage) -> tuple[Contact, bool]:
        """The contact who wrote, and whether it is new."""
        found = await self._holders(message.phone, message.user_id)
        contact = await self._holder(message, found)
        is_new = contact is None
        if contact is None:
            wrapped = self._keyring.wrap(crypto.new_key())
            blocked_at = None if self._blocked.isdisjoint(self.fingerprints_of(message)) else now()
            contact = new_row(Contact, id=uuid.uuid4(), wrapped_key=wrapped, blocked_at=blocked_at, created_at=now())
            self.add(contact)
            if self._cache is None:
                await self.flush()
            if not found:  # no contact has these addresses
                self._add_addresses(contact, _named(message.phone, message.user_id))
                return contact, True
        theirs = {kind for kind, address in found.items() if address.contact_id == contact.id}
        known = _named(message.phone, message.user_id).items()
        if missing := {kind: value for kind, value in known if kind not in theirs}:
            await self._put_addresses(contact, missing)
        return contact, is_new

    async def _holders(self, phone: str | None, user_id: str | None) -> dict[AddressKind, ContactAddress]:
        prints = [self._fingerprint(kind, value) for kind, value in _named(phone, user_id).items()]
        if self._cache is not None:
            known = (self._cache.holders[each] for each in prints if each in self._cache.holders)
            return {address.kind: address for address in known}
        rows = await self._session.scalars(HOLDERS, {"channel": self.channel, "fingerprints": prints})
        return {address.kind: address for address in rows}

    async def _has_user_id(self, contact_id: uuid.UUID) -> bool:
        await self.flush()
        row = await self._session.scalar(
            select(ContactAddress.id).where(
                ContactAddress.contact_id == contact_id,
                ContactAddress.channel == self.channel,
                ContactAddress.kind == AddressKind.USER_ID,
            )
        )
        return row is not None

    async def _merge_newcomer(self, contact: Contact, holder: ContactAddress, changed_at: dt.datetime) -> None:
        """Merge the contact that was created when a message from the new address came before the event of the change.

        A contact that had this address long before is another person, and only loses the address.
        """
        other = await self._session.get(Contact, holder.contact_id)
        if other is None or other.id == contact.id or other.created_at < changed_at - CHANGE_LATE:
            return
        await self._session.execute(
            update(Conversation).where(Conversation.contact_id == other.id).values(contact_id=contact.id)
        )
        await self._session.execute(delete(Contact).where(Contact.id == other.id))

    async def _put_addresses(self, contact: Contact, values: dict[AddressKind, str]) -> None:
        """Store addresses: each belongs to one contact, and each contact has one of a kind."""
        await self.flush_and_drop_cache()
        for kind, value in values.items():
            of_contact = ContactAddress.contact_id == contact.id
            of_value = ContactAddress.value_fingerprint == self._fingerprint(kind, value)
            await self._session.execute(
                delete(ContactAddress).where(
                    ContactAddress.channel == self.channel, ContactAddress.kind == kind, or_(of_contact, of_value)
                )
            )
        self._add_addresses(contact, values)
        await self._session.flush()

    def _add_addresses(self, contact: Contact, values: dict[AddressKind, str]) -> None:
        key = self._keyring.unwrap(contact.wrapped_key)
        for kind, value in values.items():
            self.add(
                new_row(
                    ContactAddress,
                    contact_id=contact.id,
                    channel=self.channel,
                    kind=kind,
                    value_fingerprint=self._fingerprint(kind, value),
                    value_sealed=crypto.seal(key, value, "contact_address.value"),
                )
            )

    def _fingerprint(self, kind: AddressKind, value: str) -> bytes:
        if (kind, value) not in self._fingerprints:
            self._fingerprints[kind, value] = self._keyring.fingerprint(f"{self.channel} {kind}", value)
        return self._fingerprints[kind, value]

    async def _open_row(self, contact: Contact, business_number: str, sent_at: dt.datetime) -> Conversation:
        row = await self._open_of(contact, business_number)
        if row is not None and self._is_idle(row):
            row = await self._locked(row)
        if row is not None and self._is_idle(row):
            row.state = decide(ChangeName.IDLE, row.state, frozenset({ActorRole.GATEWAY}))
            self.add(new_event(row.id, EventKind.CLOSED, GATEWAY, why="idle"))
        if row is not None and row.state != ConversationState.CLOSED:
            return row
        begun = await self._begin(contact, business_number, sent_at)
        if row is not None:
            begun.external_control_until = row.external_control_until  # it outlives a conversation
        await carry_watched(self._session, self._keyring, begun)
        return begun

    async def _open_of(self, contact: Contact, business_number: str) -> Conversation | None:
        if self._cache is not None:
            return self._cache.open.get((contact.id, business_number))
        asked = {"contact": contact.id, "business_number": business_number}
        return (await self._session.scalars(OPEN, asked)).first()

    def _is_idle(self, row: Conversation) -> bool:
        return row.state == ConversationState.BOT and now() - row.last_citizen_message_at > self._idle

    async def _locked(self, row: Conversation) -> Conversation | None:
        """Read the row again under a lock: an officer may have claimed it, or it may have been deleted."""
        await self.flush()
        again = select(Conversation).where(Conversation.id == row.id).with_for_update(key_share=True)
        found: Conversation | None = await self._session.scalar(again.execution_options(populate_existing=True))
        return found

    async def _begin(self, contact: Contact, business_number: str, sent_at: dt.datetime) -> Conversation:
        row = new_row(
            Conversation,
            id=uuid.uuid4(),
            contact_id=contact.id,
            channel=self.channel,
            business_number=business_number,
            wrapped_key=self._keyring.wrap(crypto.new_key()),
            dialogue_id=uuid.uuid4(),
            state=ConversationState.BOT,
            language=contact.language,
            last_citizen_message_at=sent_at,
            created_at=now(),
        )
        self.add(row)
        if self._cache is None:
            await self.flush()
        self.add(new_event(row.id, EventKind.BEGUN, GATEWAY))
        return row


def _named(phone: str | None, user_id: str | None) -> dict[AddressKind, str]:
    return {kind: value for kind, value in ((AddressKind.USER_ID, user_id), (AddressKind.PHONE, phone)) if value}
