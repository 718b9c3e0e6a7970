"""Handover: the officers' queue: entries are opened, raised by danger, updated by messages, and resolved.

Called at each turn: whether the bot may answer it, and whether the conversation enters the queue.
"""

import datetime as dt
import uuid
from collections.abc import Iterable

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.events import ConversationQueued, HandoverRequested
from gateway.conversations.kinds import ConversationState, Danger, EventKind, HandoverReason, TurnOutcome
from gateway.conversations.models import Contact, Conversation, Message, Turn
from gateway.conversations.priority import names_a_matter, rank_of
from gateway.conversations.repository import GATEWAY, add_event, is_externally_controlled, locked
from gateway.conversations.states import UNANSWERABLE, WITH_OFFICERS, ActorRole, ChangeName, bot_may_answer, decide
from gateway.core.database import now
from gateway.core.events import Write, publish
from gateway.core.locale import midnight
from gateway.handover.models import QueueEntry
from gateway.handover.shifts import nobody_on_duty_line, nobody_reads_line
from gateway.outbox.templates import OutboxContext

_UNANSWERED = frozenset({HandoverReason.REPLY_FAILED, HandoverReason.WINDOW_CLOSED})
_SEVERITIES = {None: 0, Danger.CRISIS: 1, Danger.EMERGENCY: 2}


async def request_officer(
    session: AsyncSession,
    conversation: Conversation,
    *,
    reason: HandoverReason,
    urgency: Danger | None,
    topic: str | None,
    by: ActorRole = ActorRole.GATEWAY,
    actor: str = GATEWAY,
) -> bool:
    """Open a queue entry, or raise the urgency of the open one; returns whether it is new.

    The waiting time counts from the first message that no officer has answered: raising never resets it.
    """
    await session.flush()
    await locked(session, conversation.id)
    entry = await find_open_entry(session, conversation)
    if _SEVERITIES[urgency] > _SEVERITIES[conversation.urgency]:
        conversation.urgency = urgency
    if entry is not None:
        _raise_urgency(session, entry, conversation, urgency, topic, reason)
        if reason in _UNANSWERED and conversation.state == ConversationState.OFFICER:
            entry.waiting_since = entry.waiting_since or now()  # an officer's reply that failed has answered nobody
        return False
    is_first = await _is_first_today(session, conversation)
    entry = await _new_entry(session, conversation, reason, urgency, topic)
    await publish(session, ConversationQueued(conversation, is_first, entry.topic))
    session.add(entry)
    if conversation.state == ConversationState.BOT:
        conversation.state = decide(ChangeName.ASK, conversation.state, frozenset({by}))
    add_event(session, conversation.id, EventKind.QUEUED, actor, urgency=urgency, reason=reason)
    await session.flush()
    return True


async def on_handover_requested(session: AsyncSession, event: HandoverRequested) -> Iterable[Write]:
    """The subscriber of `HandoverRequested`; it writes the entry itself, under the lock of the conversation."""
    await request_officer(session, event.conversation, reason=event.reason, urgency=event.urgency, topic=None)
    return ()


async def _is_first_today(session: AsyncSession, conversation: Conversation) -> bool:
    """Whether this citizen has no queue entry of today, by the Finnish calendar."""
    earlier = select(QueueEntry.id).join(Conversation, Conversation.id == QueueEntry.conversation_id)
    earlier = earlier.where(Conversation.contact_id == conversation.contact_id, QueueEntry.created_at >= midnight())
    return not await session.scalar(select(exists(earlier)))


async def _new_entry(
    session: AsyncSession, conversation: Conversation, reason: HandoverReason, urgency: Danger | None, topic: str | None
) -> QueueEntry:
    specific_topic = topic if names_a_matter(topic) else await _last_specific_topic(session, conversation.id) or topic
    at = now()
    return QueueEntry(
        conversation_id=conversation.id,
        reason=reason,
        urgency=urgency,
        rank=rank_of(urgency, specific_topic, said_under_18=conversation.said_under_18),
        topic=specific_topic,
        language=conversation.language,
        created_at=at,
        queued_at=at,
        alarmed_at=at,
        waiting_since=conversation.last_citizen_message_at,
    )


