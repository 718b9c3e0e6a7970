"""Station 5, leased: a reply that this process, and no other, sends now; at the end of its turn, where it may go then.

The loop that sends (`dispatch`) leases whatever had to wait.
"""

import datetime as dt
import uuid
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Executable, and_, bindparam, exists, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import Channel
from gateway.conversations.addresses import number_key, pair_key
from gateway.conversations.kinds import Author, ChannelName, ConversationState, OutboxState, Priority, WaitReason
from gateway.conversations.messages import Recipient, Reply
from gateway.conversations.models import Conversation, OutboxItem, SuspendedNumber
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.direct import ask_all
from gateway.core.models import LimitScope
from gateway.core.rate_limit import give_back, number_rate, pair_rate, take_one, timestamp
from gateway.core.traces import current, trace_of
from gateway.outbox.queue import NewItem, may_go_until
from gateway.outbox.templates import OutboxContext

# The window counts as closed this long before its end: a platform's clock may be ahead of ours.
WINDOW_MARGIN = dt.timedelta(minutes=1)
MAX_IN_FLIGHT = 40  # requests to providers at a time, of one process
UNSENT = (OutboxState.QUEUED, OutboxState.UNKNOWN, OutboxState.SENDING)


@dataclass(frozen=True)
class LeasedReply:
    """A reply that this process, and no other, sends now, decrypted."""

    id: uuid.UUID
    channel: ChannelName
    recipient: Recipient
    reply: Reply
    attempts: int
    may_go_until: dt.datetime
    # Whether the owner may change at any time, or the gate may shut, so that it is checked once more before sending.
    recheck: bool
    leased_at: dt.datetime
    trace: str  # by which log and spans name it
    key: bytes = field(repr=False)  # of the conversation, to encrypt the id that the provider will give


async def may_go_now(
    session: AsyncSession, service: OutboxContext, channel: Channel, conversation: Conversation, priority: Priority
) -> bool:
    """Whether a reply that is about to be queued may be sent at once, without a look of the loop that sends.

    Takes its tokens, where it may. The conversation is locked, so that no other reply of it is queued meanwhile. Where
    anything waits for a number's rate the loop decides whose turn it is.
    """
    if service.in_flight >= MAX_IN_FLIGHT:
        return False
    number = number_key(conversation.channel, conversation.business_number)
    must_wait: tuple[Executable, dict[str, Any]] = (
        _MUST_WAIT,
        {"conversation": conversation.id, "priority": priority, "number": number},
    )
    if channel.pace is None:
        return not (await ask_all(session, must_wait))[0]
    buckets = [
        (LimitScope.PAIR, pair_key(conversation), pair_rate(channel.pace)),
        (LimitScope.NUMBER, number, number_rate(channel.pace)),
    ]
    limits, dialect, at = [each for each in buckets if each[2].seconds], session.get_bind().dialect.name, timestamp()
    waits, *taken = await ask_all(session, must_wait, *(take_one(dialect, *each, at) for each in limits))
    if not waits and all(taken):
        return True
    for each, token in zip(limits, taken, strict=True):
        if token:
            await session.execute(*give_back(*each))
    return False


def leased_reply(
    channel: Channel,
    item: OutboxItem | NewItem,
    conversation: Conversation,
    key: bytes,
    reply: Reply,
    recipient: Recipient,
    attempts: int,
    trace: str | None = None,
) -> LeasedReply:
    """A leased reply as the sending needs it; without a `trace` it is in that of the turn being written."""
    here = current()
    late = now() >= conversation.last_citizen_message_at + channel.reply_window - WINDOW_MARGIN
    window = channel.officer_window if item.author == Author.OFFICER else channel.reply_window
    return LeasedReply(
        id=item.id,
        channel=conversation.channel,
        recipient=recipient,
        reply=reply.model_copy(update={"author": item.author, "late": late}),
        attempts=attempts,
        may_go_until=may_go_until(item, conversation, window),
        recheck=item.unasked_kind is not None
        or (item.author != Author.SYSTEM and conversation.state != ConversationState.BOT),
        leased_at=now(),
        trace=trace or (here.trace if here is not None else trace_of(item.id.bytes)),
        key=key,
    )


def _must_wait_statement() -> Executable:
    earlier = and_(
        OutboxItem.conversation_id == bindparam("conversation"),
        OutboxItem.state.in_(UNSENT),
        OutboxItem.priority <= bindparam("priority"),
    )
    others = and_(OutboxItem.state == OutboxState.QUEUED, OutboxItem.waits_for == WaitReason.NUMBER_RATE)
    suspended = SuspendedNumber.channel + " " + SuspendedNumber.business_number == bindparam("number")
    return union_all(
        select(literal(1)).where(exists().where(earlier)),
        select(literal(1)).where(exists().where(others)),
        select(literal(1)).where(exists().where(suspended)),
    )


_MUST_WAIT = prepare(_must_wait_statement())
