"""Station 5, failures: what happens to a reply that did not go out, by the class of its failure.

The same rules hold for a refused request and for a `failed` status that comes later.
"""

import datetime as dt

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import RETRIED, STOPS, FailureClass
from gateway.conversations.breaker import place_of, stop
from gateway.conversations.claiming import may_go_until, pair_of
from gateway.conversations.models import Conversation, ConversationEvent, OutboxItem
from gateway.conversations.outbox import BULK, retry_pause
from gateway.conversations.pacing import slow_down
from gateway.database import now
from gateway.handover.elsewhere import lead_elsewhere
from gateway.handover.queue import ask_for_officer

log = structlog.get_logger()

# Why a reply that waits is not sent at once, by the class of its failure.
_WAITS_FOR = {"throttle_number": "number_rate", "throttle_pair": "pair_rate", "unknown_outcome": "status"}
# A citizen who got nothing though our words were the fault, or the day was over, needs a person; for bulk nobody waits.
_NEEDS_OFFICER = {"content": "reply_failed", "window_closed": "window_closed"}


async def note_failure(
    session: AsyncSession, item: OutboxItem, failure: FailureClass, code: int | None, unknown_wait: float = 0.0
) -> None:
    """Keep the reply for later where that can help; else end it and say so to officers and the operator."""
    conversation = await session.get_one(Conversation, item.conversation_id)
    item.error_class, item.error_code = failure, code
    due_at = await _next_try(session, item, conversation, failure, code, unknown_wait)
    in_time = failure in STOPS or due_at < may_go_until(item, conversation)
    if failure in RETRIED and in_time:
        item.state = "unknown" if failure == "unknown_outcome" else "queued"
        item.due_at, item.waits_for = due_at, _WAITS_FOR.get(failure, "retry")
        log.warning("reply_put_off", outbox_id=str(item.id), failure=failure, code=code)
        return
    item.state, item.waits_for = "failed", None
    await _give_up(session, item, conversation, failure, code)
    # What could be tried again is only given up because the day is over.
    reason = "window_closed" if failure in RETRIED else _NEEDS_OFFICER.get(failure)
    if reason is not None and conversation.state != "closed" and item.priority < BULK:
        await ask_for_officer(session, conversation, reason=reason, urgency=conversation.urgency, topic=None)


async def _next_try(
    session: AsyncSession,
    item: OutboxItem,
    conversation: Conversation,
    failure: FailureClass,
    code: int | None,
    unknown_wait: float,
) -> dt.datetime:
    if failure in STOPS:
        await stop(session, conversation, failure, code)
        return now()  # when the number goes again, so does this
    if failure == "throttle_number":
        place = place_of(conversation.channel, conversation.business_number)
        return dt.datetime.fromtimestamp(await slow_down(session, "number", place), dt.UTC)
    if failure == "throttle_pair":
        return dt.datetime.fromtimestamp(await slow_down(session, "pair", pair_of(conversation)), dt.UTC)
    if failure == "unknown_outcome":
        return now() + dt.timedelta(seconds=unknown_wait)
    return now() + retry_pause(item.attempts)


async def _give_up(
    session: AsyncSession, item: OutboxItem, conversation: Conversation, failure: FailureClass, code: int | None
) -> None:
    if failure == "led_elsewhere":
        await lead_elsewhere(session, conversation, now(), "refused")
    say = log.error if failure == "content" else log.warning  # content: a bug of ours
    say("reply_failed", outbox_id=str(item.id), failure=failure, code=code)
    session.add(
        ConversationEvent(
            conversation_id=conversation.id,
            kind="reply_failed",
            actor="gateway",
            details={"failure": failure, "code": code},
            created_at=now(),
        )
    )
