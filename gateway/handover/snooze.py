"""Handover, snooze: an answered conversation rests until a date, and then comes back as a follow-up.

The citizen's next message ends the rest at once. When the owner's shift ends, the conversation goes back to the queue
without a word to the citizen and rests on.
"""

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import ConversationState, EventKind
from gateway.conversations.models import Conversation
from gateway.conversations.repository import GATEWAY, add_event, locked
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.handover.alarms import alert
from gateway.handover.errors import HandoverRefused, HandoverTextRefused
from gateway.handover.models import AlertKind, QueueEntry
from gateway.handover.queue import find_open_entry
from gateway.outbox.templates import OutboxContext

LONGEST = dt.timedelta(days=14)  # well before the texts are deleted
BATCH_SIZE = 50


async def snooze(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, until: dt.datetime
) -> None:
    """Let a conversation rest; its owner may, once the citizen has an answer.

    Raises `HandoverRefused` to anybody else, and `HandoverTextRefused` while the citizen waits, or for a date that is
    past or further than `LONGEST` away.
    """
    conversation, entry = await _owned(session, officer, conversation_id)
    if entry.waiting_since is not None:
        raise HandoverTextRefused("snooze_unanswered")
    if not now() < until <= now() + LONGEST:
        raise HandoverTextRefused("snooze_date", days=LONGEST.days)
    entry.snoozed_until = until
    details = {"name": officer.name, "until": until.isoformat()}
    add_event(session, conversation.id, EventKind.SNOOZED, officer.actor, **details)
    service.signals.send(session, "conversation", conversation.id.hex)


async def wake(session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID) -> None:
    """End the rest before its time; its owner may. Raises `HandoverRefused`."""
    conversation, entry = await _owned(session, officer, conversation_id)
    if entry.snoozed_until is not None:
        entry.snoozed_until = None
        add_event(session, conversation.id, EventKind.SNOOZE_ENDED, officer.actor, name=officer.name)
        service.signals.send(session, "conversation", conversation.id.hex)


async def _owned(
    session: AsyncSession, officer: Officer, conversation_id: uuid.UUID
) -> tuple[Conversation, QueueEntry]:
    conversation = await locked(session, conversation_id)
    entry = await find_open_entry(session, conversation)
    if conversation.state != ConversationState.OFFICER or conversation.officer_id != officer.id or entry is None:
        raise HandoverRefused("snooze_not_owner")
    return conversation, entry


async def wake_due(service: OutboxContext) -> int:
    """Bring back what has rested until now, with an alarm to its owner or, without one, to all; returns how many."""
    async with service.database.transaction() as session:
        due = list(
            await session.scalars(
                select(QueueEntry.conversation_id)
                .where(QueueEntry.resolved_at.is_(None), QueueEntry.snoozed_until <= now())
                .order_by(QueueEntry.snoozed_until)
                .limit(BATCH_SIZE)
            )
        )
    for conversation_id in due:
        async with service.database.transaction() as session:
            await _wake_one(session, service, conversation_id)
    return len(due)


async def _wake_one(session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID) -> None:
    conversation = await locked(session, conversation_id)
    entry = await find_open_entry(session, conversation)
    if entry is None or entry.snoozed_until is None or entry.snoozed_until > now():
        return  # another process was faster, or the citizen has written
    entry.snoozed_until = None
    add_event(session, conversation_id, EventKind.FOLLOW_UP_DUE, GATEWAY)
    if conversation.officer_id is not None:
        alert(session, service, conversation.officer_id, AlertKind.FOLLOW_UP, conversation_id)
    else:
        entry.queued_at = entry.reassured_at = now()  # the citizen waits for nothing, so they are told nothing
        entry.alarm(entry.queued_at)
    service.signals.send(session, "conversation", conversation_id.hex)
