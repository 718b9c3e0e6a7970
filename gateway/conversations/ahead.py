"""Station 2, many at once: what the sorting of each message would ask the tables one after the other, asked for all.

A step that has fifty messages to sort then waits for the database a dozen times, not some hundreds of times: one that
fell behind catches up. Only for words; whatever else an event does, the tables are asked. Others may change meanwhile
what was read: a talk or a contact that is gone makes the writing fail, an idle talk is read again under a lock, words
in a talk that was closed are moved by the turn, and erasures are asked about once everything is written.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Contact, ContactAddress, Conversation
from gateway.database import Base
from gateway.privacy.models import ErasedAddress

# What must be there before the rest: without relationships between the classes SQLAlchemy does not know.
_FIRST = (Contact, Conversation)


class ErasedMeanwhile(Exception):
    """Among what was written are words that are not to be taken in; each must be looked at alone."""


@dataclass
class Ahead:
    """The senders of one batch on one channel: their addresses and open talks, and what is not written yet."""

    holders: dict[bytes, ContactAddress] = field(default_factory=dict)
    contacts: dict[uuid.UUID, Contact] = field(default_factory=dict)
    open: dict[tuple[uuid.UUID, str], Conversation] = field(default_factory=dict)  # by contact and our number
    taken: list[tuple[dt.datetime, list[bytes]]] = field(default_factory=list)  # when sent, from which addresses
    _new: list[Base] = field(default_factory=list)

    def add(self, row: Base) -> None:
        """Remember a new row for those who ask for it, and for `write`."""
        self._new.append(row)
        self._know(row)

    def know(self, rows: Iterable[Base]) -> None:
        """Rows that the tables have."""
        for row in rows:
            self._know(row)

    async def write(self, session: AsyncSession) -> None:
        """Write what is new, in the order that it needs."""
        new, self._new = self._new, []
        for kind in _FIRST:
            if of_kind := [row for row in new if isinstance(row, kind)]:
                session.add_all(of_kind)
                await session.flush()
        session.add_all(row for row in new if not isinstance(row, _FIRST))
        await session.flush()

    async def look_for_erasures(self, session: AsyncSession) -> None:
        """Raise `ErasedMeanwhile` if anything was taken in that somebody has wished to be erased.

        Asked last: from here on an erasure waits for the rows that were written, and finds them.
        """
        erased = await erasures_of(session, {each for _, prints in self.taken for each in prints})
        if any(was_sent_before(sent_at, prints, erased) for sent_at, prints in self.taken):
            raise ErasedMeanwhile

    def _know(self, row: Base) -> None:
        if isinstance(row, ContactAddress):
            self.holders[row.value_fingerprint] = row
        elif isinstance(row, Contact):
            self.contacts[row.id] = row
        elif isinstance(row, Conversation):
            self.open[row.contact_id, row.business_number] = row


async def read_ahead(session: AsyncSession, channel: str, fingerprints: Collection[bytes]) -> Ahead:
    """What the tables have of whoever has these addresses."""
    ahead = Ahead()
    if not fingerprints:
        return ahead
    ahead.know(await session.scalars(HOLDERS, {"channel": channel, "fingerprints": list(fingerprints)}))
    if contacts := list({holder.contact_id for holder in ahead.holders.values()}):
        ahead.know(await session.scalars(_CONTACTS, {"contacts": contacts}))
        # The one that was written in last comes last, and is the one that stays.
        ahead.know(await session.scalars(_OPEN, {"contacts": contacts}))
    return ahead


async def erasures_of(session: AsyncSession, fingerprints: Collection[bytes]) -> dict[bytes, dt.datetime]:
    """What these addresses sent before these moments is not taken in any more: somebody wished it erased."""
    if not fingerprints:
        return {}
    found = await session.execute(_ERASED, {"fingerprints": list(fingerprints)})
    return {row.fingerprint: row.before for row in found}


def was_sent_before(sent_at: dt.datetime, fingerprints: Iterable[bytes], erased: Mapping[bytes, dt.datetime]) -> bool:
    """Whether one of these addresses was erased as of a later moment."""
    return any(sent_at < erased[each] for each in fingerprints if each in erased)


# Made once: to build these costs more than to run them.
_ERASED = (
    select(ErasedAddress.fingerprint, ErasedAddress.before)
    .where(ErasedAddress.fingerprint.in_(bindparam("fingerprints", expanding=True)))
    .execution_options(autoflush=False)
)
# With the kind, or the index would be read from end to end: it stands between channel and fingerprint there.
HOLDERS = select(ContactAddress).where(
    ContactAddress.channel == bindparam("channel"),
    ContactAddress.kind.in_(("phone", "user_id")),
    ContactAddress.value_fingerprint.in_(bindparam("fingerprints", expanding=True)),
)
_CONTACTS = select(Contact).where(Contact.id.in_(bindparam("contacts", expanding=True)))
_OPEN = (
    select(Conversation)
    .where(Conversation.contact_id.in_(bindparam("contacts", expanding=True)), Conversation.state != "closed")
    .order_by(Conversation.last_citizen_message_at, Conversation.created_at)
)
