"""Console: teams, what officers can take, response times by team, and to whom a waiting conversation is put."""

import uuid
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit, people
from gateway.accounts.models import StaffPerson
from gateway.accounts.staff_page import see_other, staff_page, translate
from gateway.console import wording
from gateway.console.officer import Reader, Supervisor, officer_of, service_of
from gateway.console.request_context import act
from gateway.console.view_context import texts
from gateway.content.routes.wording import GROUPS
from gateway.core.actors import Role
from gateway.core.keyring import Keyring
from gateway.core.locale import OWN_NAMES
from gateway.handover import assignment, shifts, teams
from gateway.handover.areas import all_areas
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.response_times import PERIODS, helped_by_topic, response_times
from gateway.handover.team_models import MAX_NAME

router = APIRouter(prefix="/console", tags=["console"])
_PATH = "/console/teams"
Chosen = Annotated[list[str], Form()]
ChosenIds = Annotated[list[uuid.UUID], Form()]
Days = Annotated[int, Query(ge=1, le=max(PERIODS))]


@dataclass(frozen=True)
class TeamForm:
    """The submitted form of a team."""

    name: Annotated[str, Form(max_length=1000)] = ""
    answer_minutes: Annotated[int, Form(ge=0, le=1_000_000)] = 30
    assigns: Annotated[bool, Form()] = False
    team: Annotated[uuid.UUID | None, Form()] = None


@router.get("/teams", response_class=HTMLResponse)
async def show(request: Request, person: Supervisor, days: Days = PERIODS[0]) -> Response:
    """Response times by team beside their targets, and the teams."""
    service = service_of(request)
    chosen = days if days in PERIODS else PERIODS[0]
    async with service.database.transaction() as session:
        found, by_topic = await response_times(session, service, chosen), await helped_by_topic(session, chosen)
    context = {"found": found, "by_topic": by_topic, "days": chosen, "periods": PERIODS, "groups": GROUPS}
    return staff_page(request, "console/teams.html", {**texts(request), **context})


@router.get("/teams/one", response_class=HTMLResponse)
async def one(request: Request, person: Supervisor, team: uuid.UUID | None = None) -> Response:
    """The form of a new team, or of this one."""
    return await _form(request, team)


@router.post("/teams/one")
async def keep(
    request: Request,
    person: Supervisor,
    form: Annotated[TeamForm, Depends()],
    languages: Chosen = [],  # noqa: B006  # FastAPI copies it
    skills: Chosen = [],  # noqa: B006
    areas: ChosenIds = [],  # noqa: B006
    members: ChosenIds = [],  # noqa: B006
) -> Response:
    """Make a team or change one; recorded."""
    service = service_of(request)
    wanted = teams.TeamSettings(
        form.name, frozenset(languages), frozenset(skills) & GROUPS.keys(), frozenset(areas), frozenset(members),
        form.assigns, form.answer_minutes,
    )  # fmt: skip
    try:
        async with service.database.transaction() as session:
            officers = await _officers(session, service.keyring)
            known = teams.TeamSettings(
                **{**vars(wanted), "members": wanted.members & officers.keys(),
                   "areas": wanted.areas & {each.id for each in await all_areas(session)}}
            )  # fmt: skip
            await teams.keep_team(session, form.team, known)
            details = {"members": len(known.members), "assigns": known.assigns, "minutes": known.answer_minutes}
            await audit.record(session, person.id, "team_changed", known.name[:MAX_NAME], details)
    except HandoverTextRefused as error:
        problem = translate(request, wording.PROBLEMS[error.code])
        return await _form(request, form.team, wanted, problem=problem, status=error.status)
    return see_other(_PATH, said="team_kept")


@router.post("/teams/delete")
async def delete(request: Request, person: Supervisor, team: Annotated[uuid.UUID, Form()]) -> Response:
    """Delete a team; recorded."""
    async with service_of(request).database.transaction() as session:
        await teams.delete_team(session, team)
        await audit.record(session, person.id, "team_deleted", str(team))
    return see_other(_PATH, said="team_deleted")


@router.get("/teams/officers", response_class=HTMLResponse)
async def officers(request: Request, person: Supervisor) -> Response:
    """What each officer can take."""
    return await _officers_page(request)


