"""Handover: putting a conversation in front of the officers."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation, ConversationEvent
from gateway.database import now
from gateway.handover.models import QueueEntry
from gateway.handover.states import change

_URGENCIES = {None: 0, "crisis": 1, "emergency": 2}


async def ask_for_officer(
    session: AsyncSession, conversation: Conversation, *, reason: str, urgency: str | None, topic: str | None
) -> bool:
    """Open a queue entry, or raise the urgency of the open one; returns whether it is new.

    The waiting clock is the entry's creation: raising never sets it back.
    """
    entry = await open_entry(session, conversation)
    if _URGENCIES[urgency] > _URGENCIES[conversation.urgency]:
        conversation.urgency = urgency
    if entry is not None:
        if _URGENCIES[urgency] > _URGENCIES[entry.urgency]:
            entry.urgency, entry.topic = urgency, topic
            session.add(_event(conversation, "urgency_raised", urgency, reason))
        return False
    session.add(
        QueueEntry(
            conversation_id=conversation.id,
            reason=reason,
            urgency=urgency,
            topic=topic,
            language=conversation.language,
            created_at=now(),
        )
    )
    if conversation.state == "bot":
        conversation.state = change("bot", "waiting")
    session.add(_event(conversation, "queued", urgency, reason))
    return True


async def open_entry(session: AsyncSession, conversation: Conversation) -> QueueEntry | None:
    """The entry that waits for an officer, when there is one."""
    found: QueueEntry | None = await session.scalar(
        select(QueueEntry).where(QueueEntry.conversation_id == conversation.id, QueueEntry.resolved_at.is_(None))
    )
    return found


def _event(conversation: Conversation, kind: str, urgency: str | None, reason: str) -> ConversationEvent:
    return ConversationEvent(
        conversation_id=conversation.id,
        kind=kind,
        actor="gateway",
        details={"urgency": urgency, "reason": reason},
        created_at=now(),
    )
