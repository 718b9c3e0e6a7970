"""Station 5, sending: due replies are leased, sent, and their outcome written; each step is its own transaction.

A reply that was being sent when the process died, or whose request timed out, has an unknown outcome: the provider
has no idempotency key, so it is sent again only if no status that names it comes in time.
"""

import datetime as dt
import time
from collections.abc import Iterable
from functools import partial

import structlog
from sqlalchemy import Executable, bindparam, case, delete, exists, null, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway.channels.base import SendFailed
from gateway.conversations.kinds import Author, FailureClass, OutboxState, WaitReason
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.states import WITH_OFFICERS
from gateway.core import crypto, road_record
from gateway.core.after_commit import after_commit
from gateway.core.compiled import prepare
from gateway.core.database import UtcDateTime, now
from gateway.core.leases import is_alive
from gateway.core.models import GatewayProcess
from gateway.core.traces import Station, within
from gateway.outbox.dispatch import anything_is_due, lease_due
from gateway.outbox.failures import record_failure
from gateway.outbox.files import with_content
from gateway.outbox.leased import MAX_IN_FLIGHT, LeasedReply
from gateway.outbox.queue import may_still_go
from gateway.outbox.templates import OutboxContext

log = structlog.get_logger()

# Meta answers within its own time-out; an older lease has no request any more: its process died, or could not write
# the outcome because the database was unavailable.
LEASE_DURATION = dt.timedelta(seconds=45)
# A reply of the bot that was delayed for so long between its lease and its request is checked once more.
RECHECK_AFTER = dt.timedelta(seconds=0.1)

EXPIRE_EVERY = 1.0  # seconds


async def send_due(service: OutboxContext) -> bool:
    """Start sending what is due; returns whether more may be due at once.

    A slow answer of a provider delays no other conversation.
    """
    room = MAX_IN_FLIGHT - service.in_flight
    if room <= 0:
        return False  # the next request that finishes wakes the outbox
    if (at := time.monotonic()) - service.expired_checked_at > EXPIRE_EVERY:
        service.expired_checked_at = at
        await service.database.execute_autocommit(_EXPIRE, _expire_values(now(), service.settings.unknown_wait))
    if not await anything_is_due(service):
        return False  # most polls end here, so they should cost little
    async with service.database.direct() as session:
        lease = await lease_due(session, service, room)
        if lease.more:
            service.signals.send(session, "outbox")  # more than this process sends at a time: others may help
    service.suspended = lease.suspended
    send_leased(service, lease.items)
    if lease.wait is not None:
        service.wake_outbox_in(lease.wait)
    return lease.more


def send_leased(service: OutboxContext, items: Iterable[LeasedReply]) -> None:
    """Send what the end of a turn has leased, once that is committed."""
    for item in items:
        service.spawn(_send_one(service, item))


async def recover(session: AsyncSession, unknown_wait: float) -> None:
    """At start: replies that a dead process was sending have an unknown outcome.

    The provider repeats statuses that it could not deliver meanwhile. Replies of a live process are left alone; on
    SQLite there is no other process.
    """
    at = now()
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(delete(GatewayProcess))
    await session.execute(_EXPIRE, _expire_values(at, unknown_wait))


def _expire_values(at: dt.datetime, unknown_wait: float) -> dict[str, dt.datetime]:
    wait_until = at + dt.timedelta(seconds=unknown_wait)
    return {"alive_at": at, "too_old": at - LEASE_DURATION, "wait_until": wait_until}


# The process is dead, or could not write the outcome.
_EXPIRE = prepare(
    update(OutboxItem)
    .where(
        OutboxItem.state == OutboxState.SENDING,
        or_(
            OutboxItem.leased_by.is_(None),
            ~is_alive(OutboxItem.leased_by),
            OutboxItem.leased_at < bindparam("too_old"),
        ),
    )
    .values(state=OutboxState.UNKNOWN, due_at=bindparam("wait_until"), waits_for=WaitReason.STATUS)
    .execution_options(synchronize_session=False)
)


async def _send_one(service: OutboxContext, item: LeasedReply) -> None:
    service.in_flight += 1
    try:
        with within(item.trace, Station.SEND, item.id, item.attempts):
            await _send_and_record(service, item)
    except (SQLAlchemyError, OSError) as error:
        # Sent or not, it could not be written: the lease expires and the outcome counts as unknown.
        log.error("outcome_not_recorded", outbox_id=str(item.id), trace=item.trace, exc_info=error)
    finally:
        if service.in_flight >= MAX_IN_FLIGHT:
            service.wake_outbox()  # there is room again
        service.in_flight -= 1


