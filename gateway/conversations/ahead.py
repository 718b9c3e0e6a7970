"""Station 2, many at once: what the sorting of each message would ask the tables one after the other, asked for all.

A step that has fifty messages to sort then waits for the database a dozen times, not some hundreds of times: one that
fell behind catches up. Holds only while one process sorts, and only for words; whatever else an event does, the
tables are asked.
"""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Contact, ContactAddress, Conversation
from gateway.database import Base
from gateway.privacy.models import ErasedAddress

# There are no relationships between the tables' classes, so that SQLAlchemy does not know who must be there first.
_ORDER: dict[type[Base], int] = {Contact: 0, Conversation: 1}


@dataclass
class Ahead:
    """The senders of one batch on one channel: everything the tables have of them, and what is not written yet."""

    erased: dict[bytes, dt.datetime]
    holders: dict[bytes, ContactAddress] = field(default_factory=dict)
    contacts: dict[uuid.UUID, Contact] = field(default_factory=dict)
    open: dict[tuple[uuid.UUID, str], Conversation] = field(default_factory=dict)  # by contact and our number
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
        for place in range(3):
            if now_due := [row for row in new if _ORDER.get(type(row), 2) == place]:
                session.add_all(now_due)
                await session.flush()
        await session.flush()

    def _know(self, row: Base) -> None:
        if isinstance(row, ContactAddress):
            self.holders[row.value_fingerprint] = row
        elif isinstance(row, Contact):
            self.contacts[row.id] = row
        elif isinstance(row, Conversation):
            self.open[row.contact_id, row.business_number] = row


async def read_ahead(session: AsyncSession, channel: str, fingerprints: Collection[bytes]) -> Ahead:
    """Everything that the tables have of whoever has these addresses."""
    ahead = Ahead(await erasures_of(session, fingerprints))
    asked = {"channel": channel, "fingerprints": list(fingerprints)}
    ahead.know(await session.scalars(_HOLDERS, asked))
    if contacts := list({holder.contact_id for holder in ahead.holders.values()}):
        ahead.know(await session.scalars(_CONTACTS, {"contacts": contacts}))
        # The one that was written in last comes last, and is the one that stays.
        ahead.know(await session.scalars(_OPEN, {"contacts": contacts}))
    return ahead


async def erasures_of(session: AsyncSession, fingerprints: Collection[bytes]) -> dict[bytes, dt.datetime]:
    """What these addresses sent before these moments is not taken in any more: somebody wished it erased."""
    found = await session.execute(_ERASED, {"fingerprints": list(fingerprints)})
    return {row.fingerprint: row.before for row in found}


# Made once: to build these costs more than to run them.
_ERASED = (
    select(ErasedAddress.fingerprint, ErasedAddress.before)
    .where(ErasedAddress.fingerprint.in_(bindparam("fingerprints", expanding=True)))
    .execution_options(autoflush=False)
)
_HOLDERS = select(ContactAddress).where(
    ContactAddress.channel == bindparam("channel"),
    ContactAddress.value_fingerprint.in_(bindparam("fingerprints", expanding=True)),
)
_CONTACTS = select(Contact).where(Contact.id.in_(bindparam("contacts", expanding=True)))
_OPEN = (
    select(Conversation)
    .where(Conversation.contact_id.in_(bindparam("contacts", expanding=True)), Conversation.state != "closed")
    .order_by(Conversation.last_citizen_message_at)
)
