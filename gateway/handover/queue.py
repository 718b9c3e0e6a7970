"""Handover: putting a conversation in front of the officers, and heeding what is written while it is there."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation, ConversationEvent, Turn
from gateway.database import now
from gateway.errors import ConversationMissing
from gateway.figures.counting import count_handed_over
from gateway.handover.models import QueueEntry
from gateway.handover.order import has_matter, rank_of
from gateway.handover.states import WITH_HUMANS, Role, decide

_URGENCIES = {None: 0, "crisis": 1, "emergency": 2}
GATEWAY = "gateway"


async def locked(session: AsyncSession, conversation_id: uuid.UUID) -> Conversation:
    """A conversation that nobody else changes until this transaction ends; raises `ConversationMissing`.

    `key_share`: new messages, which only point at the row, need not wait.
    """
    found = await session.get(
        Conversation, conversation_id, with_for_update={"key_share": True}, populate_existing=True
    )
    if found is None:
        raise ConversationMissing("This conversation does not exist any more.")
    return found


async def ask_for_officer(
    session: AsyncSession,
    conversation: Conversation,
    *,
    reason: str,
    urgency: str | None,
    topic: str | None,
    by: Role = "gateway",
    actor: str = GATEWAY,
) -> bool:
    """Open a queue entry, or raise the urgency of the open one; returns whether it is new.

    The waiting clock is the first message that no human has answered: raising never sets it back.
    """
    await session.flush()
    await locked(session, conversation.id)
    entry = await open_entry(session, conversation)
    if _URGENCIES[urgency] > _URGENCIES[conversation.urgency]:
        conversation.urgency = urgency
    if entry is not None:
        _raise(session, entry, conversation, urgency, topic, reason)
        return False
    await count_handed_over(session, conversation)
    session.add(await _new_entry(session, conversation, reason, urgency, topic))
    if conversation.state == "bot":
        conversation.state = decide("ask", conversation.state, frozenset({by}))
    add_event(session, conversation.id, "queued", actor, urgency=urgency, reason=reason)
    await session.flush()
    return True


async def _new_entry(
    session: AsyncSession, conversation: Conversation, reason: str, urgency: str | None, topic: str | None
) -> QueueEntry:
    matter = topic if has_matter(topic) else await _last_matter(session, conversation.id) or topic
    moment = now()
    return QueueEntry(
        conversation_id=conversation.id,
        reason=reason,
        urgency=urgency,
        rank=rank_of(urgency, matter, said_under_18=conversation.said_under_18),
        topic=matter,
        language=conversation.language,
        created_at=moment,
        queued_at=moment,
        waiting_since=conversation.last_citizen_message_at,
    )


async def heed(session: AsyncSession, conversation: Conversation, turn: Turn, at: dt.datetime) -> None:
    """A turn of a conversation that humans have or should have: it waits, and danger raises it.

    `at` is the moment of the turn's first message. Does nothing where nobody was asked for.
    """
    if conversation.state not in WITH_HUMANS:
        return
    entry = await open_entry(session, conversation)
    if entry is None:  # a conversation that an officer owns always has one; this mends what has lost it
        await ask_for_officer(session, conversation, reason="asked", urgency=turn.danger, topic=turn.topic)
        entry = await open_entry(session, conversation)
    assert entry is not None
    entry.language = conversation.language or entry.language
    entry.waiting_since = (
        min(entry.waiting_since or at, at) if conversation.state == "waiting" else (entry.waiting_since or at)
    )
    if turn.danger is not None and entry.danger_at is None:
        entry.danger_at = min(at, turn.created_at)  # a phone's clock may be ahead of ours
    if _URGENCIES[turn.danger] > _URGENCIES[conversation.urgency]:
        conversation.urgency = turn.danger
    _raise(session, entry, conversation, turn.danger, turn.topic, "danger")


def _raise(
    session: AsyncSession,
    entry: QueueEntry,
    conversation: Conversation,
    urgency: str | None,
    topic: str | None,
    reason: str,
) -> None:
    if has_matter(topic) and not has_matter(entry.topic):
        entry.topic = topic
    if _URGENCIES[urgency] > _URGENCIES[entry.urgency]:
        entry.urgency, entry.topic = urgency, topic or entry.topic
        add_event(session, conversation.id, "urgency_raised", GATEWAY, urgency=urgency, reason=reason)
    said = rank_of(entry.urgency, topic, said_under_18=conversation.said_under_18)
    entry.rank = min(entry.rank, said)


async def open_entry(session: AsyncSession, conversation: Conversation) -> QueueEntry | None:
    """The open entry of a conversation, when there is one."""
    found: QueueEntry | None = await session.scalar(
        select(QueueEntry).where(QueueEntry.conversation_id == conversation.id, QueueEntry.resolved_at.is_(None))
    )
    return found


async def resolve(session: AsyncSession, conversation: Conversation) -> None:
    """Nobody is asked for any more."""
    entry = await open_entry(session, conversation)
    if entry is not None:
        entry.resolved_at = now()
    conversation.urgency = None


async def _last_matter(session: AsyncSession, conversation_id: uuid.UUID) -> str | None:
    """What the citizen spoke of before asking for a person."""
    topics = await session.scalars(
        select(Turn.topic)
        .where(Turn.conversation_id == conversation_id, Turn.topic.is_not(None))
        .order_by(Turn.created_at.desc())
        .limit(10)
    )
    return next((topic for topic in topics if has_matter(topic)), None)


def add_event(session: AsyncSession, conversation_id: uuid.UUID, kind: str, actor: str, **details: Any) -> None:
    """Write down who changed what, and when."""
    session.add(
        ConversationEvent(conversation_id=conversation_id, kind=kind, actor=actor, details=details, created_at=now())
    )
