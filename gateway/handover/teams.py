"""Handover, teams: who is in them, what they take, and what each officer can do."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.core.database import now
from gateway.core.locale import LANGUAGES
from gateway.handover.areas import as_ids, as_stored
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.team_models import MAX_NAME, OfficerProfile, Team, TeamMember

MAX_TEAMS = 50
LONGEST_TARGET = 7 * 24 * 60  # minutes
MOST = 50  # conversations of one officer at a time


@dataclass(frozen=True)
class TeamSettings:
    """What a supervisor says of a team."""

    name: str
    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    areas: frozenset[uuid.UUID] = frozenset()
    members: frozenset[uuid.UUID] = frozenset()
    assigns: bool = False
    answer_minutes: int = 30


@dataclass(frozen=True)
class KnownTeam:
    """A team with its members."""

    id: uuid.UUID
    settings: TeamSettings

    def takes(self, language: str | None, skill: str | None, area: uuid.UUID | None) -> bool:
        """Whether a conversation in this language, about this group of topics, of this area, is the team's."""
        wanted = self.settings
        return fits(wanted.languages, language) and fits(wanted.skills, skill) and fits(wanted.areas, area)

    @property
    def narrowness(self) -> int:
        """How many conditions it has: the team that asks for most is asked first."""
        return sum(map(bool, (self.settings.languages, self.settings.skills, self.settings.areas)))


@dataclass(frozen=True)
class Profile:
    """What an officer can take; empty is all."""

    languages: frozenset[str] = frozenset()
    skills: frozenset[str] = frozenset()
    areas: frozenset[uuid.UUID] = frozenset()
    most: int = 5

    def can_take(self, language: str | None, skill: str | None, area: uuid.UUID | None) -> bool:
        """Whether the officer speaks the language, knows the matter, and the area where one is known."""
        knows_area = area is None or fits(self.areas, area)
        return fits(self.languages, language) and fits(self.skills, skill) and knows_area


def fits[T](wanted: Collection[T], given: T | None) -> bool:
    """Whether a list of conditions holds of a value; an empty list holds of everything."""
    return not wanted or given in wanted


async def all_teams(session: AsyncSession) -> Sequence[KnownTeam]:
    """Every team, by name."""
    rows = (await session.scalars(select(Team).order_by(Team.name))).all()
    members: dict[uuid.UUID, set[uuid.UUID]] = {}
    if rows:
        for row in await session.scalars(select(TeamMember)):
            members.setdefault(row.team_id, set()).add(row.person_id)
    return [
        KnownTeam(
            row.id,
            TeamSettings(
                row.name, frozenset(row.languages), frozenset(row.skills), as_ids(row.areas),
                frozenset(members.get(row.id, ())), row.assigns, row.answer_minutes,
            ),
        )
        for row in rows
    ]  # fmt: skip


def team_for(
    teams: Sequence[KnownTeam], language: str | None, skill: str | None, area: uuid.UUID | None
) -> KnownTeam | None:
    """The team that takes it: of several the narrowest, then the first by name."""
    takers = [team for team in teams if team.takes(language, skill, area)]
    return min(takers, key=lambda team: (-team.narrowness, team.settings.name), default=None)


async def keep_team(session: AsyncSession, team_id: uuid.UUID | None, settings: TeamSettings) -> None:
    """Make a team, or change the one with this id; raises `HandoverTextRefused`."""
    name = " ".join(settings.name.split())
    if not 0 < len(name) <= MAX_NAME or not 0 < settings.answer_minutes <= LONGEST_TARGET:
        raise HandoverTextRefused("team_incomplete", longest=MAX_NAME, minutes=LONGEST_TARGET)
    teams = await all_teams(session)
    if any(each.settings.name.casefold() == name.casefold() and each.id != team_id for each in teams):
        raise HandoverTextRefused("team_named", name=name)
    row = await session.get(Team, team_id) if team_id is not None else None
    if row is None:
        if len(teams) >= MAX_TEAMS:
            raise HandoverTextRefused("teams_full", most=MAX_TEAMS)
        row = Team(id=uuid.uuid4(), created_at=now())
        session.add(row)
    row.name, row.assigns, row.answer_minutes = name, settings.assigns, settings.answer_minutes
    row.languages = [each for each in LANGUAGES if each in settings.languages]
    row.skills, row.areas = sorted(settings.skills), as_stored(settings.areas)
    await session.flush()
    await session.execute(delete(TeamMember).where(TeamMember.team_id == row.id))
    session.add_all(TeamMember(team_id=row.id, person_id=person) for person in settings.members)


async def delete_team(session: AsyncSession, team_id: uuid.UUID) -> None:
    """Delete a team; its conversations are everybody's."""
    await session.execute(delete(Team).where(Team.id == team_id))


async def profiles(session: AsyncSession) -> Mapping[uuid.UUID, Profile]:
    """What is known of each officer of whom something was said."""
    return {
        row.person_id: Profile(frozenset(row.languages), frozenset(row.skills), as_ids(row.areas), row.most)
        for row in await session.scalars(select(OfficerProfile))
    }


async def keep_profile(session: AsyncSession, person_id: uuid.UUID, profile: Profile) -> None:
    """Say what an officer can take; raises `HandoverTextRefused`."""
    if not 0 <= profile.most <= MOST:
        raise HandoverTextRefused("profile_incomplete", most=MOST)
    await session.merge(
        OfficerProfile(
            person_id=person_id,
            languages=[each for each in LANGUAGES if each in profile.languages],
            skills=sorted(profile.skills),
            areas=as_stored(profile.areas),
            most=profile.most,
        )
    )
