"""Station 2, contact cache: the contacts and open conversations of a batch of messages, read with a few queries.

A batch of fifty messages then takes a dozen round trips to the database and not some hundreds. Only for messages; any
other event reads the tables. Rows may change after they were read: a deleted conversation or contact makes the flush
fail, an idle conversation is read again under a lock, messages in a closed one are reassigned by the turn, and
erasures are checked once everything is written.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import and_, bindparam, false, select, true, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import AddressKind, ChannelName, ConversationState
from gateway.conversations.models import BlockedAddress, Contact, ContactAddress, Conversation, ErasedAddress
from gateway.core.compiled import prepare
from gateway.core.database import Base, now

# Written before the rest: the classes have no relationships from which SQLAlchemy could derive the order.
_FIRST = (Contact, Conversation)


class ErasedMeanwhile(Exception):
    """The batch holds messages of a citizen who has asked for erasure: process each message alone."""


@dataclass
class ContactCache:
    """The senders of one batch on one channel: their addresses and open conversations, and rows not yet written."""

    holders: dict[bytes, ContactAddress] = field(default_factory=dict)
    contacts: dict[uuid.UUID, Contact] = field(default_factory=dict)
    open: dict[tuple[uuid.UUID, str], Conversation] = field(default_factory=dict)  # by contact and our number
    accepted: list[tuple[dt.datetime, list[bytes]]] = field(default_factory=list)  # sent at, fingerprints of sender
    _new: list[Base] = field(default_factory=list)
    _begun: set[uuid.UUID] = field(default_factory=set)  # contacts of this batch

    def add(self, row: Base) -> None:
        """Add a new row, which `flush` writes."""
        if isinstance(row, Contact):
            self._begun.add(row.id)
        self._new.append(row)
        self._index(row)

    def add_stored(self, rows: Iterable[Base]) -> None:
        """Add rows that were read from the tables."""
        for row in rows:
            self._index(row)

    async def flush(self, session: AsyncSession) -> None:
        """Write the new rows, parents first."""
        new, self._new = self._new, []
        for kind in _FIRST:
            if of_kind := [row for row in new if isinstance(row, kind)]:
                session.add_all(of_kind)
                await session.flush()
        session.add_all(row for row in new if not isinstance(row, _FIRST))
        await session.flush()

    async def check_erasures(self, session: AsyncSession) -> None:
        """Raise `ErasedMeanwhile` if an accepted message is older than its sender's request for erasure.

        Call it last: an erasure that begins later waits for the rows that were written, and finds them.
        """
        erased, blocked = await marks_of(session, {each for _, prints in self.accepted for each in prints})
        for fingerprint in blocked:
            self._block(fingerprint)
        if any(was_sent_before(sent_at, prints, erased) for sent_at, prints in self.accepted):
            raise ErasedMeanwhile

    def _block(self, fingerprint: bytes) -> None:
        # A contact that exists already is blocked, or an officer has lifted it since.
        if (holder := self.holders.get(fingerprint)) is not None and holder.contact_id in self._begun:
            self.contacts[holder.contact_id].blocked_at = now()

    def _index(self, row: Base) -> None:
        if isinstance(row, ContactAddress):
            self.holders[row.value_fingerprint] = row
        elif isinstance(row, Contact):
            self.contacts[row.id] = row
        elif isinstance(row, Conversation):
            self.open[row.contact_id, row.business_number] = row


async def load_cache(session: AsyncSession, channel: ChannelName, fingerprints: Collection[bytes]) -> ContactCache:
    """The contacts and open conversations of whoever has these addresses."""
    cache = ContactCache()
    if not fingerprints:
        return cache
    senders = {"channel": channel, "fingerprints": list(fingerprints)}
    # Of the open conversations, the one with the newest message comes last and wins.
    for row in (await session.execute(_SENDERS, senders)).all():
        cache.add_stored(each for each in row if each is not None)
    return cache


async def marks_of(
    session: AsyncSession, fingerprints: Collection[bytes]
) -> tuple[dict[bytes, dt.datetime], set[bytes]]:
    """When erasure was asked for, by fingerprint: what was sent before is not accepted any more; and who is blocked."""
    if not fingerprints:
        return {}, set()
    found = (await session.execute(_MARKS, {"fingerprints": list(fingerprints)})).all()
    at = now()
    return (
        {row.fingerprint: row.at for row in found if row.erased},
        {row.fingerprint for row in found if not row.erased and row.at > at},
    )


def was_sent_before(sent_at: dt.datetime, fingerprints: Iterable[bytes], erased: Mapping[bytes, dt.datetime]) -> bool:
    """Whether erasure was asked for, for one of these addresses, after `sent_at`."""
    return any(sent_at < erased[each] for each in fingerprints if each in erased)


# Built once: building costs more than executing.
_MARKS = prepare(
    union_all(
        select(ErasedAddress.fingerprint, ErasedAddress.before.label("at"), true().label("erased")).where(
            ErasedAddress.fingerprint.in_(bindparam("fingerprints", expanding=True))
        ),
        select(BlockedAddress.fingerprint, BlockedAddress.until.label("at"), false().label("erased")).where(
            BlockedAddress.fingerprint.in_(bindparam("fingerprints", expanding=True))
        ),
    ).execution_options(autoflush=False)
)
# Names the kind because it is the middle column of the index (channel, kind, fingerprint).
_OF_SENDERS = (
    ContactAddress.channel == bindparam("channel"),
    ContactAddress.kind.in_(list(AddressKind)),
    ContactAddress.value_fingerprint.in_(bindparam("fingerprints", expanding=True)),
)
HOLDERS = prepare(select(ContactAddress).where(*_OF_SENDERS))
_IS_OPEN = and_(Conversation.contact_id == Contact.id, Conversation.state != ConversationState.CLOSED)
_SENDERS = prepare(
    select(ContactAddress, Contact, Conversation)
    .join(Contact, Contact.id == ContactAddress.contact_id)
    .outerjoin(Conversation, _IS_OPEN)
    .where(*_OF_SENDERS)
    .order_by(Conversation.last_citizen_message_at, Conversation.created_at)
)
OPEN = prepare(
    select(Conversation)
    .where(
        Conversation.contact_id == bindparam("contact"),
        Conversation.business_number == bindparam("business_number"),
        Conversation.state != ConversationState.CLOSED,
    )
    .order_by(Conversation.last_citizen_message_at.desc(), Conversation.created_at.desc())
    .limit(1)
)
