"""Station 2, statuses: what became of our replies; a status only ever moves up."""

import uuid

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import IncomingStatus
from gateway.conversations.failures import note_failure
from gateway.conversations.keys import Keyring
from gateway.conversations.models import OutboxItem

# Meta promises no order, so each has a rank; `failed` counts only while nothing was delivered.
RANKS = {"sent": 1, "delivered": 2, "read": 3, "played": 4}


async def apply_status(
    session: AsyncSession, keyring: Keyring, channel: str, status: IncomingStatus, ticked: set[uuid.UUID] | None = None
) -> str | None:
    """Move our reply's rank up; returns why nothing changed, or nothing.

    The conversation of an officer's reply is added to `ticked`: somebody may be watching for it.
    """
    item = await _find(session, keyring, channel, status)
    if item is None:
        return "not_our_message"
    if item.author == "officer" and ticked is not None:
        ticked.add(item.conversation_id)
    named = keyring.fingerprint(f"{channel} sent", status.external_id)
    if status.status == "failed":
        return await _fail(session, item, status, named)
    rank = RANKS.get(status.status)
    if rank is None:
        return "unknown_status"
    if item.state in ("sending", "unknown", "queued"):
        # The status arrived before our own record of the sending, or tells us how an unknown one ended.
        item.state, item.sent_at, item.waits_for = "sent", status.occurred_at, None
        item.external_fingerprint = named
    elif item.state == "failed" and rank >= RANKS["delivered"]:
        # It has arrived, whatever was said before: another attempt of the same row had failed.
        item.state, item.sent_at, item.error_class, item.error_code = "sent", status.occurred_at, None, None
    if rank <= item.delivery_rank:
        return "not_higher"
    item.delivery_rank = rank
    return None


async def _fail(session: AsyncSession, item: OutboxItem, status: IncomingStatus, named: bytes) -> str | None:
    if item.delivery_rank >= RANKS["delivered"]:
        return "already_delivered"
    if item.state in ("failed", "dropped"):
        return "already_ended"
    if item.external_fingerprint not in (None, named):
        return "another_attempt"  # the row went out again under another id; that one tells how it ends
    await note_failure(session, item, status.failure or "undeliverable", status.error_code)
    if item.state != "failed":
        # It is known that nothing arrived, so the second try is a new message with an id of its own.
        item.external_fingerprint, item.external_id_sealed = None, None
        item.delivery_rank, item.sent_at = 0, None
    return None


async def _find(session: AsyncSession, keyring: Keyring, channel: str, status: IncomingStatus) -> OutboxItem | None:
    by_id = OutboxItem.external_fingerprint == keyring.fingerprint(f"{channel} sent", status.external_id)
    try:
        reference = uuid.UUID(status.reference) if status.reference else None
    except ValueError:
        reference = None
    found: OutboxItem | None = await session.scalar(
        select(OutboxItem).where(or_(by_id, OutboxItem.id == reference) if reference else by_id).limit(1)
    )
    return found
