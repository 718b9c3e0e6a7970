"""Station 5, failures: what happens to a reply that was not sent, by the class of its failure.

The same rules hold for a rejected request and for a `failed` status that comes later.
"""

import datetime as dt
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import RETRIED, STOPS
from gateway.conversations.addresses import number_key, pair_key
from gateway.conversations.events import HandoverRequested
from gateway.conversations.kinds import (
    Author,
    ConversationState,
    EventKind,
    FailureClass,
    HandoverReason,
    OutboxState,
    Priority,
    WaitReason,
)
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.repository import GATEWAY, add_event, begin_external_control
from gateway.core import road_record
from gateway.core.after_commit import after_commit
from gateway.core.database import now
from gateway.core.events import publish
from gateway.core.models import LimitScope
from gateway.core.rate_limit import pause
from gateway.outbox.queue import may_go_until, retry_pause
from gateway.outbox.suspension import suspend

log = structlog.get_logger()

# Why a reply that waits is not sent at once, by the class of its failure.
_WAITS_FOR = {
    FailureClass.THROTTLE_NUMBER: WaitReason.NUMBER_RATE,
    FailureClass.THROTTLE_PAIR: WaitReason.PAIR_RATE,
    FailureClass.UNKNOWN_OUTCOME: WaitReason.STATUS,
}
# A citizen without a reply because of our text, or because the window is over, needs an officer; for bulk nobody waits.
_NEEDS_OFFICER = {
    FailureClass.CONTENT: HandoverReason.REPLY_FAILED,
    FailureClass.WINDOW_CLOSED: HandoverReason.WINDOW_CLOSED,
}


async def record_failure(
    session: AsyncSession, item: OutboxItem, failure: FailureClass, code: int | None, unknown_wait: float = 0.0
) -> None:
    """Queue the reply again where that can help; else fail it, and report it to officers and the operator."""
    conversation = await session.get_one(Conversation, item.conversation_id)
    item.error_class, item.error_code = failure, code
    due_at = await _next_try(session, item, conversation, failure, code, unknown_wait)
    in_time = failure in STOPS or due_at < may_go_until(item, conversation)
    again = failure in RETRIED and in_time
    after_commit(session, partial(road_record.reply_failed, failure, final=not again))
    if again:
        item.state = OutboxState.UNKNOWN if failure == FailureClass.UNKNOWN_OUTCOME else OutboxState.QUEUED
        item.due_at, item.waits_for = due_at, _WAITS_FOR.get(failure, WaitReason.RETRY)
        log.warning("reply_postponed", outbox_id=str(item.id), failure=failure, code=code)
        return
    item.state, item.waits_for = OutboxState.FAILED, None
    await _give_up(session, item, conversation, failure, code)
    # A failure that could be retried is only final because the window is over.
    reason = HandoverReason.WINDOW_CLOSED if failure in RETRIED else _NEEDS_OFFICER.get(failure)
    if item.author == Author.OFFICER:
        reason = reason or HandoverReason.REPLY_FAILED  # the citizen waits on, whatever the reason
    if reason is not None and conversation.state != ConversationState.CLOSED and item.priority < Priority.BULK:
        await publish(session, HandoverRequested(conversation, reason, conversation.urgency))


async def _next_try(
    session: AsyncSession,
    item: OutboxItem,
    conversation: Conversation,
    failure: FailureClass,
    code: int | None,
    unknown_wait: float,
) -> dt.datetime:
    if failure in STOPS:
        await suspend(session, conversation, failure, code)
        return now()  # sent when the number is resumed
    if failure == FailureClass.THROTTLE_NUMBER:
        number = number_key(conversation.channel, conversation.business_number)
        return dt.datetime.fromtimestamp(await pause(session, LimitScope.NUMBER, number), dt.UTC)
    if failure == FailureClass.THROTTLE_PAIR:
        return dt.datetime.fromtimestamp(await pause(session, LimitScope.PAIR, pair_key(conversation)), dt.UTC)
    if failure == FailureClass.UNKNOWN_OUTCOME:
        return now() + dt.timedelta(seconds=unknown_wait)
    return now() + retry_pause(item.attempts)


async def _give_up(
    session: AsyncSession, item: OutboxItem, conversation: Conversation, failure: FailureClass, code: int | None
) -> None:
    if failure == FailureClass.EXTERNAL_CONTROL:
        await begin_external_control(session, conversation, now(), "rejected")
    report = log.error if failure == FailureClass.CONTENT else log.warning  # content: a bug of ours
    report("reply_failed", outbox_id=str(item.id), failure=failure, code=code)
    add_event(session, conversation.id, EventKind.REPLY_FAILED, GATEWAY, failure=failure, code=code)
