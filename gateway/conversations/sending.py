"""Station 5, sending: due rows are claimed, sent, and their outcome written; each step its own transaction.

A row that was being sent when the process died, or whose request timed out, has an unknown outcome: the provider
has no idempotency key, so a status that names our row is waited for before it goes out again.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway import encryption
from gateway.channels.base import RETRIED, Recipient, Reply, SendFailed
from gateway.conversations.contacts import recipient_of
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.outbox import retry_pause
from gateway.database import now
from gateway.handover.states import bot_may_answer
from gateway.service import Service

log = structlog.get_logger()

MOST_UNDER_WAY = 40  # requests to the provider at a time
# How long a status that names the row is waited for before a second try.
UNKNOWN_PAUSE = dt.timedelta(seconds=15)
# Meta answers within its own time-out; a claim older than this belongs to a process that is gone.
CLAIM_LIFE = dt.timedelta(seconds=45)
WINDOW = dt.timedelta(hours=24)  # customer service window, from the citizen's last message
_UNSENT = ("queued", "sending", "unknown")


@dataclass(frozen=True)
class _Claimed:
    id: uuid.UUID
    channel: str
    recipient: Recipient
    reply: Reply
    attempts: int
    window_ends: dt.datetime


async def send_due(service: Service) -> bool:
    """Begin to send what is due; returns whether more may be due at once.

    Nobody waits for a slow answer of the provider but the conversation that it belongs to.
    """
    room = MOST_UNDER_WAY - service.under_way
    if room <= 0:
        return False  # the next one that ends rings the bell
    async with service.database.transaction() as session:
        await _release_stale(session)
        claimed = await _claim(session, service, room)
    for item in claimed:
        service.spawn(_send_one(service, item))
    return len(claimed) == room


async def recover(session: AsyncSession) -> None:
    """At start: what the last process was sending has an unknown outcome (one process on SQLite)."""
    await session.execute(
        update(OutboxItem)
        .where(OutboxItem.state == "sending")
        .values(state="unknown", due_at=now() + UNKNOWN_PAUSE / 3)
    )


async def _release_stale(session: AsyncSession) -> None:
    stale = OutboxItem.claimed_at < now() - CLAIM_LIFE
    await session.execute(
        update(OutboxItem).where(OutboxItem.state == "sending", stale).values(state="unknown", due_at=now())
    )


async def _claim(session: AsyncSession, service: Service, room: int) -> list[_Claimed]:
    earlier = aliased(OutboxItem)
    waits = exists().where(
        earlier.conversation_id == OutboxItem.conversation_id,
        earlier.sequence < OutboxItem.sequence,
        earlier.state.in_(_UNSENT),
    )
    due = (
        select(OutboxItem)
        .where(OutboxItem.state.in_(("queued", "unknown")), OutboxItem.due_at <= now(), ~waits)
        .order_by(OutboxItem.due_at)
        .limit(room)
    )
    claimed = []
    for item in (await session.scalars(due)).all():
        conversation = await session.get_one(Conversation, item.conversation_id)
        if item.author == "bot" and not bot_may_answer(conversation.state):
            item.state = "dropped"  # an officer has taken over since this was said
            continue
        if await _take(session, item):
            claimed.append(await _opened(session, service, item, conversation))
    return claimed


async def _take(session: AsyncSession, item: OutboxItem) -> bool:
    taken = await session.execute(
        update(OutboxItem)
        .where(OutboxItem.id == item.id, OutboxItem.state == item.state)
        .values(state="sending", claimed_at=now(), attempts=OutboxItem.attempts + 1)
        .returning(OutboxItem.id)
    )
    return taken.scalar_one_or_none() is not None


async def _opened(session: AsyncSession, service: Service, item: OutboxItem, conversation: Conversation) -> _Claimed:
    key = service.keyring.unwrap(conversation.wrapped_key)
    content = encryption.unseal(key, item.content_sealed or b"", "outbox_item.content")
    return _Claimed(
        id=item.id,
        channel=conversation.channel,
        recipient=await recipient_of(session, service.keyring, conversation),
        reply=Reply.model_validate_json(content),
        attempts=item.attempts,
        window_ends=conversation.last_citizen_message_at + WINDOW,
    )


async def _send_one(service: Service, item: _Claimed) -> None:
    service.under_way += 1
    try:
        await _send_and_record(service, item)
    except (SQLAlchemyError, OSError) as error:
        # Sent or not, it could not be written: the claim runs out and the outcome counts as unknown.
        log.error("outcome_not_recorded", outbox_id=str(item.id), exc_info=error)
    finally:
        service.under_way -= 1
        service.wake_outbox()  # what waits behind it in its conversation may go


async def _send_and_record(service: Service, item: _Claimed) -> None:
    try:
        if now() >= item.window_ends:
            raise SendFailed("window_closed")
        external_id = await service.channels[item.channel].send(item.recipient, item.reply, str(item.id))
    except SendFailed as failure:
        await _write_failure(service, item, failure)
    else:
        await _write_success(service, item, external_id)


async def _write_success(service: Service, item: _Claimed, external_id: str) -> None:
    async with service.database.transaction() as session:
        row = await session.get_one(OutboxItem, item.id)
        conversation = await session.get_one(Conversation, row.conversation_id)
        key = service.keyring.unwrap(conversation.wrapped_key)
        row.external_fingerprint = service.keyring.fingerprint(f"{item.channel} sent", external_id)
        row.external_id_sealed = encryption.seal(key, external_id, "outbox_item.external_id")
        if row.state == "sending":  # a status may have been faster
            row.state, row.sent_at = "sent", now()


async def _write_failure(service: Service, item: _Claimed, failure: SendFailed) -> None:
    async with service.database.transaction() as session:
        row = await session.get_one(OutboxItem, item.id)
        if row.state != "sending":
            return  # a status told how it ended
        row.error_class, row.error_code = failure.failure, failure.code
        pause = UNKNOWN_PAUSE if failure.failure == "unknown_outcome" else retry_pause(item.attempts + 1)
        if failure.failure in RETRIED and now() + pause < item.window_ends:
            row.state = "unknown" if failure.failure == "unknown_outcome" else "queued"
            row.due_at = now() + pause
        else:
            row.state = "failed"
    log.warning("reply_not_sent", outbox_id=str(item.id), failure=failure.failure, code=failure.code)
