"""Handover, alarms: what an officer must hear of now, whatever their page shows: all that waits, and what is theirs.

An alarm carries no words of a citizen: a locked screen may be seen by others. It sounds again until somebody claims.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, and_, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import ConversationState
from gateway.conversations.models import Conversation
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.handover.models import AlertKind, OfficerAlert, QueueEntry
from gateway.outbox.templates import OutboxContext

MAX_ALARMS = 200
# After this nobody is told any more that a conversation came or went, or that a shift was ended. What happened on the
# last day before a weekend or Easter is heard on the first one after it.
ALERT_LIFETIME = dt.timedelta(days=5)


class AlarmKind(StrEnum):
    """What is heard, the most urgent first. `MINE`: the citizen of one's own conversation has written."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"
    HANDED = "handed"
    FOLLOW_UP = "follow_up"
    ASSIGNED = "assigned"
    TAKEN = "taken"
    OFF_DUTY = "off_duty"
    MINE = "mine"
    WAITING = "waiting"


@dataclass(frozen=True)
class Alarm:
    """One alarm; a new `key` sounds as a new one. `alert` is the row that is seen when the alarm is answered."""

    key: str
    kind: AlarmKind
    conversation_id: uuid.UUID | None
    since: dt.datetime
    escalated: bool = False
    alert: uuid.UUID | None = None


# Who rests until a date waits for nobody.
IS_WAITING = and_(Conversation.state == ConversationState.WAITING, QueueEntry.snoozed_until.is_(None))


async def waiting_count(session: AsyncSession) -> int:
    """How many wait for an officer."""
    of_waiting = select(func.count()).select_from(QueueEntry).join(Conversation)
    conditions = QueueEntry.resolved_at.is_(None), IS_WAITING
    return await session.scalar(of_waiting.where(*conditions)) or 0


async def alarms_of(session: AsyncSession, officer: Officer, *, on_duty: bool) -> Sequence[Alarm]:
    """The alarms of this officer, the most urgent first; two queries.

    On duty: all that waits, and unanswered citizens of one's own. Supervisors, always: what was escalated. Everybody:
    what came to them, and what was taken from them.
    """
    alerts = await session.scalars(
        select(OfficerAlert)
        .outerjoin(Conversation, Conversation.id == OfficerAlert.conversation_id)
        .where(
            OfficerAlert.officer_id == officer.id,
            # Of what came to them, while it is theirs: after a weekend somebody else may have it.
            or_(
                OfficerAlert.kind.in_((AlertKind.TAKEN, AlertKind.OFF_DUTY)),
                Conversation.officer_id == officer.id,
                and_(OfficerAlert.kind == AlertKind.ASSIGNED, Conversation.state == ConversationState.WAITING),
            ),
            OfficerAlert.seen_at.is_(None),
            OfficerAlert.created_at > now() - ALERT_LIFETIME,
        )
        .order_by(OfficerAlert.created_at)
        .limit(MAX_ALARMS)
    )
    found = [_of_alert(each) for each in alerts]
    statement = _statement(officer, on_duty=on_duty)
    if statement is not None:
        found += [_of_entry(row, officer) for row in await session.execute(statement)]
    order = list(AlarmKind)
    return sorted(found, key=lambda alarm: (order.index(alarm.kind), alarm.since))


def _statement(officer: Officer, *, on_duty: bool) -> Select[*tuple[Any, ...]] | None:
    mine = and_(Conversation.officer_id == officer.id, QueueEntry.waiting_since.is_not(None))
    wanted = [IS_WAITING, mine] if on_duty else []
    if officer.supervisor:
        wanted.append(and_(QueueEntry.escalated_at.is_not(None), QueueEntry.waiting_since.is_not(None)))
    if not wanted:
        return None
    return (
        select(
            QueueEntry.conversation_id,
            QueueEntry.urgency,
            QueueEntry.alarmed_at,
            QueueEntry.escalated_at,
            QueueEntry.waiting_since,
            Conversation.state,
            Conversation.officer_id,
            Conversation.last_citizen_message_at,
        )
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .where(QueueEntry.resolved_at.is_(None), Conversation.state != ConversationState.CLOSED, or_(*wanted))
        .order_by(QueueEntry.rank, QueueEntry.alarmed_at, QueueEntry.id)
        .limit(MAX_ALARMS)
    )


def _of_entry(row: Row[*tuple[Any, ...]], officer: Officer) -> Alarm:
    mine = row.officer_id == officer.id
    kind = AlarmKind(row.urgency) if row.urgency else AlarmKind.MINE if mine else AlarmKind.WAITING
    # Each message of one's own citizen is a new one; who waits is heard anew when it is more urgent or comes back.
    at = row.last_citizen_message_at if mine else row.alarmed_at
    escalated = officer.supervisor and row.escalated_at is not None
    key = f"{row.conversation_id.hex}:{kind}:{at.timestamp():.3f}{':up' if escalated else ''}"
    return Alarm(key, kind, row.conversation_id, row.waiting_since or row.alarmed_at, escalated)


def _of_alert(alert: OfficerAlert) -> Alarm:
    return Alarm(alert.id.hex, AlarmKind(alert.kind.value), alert.conversation_id, alert.created_at, alert=alert.id)


def alert(
    session: AsyncSession,
    service: OutboxContext,
    officer_id: uuid.UUID,
    kind: AlertKind,
    conversation_id: uuid.UUID | None,
) -> None:
    """Let an officer hear of it at once, and until they have seen it."""
    session.add(OfficerAlert(officer_id=officer_id, kind=kind, conversation_id=conversation_id, created_at=now()))
    service.signals.send(session, "duty")


async def mark_seen(
    session: AsyncSession,
    officer_id: uuid.UUID,
    *,
    alert_id: uuid.UUID | None = None,
    conversation_id: uuid.UUID | None = None,
) -> None:
    """The officer has answered this alert, or has opened the conversation that it is about."""
    mine = [OfficerAlert.officer_id == officer_id, OfficerAlert.seen_at.is_(None)]
    if alert_id is not None:
        mine.append(OfficerAlert.id == alert_id)
    if conversation_id is not None:
        mine.append(OfficerAlert.conversation_id == conversation_id)
    await session.execute(update(OfficerAlert).where(*mine).values(seen_at=now()))


async def delete_old_alerts(session: AsyncSession) -> None:
    """Delete what nobody is told any more."""
    await session.execute(delete(OfficerAlert).where(OfficerAlert.created_at < now() - ALERT_LIFETIME))
