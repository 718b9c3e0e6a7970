"""Checks of teams: who takes what, who is asked by load and language, what it binds, and how fast they answer."""

import datetime as dt
import uuid

import pytest
import time_machine
from sqlalchemy import update

from gateway.console.queue_view import QueueRow, queue_view
from gateway.conversations.kinds import Danger
from gateway.core.actors import Officer, Role
from gateway.core.database import now
from gateway.handover import ownership
from gateway.handover.alarms import AlarmKind, alarms_of
from gateway.handover.assignment import assign_by_hand, assign_due, move_to_team
from gateway.handover.errors import HandoverRefused, HandoverTextRefused
from gateway.handover.models import QueueEntry
from gateway.handover.replies import reply
from gateway.handover.response_times import ResponseTimes, response_times
from gateway.handover.shifts import start_shift
from gateway.handover.teams import Profile, TeamSettings, all_teams, delete_team, keep_profile, keep_team
from gateway.handover.unanswered import run_alarms
from gateway.hours.schedule import open_time
from gateway.service import Service
from tests.gateway.handover.test_ownership import act, kept_hours
from tests.worlds import officers as desk
from tests.worlds.staff import make_person

pytestmark = pytest.mark.anyio
MINUTE = dt.timedelta(minutes=1)


async def officers(service: Service, *logins: str) -> list[Officer]:
    """People of the staff, all of them on duty."""
    found = []
    for login in logins:
        person = await make_person(service, login, Role.OFFICER)
        found.append(Officer(person.id, f"{login.title()} Example"))
        await act(service, start_shift, found[-1])
    return found


async def team(service: Service, name: str, *members: Officer, assigns: bool = True, **more: object) -> uuid.UUID:
    wanted = TeamSettings(name, members=frozenset(each.id for each in members), assigns=assigns, **more)  # type: ignore[arg-type]
    async with service.database.transaction() as session:
        await keep_team(session, None, wanted)
        return next(each.id for each in await all_teams(session) if each.settings.name == name)


async def can(service: Service, officer: Officer, **profile: object) -> None:
    async with service.database.transaction() as session:
        await keep_profile(session, officer.id, Profile(**profile))  # type: ignore[arg-type]


async def row_of(service: Service, talk: uuid.UUID) -> QueueRow:
    async with service.database.transaction() as session:
        return next(row for row in (await queue_view(session, service)).rows if row.conversation_id == talk)


async def asked(service: Service, talk: uuid.UUID) -> str | None:
    row = await row_of(service, talk)
    return row.asked.name if row.asked else None


async def test_a_conversation_is_the_narrowest_teams_that_takes_its_language_and_matter(service: Service) -> None:
    everybody = await team(service, "Kaikki")
    swedish = await team(service, "Svenska", languages=frozenset({"sv"}))
    scams = await team(service, "Huijaukset", languages=frozenset({"fi", "sv"}), skills=frozenset({"scams"}))
    talks = [
        await desk.waiting(service, topic="grooming", language="fi"),
        await desk.waiting(service, topic="grooming", language="sv"),
        await desk.waiting(service, topic="bank_phishing", language="sv"),
        await desk.waiting(service, topic="bank_phishing", language="en"),
    ]
    await assign_due(service)

    assert [(await row_of(service, talk)).team_id for talk in talks] == [everybody, swedish, scams, everybody]
    assert (await row_of(service, talks[2])).skill == "scams"


async def test_who_speaks_the_language_knows_the_matter_and_has_least_is_asked(service: Service) -> None:
    olivia, oskar, petra, visa = await officers(service, "olivia", "oskar", "petra", "visa")
    await team(service, "Tiimi", olivia, oskar, petra)
    await can(service, olivia, languages=frozenset({"fi"}))
    await can(service, oskar, languages=frozenset({"sv", "fi"}), most=2)
    await can(service, petra, skills=frozenset({"scams"}))
    swedish = [await desk.waiting(service, topic="grooming", language="sv") for _ in range(3)]
    await assign_due(service)
    assert [await asked(service, talk) for talk in swedish] == ["Oskar Example", "Oskar Example", None], "two at most"

    finnish = [await desk.waiting(service, topic="bank_phishing") for _ in range(3)]
    await assign_due(service)
    names = [await asked(service, talk) for talk in finnish]
    assert sorted(filter(None, names)) == ["Olivia Example", "Olivia Example", "Petra Example"]
    assert visa.name not in names, "no member"


