"""Station 5, claiming: which replies may go out now; everything else stays where it is and says what it waits for.

In this order: what is urgent, replies, then bulk; within each, what was said first. A number that is stopped, paused
or at its limit, and a citizen who has just had much, hold back their own replies and nobody else's.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

from sqlalchemy import Boolean, Executable, Select, and_, bindparam, exists, null, or_, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway import encryption
from gateway.channels.base import Author, Channel, Recipient, Reply
from gateway.conversations.breaker import channel_of, place_of
from gateway.conversations.models import Conversation, InboxEvent, OutboxItem, SendLimit, StoppedNumber
from gateway.conversations.outbox import BULK, put_back
from gateway.conversations.pacing import Rate, buckets, moment, number_rate, pair_rate, spend
from gateway.conversations.recipients import recipient_of, recipients_of
from gateway.database import now
from gateway.handover.elsewhere import is_led_elsewhere
from gateway.handover.states import may_go_out
from gateway.service import Service

# The longest windows that a channel has, for a program's words and a person's; nothing is tried again after them.
WINDOW = dt.timedelta(hours=24)
OFFICER_WINDOW = dt.timedelta(days=7)
# A moment before the window closes it counts as closed: a platform's clock may be ahead of ours.
LATE_FROM = dt.timedelta(minutes=1)
# Of a number's bucket; bulk leaves this for the replies that may come.
KEPT_FOR_REPLIES = 0.5
# Meta promises no order between two messages and advises to wait for `delivered`; a phone may be off, though.
PART_WAITS = dt.timedelta(seconds=5)
# A template may go out after the window; still undelivered after a day, it would only surprise.
TEMPLATE_LIFE = dt.timedelta(hours=24)
_WAITING = ("queued", "unknown")
_UNSENT = (*_WAITING, "sending")


@dataclass(frozen=True)
class Claimed:
    """A reply that this process, and no other, sends now."""

    id: uuid.UUID
    channel: str
    recipient: Recipient
    reply: Reply
    attempts: int
    may_go_until: dt.datetime
    # Whether the owner may change at any moment, so that it must be asked once more before sending.
    ask_again: bool
    claimed_at: dt.datetime
    key: bytes = field(repr=False)  # of the conversation, for the id that the provider will give


@dataclass
class Claim:
    """What one look took; `more` when there was no room to see all, `wait` seconds until a token is there.

    `stopped` are the numbers that send nothing; nothing is known of them when nothing was due.
    """

    items: list[Claimed] = field(default_factory=list)
    stopped: frozenset[str] | None = None
    more: bool = False
    wait: float | None = None


_Due = tuple[OutboxItem, Conversation]


async def something_is_due(service: Service) -> bool:
    """Whether any reply has come to its moment, also one that must wait for something else."""
    return bool(await service.database.alone(_ANY_DUE, {"at": now()}))


async def claim(session: AsyncSession, service: Service, room: int) -> Claim:
    """Take up to `room` replies that may go out now."""
    at, rates = moment(), _number_rates(service)
    known = (await session.execute(_NUMBERS)).all()
    numbers = {row.key: row for row in known if row.full_at is not None and channel_of(row.key) in rates}
    stopped = frozenset(row.key for row in known if row.full_at is None)
    paused = {key: row.paused_until for key, row in numbers.items() if row.paused_until > at}
    free = {key: rates[channel_of(key)].free(row.full_at, at) for key, row in numbers.items()}
    empty = {key: rates[channel_of(key)].free_at(numbers[key].full_at) for key, tokens in free.items() if tokens < 1}
    due = _without_dropped(await _due(session, service, stopped | paused.keys() | empty.keys(), room))
    waits, given, held = [*(empty | paused).values()], [], 0
    for name in sorted({conversation.channel for _, conversation in due}):
        of_channel = [pair for pair in due if pair[1].channel == name]
        within = _within(of_channel, free, rates[name].burst) if name in rates else of_channel
        given += await _with_tokens(session, service.channels[name], within, at)
        waits += [at + rates[name].seconds] if len(within) < len(of_channel) else []
        held += len(of_channel) - len(within)
    items = await _take(session, service, given)
    wait = max(min(waits) - at, 0.001) if waits else None
    return Claim(items, stopped, more=len(due) == room > held, wait=wait)  # for those that are held the alarm is set


def _number_rates(service: Service) -> dict[str, Rate]:
    return {name: number_rate(channel.pace) for name, channel in service.channels.items() if channel.pace is not None}


def _due_statement() -> Select[OutboxItem, Conversation]:
    earlier = aliased(OutboxItem)
    # An earlier reply of the conversation has not gone out; only what is more urgent may overtake it.
    unsent = and_(earlier.state.in_(_UNSENT), earlier.priority <= OutboxItem.priority)
    on_its_way = and_(
        earlier.turn_id == OutboxItem.turn_id,
        earlier.state == "sent",
        earlier.delivery_rank < 2,
        earlier.sent_at > bindparam("parts_since"),
        Conversation.channel.not_in(bindparam("in_order", expanding=True)),
    )
    waits = exists().where(
        earlier.conversation_id == OutboxItem.conversation_id,
        earlier.sequence < OutboxItem.sequence,
        or_(unsent, on_its_way),
    )
    # A status has arrived that may tell how an unknown sending ended, and nobody has read it yet.
    unread = exists().where(
        InboxEvent.state == "new", InboxEvent.kind == "status", InboxEvent.received_at <= OutboxItem.due_at
    )
    place = Conversation.channel + " " + Conversation.business_number
    return (
        select(OutboxItem, Conversation)
        .join(Conversation, Conversation.id == OutboxItem.conversation_id)
        .where(OutboxItem.state.in_(_WAITING), OutboxItem.due_at <= bindparam("at"), ~waits)
        # What belongs to a platform that has been switched off waits until it is on again.
        .where(Conversation.channel.in_(bindparam("channels", expanding=True)))
        .where(
            or_(OutboxItem.state == "queued", and_(bindparam("all_stored", type_=Boolean), ~unread)),
            place.not_in(bindparam("blocked", expanding=True)),
        )
        .order_by(OutboxItem.priority, OutboxItem.created_at, OutboxItem.sequence)
        .limit(bindparam("room"))
        # What another process holds is not waited for (SQLite has one writer and needs no such word).
        .with_for_update(of=OutboxItem, skip_locked=True)
    )


# Made once: to build these costs more than to run them.
_DUE = _due_statement()
_ANY_DUE = select(OutboxItem.id).where(OutboxItem.state.in_(_WAITING), OutboxItem.due_at <= bindparam("at")).limit(1)


# The buckets of our numbers, and those that are stopped, in one question; the latter have no moment.
_NUMBERS: Executable = union_all(
    select(SendLimit.key, SendLimit.full_at, SendLimit.paused_until).where(SendLimit.scope == "number"),
    select(StoppedNumber.channel + " " + StoppedNumber.business_number, null(), null()),
)
_TAKE = (
    update(OutboxItem.__table__)  # type: ignore[arg-type]  # the table itself, so that no session is searched
    .where(OutboxItem.id.in_(bindparam("wanted", expanding=True)), OutboxItem.state.in_(_WAITING))
    .values(
        state="sending",
        claimed_at=bindparam("moment"),
        claimed_by=bindparam("process"),
        waits_for=None,
        attempts=OutboxItem.attempts + 1,
    )
    .returning(OutboxItem.id, OutboxItem.attempts)
)


async def _due(session: AsyncSession, service: Service, blocked: Iterable[str], room: int) -> list[_Due]:
    at = now()
    in_order = [name for name, channel in service.channels.items() if channel.keeps_order]
    values = {"at": at, "parts_since": at - PART_WAITS, "blocked": sorted(blocked), "room": room}
    # Of what waits in the spool, something may tell how an unknown sending ended.
    values |= {"in_order": in_order, "channels": [*service.channels], "all_stored": not service.spool.has_backlog()}
    return [(item, conversation) for item, conversation in await session.execute(_DUE, values)]


def _without_dropped(due: Sequence[_Due]) -> list[_Due]:
    kept = []
    for item, conversation in due:
        if not is_still_wanted(item, conversation):
            item.state, item.waits_for = "dropped", None  # somebody else has taken over since this was said
        else:
            kept.append((item, conversation))
    return kept


def is_still_wanted(item: OutboxItem, conversation: Conversation) -> bool:
    """Whether the one who said it may still speak in this conversation."""
    if item.author == "bot" and is_led_elsewhere(conversation):
        return False
    return may_go_out(
        item.author,
        item.officer_id,
        item.created_at,
        state=conversation.state,
        owner=conversation.officer_id,
        owner_changed_at=conversation.owner_changed_at,
    )


def _within(due: Sequence[_Due], free: dict[str, float], burst: float) -> list[_Due]:
    """Those for whom there is a token of their number."""
    used: Counter[str] = Counter()
    within = []
    for item, conversation in due:
        place = place_of(conversation.channel, conversation.business_number)
        kept = burst * KEPT_FOR_REPLIES if item.priority >= BULK else 0
        if free.get(place, burst) - used[place] - kept >= 1:
            used[place] += 1
            within.append((item, conversation))
        else:
            item.waits_for = "number_rate"
    return within


async def _with_tokens(session: AsyncSession, channel: Channel, due: Sequence[_Due], at: float) -> list[_Due]:
    if channel.pace is None:
        return list(due)
    pairs: dict[str, _Due] = {}
    for item, conversation in due:
        # Two conversations of one citizen share a bucket: the second goes at the next look.
        pairs.setdefault(pair_of(conversation), (item, conversation))
    rate = pair_rate(channel.pace)
    paid = await spend(session, "pair", dict.fromkeys(pairs, 1), rate, at)
    await _put_off(session, {key: pair[0] for key, pair in pairs.items() if key not in paid}, rate.free_at)
    ready = [pair for key, pair in pairs.items() if key in paid]
    wanted = Counter(place_of(conversation.channel, conversation.business_number) for _, conversation in ready)
    # Another process may have been faster since we looked; then all of this number go at the next look.
    granted = await spend(session, "number", wanted, number_rate(channel.pace), at)
    return [pair for pair in ready if place_of(pair[1].channel, pair[1].business_number) in granted]


async def _put_off(session: AsyncSession, items: dict[str, OutboxItem], free_at: Callable[[float], float]) -> None:
    rows = await buckets(session, "pair", list(items)) if items else {}
    for key, item in items.items():
        until = max(free_at(rows[key].full_at), rows[key].paused_until)
        item.due_at, item.waits_for = dt.datetime.fromtimestamp(until, dt.UTC), "pair_rate"


def pair_of(conversation: Conversation) -> str:
    """The bucket of a number and a citizen, by our own id of them."""
    return f"{place_of(conversation.channel, conversation.business_number)} {conversation.contact_id.hex}"


async def _take(session: AsyncSession, service: Service, due: Sequence[_Due]) -> list[Claimed]:
    wanted = {item.id: (item, conversation) for item, conversation in due}
    if not wanted:
        return []
    values = {"wanted": list(wanted), "moment": now(), "process": service.process}
    attempts = {row.id: row.attempts for row in await session.execute(_TAKE, values)}
    ours = [(pair, attempts[key]) for key, pair in wanted.items() if key in attempts]
    try:
        recipients = await recipients_of(session, service.keyring, [conversation for (_, conversation), _ in ours])
        return [_opened(service, *pair, recipients[pair[1].id], number) for pair, number in ours]
    except ValueError:  # one of them does not open, with `CannotOpen` say
        return [each for pair, number in ours if (each := await _opened_alone(session, service, pair, number))]


async def _opened_alone(session: AsyncSession, service: Service, due: _Due, attempts: int) -> Claimed | None:
    """A reply, unless its key is gone or it was changed: that one waits, and holds nobody else up."""
    item, conversation = due
    try:
        return _opened(service, *due, await recipient_of(session, service.keyring, conversation), attempts)
    except ValueError as error:
        await put_back(session, item, attempts, error, in_time=now() < may_go_until(item, conversation))
        return None


def _opened(
    service: Service, item: OutboxItem, conversation: Conversation, recipient: Recipient, attempts: int
) -> Claimed:
    key = service.keyring.unwrap(conversation.wrapped_key)
    content = encryption.unseal(key, item.content_sealed or b"", "outbox_item.content")
    channel, author = service.channels[conversation.channel], cast("Author", item.author)
    late = now() >= conversation.last_citizen_message_at + channel.reply_window - LATE_FROM
    window = channel.officer_window if author == "officer" else channel.reply_window
    return Claimed(
        id=item.id,
        channel=conversation.channel,
        recipient=recipient,
        reply=Reply.model_validate_json(content).model_copy(update={"author": author, "late": late}),
        attempts=attempts,
        may_go_until=may_go_until(item, conversation, window),
        ask_again=item.author != "system" and conversation.state != "bot",
        claimed_at=now(),
        key=key,
    )


def may_go_until(item: OutboxItem, conversation: Conversation, window: dt.timedelta | None = None) -> dt.datetime:
    """Until when the channel takes this: words for its window after the citizen's last, a template longer.

    Without a `window`, the longest that any channel has for this author: one that has less says so when it is tried.
    """
    if item.template is not None:
        return item.created_at + TEMPLATE_LIFE
    longest = OFFICER_WINDOW if item.author == "officer" else WINDOW
    return conversation.last_citizen_message_at + (window or longest)