@router.post("/teams/officers")
async def keep_profile(
    request: Request,
    person: Supervisor,
    officer: Annotated[uuid.UUID, Form()],
    most: Annotated[int, Form(ge=-1, le=1_000_000)] = 5,
    languages: Chosen = [],  # noqa: B006
    skills: Chosen = [],  # noqa: B006
    areas: ChosenIds = [],  # noqa: B006
) -> Response:
    """Say what an officer can take; recorded."""
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            known = frozenset(areas) & {each.id for each in await all_areas(session)}
            profile = teams.Profile(frozenset(languages), frozenset(skills) & GROUPS.keys(), known, most)
            if officer not in await _officers(session, service.keyring):
                raise HandoverTextRefused("colleague_off_duty")
            await teams.keep_profile(session, officer, profile)
            await audit.record(session, person.id, "officer_profile_changed", str(officer))
    except HandoverTextRefused as error:
        code = error.code if error.code in wording.PROBLEMS else "profile_incomplete"
        return await _officers_page(request, problem=translate(request, wording.PROBLEMS[code]), status=error.status)
    return see_other(f"{_PATH}/officers", said="profile_kept")


@router.post("/conversations/{conversation_id}/assign")
async def assign(
    request: Request, person: Reader, conversation_id: uuid.UUID, colleague: Annotated[uuid.UUID | None, Form()] = None
) -> Response:
    """Ask a colleague who is on duty to take a waiting conversation."""
    service = service_of(request)

    async def work(session: AsyncSession) -> None:
        on_duty = await shifts.on_duty(session, service.settings.officer_lost_seconds)
        chosen = next((each for each in on_duty if each.id == colleague), None)
        if chosen is None:
            raise HandoverTextRefused("colleague_off_duty")
        await assignment.assign_by_hand(session, service, officer_of(person), conversation_id, chosen)

    return await act(
        request, person, conversation_id, work, said="assigned", where="colleague",
        action="conversation_assigned",
    )  # fmt: skip


@router.post("/conversations/{conversation_id}/team")
async def move(
    request: Request, person: Reader, conversation_id: uuid.UUID, team: Annotated[uuid.UUID | None, Form()] = None
) -> Response:
    """Put a waiting conversation before another team."""
    service = service_of(request)

    async def work(session: AsyncSession) -> None:
        await assignment.move_to_team(session, service, officer_of(person), conversation_id, team or uuid.UUID(int=0))

    return await act(request, person, conversation_id, work, said="moved", where="team", action="conversation_assigned")


async def _officers(session: AsyncSession, keyring: Keyring) -> dict[uuid.UUID, str]:
    """Who may answer conversations, by name."""
    rows = await session.scalars(select(StaffPerson).where(StaffPerson.left_at.is_(None)))
    found = {row.id: people.open_name(keyring, row) for row in rows if {Role.OFFICER, Role.SUPERVISOR} & set(row.roles)}
    return dict(sorted(found.items(), key=lambda each: each[1].casefold()))


async def _form(
    request: Request,
    team_id: uuid.UUID | None,
    written: teams.TeamSettings | None = None,
    *,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    service = service_of(request)
    async with service.database.transaction() as session:
        known = next((each for each in await teams.all_teams(session) if each.id == team_id), None)
        context: dict[str, Any] = {"officers": await _officers(session, service.keyring)}
        context["areas"] = await all_areas(session)
    context |= {
        "team_id": known.id if known else None,
        "written": written or (known.settings if known else teams.TeamSettings("")),
        "languages": OWN_NAMES,
        "groups": GROUPS,
        "problem": problem,
    }
    return staff_page(request, "console/team.html", {**texts(request), **context}, status_code=status)


async def _officers_page(request: Request, *, problem: str | None = None, status: int = 200) -> Response:
    service = service_of(request)
    async with service.database.transaction() as session:
        names, known = await _officers(session, service.keyring), await teams.profiles(session)
        areas = await all_areas(session)
    context = {
        "areas": areas,
        "officers": [(each, name, known.get(each, teams.Profile())) for each, name in names.items()],
        "languages": OWN_NAMES,
        "groups": GROUPS,
        "problem": problem,
    }
    return staff_page(request, "console/officers.html", {**texts(request), **context}, status_code=status)
