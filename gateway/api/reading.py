"""The API, queries: figures, the queue and conversations as integrators may see them."""

import datetime as dt
import uuid

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analytics import months
from gateway.analytics.models import Measure
from gateway.analytics.queries import rounded_counts
from gateway.analytics.rounding import MESSAGES_STEP, STEP, RoundedCounts
from gateway.api.schemas import BulletinOut, ConversationOut, Conversations, Count, Figures, Queue
from gateway.bulletins.published import PublicBulletin
from gateway.conversations.kinds import ConversationState, Danger
from gateway.conversations.models import Conversation
from gateway.core.database import now
from gateway.handover.alarms import IS_WAITING
from gateway.handover.models import QueueEntry
from gateway.handover.shifts import on_duty


async def figures_of(session: AsyncSession, first: dt.date) -> Figures:
    """The figures of the month that begins then: the same rounded counts as on the public page."""
    counts = await rounded_counts(session, first, months.last_day(first))
    return Figures(
        month=f"{first:%Y-%m}",
        step=STEP,
        messages_step=MESSAGES_STEP,
        people=counts.total(Measure.PEOPLE, ""),
        messages=counts.total(Measure.MESSAGES, ""),
        handed_over=counts.total(Measure.HANDED_OVER, ""),
        languages=_parts(counts, Measure.LANGUAGE),
        channels=_parts(counts, Measure.CHANNEL),
        topics=_parts(counts, Measure.TOPIC),
        danger=_parts(counts, Measure.DANGER),
    )


def _parts(counts: RoundedCounts, measure: Measure) -> list[Count]:
    return [Count(name=part, count=count) for part, count in counts.parts(measure)]


async def queue_now(session: AsyncSession, lost_seconds: float) -> Queue:
    """How much waits, and who is there to answer; `lost_seconds` after its last heartbeat a shift counts no more."""
    rows = await session.execute(
        select(QueueEntry.urgency, func.count(), func.min(QueueEntry.waiting_since))
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .where(QueueEntry.resolved_at.is_(None), IS_WAITING)
        .group_by(QueueEntry.urgency)
    )
    waiting = {urgency: (count, since) for urgency, count, since in rows}
    since = [each for _, each in waiting.values() if each is not None]
    owned = select(func.count()).where(Conversation.state == ConversationState.OFFICER)
    return Queue(
        waiting=sum(count for count, _ in waiting.values()),
        waiting_emergency=waiting.get(Danger.EMERGENCY, (0, None))[0],
        waiting_crisis=waiting.get(Danger.CRISIS, (0, None))[0],
        longest_wait_seconds=max(int((now() - min(since)).total_seconds()), 0) if since else 0,
        with_officers=await session.scalar(owned) or 0,
        officers_on_duty=len(await on_duty(session, lost_seconds)),
    )


async def conversations_by_id(
    session: AsyncSession, state: ConversationState | None, after: uuid.UUID | None, limit: int
) -> Conversations:
    """At most `limit` conversations whose ids come after `after`."""
    query = select(Conversation).order_by(Conversation.id).limit(limit + 1)
    if state is not None:
        query = query.where(Conversation.state == state)
    if after is not None:
        query = query.where(Conversation.id > after)
    rows = (await session.scalars(query)).all()
    shown = [conversation_out(row) for row in rows[:limit]]
    return Conversations(conversations=shown, after=shown[-1].id if len(rows) > limit else None)


def conversation_out(row: Conversation) -> ConversationOut:
    """What integrators may know of a conversation."""
    return ConversationOut(id=row.id, state=row.state, channel=row.channel, language=row.language)


def bulletin_out(bulletin: PublicBulletin) -> BulletinOut:
    """A bulletin as the public page shows it, without what corrections changed."""
    return BulletinOut(
        id=bulletin.id,
        status=bulletin.status,
        title=bulletin.title,
        text=bulletin.text,
        places=list(bulletin.places),
        starts_at=bulletin.starts_at,
        ends_at=bulletin.ends_at,
        published_at=bulletin.published_at,
        changed_at=bulletin.changed_at,
    )
