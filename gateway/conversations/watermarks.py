"""Station 2, statuses that reach back: one tells of everything that had been sent by then."""

import uuid

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import IncomingStatus
from gateway.conversations.keys import Keyring
from gateway.conversations.models import ContactAddress, Conversation, OutboxItem

# Meta promises no order, so each has a rank; `failed` counts only while nothing was delivered.
RANKS = {"sent": 1, "delivered": 2, "read": 3, "played": 4}


async def reach_back(session: AsyncSession, keyring: Keyring, channel: str, status: IncomingStatus) -> str | None:
    """Move up everything that had been sent by then; returns why nothing changed, or nothing.

    Counted from when a reply was claimed: the platform's moment of a message is earlier than our note of its end.
    """
    rank = RANKS.get(status.status)
    if rank is None:
        return "unknown_status"
    newest = await named_reply(session, keyring, channel, status.external_id) if status.external_id else None
    if status.external_id and newest is None:
        return "not_our_message"
    if newest is not None:
        talks = select(Conversation.id).where(Conversation.id == newest.conversation_id)
        until = OutboxItem.sequence <= newest.sequence
    else:
        talks = _talks_of(keyring, channel, status)
        until = OutboxItem.claimed_at <= status.occurred_at
    # In the order in which other processes lock them, so that no two wait for each other.
    reached = (
        select(OutboxItem.id)
        .where(OutboxItem.conversation_id.in_(talks), OutboxItem.state == "sent", until)
        .where(OutboxItem.delivery_rank < rank)
        .order_by(OutboxItem.id)
        .with_for_update()
    )
    ids = list(await session.scalars(reached))
    await session.execute(update(OutboxItem).where(OutboxItem.id.in_(ids)).values(delivery_rank=rank))
    return None if ids else "not_higher"


async def named_reply(session: AsyncSession, keyring: Keyring, channel: str, external_id: str) -> OutboxItem | None:
    """The reply to which the platform gave this id; not locked."""
    named = keyring.fingerprint(f"{channel} sent", external_id)
    found: OutboxItem | None = await session.scalar(
        select(OutboxItem).where(OutboxItem.external_fingerprint == named).limit(1)
    )
    return found


def _talks_of(keyring: Keyring, channel: str, status: IncomingStatus) -> Select[uuid.UUID]:
    holder = select(ContactAddress.contact_id).where(
        ContactAddress.channel == channel,
        ContactAddress.kind == "user_id",
        ContactAddress.value_fingerprint == keyring.fingerprint(f"{channel} user_id", status.user_id or ""),
    )
    return select(Conversation.id).where(
        Conversation.contact_id.in_(holder), Conversation.business_number == status.business_number
    )
