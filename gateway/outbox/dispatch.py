"""Station 5, dispatch: leases the replies that may be sent now; all others stay queued with what they wait for.

In the order of priority, then of age. A number that is suspended, paused or at its rate limit, and a citizen at theirs,
delay their own replies and no others. Danger does not wait for our count of a number's rate, which whoever floods us
keeps full: the platform itself says when it takes no more.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import Boolean, Executable, Select, and_, bindparam, exists, null, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway.channels.base import Channel
from gateway.conversations.addresses import channel_of, number_key, pair_key, recipient_of, recipients_of
from gateway.conversations.kinds import (
    DeliveryRank,
    InboxEventKind,
    InboxState,
    OutboxState,
    Priority,
    WaitReason,
)
from gateway.conversations.messages import Recipient, Reply
from gateway.conversations.models import Conversation, InboxEvent, OutboxItem, SuspendedNumber
from gateway.conversations.traces import traces_of
from gateway.core import crypto, road_record
from gateway.core.after_commit import after_commit
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.models import LimitScope, TokenBucket
from gateway.core.rate_limit import Rate, number_rate, pair_rate, read_buckets, take_tokens, timestamp
from gateway.outbox.leased import UNSENT, LeasedReply, leased_reply
from gateway.outbox.queue import may_go_until, may_still_go, requeue
from gateway.outbox.templates import OutboxContext

# The share of a number's bucket that bulk leaves to replies.
RESERVED_FOR_REPLIES = 0.5
# Meta guarantees no order of two messages and advises to wait for `delivered`; a phone may be off, though.
PART_DELAY = dt.timedelta(seconds=5)
_WAITING = (OutboxState.QUEUED, OutboxState.UNKNOWN)


@dataclass
class Lease:
    """The replies leased by one poll; `more` when there was no room for all, `wait` seconds until a token is free.

    `suspended` are the suspended numbers.
    """

    items: list[LeasedReply] = field(default_factory=list)
    suspended: frozenset[str] = frozenset()
    more: bool = False
    wait: float | None = None


_Due = tuple[OutboxItem, Conversation]


async def anything_is_due(service: OutboxContext) -> bool:
    """Whether any reply is due, also one that must wait for something else."""
    return bool(await service.database.execute_autocommit(_ANY_DUE, {"at": now()}))


async def lease_due(session: AsyncSession, service: OutboxContext, room: int) -> Lease:
    """Lease up to `room` replies that may be sent now."""
    at, rates = timestamp(), _number_rates(service)
    known = (await session.execute(_NUMBERS)).all()
    numbers = {row.key: row for row in known if row.full_at is not None and channel_of(row.key) in rates}
    suspended = frozenset(row.key for row in known if row.full_at is None)
    paused = {key: row.paused_until for key, row in numbers.items() if row.paused_until > at}
    free = {key: rates[channel_of(key)].free(row.full_at, at) for key, row in numbers.items()}
    empty = {key: rates[channel_of(key)].free_at(numbers[key].full_at) for key, tokens in free.items() if tokens < 1}
    stopped = suspended | paused.keys()
    found = await _due(session, service, stopped, stopped | empty.keys(), room)
    due = _without_dropped(session, service, found)
    free_times, granted, over_limit = [*(empty | paused).values()], [], 0
    for name in sorted({conversation.channel for _, conversation in due}):
        of_channel = [pair for pair in due if pair[1].channel == name]
        within = _within_number_rate(of_channel, free, rates[name].burst) if name in rates else of_channel
        granted += await _with_tokens(session, service.channels[name], within, at)
        free_times += [at + rates[name].seconds] if len(within) < len(of_channel) else []
        over_limit += len(of_channel) - len(within)
    items = await _lease(session, service, granted)
    wait = max(min(free_times) - at, 0.001) if free_times else None
    return Lease(items, suspended, more=len(due) == room > over_limit, wait=wait)  # `wait` is for those over the limit


def _number_rates(service: OutboxContext) -> dict[str, Rate]:
    return {name: number_rate(channel.pace) for name, channel in service.channels.items() if channel.pace is not None}


def _due_statement() -> Select[OutboxItem, Conversation]:
    earlier = aliased(OutboxItem)
    # An earlier reply of the conversation is unsent; only a more urgent one may overtake it.
    unsent = and_(earlier.state.in_(UNSENT), earlier.priority <= OutboxItem.priority)
    undelivered = and_(
        earlier.turn_id == OutboxItem.turn_id,
        earlier.state == OutboxState.SENT,
        earlier.delivery_rank < DeliveryRank.DELIVERED,
        earlier.sent_at > bindparam("parts_since"),
        Conversation.channel.not_in(bindparam("in_order", expanding=True)),
    )
    must_wait = exists().where(
        earlier.conversation_id == OutboxItem.conversation_id,
        earlier.sequence < OutboxItem.sequence,
        or_(unsent, undelivered),
    )
    # A status has arrived that may resolve an unknown outcome, and is not processed yet.
    unread = exists().where(
        InboxEvent.state == InboxState.NEW,
        InboxEvent.kind == InboxEventKind.STATUS,
        InboxEvent.received_at <= OutboxItem.due_at,
    )
    number = Conversation.channel + " " + Conversation.business_number
    return (
        select(OutboxItem, Conversation)
        .join(Conversation, Conversation.id == OutboxItem.conversation_id)
        .where(OutboxItem.state.in_(_WAITING), OutboxItem.due_at <= bindparam("at"), ~must_wait)
        # Replies of a platform that is switched off wait until it is on again.
        .where(Conversation.channel.in_(bindparam("channels", expanding=True)))
        .where(
            or_(OutboxItem.state == OutboxState.QUEUED, and_(bindparam("all_stored", type_=Boolean), ~unread)),
            number.not_in(bindparam("stopped", expanding=True)),
            or_(number.not_in(bindparam("blocked", expanding=True)), OutboxItem.priority == Priority.URGENT),
        )
        .order_by(OutboxItem.priority, OutboxItem.created_at, OutboxItem.sequence)
        .limit(bindparam("room"))
        # Rows that another process has locked are skipped (SQLite has one writer).
        .with_for_update(of=OutboxItem, skip_locked=True)
    )


# Built once: building costs more than executing.
_DUE = prepare(_due_statement())
_ANY_DUE = prepare(
    select(OutboxItem.id).where(OutboxItem.state.in_(_WAITING), OutboxItem.due_at <= bindparam("at")).limit(1)
)


# The buckets of our numbers, and the suspended numbers, in one query; the latter without a timestamp.
_NUMBERS: Executable = prepare(
    union_all(
        select(TokenBucket.key, TokenBucket.full_at, TokenBucket.paused_until).where(
            TokenBucket.scope == LimitScope.NUMBER
        ),
        select(SuspendedNumber.channel + " " + SuspendedNumber.business_number, null(), null()),
    )
)
_LEASE = prepare(
    update(OutboxItem.__table__)  # type: ignore[arg-type]  # the table itself, so that no session is searched
    .where(OutboxItem.id.in_(bindparam("wanted", expanding=True)), OutboxItem.state.in_(_WAITING))
    .values(
        state=OutboxState.SENDING,
        leased_at=bindparam("leased_at"),
        leased_by=bindparam("process"),
        waits_for=None,
        attempts=OutboxItem.attempts + 1,
    )
    .returning(OutboxItem.id, OutboxItem.attempts)
)


async def _due(
    session: AsyncSession, service: OutboxContext, stopped: Iterable[str], blocked: Iterable[str], room: int
) -> list[_Due]:
    at = now()
    in_order = [name for name, channel in service.channels.items() if channel.keeps_order]
    values = {"at": at, "parts_since": at - PART_DELAY, "stopped": sorted(stopped), "room": room}
    values["blocked"] = sorted(blocked)
    # A status in the spool may resolve an unknown outcome.
    values |= {"in_order": in_order, "channels": [*service.channels], "all_stored": not service.spool.has_backlog()}
    return [(item, conversation) for item, conversation in await session.execute(_DUE, values)]


def _without_dropped(session: AsyncSession, service: OutboxContext, due: Sequence[_Due]) -> list[_Due]:
    kept = []
    for item, conversation in due:
        if not may_still_go(item, conversation, service.keyring):
            # The owner has changed since it was written, or it may not be pushed any more.
            item.state, item.waits_for = OutboxState.DROPPED, None
            after_commit(session, partial(road_record.reply_dropped, str(item.id), item.conversation_id.hex))
        else:
            kept.append((item, conversation))
    return kept


def _within_number_rate(due: Sequence[_Due], free: dict[str, float], burst: float) -> list[_Due]:
    """The replies for which their number has a token; the others wait."""
    used: Counter[str] = Counter()
    within = []
    for item, conversation in due:
        number = number_key(conversation.channel, conversation.business_number)
        reserved = burst * RESERVED_FOR_REPLIES if item.priority >= Priority.BULK else 0
        if item.priority == Priority.URGENT or free.get(number, burst) - used[number] - reserved >= 1:
            used[number] += 1
            within.append((item, conversation))
        else:
            item.waits_for = WaitReason.NUMBER_RATE
    return within


async def _with_tokens(session: AsyncSession, channel: Channel, due: Sequence[_Due], at: float) -> list[_Due]:
    if channel.pace is None:
        return list(due)
    pairs: dict[str, _Due] = {}
    for item, conversation in due:
        # Two conversations of one citizen share a bucket: the second waits for the next poll.
        pairs.setdefault(pair_key(conversation), (item, conversation))
    rate = pair_rate(channel.pace)
    paid = await take_tokens(session, LimitScope.PAIR, dict.fromkeys(pairs, 1), rate, at)
    await _postpone(session, {key: pair[0] for key, pair in pairs.items() if key not in paid}, rate.free_at)
    ready = [pair for key, pair in pairs.items() if key in paid]
    wanted = Counter(number_key(conversation.channel, conversation.business_number) for _, conversation in ready)
    # Another process may have been faster; then all replies of this number wait for the next poll.
    granted = await take_tokens(session, LimitScope.NUMBER, wanted, number_rate(channel.pace), at)
    return [
        (item, conversation)
        for item, conversation in ready
        if item.priority == Priority.URGENT or number_key(conversation.channel, conversation.business_number) in granted
    ]


async def _postpone(session: AsyncSession, items: dict[str, OutboxItem], free_at: Callable[[float], float]) -> None:
    rows = await read_buckets(session, LimitScope.PAIR, list(items)) if items else {}
    for key, item in items.items():
        until = max(free_at(rows[key].full_at), rows[key].paused_until)
        item.due_at, item.waits_for = dt.datetime.fromtimestamp(until, dt.UTC), WaitReason.PAIR_RATE


async def _lease(session: AsyncSession, service: OutboxContext, due: Sequence[_Due]) -> list[LeasedReply]:
    wanted = {item.id: (item, conversation) for item, conversation in due}
    if not wanted:
        return []
    values = {"wanted": list(wanted), "leased_at": now(), "process": service.process}
    attempts = {row.id: row.attempts for row in await session.execute(_LEASE, values)}
    ours = [(pair, attempts[key]) for key, pair in wanted.items() if key in attempts]
    try:
        recipients = await recipients_of(session, service.keyring, [conversation for (_, conversation), _ in ours])
        named = await traces_of(session, [(item.id, item.turn_id) for (item, _), _ in ours])
        return [_decrypted(service, *pair, recipients[pair[1].id], number, named[pair[0].id]) for pair, number in ours]
    except ValueError:  # one of them cannot be decrypted
        return [each for pair, number in ours if (each := await _decrypted_alone(session, service, pair, number))]


async def _decrypted_alone(
    session: AsyncSession, service: OutboxContext, due: _Due, attempts: int
) -> LeasedReply | None:
    """A reply, or None when its key is missing or it was altered: it is queued again, and delays no other."""
    item, conversation = due
    try:
        return _decrypted(service, *due, await recipient_of(session, service.keyring, conversation), attempts)
    except ValueError as error:
        await requeue(session, item, attempts, error, in_time=now() < may_go_until(item, conversation))
        return None


def _decrypted(
    service: OutboxContext,
    item: OutboxItem,
    conversation: Conversation,
    recipient: Recipient,
    attempts: int,
    trace: str | None = None,
) -> LeasedReply:
    key = service.keyring.unwrap(conversation.wrapped_key)
    content = crypto.unseal(key, item.content_sealed or b"", "outbox_item.content")
    channel = service.channels[conversation.channel]
    reply = Reply.model_validate_json(content)
    return leased_reply(channel, item, conversation, key, reply, recipient, attempts, trace)
