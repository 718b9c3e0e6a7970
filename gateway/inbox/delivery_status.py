"""Station 2, delivery status: statuses of the platforms are applied to the replies in the outbox; a rank only rises.

Several processes may process statuses at once: each takes events that no other has locked, and locks the replies they
name, all together and in one order, so that there is no deadlock and no rank falls.
"""

import uuid
from collections.abc import Sequence
from functools import partial

import structlog
from sqlalchemy import Select, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import (
    AddressKind,
    Author,
    ChannelName,
    DeliveryRank,
    FailureClass,
    IgnoreReason,
    InboxEventKind,
    InboxState,
    OutboxState,
)
from gateway.conversations.messages import IncomingStatus
from gateway.conversations.models import ContactAddress, Conversation, InboxEvent, OutboxItem
from gateway.conversations.traces import traces_of
from gateway.core import road_record
from gateway.core.after_commit import after_commit
from gateway.core.compiled import prepare
from gateway.core.db_errors import is_database_fault
from gateway.core.keyring import Keyring
from gateway.core.traces import Station, is_on, nanoseconds, span_of
from gateway.inbox.store import open_event
from gateway.outbox.failures import record_failure

log = structlog.get_logger()

BATCH = 200
_NEW = prepare(
    select(InboxEvent)
    .where(InboxEvent.state == InboxState.NEW, InboxEvent.kind == InboxEventKind.STATUS)
    .order_by(InboxEvent.id)
    .limit(BATCH)
    .with_for_update(skip_locked=True)
)

_Read = tuple[InboxEvent, IncomingStatus]


async def process_statuses(session: AsyncSession, keyring: Keyring, changed: set[uuid.UUID] | None = None) -> bool:
    """Apply the oldest statuses that no other process has locked; returns whether more may wait.

    The conversations of officers' replies are added to `changed`: an open console shows their delivery status.
    """
    rows = list(await session.scalars(_NEW))
    if not rows:
        return False
    await keyring.learn(session, {row.key_id for row in rows if row.key_id is not None})
    read = [(row, status) for row in rows if (status := _decrypted(keyring, row)) is not None]
    found = await _find(session, keyring, read)
    named = await traces_of(session, {(item.id, item.turn_id) for item in found.values()})
    for row, status in read:
        if status.earlier:
            row.state, row.content_sealed = InboxState.DONE, None
            row.reason = await apply_watermark(session, keyring, row.channel, status)
            after_commit(session, partial(_record, row, None, status, None))
            continue
        external = keyring.fingerprint(f"{row.channel} sent", status.external_id)
        item = found.get(external) or found.get(_reference(status))
        row.state, row.reason = InboxState.DONE, IgnoreReason.NOT_OUR_MESSAGE
        row.content_sealed = None  # only the fingerprint stays, to recognise duplicates
        after_commit(session, partial(_record, row, item, status, named[item.id] if item else None))
        if item is None:
            continue
        if item.author == Author.OFFICER and changed is not None:
            changed.add(item.conversation_id)
        try:
            row.reason = await apply_status(session, item, status, external)
        except Exception as error:
            if is_database_fault(error):
                raise
            _fail_event(row, error)
    return len(rows) == BATCH


def _record(row: InboxEvent, item: OutboxItem | None, status: IncomingStatus, trace: str | None) -> None:
    known = status.status if status.status in RANKS or status.status == FAILED else "other"
    sent = None
    if item is not None and trace is not None and is_on():
        sending = span_of(trace, Station.SEND, item.id, item.attempts)
        sent = trace, sending, nanoseconds(row.received_at.timestamp())
    road_record.status_processed(row.id, str(item.id) if item else None, row.channel, known, row.reason, sent)


def _decrypted(keyring: Keyring, row: InboxEvent) -> IncomingStatus | None:
    try:
        event = open_event(keyring, row)
    except Exception as error:
        if is_database_fault(error):
            raise
        _fail_event(row, error)
        return None
    if event is None or event.status is None:
        row.state, row.reason = InboxState.FAILED, IgnoreReason.KEY_GONE
        return None
    return event.status


def _fail_event(row: InboxEvent, error: Exception) -> None:
    row.state, row.reason = InboxState.FAILED, type(error).__name__
    road_record.event_failed(row.id, row.kind, error)


async def _find(session: AsyncSession, keyring: Keyring, read: Sequence[_Read]) -> dict[object, OutboxItem]:
    """The replies of these statuses, locked: by the fingerprint of the provider's id, and by our own id."""
    named = {keyring.fingerprint(f"{row.channel} sent", status.external_id) for row, status in read}
    references = {reference for _, status in read if (reference := _reference(status)) is not None}
    items = await session.scalars(_NAMED, {"named": list(named), "references": list(references)})
    found: dict[object, OutboxItem] = {}
    for item in items:
        found[item.id] = item
        if item.external_fingerprint is not None:
            found[item.external_fingerprint] = item
    return found