async def record_activity(
    session: AsyncSession, conversation: Conversation, turn: Turn, at: dt.datetime, *, is_unasked: bool = False
) -> None:
    """Update the open entry by a turn: the citizen waits for an answer, and danger raises the urgency.

    `at` is the timestamp of the turn's first message. `is_unasked`: somebody may be in danger, and the bot, which would
    have asked, must be silent; whoever has the talk has as long to answer as with a clear danger, then 112 is said.
    Does nothing where no officer was requested.
    """
    if conversation.state not in WITH_OFFICERS:
        return
    entry = await find_open_entry(session, conversation)
    if entry is None:  # a conversation with officers always has one; this restores a lost one
        await request_officer(session, conversation, reason=HandoverReason.ASKED, urgency=turn.danger, topic=turn.topic)
        entry = await find_open_entry(session, conversation)
    assert entry is not None
    entry.language = conversation.language or entry.language
    if entry.snoozed_until is not None:
        _end_rest(entry, conversation)
    entry.waiting_since = (
        min(entry.waiting_since or at, at)
        if conversation.state == ConversationState.WAITING
        else (entry.waiting_since or at)
    )
    if (turn.danger is not None or is_unasked) and entry.danger_at is None:
        entry.danger_at = min(at, turn.created_at)  # a phone's clock may be ahead of the server's
    if _SEVERITIES[turn.danger] > _SEVERITIES[conversation.urgency]:
        conversation.urgency = turn.danger
    _raise_urgency(session, entry, conversation, turn.danger, turn.topic, danger_reason(turn))


def _end_rest(entry: QueueEntry, conversation: Conversation) -> None:
    """The citizen writes: who rested waits again, and without an owner as one who has just come."""
    entry.snoozed_until = None
    if conversation.state == ConversationState.WAITING:
        entry.queued_at, entry.reassured_at = now(), None
        entry.alarm(entry.queued_at)


def danger_reason(turn: Turn) -> HandoverReason:
    """Why a turn with danger is put before officers: without a topic, no engine has judged it yet."""
    return HandoverReason.SUSPECTED if turn.topic is None else HandoverReason.DANGER


def _raise_urgency(
    session: AsyncSession,
    entry: QueueEntry,
    conversation: Conversation,
    urgency: Danger | None,
    topic: str | None,
    reason: HandoverReason,
) -> None:
    if names_a_matter(topic) and not names_a_matter(entry.topic):
        entry.topic = topic
    if urgency is not None and reason == HandoverReason.DANGER and entry.reason == HandoverReason.SUSPECTED:
        entry.reason = reason  # the engine has confirmed what the screen suspected
    if _SEVERITIES[urgency] > _SEVERITIES[entry.urgency]:
        entry.urgency, entry.topic = urgency, topic or entry.topic
        entry.alarm(now())
        add_event(session, conversation.id, EventKind.URGENCY_RAISED, GATEWAY, urgency=urgency, reason=reason)
    rank = rank_of(entry.urgency, topic, said_under_18=conversation.said_under_18)
    entry.rank = min(entry.rank, rank)


async def lift_suspicion(session: AsyncSession, conversation: Conversation, *, answered: bool = True) -> None:
    """The engine sees no danger where the screen suspected some: the urgency is what it was, and so is the queue.

    Not while another message is suspected and not judged, nor where danger was ever seen in this conversation. Whoever
    was not `answered` stays in the queue, as everybody does whom the engine has failed.
    """
    entry = await find_open_entry(session, conversation)
    if entry is None or entry.urgency is None:
        return
    judged = select(Turn.id).where(Turn.conversation_id == conversation.id, Turn.danger.is_not(None))
    pending = select(Message.id).where(
        Message.conversation_id == conversation.id, Message.turn_id.is_(None), Message.suspected.is_not(None)
    )
    if await session.scalar(select(or_(exists(judged), exists(pending)))):
        return
    entry.urgency = conversation.urgency = entry.danger_at = None
    entry.rank = rank_of(None, entry.topic, said_under_18=conversation.said_under_18)
    add_event(session, conversation.id, EventKind.URGENCY_LOWERED, GATEWAY)
    if entry.reason != HandoverReason.SUSPECTED:
        return
    if not answered:
        entry.reason = HandoverReason.ENGINE_FAILURE
    elif conversation.state == ConversationState.WAITING:
        conversation.state = decide(ChangeName.WAIT_OUT, conversation.state, frozenset({ActorRole.CLOCK}))
        entry.resolved_at = now()


