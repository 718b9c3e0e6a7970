"""Handover, assignment: which team a waiting conversation is for, and which officer is asked to take it.

To be asked is no ownership: everybody still hears and may claim it, and the citizen is told nothing before somebody
has. Danger and crisis are assigned to nobody by themselves, because whoever is there must come.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import ConversationState, EventKind
from gateway.conversations.models import Conversation
from gateway.conversations.priority import CRISIS
from gateway.conversations.repository import GATEWAY, add_event, locked
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.handover.alarms import IS_WAITING, alert
from gateway.handover.areas import find_areas
from gateway.handover.errors import HandoverRefused, HandoverTextRefused
from gateway.handover.models import AlertKind, QueueEntry
from gateway.handover.queue import find_open_entry
from gateway.handover.shifts import on_duty
from gateway.handover.team_models import Area, Team
from gateway.handover.teams import KnownTeam, Profile, all_teams, profiles, team_for
from gateway.outbox.templates import OutboxContext

BATCH_SIZE = 50


@dataclass(frozen=True)
class _Desk:
    """Who is there, what they can do, and what they carry."""

    officers: Sequence[Officer]
    profiles: Mapping[uuid.UUID, Profile]
    load: Counter[uuid.UUID]

    def next_for(self, team: KnownTeam, entry: QueueEntry, skill: str | None) -> Officer | None:
        """The member who can take it and carries least, first who has its area; not who was asked last in vain."""
        area = entry.area_id
        able = [
            officer
            for officer in self.officers
            if officer.id in team.settings.members
            and officer.id != entry.assigned_to
            and self._profile(officer).can_take(entry.language, skill, area)
            and self.load[officer.id] < self._profile(officer).most
        ]

        def place(officer: Officer) -> tuple[object, ...]:
            is_theirs = area is not None and area in self._profile(officer).areas
            return not is_theirs, self.load[officer.id], officer.name, officer.id

        return min(able, key=place, default=None)

    def _profile(self, officer: Officer) -> Profile:
        return self.profiles.get(officer.id, Profile())


async def assign_due(service: OutboxContext) -> int:
    """Find area and team of what has none, and ask an officer where a team assigns; returns how many were asked."""
    async with service.database.transaction() as session:
        await find_areas(session, service.keyring)
        teams = await all_teams(session)
        if not teams:
            return 0
        entries = (await session.scalars(_unassigned(service).limit(BATCH_SIZE))).all()
        _route(service, teams, entries)
        desk = await _desk(session, service) if any(team.settings.assigns for team in teams) else None
        return sum([await _ask(session, service, teams, desk, entry) for entry in entries]) if desk else 0


def is_asked(assigned_at: dt.datetime | None, queued_at: dt.datetime, minutes: float) -> bool:
    """Whether an officer is asked to take it now: since it last came into the queue, and not too long ago."""
    if assigned_at is None or assigned_at < queued_at:
        return False
    return now() - assigned_at < dt.timedelta(minutes=minutes)


def _unassigned(service: OutboxContext) -> Select[QueueEntry]:
    """What waits and has no team, or nobody who is asked now."""
    expired = now() - dt.timedelta(minutes=service.settings.assignment_minutes)
    nobody = or_(
        QueueEntry.assigned_at.is_(None),
        QueueEntry.assigned_at < QueueEntry.queued_at,
        QueueEntry.assigned_at <= expired,
    )
    return (
        select(QueueEntry)
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .where(QueueEntry.resolved_at.is_(None), IS_WAITING)
        .where(QueueEntry.team_id.is_(None) | nobody)
        .order_by(QueueEntry.rank, QueueEntry.queued_at, QueueEntry.id)
        .with_for_update(of=QueueEntry, skip_locked=True)
    )


def _route(service: OutboxContext, teams: Sequence[KnownTeam], entries: Sequence[QueueEntry]) -> None:
    for entry in entries:
        if entry.team_id is None:
            team = team_for(teams, entry.language, service.lines.group_of(entry.topic), entry.area_id)
            entry.team_id = team.id if team else None


async def _desk(session: AsyncSession, service: OutboxContext) -> _Desk:
    carried = select(Conversation.officer_id, func.count()).where(Conversation.officer_id.is_not(None))
    load: Counter[uuid.UUID] = Counter()
    for officer_id, count in await session.execute(carried.group_by(Conversation.officer_id)):
        if officer_id is not None:
            load[officer_id] = count
    since = now() - dt.timedelta(minutes=service.settings.assignment_minutes)
    asked = select(QueueEntry.assigned_to).join(Conversation).where(
        QueueEntry.resolved_at.is_(None), IS_WAITING,
        QueueEntry.assigned_at > since, QueueEntry.assigned_at >= QueueEntry.queued_at,
    )  # fmt: skip
    load.update(each for each in await session.scalars(asked) if each is not None)
    return _Desk(await on_duty(session, service.settings.officer_lost_seconds), await profiles(session), load)


async def _ask(
    session: AsyncSession, service: OutboxContext, teams: Sequence[KnownTeam], desk: _Desk, entry: QueueEntry
) -> bool:
    team = next((each for each in teams if each.id == entry.team_id), None)
    if team is None or not team.settings.assigns or entry.rank <= CRISIS:
        return False
    if is_asked(entry.assigned_at, entry.queued_at, service.settings.assignment_minutes):
        return False
    officer = desk.next_for(team, entry, service.lines.group_of(entry.topic))
    if officer is None:
        return False
    desk.load[officer.id] += 1
    _assign(session, service, entry, officer, GATEWAY)
    return True


def _assign(session: AsyncSession, service: OutboxContext, entry: QueueEntry, officer: Officer, actor: str) -> None:
    entry.assigned_to, entry.assigned_name, entry.assigned_at = officer.id, officer.name, now()
    add_event(session, entry.conversation_id, EventKind.ASSIGNED, actor, name=officer.name)
    alert(session, service, officer.id, AlertKind.ASSIGNED, entry.conversation_id)
    service.signals.send(session, "conversation", entry.conversation_id.hex)


async def assign_by_hand(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, colleague: Officer
) -> None:
    """Ask a colleague to take a waiting conversation, whatever its team; raises `HandoverRefused`."""
    entry = await _waiting_entry(session, conversation_id)
    _assign(session, service, entry, colleague, officer.actor)


async def move_to_team(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, team_id: uuid.UUID
) -> None:
    """Put a waiting conversation before another team; who was asked is so no more. Raises `HandoverRefused`."""
    entry = await _waiting_entry(session, conversation_id)
    team = await session.get(Team, team_id)
    if team is None:
        raise HandoverTextRefused("unknown_team")
    entry.team_id, entry.assigned_to, entry.assigned_name, entry.assigned_at = team_id, None, None, None
    add_event(session, conversation_id, EventKind.MOVED_TO_TEAM, officer.actor, name=officer.name, team=team.name)
    service.signals.send(session, "conversation", conversation_id.hex)


async def set_area(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, area_id: uuid.UUID
) -> None:
    """Say of which area a waiting conversation is; its team is found anew. Raises `HandoverRefused`."""
    entry = await _waiting_entry(session, conversation_id)
    area = await session.get(Area, area_id)
    if area is None:
        raise HandoverTextRefused("unknown_area")
    entry.area_id, entry.team_id = area_id, None
    entry.assigned_to, entry.assigned_name, entry.assigned_at = None, None, None
    add_event(session, conversation_id, EventKind.AREA_SET, officer.actor, name=officer.name, area=area.name)
    service.signals.send(session, "conversation", conversation_id.hex)


async def _waiting_entry(session: AsyncSession, conversation_id: uuid.UUID) -> QueueEntry:
    conversation = await locked(session, conversation_id)
    entry = await find_open_entry(session, conversation)
    if entry is None or conversation.state != ConversationState.WAITING:
        raise HandoverRefused("not_waiting", state=conversation.state.value)
    return entry
