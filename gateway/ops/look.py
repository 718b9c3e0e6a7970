"""One look a second for all background loops: what is due, in one question; a loop whose work is due is then woken.

A wake-up that was lost, and what another process has left, so costs a second and no message, and an idle process asks
its database once a second and not once for each loop. A condition here may say too much, never too little: the loop
itself decides what it does.
"""

import time
from typing import Any

from sqlalchemy import ColumnElement, Executable, bindparam, exists, func, or_, select

from gateway.analytics.models import CountIncrement
from gateway.api.models import ApiNotification
from gateway.bulletins.followers import FOLLOWERS_KEPT
from gateway.bulletins.models import Bulletin
from gateway.conversations.kinds import InboxEventKind, InboxState, OutboxState, TurnOutcome
from gateway.conversations.models import Conversation, InboxEvent, Message, OutboxItem, Turn
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.leases import is_alive
from gateway.core.models import GatewayProcess
from gateway.handover.models import OfficerShift, QueueEntry, ReplyDraft
from gateway.inbox.context import InboxContext
from gateway.inbox.outage_line import HELD
from gateway.outbox.send import LEASE_DURATION
from gateway.privacy.models import Erasure
from gateway.turns.danger_line import LATE, SUSPECTED
from gateway.turns.unjudged import NOT_OLDER

_WAITING = (OutboxState.QUEUED, OutboxState.UNKNOWN)


async def look(service: InboxContext) -> frozenset[str]:
    """The names of the loops that have something to do.

    Also learns on the way whether another process lives, for the signals; who has an officer, for the outage line; and
    that there are no bulletins, so that no turn need look.
    """
    at, mark = now(), service.bulletins.mark(time.monotonic())
    values = {
        "at": at,
        "alive_at": at,
        "late": at - LATE,
        "too_old": at - LEASE_DURATION,
        "unjudged_since": at - NOT_OLDER,
        "bulletins_since": at - FOLLOWERS_KEPT,
    }
    (found,), held = await service.database.execute_together((_LOOK, values), (HELD, {}))
    service.outage_line.learn_held(held)
    service.signals.is_alone = found.processes <= 1
    if not found.bulletins:
        service.bulletins.note_none(mark)
    return frozenset(name for name in _DUE if getattr(found, name))


def _stored(*conditions: Any) -> ColumnElement[bool]:
    return exists().where(InboxEvent.state == InboxState.NEW, *conditions)


_ABANDONED = or_(
    OutboxItem.leased_by.is_(None), ~is_alive(OutboxItem.leased_by), OutboxItem.leased_at < bindparam("too_old")
)
_DUE: dict[str, ColumnElement[bool]] = {
    "inbox": _stored(InboxEvent.kind != InboxEventKind.STATUS),
    "statuses": _stored(InboxEvent.kind == InboxEventKind.STATUS),
    "turns": exists().where(Message.turn_id.is_(None)),
    "outbox": or_(
        exists().where(OutboxItem.state.in_(_WAITING), OutboxItem.due_at <= bindparam("at")),
        exists().where(OutboxItem.state == OutboxState.SENDING, _ABANDONED),
    ),
    "danger": exists().where(*SUSPECTED, Message.received_at <= bindparam("late")),
    "unjudged": exists().where(
        Turn.outcome == TurnOutcome.ENGINE_FAILURE,
        Turn.topic.is_(None),
        Turn.created_at > bindparam("unjudged_since"),
    ),
    "handover": or_(
        exists().where(QueueEntry.resolved_at.is_(None)),
        exists().where(OfficerShift.ended_at.is_(None)),
        exists().where(Conversation.officer_id.is_not(None)),
        exists().where(Conversation.danger_asked_at.is_not(None)),
    ),
    "alarms": or_(
        exists().where(QueueEntry.resolved_at.is_(None)),
        exists().where(ReplyDraft.goes_when_open),
    ),
    "bulletins": exists().where(or_(Bulletin.ends_at.is_(None), Bulletin.ends_at > bindparam("bulletins_since"))),
    "analytics": exists(select(CountIncrement.id)),
    "webhooks": exists().where(ApiNotification.due_at <= bindparam("at")),
    "erasures": exists().where(Erasure.done_at.is_(None)),
}


def _look() -> Executable:
    alive = select(func.count()).where(GatewayProcess.alive_until > bindparam("alive_at"))
    due = (condition.label(name) for name, condition in _DUE.items())
    return select(*due, alive.scalar_subquery().label("processes"))


_LOOK = prepare(_look())
LOOKED_FOR = tuple(_DUE)  # the names of the loops