async def find_open_entry(session: AsyncSession, conversation: Conversation) -> QueueEntry | None:
    """The open entry of a conversation, or None."""
    found: QueueEntry | None = await session.scalar(
        select(QueueEntry).where(QueueEntry.conversation_id == conversation.id, QueueEntry.resolved_at.is_(None))
    )
    return found


async def resolve_entry(session: AsyncSession, conversation: Conversation) -> None:
    """Close the open entry: no officer is needed any more."""
    entry = await find_open_entry(session, conversation)
    if entry is not None:
        entry.resolved_at = now()
    conversation.urgency = None


async def _last_specific_topic(session: AsyncSession, conversation_id: uuid.UUID) -> str | None:
    """The latest topic that says what the citizen needs, from before they requested an officer."""
    topics = await session.scalars(
        select(Turn.topic)
        .where(Turn.conversation_id == conversation_id, Turn.topic.is_not(None))
        .order_by(Turn.created_at.desc())
        .limit(10)
    )
    return next((topic for topic in topics if names_a_matter(topic)), None)


def bot_must_be_silent(conversation: Conversation, contact: Contact, turn: Turn) -> bool:
    """Whether an officer owns the conversation, it is externally controlled, or a blocked citizen is in no danger."""
    if not bot_may_answer(conversation.state) or is_externally_controlled(conversation):
        return True
    return turn.danger is None and contact.blocked_at is not None


async def queue_if_needed(
    session: AsyncSession,
    service: OutboxContext,
    conversation: Conversation,
    turn: Turn,
    *,
    asks: bool = False,
    anew: bool = False,
) -> str:
    """Put the conversation into the officers' queue for danger, a request for an officer, or a turn without an answer.

    `asks`: the citizen asks for an officer with this turn, by a clear yes or request; `anew`: for the first time. Only
    then do they hear of it: returns the text to add to the bot's answer when none is on duty, else an empty one. To
    danger it is said once that nobody of the police reads this now.
    """
    reason = _reason(turn, asks=asks)
    if reason is None:
        return ""
    by = ActorRole.CITIZEN if reason == HandoverReason.ASKED else ActorRole.GATEWAY
    if turn.outcome == TurnOutcome.PLATFORM_OFF:
        add_event(session, conversation.id, EventKind.PLATFORM_OFF, GATEWAY, channel=conversation.channel)
    new = await request_officer(
        session, conversation, reason=reason, urgency=turn.danger, topic=turn.topic, by=by, actor=by
    )
    if not anew:
        # Who writes of danger has asked for nobody, and must not wait for somebody to read it.
        return await nobody_reads_line(session, service, conversation) if new and turn.danger is not None else ""
    if not new and (entry := await find_open_entry(session, conversation)) is not None:
        # It waited for officers without the citizen's knowledge; their own waiting begins now.
        entry.queued_at, entry.reassured_at = now(), None
        entry.alarm(entry.queued_at)
    return await nobody_on_duty_line(session, service, conversation)


def _reason(turn: Turn, *, asks: bool) -> HandoverReason | None:
    if turn.danger is not None:
        return danger_reason(turn)
    if asks:
        return HandoverReason.ASKED
    unanswered = turn.outcome in (TurnOutcome.ENGINE_FAILURE, *UNANSWERABLE)
    return HandoverReason(turn.outcome.value) if unanswered else None
