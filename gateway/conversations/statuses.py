"""Station 2, statuses: what became of our replies; a status only ever moves up.

Several processes may sort statuses at once: each takes events that no other holds, and locks the replies they speak
of, all together and in one order, so that no two wait for each other and none moves a rank back.
"""

import uuid
from collections.abc import Sequence

import structlog
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from gateway.channels.base import IncomingStatus
from gateway.conversations.failures import note_failure
from gateway.conversations.faults import is_of_the_database
from gateway.conversations.inbox import open_event
from gateway.conversations.keys import Keyring
from gateway.conversations.models import InboxEvent, OutboxItem
from gateway.conversations.watermarks import RANKS, reach_back

log = structlog.get_logger()

BATCH = 200
_NEW = (
    select(InboxEvent)
    .where(InboxEvent.state == "new", InboxEvent.kind == "status")
    .order_by(InboxEvent.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)

_Read = tuple[InboxEvent, IncomingStatus]


async def sort_statuses(session: AsyncSession, keyring: Keyring, ticked: set[uuid.UUID] | None = None) -> bool:
    """Apply the oldest statuses that no other process holds; returns whether more may wait.

    The conversation of an officer's reply is added to `ticked`: somebody may be watching for it.
    """
    rows = list(await session.scalars(_NEW))
    if not rows:
        return False
    await keyring.learn(session, {row.key_id for row in rows if row.key_id is not None})
    read = [(row, status) for row in rows if (status := _opened(keyring, row)) is not None]
    found = await _find(session, keyring, read)
    for row, status in read:
        if status.earlier:
            row.state, row.content_sealed = "done", None
            row.reason = await reach_back(session, keyring, row.channel, status)
            continue
        named = keyring.fingerprint(f"{row.channel} sent", status.external_id)
        item = found.get(named) or found.get(_reference(status))
        row.state, row.reason = "done", "not_our_message"
        row.content_sealed = None  # it has served; only the fingerprint stays, against repeats
        if item is None:
            continue
        if item.author == "officer" and ticked is not None:
            ticked.add(item.conversation_id)
        try:
            row.reason = await apply_status(session, item, status, named)
        except Exception as error:
            if is_of_the_database(error):
                raise
            _set_aside(row, error)
    return len(rows) == BATCH


def _opened(keyring: Keyring, row: InboxEvent) -> IncomingStatus | None:
    try:
        event = open_event(keyring, row)
    except Exception as error:
        if is_of_the_database(error):
            raise
        _set_aside(row, error)
        return None
    if event is None or event.status is None:
        row.state, row.reason = "failed", "key_gone"
        return None
    return event.status


def _set_aside(row: InboxEvent, error: Exception) -> None:
    row.state, row.reason = "failed", type(error).__name__
    log.error("event_not_sorted", event_id=row.id, error=type(error).__name__, exc_info=error)


async def _find(session: AsyncSession, keyring: Keyring, read: Sequence[_Read]) -> dict[object, OutboxItem]:
    """The replies of these statuses, locked: by the fingerprint of the provider's id, and by our own id."""
    named = {keyring.fingerprint(f"{row.channel} sent", status.external_id) for row, status in read}
    references = {reference for _, status in read if (reference := _reference(status)) is not None}
    wanted = or_(OutboxItem.external_fingerprint.in_(named), OutboxItem.id.in_(references))
    items = await session.scalars(
        select(OutboxItem)
        .where(wanted)
        .order_by(OutboxItem.id)
        .with_for_update()
        .options(defer(OutboxItem.content_sealed))
        .execution_options(populate_existing=True)
    )
    found: dict[object, OutboxItem] = {}
    for item in items:
        found[item.id] = item
        if item.external_fingerprint is not None:
            found[item.external_fingerprint] = item
    return found


def _reference(status: IncomingStatus) -> uuid.UUID | None:
    try:
        return uuid.UUID(status.reference) if status.reference else None
    except ValueError:
        return None


async def apply_status(session: AsyncSession, item: OutboxItem, status: IncomingStatus, named: bytes) -> str | None:
    """Change a reply that is locked as its status says; returns why nothing changed, or nothing.

    `named` is the fingerprint of the provider's id in the status.
    """
    if status.status != "failed":
        return _move_up(item, status, named)
    async with session.begin_nested():
        return await _fail(session, item, status, named)


def _move_up(item: OutboxItem, status: IncomingStatus, named: bytes) -> str | None:
    """Move our reply's rank up; returns why nothing changed, or nothing."""
    rank = RANKS.get(status.status)
    if rank is None:
        return "unknown_status"
    if item.state in ("sending", "unknown", "queued"):
        # The status arrived before our own record of the sending, or tells us how an unknown one ended.
        item.state, item.sent_at, item.waits_for = "sent", status.occurred_at, None
        item.external_fingerprint = named
    elif item.state in ("failed", "dropped") and rank >= RANKS["delivered"]:
        # It has arrived, whatever was said before: another attempt of the same row had failed, or an officer came
        # while nobody knew how its sending had ended.
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
