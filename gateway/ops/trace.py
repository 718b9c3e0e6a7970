"""Operations, trace: the road of one message in words, without its words: `python -m gateway trace <id>`.

The id is that of a conversation, message, turn or outbox entry, as lines of the log name them; without one it is what
has waited longest. What is said is when each station had it, and why there was no answer; never a text, a topic, a
number or a name of a citizen or officer.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.conversations.kinds import DeliveryRank, InboxEventKind, OutboxState
from gateway.conversations.models import Conversation, ConversationEvent, InboxEvent, Message, OutboxItem, Turn
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database, now
from gateway.core.keyring import Keyring
from gateway.core.locale import HELSINKI
from gateway.core.models import ConversationLease, GatewayProcess
from gateway.ops.trace_words import EVENTS, FAILURES, OUTCOMES, REPLIES, WAITS
from gateway.outbox.suspension import suspended_numbers

MOST_TURNS = 20  # of a conversation, the newest
_Step = tuple[dt.datetime, str]


class NothingFound(ValueError):
    """There is nothing under this id; the text says what else it may be."""


@dataclass(frozen=True)
class _Found:
    """What is told: some messages of a conversation, some turns, some replies, and what changed around them."""

    conversation: Conversation
    messages: Sequence[Message]
    turns: Sequence[Turn]
    replies: Sequence[OutboxItem]
    events: Sequence[ConversationEvent]


async def trace(settings: Settings, wanted: str | None) -> str:
    """The road of what has this id, or of what has waited longest; raises `NothingFound`. Recorded in the audit log."""
    database = Database(settings.database_url)
    keyring = Keyring(DataKeys(settings.data_key.get_secret_value()))
    try:
        async with database.transaction() as session:
            await keyring.load(session)
        async with database.transaction() as session:
            found = await _waits_longest(session) if wanted is None else await _find(session, wanted)
            subject = audit.conversation_subject(keyring, found.conversation.id)
            await audit.record(session, "operator", "message_traced", subject)
            return await _told(session, found)
    finally:
        await database.close()


async def _find(session: AsyncSession, wanted: str) -> _Found:
    if wanted.isdecimal():
        message = await session.get(Message, int(wanted)) if int(wanted) < 2**63 else None
        if message is not None:
            return await _around(session, message.conversation_id, message.turn_id, message)
    try:
        key = uuid.UUID(wanted)
    except ValueError:
        raise _nothing(wanted) from None
    if await session.get(Conversation, key) is not None:
        return await _around(session, key)
    if (turn := await session.get(Turn, key)) is not None:
        return await _around(session, turn.conversation_id, turn.id)
    if (reply := await session.get(OutboxItem, key)) is not None:
        return await _around(session, reply.conversation_id, reply.turn_id, reply=reply)
    raise _nothing(wanted)


async def _waits_longest(session: AsyncSession) -> _Found:
    """The message without a turn, or the reply that is due, whichever is older."""
    pending = select(Message).where(Message.turn_id.is_(None)).order_by(Message.received_at, Message.id).limit(1)
    states = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.UNKNOWN)
    due = select(OutboxItem).where(OutboxItem.state.in_(states), OutboxItem.due_at <= now())
    message = await session.scalar(pending)
    reply = await session.scalar(due.order_by(OutboxItem.due_at, OutboxItem.id).limit(1))
    if message is not None and (reply is None or message.received_at <= reply.due_at):
        return await _around(session, message.conversation_id, None, message)
    if reply is not None:
        return await _around(session, reply.conversation_id, reply.turn_id, reply=reply)
    raise NothingFound(
        "Nothing waits: every message has its turn, and no reply is due. What is not processed yet or lies in the "
        "spool has no id: see /metrics."
    )


def _nothing(wanted: str) -> NothingFound:
    return NothingFound(
        f"Nothing has the id {wanted[:64]!r}. It may be erased, or its time be over (NEUVO_TEXT_RETENTION_DAYS); a "
        "message that is not processed yet, or lies in the spool, has none: see /metrics."
    )


async def _around(
    session: AsyncSession,
    conversation_id: uuid.UUID,
    turn_id: uuid.UUID | None = None,
    message: Message | None = None,
    reply: OutboxItem | None = None,
) -> _Found:
    """One turn with its messages and replies; the newest turns where nothing smaller is asked for."""
    conversation = await session.get_one(Conversation, conversation_id)
    turns = select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.created_at.desc())
    of_messages: ColumnElement[bool] = Message.conversation_id == conversation_id
    of_replies: ColumnElement[bool] = OutboxItem.conversation_id == conversation_id
    if turn_id is not None:
        turns = turns.where(Turn.id == turn_id)
        of_messages, of_replies = Message.turn_id == turn_id, OutboxItem.turn_id == turn_id
    elif message is not None or reply is not None:
        turns = turns.limit(0)
        of_messages = Message.id == (message.id if message is not None else -1)
        of_replies = OutboxItem.id == (reply.id if reply is not None else uuid.UUID(int=0))
    found = list(await session.scalars(turns.limit(MOST_TURNS)))
    messages = list(await session.scalars(select(Message).where(of_messages).order_by(Message.id)))
    replies = list(await session.scalars(select(OutboxItem).where(of_replies).order_by(OutboxItem.sequence)))
    events = select(ConversationEvent).where(ConversationEvent.conversation_id == conversation_id)
    return _Found(conversation, messages, found[::-1], replies, list(await session.scalars(events)))


async def _told(session: AsyncSession, found: _Found) -> str:
    talk = found.conversation
    steps = [(talk.created_at, "the conversation began")] if not found.messages else []
    steps += [step for message in found.messages for step in await _of_message(session, talk, message)]
    steps += [(turn.created_at, f"turn {turn.id.hex}: {OUTCOMES[turn.outcome]}") for turn in found.turns]
    for reply in found.replies:
        steps += _of_reply(reply)
    if steps:
        begin = min(at for at, _ in steps)
        steps += [(each.created_at, EVENTS[each.kind]) for each in found.events
                  if each.kind in EVENTS and each.created_at >= begin]  # fmt: skip
    head = f"Conversation {talk.id.hex} on {talk.channel}, now {talk.state}"
    lines = [f"  {_clock(at)}  {words}" for at, words in sorted(steps, key=lambda step: step[0])]
    return "\n".join([head, *lines, *[f"  → {each}" for each in await _why(session, found)]])


async def _of_message(session: AsyncSession, talk: Conversation, message: Message) -> list[_Step]:
    received = await session.scalar(
        select(InboxEvent).where(
            InboxEvent.channel == talk.channel,
            InboxEvent.kind == InboxEventKind.MESSAGE,
            InboxEvent.external_fingerprint == message.external_fingerprint,
        )
    )
    name = f"message {message.id} ({message.kind})"
    steps = [(message.sent_at, f"{name}: sent, says the platform")]
    if received is not None:
        steps.append((received.received_at, f"{name}: received as event {received.id}"))
    steps.append((message.received_at, f"{name}: processed"))
    if message.warned_at is not None:
        steps.append((message.warned_at, f"{name}: 112 or the helplines were said before the engine had judged"))
    return steps


def _of_reply(reply: OutboxItem) -> list[_Step]:
    name = f"reply {reply.id} ({reply.author}, {reply.reply_kind or reply.unasked_kind})"
    steps = [(reply.created_at, f"{name}: queued")]
    if reply.leased_at is not None and reply.attempts:
        steps.append((reply.leased_at, f"{name}: attempt {reply.attempts} began"))
    if reply.sent_at is not None:
        reached = "" if reply.delivery_rank == DeliveryRank.NONE else f"; since then {reply.delivery_rank.name.lower()}"
        steps.append((reply.sent_at, f"{name}: accepted by the platform{reached}"))
    return steps


async def _why(session: AsyncSession, found: _Found) -> list[str]:
    """Why there is no answer, or not yet; nothing where there is one."""
    said = [await _why_no_turn(session, found.conversation, each) for each in found.messages if each.turn_id is None]
    stopped = {(row.channel, row.business_number) for row in await suspended_numbers(session)}
    number = (found.conversation.channel, found.conversation.business_number)
    for reply in found.replies:
        said += _why_not_sent(reply, is_stopped=number in stopped)
    answered = {reply.turn_id for reply in found.replies}
    for turn in found.turns:
        if turn.id not in answered:
            said.append(f"Turn {turn.id.hex} has no reply: {OUTCOMES[turn.outcome]}.")
    return said


async def _why_no_turn(session: AsyncSession, talk: Conversation, message: Message) -> str:
    waits = f"Message {message.id} has no turn yet, after {(now() - message.received_at).total_seconds():.0f} s"
    lease = await session.get(ConversationLease, talk.id)
    if lease is None:
        alive = (
            await session.scalars(select(GatewayProcess.id).where(GatewayProcess.alive_until > now()).limit(1))
        ).all()
        return f"{waits}: {'no process has taken it' if alive else 'no gateway process is alive'}."
    holder = await session.get(GatewayProcess, lease.leased_by)
    if holder is None or holder.alive_until < now():
        return f"{waits}: the process that had it is dead; another takes it within seconds."
    return f"{waits}: a process has it and asks the engine, or waits for what may follow a greeting."


def _why_not_sent(reply: OutboxItem, *, is_stopped: bool) -> Iterable[str]:
    name = f"Reply {reply.id}"
    if reply.state in (OutboxState.FAILED, OutboxState.QUEUED, OutboxState.UNKNOWN) and reply.error_class is not None:
        code = "" if reply.error_code is None else f", the platform's code {reply.error_code}"
        yield f"{name}: the last attempt failed: {FAILURES[reply.error_class]}{code}."
    if reply.state == OutboxState.QUEUED and is_stopped:
        yield f"{name} waits: its number is stopped (python -m gateway sending)."
    elif reply.state in (OutboxState.QUEUED, OutboxState.UNKNOWN):
        yield f"{name} waits: {WAITS[reply.waits_for]}; due {_clock(reply.due_at)}."
    elif reply.state != OutboxState.SENT:
        yield f"{name}: {REPLIES[reply.state]}."


def _clock(at: dt.datetime) -> str:
    return at.astimezone(HELSINKI).isoformat(sep=" ", timespec="milliseconds")