async def _send_and_record(service: OutboxContext, item: LeasedReply) -> None:
    if not await _recheck(service, item):
        return
    try:
        if now() >= item.may_go_until:
            raise SendFailed(FailureClass.WINDOW_CLOSED)
        reply = item.reply if item.reply.file is None else await with_content(service, item.key, item.reply)
        external_id = await service.channels[item.channel].send(item.recipient, reply, str(item.id))
    except SendFailed as failure:
        await _write_failure(service, item, failure)
    else:
        await _write_success(service, item, external_id)


async def _recheck(service: OutboxContext, item: LeasedReply) -> bool:
    """Whether to send it: the last point at which an officer's claim, or the gate, can drop a reply."""
    if not item.recheck and now() - item.leased_at < RECHECK_AFTER:
        return True
    async with service.database.direct() as session:
        found = (await session.execute(_RECHECK, {"item": item.id})).one_or_none()
        if found is None:
            return False  # it was erased meanwhile
        row: OutboxItem = found[0]
        if row.state != OutboxState.SENDING or row.attempts != item.attempts:
            return False  # the lease expired
        if not may_still_go(row, found[1], service.keyring):
            row.state, row.waits_for = OutboxState.DROPPED, None
            after_commit(session, partial(road_record.reply_dropped, str(row.id), row.conversation_id.hex))
        return row.state == OutboxState.SENDING


_RECHECK = prepare(
    select(OutboxItem, Conversation)
    .join(Conversation, Conversation.id == OutboxItem.conversation_id)
    .where(OutboxItem.id == bindparam("item"))
    .with_for_update(of=OutboxItem)
)


async def _write_success(service: OutboxContext, item: LeasedReply, external_id: str) -> None:
    sent_at = now()
    values = {
        "item": item.id,
        "named": service.keyring.fingerprint(f"{item.channel} sent", external_id),
        "sealed": crypto.seal(item.key, external_id, "outbox_item.external_id"),
        "sent_at": sent_at,
    }
    for row in await service.database.execute_autocommit(
        _SENT, values
    ):  # none where a status was faster and reported a failure
        waited = (sent_at - row.created_at).total_seconds()
        road_record.reply_sent(str(item.id), row.conversation_id.hex, item.channel, row.author, waited)
        if row.conversation_state in WITH_OFFICERS or row.author == Author.OFFICER:
            service.signals.tell([("conversation", row.conversation_id.hex)])
        if row.followed:
            service.wake_outbox()  # what waited behind it may be sent


def _sent_statement() -> Executable:
    behind = aliased(OutboxItem)
    followed = exists().where(
        behind.conversation_id == OutboxItem.conversation_id,
        behind.state.in_((OutboxState.QUEUED, OutboxState.UNKNOWN)),
    )
    conversation_state = (
        select(Conversation.state).where(Conversation.id == OutboxItem.conversation_id).scalar_subquery()
    )
    already = OutboxItem.state == OutboxState.SENT  # a status was faster, and its timestamp stays
    return (
        update(OutboxItem)
        .where(
            OutboxItem.id == bindparam("item"),
            OutboxItem.state.in_((OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.SENT)),
        )
        .values(
            state=OutboxState.SENT,
            sent_at=case((already, OutboxItem.sent_at), else_=bindparam("sent_at", type_=UtcDateTime)),
            waits_for=case((already, OutboxItem.waits_for), else_=null()),
            external_fingerprint=bindparam("named"),
            external_id_sealed=bindparam("sealed"),
        )
        .returning(
            OutboxItem.conversation_id,
            OutboxItem.author,
            OutboxItem.created_at,
            conversation_state.label("conversation_state"),
            followed.label("followed"),
        )
        .execution_options(synchronize_session=False)
    )


_SENT = prepare(_sent_statement())


async def _write_failure(service: OutboxContext, item: LeasedReply, failure: SendFailed) -> None:
    async with service.database.transaction() as session:
        row = await session.get_one(OutboxItem, item.id, with_for_update=True)
        # Else a status reported the outcome, or the lease expired and another process tries.
        if row.state in (OutboxState.SENDING, OutboxState.UNKNOWN) and row.attempts == item.attempts:
            await record_failure(session, row, failure.failure, failure.code, service.settings.unknown_wait)
            _notify_consoles(service, session, row, await session.get_one(Conversation, row.conversation_id))
    service.wake_outbox()  # what waited behind it may be sent, or all of its number must wait


def _notify_consoles(
    service: OutboxContext, session: AsyncSession, row: OutboxItem, conversation: Conversation
) -> None:
    if conversation.state in WITH_OFFICERS or row.author == Author.OFFICER:
        service.signals.send(session, "conversation", row.conversation_id.hex)