async def test_who_is_not_on_duty_or_has_enough_is_not_asked(service: Service) -> None:
    (olivia,) = await officers(service, "olivia")
    absent = Officer((await make_person(service, "aino", Role.OFFICER)).id, "Aino Example")
    await team(service, "Tiimi", olivia, absent)
    await can(service, olivia, most=1)
    first, second = await desk.waiting(service), await desk.waiting(service)
    await act(service, ownership.claim, olivia, first)
    await assign_due(service)

    assert await asked(service, second) is None


async def test_being_asked_is_heard_binds_nobody_and_tells_the_citizen_nothing(service: Service) -> None:
    olivia, oskar = await officers(service, "olivia", "oskar")
    await team(service, "Tiimi", olivia)
    talk = await desk.waiting(service)
    await run_alarms(service)
    async with service.database.transaction() as session:
        heard = [each.kind for each in await alarms_of(session, olivia, on_duty=True)]
        others = [each.kind for each in await alarms_of(session, oskar, on_duty=True)]

    assert await asked(service, talk) == "Olivia Example"
    assert heard == [AlarmKind.ASSIGNED, AlarmKind.WAITING]
    assert others == [AlarmKind.WAITING], "it sounds for everybody as before"
    assert await desk.said(service, talk) == []
    assert "assigned" in await desk.events(service, talk)
    await act(service, ownership.claim, oskar, talk)
    assert (await desk.row(service, talk)).officer_id == oskar.id
    assert await asked(service, talk) is None


async def test_who_does_not_come_is_not_asked_again_before_somebody_else(service: Service) -> None:
    olivia, oskar = await officers(service, "olivia", "oskar")
    await team(service, "Tiimi", olivia, oskar)
    talk = await desk.waiting(service)
    names = []
    for minutes in (0, 4, 8):
        with time_machine.travel(now() + minutes * MINUTE):
            for each in (olivia, oskar):
                await act(service, start_shift, each)
            await assign_due(service)
            await assign_due(service)
            names.append(await asked(service, talk))

    assert names == ["Olivia Example", "Oskar Example", "Olivia Example"]


@pytest.mark.parametrize("urgency", list(Danger))
async def test_danger_is_everybodys_and_assigned_to_nobody_by_itself(service: Service, urgency: Danger) -> None:
    (olivia,) = await officers(service, "olivia")
    await team(service, "Tiimi", olivia)
    talk = await desk.waiting(service, urgency=urgency)
    await assign_due(service)

    assert await asked(service, talk) is None


async def test_without_a_team_that_assigns_nobody_is_asked_and_by_hand_anybody_can_be(service: Service) -> None:
    olivia, oskar = await officers(service, "olivia", "oskar")
    other = await team(service, "Toinen", olivia, oskar, assigns=False, languages=frozenset({"sv"}))
    talk = await desk.waiting(service)
    await assign_due(service)
    assert await asked(service, talk) is None
    await act(service, assign_by_hand, olivia, talk, oskar)
    assert await asked(service, talk) == "Oskar Example"
    await act(service, move_to_team, olivia, talk, other)
    row = await row_of(service, talk)
    assert (row.team_id, row.asked) == (other, None)
    assert (await desk.events(service, talk))[-2:] == ["assigned", "moved_to_team"]
    with pytest.raises(HandoverTextRefused, match="exist"):
        await act(service, move_to_team, olivia, talk, uuid.uuid4())
    await act(service, ownership.claim, oskar, talk)
    with pytest.raises(HandoverRefused, match="wait"):
        await act(service, assign_by_hand, olivia, talk, oskar)


