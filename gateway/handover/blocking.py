"""Handover: blocked contacts: their messages are stored, and answered only where there is danger.

A block outlives the erasure of what the blocked citizen wrote: it stands beside the contact as a blind index too.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.event_reasons import with_reason
from gateway.conversations.kinds import EventKind
from gateway.conversations.models import BlockedAddress, Contact, ContactAddress, Conversation
from gateway.conversations.repository import add_event, locked
from gateway.core.actors import Officer
from gateway.core.database import now, upsert
from gateway.handover.errors import HandoverTextRefused
from gateway.outbox.templates import OutboxContext

# A block is no judgement for life, and nobody remembers to lift one.
BLOCK_LIFETIME = dt.timedelta(days=90)
MAX_LISTED = 500


@dataclass(frozen=True)
class Block:
    """One blocked address, by its blind index; `conversation_id` is its newest conversation, None where all are erased.

    `ground` is a code of the closed list of reasons.
    """

    address: bytes
    conversation_id: uuid.UUID | None
    ground: str
    blocked_at: dt.datetime
    until: dt.datetime


async def block(
    session: AsyncSession,
    service: OutboxContext,
    officer: Officer,
    conversation_id: uuid.UUID,
    reason: str,
    ground: str = "other",
) -> None:
    """Stop answering this conversation's citizen for `BLOCK_LIFETIME`, except where there is danger.

    `ground` is the code of the reason, which stays with the blind index of the address when all else is erased. Raises
    `HandoverTextRefused`.
    """
    if not reason.strip():
        raise HandoverTextRefused("block_reason_missing")
    contact = await _contact(session, conversation_id)
    if contact.blocked_at is None:
        contact.blocked_at = now()
        for fingerprint in await _addresses(session, contact):
            values = {"ground": ground or "other", "blocked_at": now(), "until": now() + BLOCK_LIFETIME}
            statement = upsert(session, BlockedAddress).values(fingerprint=fingerprint, **values)
            await session.execute(statement.on_conflict_do_update(index_elements=["fingerprint"], set_=values))
        details = with_reason(service, await session.get_one(Conversation, conversation_id), reason)
        add_event(session, conversation_id, EventKind.BLOCKED, officer.actor, name=officer.name, **details)
        service.signals.send(session, "conversation", conversation_id.hex)


async def unblock(session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID) -> None:
    """Answer this conversation's citizen again."""
    contact = await _contact(session, conversation_id)
    if contact.blocked_at is not None:
        contact.blocked_at = None
        blocked = BlockedAddress.fingerprint.in_(await _addresses(session, contact))
        await session.execute(delete(BlockedAddress).where(blocked))
        add_event(session, conversation_id, EventKind.UNBLOCKED, officer.actor, name=officer.name)
        service.signals.send(session, "conversation", conversation_id.hex)


async def all_blocks(session: AsyncSession) -> Sequence[Block]:
    """Who is blocked, the newest first, `MAX_LISTED` at most: a citizen once, by one of their addresses."""
    query = select(BlockedAddress).order_by(BlockedAddress.blocked_at.desc(), BlockedAddress.fingerprint)
    rows = (await session.scalars(query.limit(MAX_LISTED))).all()
    newest = await _newest_conversations(session, [row.fingerprint for row in rows])
    blocks: dict[object, Block] = {}
    for row in rows:
        conversation = newest.get(row.fingerprint)
        block = Block(row.fingerprint, conversation, row.ground, row.blocked_at, row.until)
        blocks.setdefault(conversation or row.fingerprint, block)
    return list(blocks.values())


async def lift_block(session: AsyncSession, service: OutboxContext, officer: Officer, address: bytes) -> Block | None:
    """Lift the block of an address and, where its citizen has a conversation, of all their addresses.

    Returns what was lifted, or None where the address is not blocked.
    """
    row = await session.get(BlockedAddress, address)
    if row is None:
        return None
    conversation = (await _newest_conversations(session, [address])).get(address)
    lifted = Block(address, conversation, row.ground, row.blocked_at, row.until)
    if conversation is not None:
        await unblock(session, service, officer, conversation)
    await session.execute(delete(BlockedAddress).where(BlockedAddress.fingerprint == address))
    return lifted


async def is_blocked(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether the citizen is blocked: answered only where there is danger.

    A block outlives the erasure of what the blocked citizen wrote: it stands beside the contact as a blind index too.
    """
    # A turn has loaded the contact already, so this costs no query.
    return (await session.get_one(Contact, conversation.contact_id)).blocked_at is not None


async def end_old_blocks(session: AsyncSession) -> None:
    """Lift the blocks whose time is over."""
    ended = select(ContactAddress.contact_id).join(
        BlockedAddress, BlockedAddress.fingerprint == ContactAddress.value_fingerprint
    )
    over = BlockedAddress.until < now()
    lifted = update(Contact).where(Contact.id.in_(ended.where(over))).values(blocked_at=None)
    await session.execute(lifted, execution_options={"synchronize_session": False})
    await session.execute(delete(BlockedAddress).where(over), execution_options={"synchronize_session": False})


async def _newest_conversations(session: AsyncSession, addresses: Sequence[bytes]) -> dict[bytes, uuid.UUID]:
    query = (
        select(ContactAddress.value_fingerprint, Conversation.id)
        .join(Conversation, Conversation.contact_id == ContactAddress.contact_id)
        .where(ContactAddress.value_fingerprint.in_(addresses))
        .order_by(Conversation.created_at)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def _addresses(session: AsyncSession, contact: Contact) -> Sequence[bytes]:
    query = select(ContactAddress.value_fingerprint).where(ContactAddress.contact_id == contact.id)
    return (await session.scalars(query)).all()


async def _contact(session: AsyncSession, conversation_id: uuid.UUID) -> Contact:
    conversation = await locked(session, conversation_id)
    return await session.get_one(Contact, conversation.contact_id, with_for_update={"key_share": True})