# Built once: building costs more than executing.
_NAMED = prepare(
    select(OutboxItem)
    .where(
        or_(
            OutboxItem.external_fingerprint.in_(bindparam("named", expanding=True)),
            OutboxItem.id.in_(bindparam("references", expanding=True)),
        )
    )
    .order_by(OutboxItem.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)


def _reference(status: IncomingStatus) -> uuid.UUID | None:
    try:
        return uuid.UUID(status.reference) if status.reference else None
    except ValueError:
        return None


async def apply_status(
    session: AsyncSession, item: OutboxItem, status: IncomingStatus, named: bytes
) -> IgnoreReason | None:
    """Apply a status to a locked reply; returns why nothing changed, or None.

    `named` is the fingerprint of the provider's id in the status.
    """
    if status.status != FAILED:
        return _raise_rank(item, status, named)
    async with session.begin_nested():
        return await _fail(session, item, status, named)


def _raise_rank(item: OutboxItem, status: IncomingStatus, named: bytes) -> IgnoreReason | None:
    """Raise the delivery rank of a reply; returns why nothing changed, or None."""
    rank = RANKS.get(status.status)
    if rank is None:
        return IgnoreReason.UNKNOWN_STATUS
    if item.state in (OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.QUEUED):
        # The status arrived before our own record of the send, or resolves one whose outcome was unknown.
        item.state, item.sent_at, item.waits_for = OutboxState.SENT, status.occurred_at, None
        item.external_fingerprint = named
    elif item.state in ENDED_UNSENT and rank >= DeliveryRank.DELIVERED:
        # It has arrived after all: another attempt of the same row had failed, or an officer claimed the conversation
        # while the outcome of the send was unknown.
        item.state, item.sent_at, item.error_class, item.error_code = OutboxState.SENT, status.occurred_at, None, None
    if rank <= item.delivery_rank:
        return IgnoreReason.NOT_HIGHER
    item.delivery_rank = rank
    return None


async def _fail(session: AsyncSession, item: OutboxItem, status: IncomingStatus, named: bytes) -> IgnoreReason | None:
    if item.delivery_rank >= DeliveryRank.DELIVERED:
        return IgnoreReason.ALREADY_DELIVERED
    if item.state in ENDED_UNSENT:
        return IgnoreReason.ALREADY_ENDED
    if item.external_fingerprint not in (None, named):
        return IgnoreReason.ANOTHER_ATTEMPT  # the row was sent again under another id, whose status counts
    await record_failure(session, item, status.failure or FailureClass.UNDELIVERABLE, status.error_code)
    if item.state != OutboxState.FAILED:
        # It did not arrive, so the next attempt is a new message with an id of its own.
        item.external_fingerprint, item.external_id_sealed = None, None
        item.delivery_rank, item.sent_at = DeliveryRank.NONE, None
    return None


FAILED = "failed"
# Meta guarantees no order, so each status has a rank; `failed` counts only while nothing was delivered.
RANKS = {
    "sent": DeliveryRank.SENT,
    "delivered": DeliveryRank.DELIVERED,
    "read": DeliveryRank.READ,
    "played": DeliveryRank.PLAYED,
}
ENDED_UNSENT = (OutboxState.FAILED, OutboxState.DROPPED)


async def apply_watermark(
    session: AsyncSession, keyring: Keyring, channel: ChannelName, status: IncomingStatus
) -> IgnoreReason | None:
    """Raise the rank of everything that had been sent by the watermark; returns why nothing changed, or None.

    Compared with when a reply was leased: the platform's timestamp is earlier than our record of the send.
    """
    rank = RANKS.get(status.status)
    if rank is None:
        return IgnoreReason.UNKNOWN_STATUS
    newest = await reply_by_external_id(session, keyring, channel, status.external_id) if status.external_id else None
    if status.external_id and newest is None:
        return IgnoreReason.NOT_OUR_MESSAGE
    if newest is not None:
        conversations = select(Conversation.id).where(Conversation.id == newest.conversation_id)
        until = OutboxItem.sequence <= newest.sequence
    else:
        conversations = _conversations_of(keyring, channel, status)
        until = OutboxItem.leased_at <= status.occurred_at
    # Locked in the order that other processes use: no deadlock.
    reached = (
        select(OutboxItem.id)
        .where(OutboxItem.conversation_id.in_(conversations), OutboxItem.state == OutboxState.SENT, until)
        .where(OutboxItem.delivery_rank < rank)
        .order_by(OutboxItem.id)
        .with_for_update()
    )
    ids = list(await session.scalars(reached))
    await session.execute(update(OutboxItem).where(OutboxItem.id.in_(ids)).values(delivery_rank=rank))
    return None if ids else IgnoreReason.NOT_HIGHER


async def reply_by_external_id(
    session: AsyncSession, keyring: Keyring, channel: ChannelName, external_id: str
) -> OutboxItem | None:
    """The reply to which the platform gave this id, or None; not locked."""
    named = keyring.fingerprint(f"{channel} sent", external_id)
    found: OutboxItem | None = await session.scalar(
        select(OutboxItem).where(OutboxItem.external_fingerprint == named).limit(1)
    )
    return found


def _conversations_of(keyring: Keyring, channel: ChannelName, status: IncomingStatus) -> Select[uuid.UUID]:
    holder = select(ContactAddress.contact_id).where(
        ContactAddress.channel == channel,
        ContactAddress.kind == AddressKind.USER_ID,
        ContactAddress.value_fingerprint == keyring.fingerprint(f"{channel} user_id", status.user_id or ""),
    )
    return select(Conversation.id).where(
        Conversation.contact_id.in_(holder), Conversation.business_number == status.business_number
    )