async def test_a_talk_that_comes_back_into_the_queue_is_assigned_anew(service: Service) -> None:
    olivia, oskar = await officers(service, "olivia", "oskar")
    await team(service, "Tiimi", olivia, oskar)
    talk = await desk.waiting(service)
    await assign_due(service)
    await act(service, ownership.claim, olivia, talk)
    await act(service, ownership.release, olivia, talk, "kiire")
    assert await asked(service, talk) is None
    await assign_due(service)

    assert await asked(service, talk) == "Oskar Example"


async def test_a_team_has_a_name_of_its_own_and_what_it_had_is_everybodys_when_it_goes(service: Service) -> None:
    (olivia,) = await officers(service, "olivia")
    gone = await team(service, "Tiimi", olivia)
    talk = await desk.waiting(service)
    await assign_due(service)
    for wrong in (
        TeamSettings("tiimi"),
        TeamSettings("  "),
        TeamSettings("x" * 61),
        TeamSettings("A", answer_minutes=0),
    ):
        async with service.database.transaction() as session:
            with pytest.raises(HandoverTextRefused):
                await keep_team(session, None, wrong)
    async with service.database.transaction() as session:
        await delete_team(session, gone)

    assert (await row_of(service, talk)).team_id is None


async def times(service: Service) -> dict[str, ResponseTimes]:
    async with service.database.transaction() as session:
        found = await response_times(session, service, 7)
    return {each.team.settings.name if each.team else "": each for each in found}


async def test_the_report_says_who_was_answered_within_the_target(service: Service) -> None:
    (olivia,) = await officers(service, "olivia")
    await kept_hours(service, "0:00-24:00")
    await team(service, "Nopea", olivia, assigns=False, languages=frozenset({"fi"}), answer_minutes=30)
    talks = [await desk.waiting(service) for _ in range(4)]
    nobodys = await desk.waiting(service, language="sv")
    await assign_due(service)
    for talk, minutes in zip(talks, (5, 20, 90, 45), strict=True):
        await desk.age(
            service, talk, created_at=minutes * MINUTE, queued_at=minutes * MINUTE, waiting_since=minutes * MINUTE
        )
    for talk in talks[:3]:
        await act(service, ownership.claim, olivia, talk)
        await act(service, reply, olivia, talk, "Hei!")
        await act(service, reply, olivia, talk, "Vielä tämä.")
    found = await times(service)
    fast = found["Nopea"]

    assert (fast.requests, fast.answered, fast.in_time, fast.late, fast.waiting) == (4, 3, 2, 2, 1)
    assert fast.share == 50
    assert fast.half is not None
    assert fast.nine_tenths is not None
    assert [round(each / MINUTE) for each in (fast.half, fast.nine_tenths)] == [20, 90]
    assert (found[""].requests, found[""].share) == (1, None)
    assert (await row_of(service, nobodys)).team_id is None


async def test_a_night_does_not_count_against_a_team(service: Service) -> None:
    await kept_hours(service, "9:00-16:00")
    async with service.database.transaction() as session:
        schedule = await service.hours.schedule(session)
    assert schedule is not None
    monday = dt.datetime(2026, 11, 23, 13, 50, tzinfo=dt.UTC)  # 15.50 in Helsinki

    assert open_time(schedule, monday, monday + dt.timedelta(hours=17, minutes=20)) == 20 * MINUTE
    assert open_time(schedule, monday, monday) == dt.timedelta()
    assert open_time(schedule, monday, monday + 5 * MINUTE) == 5 * MINUTE


async def test_a_day_of_many_waiting_is_assigned_in_the_order_of_the_queue(service: Service) -> None:
    olivia, oskar = await officers(service, "olivia", "oskar")
    await team(service, "Tiimi", olivia, oskar)
    talks = [await desk.waiting(service) for _ in range(12)]
    async with service.database.transaction() as session:
        for place, talk in enumerate(talks):
            await session.execute(
                update(QueueEntry)
                .where(QueueEntry.conversation_id == talk)
                .values(queued_at=now() - (12 - place) * MINUTE)
            )
    await assign_due(service)
    names = [await asked(service, talk) for talk in talks]

    assert [name is not None for name in names] == [True] * 10 + [False] * 2, "five each at most, the oldest first"
    assert names.count("Olivia Example") == 5
