"""Checks of alarms: what each officer hears, what goes to the supervisors, and who is on duty no more."""

import datetime as dt
import uuid

import pytest
import time_machine
from sqlalchemy import delete, select, update

from gateway.accounts.models import AuditEntry
from gateway.conversations.kinds import Danger, HandoverReason
from gateway.conversations.repository import locked
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.locale import HELSINKI
from gateway.handover import ownership
from gateway.handover.alarms import Alarm, alarms_of, delete_old_alerts, mark_seen
from gateway.handover.models import AlertKind, OfficerAlert, OfficerShift
from gateway.handover.queue import request_officer
from gateway.handover.shifts import heartbeat, on_duty, start_shift
from gateway.handover.timers import run_due_timers
from gateway.handover.unanswered import run_alarms
from gateway.service import Service
from tests.gateway.handover.test_ownership import act, kept_hours
from tests.worlds import officers as desk
from tests.worlds.officers import CHIEF, JAN, SARI

pytestmark = pytest.mark.anyio
MINUTE = dt.timedelta(minutes=1)
HOUR = now().astimezone(HELSINKI).hour
CLOSED = "3:00-4:00" if HOUR >= 12 else "22:00-23:00"


async def heard(service: Service, officer: Officer = SARI, *, on_duty: bool = True) -> list[Alarm]:
    async with service.database.transaction() as session:
        return list(await alarms_of(session, officer, on_duty=on_duty))


async def kinds(service: Service, officer: Officer = SARI, *, on_duty: bool = True) -> list[str]:
    return [alarm.kind for alarm in await heard(service, officer, on_duty=on_duty)]


async def names_on_duty(service: Service) -> list[str]:
    async with service.database.transaction() as session:
        return [officer.name for officer in await on_duty(session, service.settings.officer_lost_seconds)]


async def sat_still(service: Service, officer: Officer, since: dt.timedelta) -> None:
    """The officer's page is there, and nobody has touched it since then."""
    async with service.database.transaction() as session:
        mine = OfficerShift.officer_id == officer.id
        long_ago = now() - since
        await session.execute(update(OfficerShift).where(mine).values(acted_at=long_ago, started_at=long_ago))


async def test_an_officer_on_duty_hears_all_that_waits_the_most_urgent_first(service: Service) -> None:
    await desk.waiting(service)
    await desk.waiting(service, urgency=Danger.CRISIS, language="sv")
    await desk.waiting(service, urgency=Danger.EMERGENCY, language="en")
    await desk.owned(service, JAN)

    assert await kinds(service) == ["emergency", "crisis", "waiting"]
    assert await kinds(service, on_duty=False) == []


async def test_a_claimed_emergency_is_heard_no_more_and_its_owner_hears_each_message(service: Service) -> None:
    talk = await desk.waiting(service, urgency=Danger.EMERGENCY)
    await act(service, ownership.claim, SARI, talk)

    assert await heard(service, JAN) == []
    (first,) = await heard(service, SARI)
    await desk.age(service, talk, last_citizen_message_at=-MINUTE)
    (second,) = await heard(service, SARI)
    assert first.key != second.key


async def test_danger_in_a_talk_that_waits_already_is_a_new_alarm(service: Service) -> None:
    talk = await desk.waiting(service)
    (before,) = await heard(service)
    async with service.database.transaction() as session:
        conversation, reason = await locked(session, talk), HandoverReason.DANGER
        await request_officer(session, conversation, reason=reason, urgency=Danger.EMERGENCY, topic=None)
    (after,) = await heard(service)

    assert (before.kind, after.kind) == ("waiting", "emergency")
    assert before.key != after.key


async def test_who_gets_a_talk_and_who_loses_one_hear_of_it_until_they_have_seen_it(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    await act(service, start_shift, JAN)
    await act(service, ownership.hand_on, SARI, talk, JAN)
    assert await kinds(service, SARI, on_duty=False) == []
    assert (await kinds(service, JAN))[0] == "handed"

    await act(service, ownership.take_over, CHIEF, talk)
    assert "taken" in await kinds(service, JAN)
    async with service.database.transaction() as session:
        await mark_seen(session, JAN.id, conversation_id=talk)
    assert await kinds(service, JAN, on_duty=False) == []
    async with service.database.transaction() as session:
        await session.execute(update(OfficerAlert).values(created_at=now() - dt.timedelta(days=6)))
        await delete_old_alerts(session)
        assert not (await session.scalars(select(OfficerAlert))).all()


async def test_danger_that_nobody_takes_goes_to_the_supervisors_and_others_only_within_the_hours(
    service: Service,
) -> None:
    danger, quiet = await desk.waiting(service, urgency=Danger.EMERGENCY), await desk.waiting(service)
    await kept_hours(service, CLOSED)
    await desk.age(service, danger, alarmed_at=dt.timedelta(seconds=service.settings.alarm_escalates_seconds + 1))
    await desk.age(service, quiet, queued_at=dt.timedelta(minutes=service.settings.waiting_escalates_minutes + 1))
    assert await kinds(service, CHIEF, on_duty=False) == []
    await run_alarms(service)

    assert [each.conversation_id for each in await heard(service, CHIEF, on_duty=False)] == [danger]
    assert await kinds(service, JAN, on_duty=False) == []
    assert (await desk.events(service, danger)).count("escalated") == 1
    await kept_hours(service, "0:00-24:00")
    await run_alarms(service)
    await run_alarms(service)
    assert [each.conversation_id for each in await heard(service, CHIEF, on_duty=False)] == [danger, quiet]
    assert (await desk.events(service, danger)).count("escalated") == 1


async def test_an_officer_who_answers_no_alarm_is_on_duty_no_more_and_hears_why(service: Service) -> None:
    limit = dt.timedelta(minutes=service.settings.alarm_answer_minutes)
    for officer in (SARI, JAN):
        await act(service, start_shift, officer)
    mine = await desk.owned(service, SARI)
    waiting = await desk.waiting(service)
    await desk.age(service, waiting, alarmed_at=limit + MINUTE)
    await sat_still(service, SARI, dt.timedelta(hours=8))
    await run_alarms(service)

    assert await names_on_duty(service) == [JAN.name]
    assert await kinds(service, SARI, on_duty=False) == ["off_duty"]
    await run_due_timers(service)
    assert (await desk.row(service, mine)).state == "waiting"
    async with service.database.transaction() as session:
        actions = list(await session.scalars(select(AuditEntry.action)))
    assert actions.count("shift_ended_unanswered") == 1


@pytest.mark.parametrize("somebody_else", [False, True])
async def test_a_calm_alarm_left_to_an_empty_chair_goes_to_the_supervisors_at_once(
    service: Service, somebody_else: bool
) -> None:
    await kept_hours(service, CLOSED)  # so that it is not the time that it has waited
    limit = dt.timedelta(minutes=service.settings.alarm_answer_minutes)
    await act(service, start_shift, SARI)
    if somebody_else:
        await act(service, start_shift, JAN)
    waiting = await desk.waiting(service)
    await desk.age(service, waiting, alarmed_at=limit + MINUTE, pushed_at=MINUTE)
    await sat_still(service, SARI, dt.timedelta(hours=1))
    for _ in range(2):
        await run_alarms(service)
    later = await desk.waiting(service)  # of whom nobody said that an officer is there
    await run_alarms(service)

    expected = [] if somebody_else else [waiting]
    assert [each.conversation_id for each in await heard(service, CHIEF, on_duty=False)] == expected
    assert (await desk.events(service, waiting)).count("escalated") == len(expected)
    if not somebody_else:
        entry = await desk.entry(service, waiting)
        assert entry.escalated_at is not None
        assert entry.pushed_at is None or entry.pushed_at > entry.escalated_at, "browsers are pushed to anew"
    assert (await desk.entry(service, later)).escalated_at is None


async def test_an_officer_who_moves_or_has_no_alarm_stays_on_duty(service: Service) -> None:
    limit = dt.timedelta(minutes=service.settings.alarm_answer_minutes)
    await act(service, start_shift, SARI)
    await sat_still(service, SARI, dt.timedelta(hours=8))
    await run_alarms(service)
    assert await names_on_duty(service) == [SARI.name]  # eight quiet hours without an alarm

    talk = await desk.waiting(service, urgency=Danger.EMERGENCY)
    await run_alarms(service)
    assert await names_on_duty(service) == [SARI.name]  # there is still time to answer
    await desk.age(service, talk, alarmed_at=limit + MINUTE)
    async with service.database.transaction() as session:
        await heartbeat(session, SARI, idle=30.0)  # the page says so: a key half a minute ago
    await run_alarms(service)
    assert await names_on_duty(service) == [SARI.name]


async def test_a_page_that_only_stands_open_is_no_sign_of_a_person(service: Service) -> None:
    await act(service, start_shift, SARI)
    await sat_still(service, SARI, dt.timedelta(hours=1))
    async with service.database.transaction() as session:
        for idle in (None, 3600.0, 7200.0):
            await heartbeat(session, SARI, idle=idle)
        shift = (await session.scalars(select(OfficerShift).where(OfficerShift.officer_id == SARI.id))).one()
        await session.refresh(shift)

    assert now() - shift.acted_at >= dt.timedelta(minutes=59)
    assert now() - shift.seen_at < MINUTE
    assert isinstance(shift.id, uuid.UUID)


FRIDAY = dt.datetime(2027, 1, 15, 15, 50, tzinfo=HELSINKI)  # ten minutes before the service closes
MONDAY = FRIDAY.replace(day=18, hour=9, minute=0)


async def test_from_friday_to_monday_no_empty_chair_is_on_duty_and_what_waits_is_heard_on_monday(
    service: Service,
) -> None:
    """The clock runs through a whole weekend: a page that stands open, an evening, a night, and Monday's opening."""

    async def passes(clock: time_machine.Traveller, moment: dt.datetime, *, idle: bool = True) -> None:
        """It is that moment; the officer's page is still open, and nobody has touched it since Friday."""
        clock.move_to(moment)
        if idle:
            async with service.database.transaction() as session:
                await heartbeat(session, SARI, idle=(moment - FRIDAY).total_seconds())
        await run_alarms(service)

    async def escalated() -> set[uuid.UUID]:
        return {each.conversation_id for each in await heard(service, CHIEF, on_duty=False) if each.conversation_id}

    with time_machine.travel(FRIDAY, tick=False) as clock:
        await kept_hours(service, "9:00-16:00", weekend=False)
        await act(service, start_shift, SARI)
        await passes(clock, FRIDAY.replace(hour=20, minute=0))
        evening = await desk.waiting(service)
        await passes(clock, FRIDAY.replace(hour=20, minute=4))
        assert await names_on_duty(service) == [SARI.name]
        await passes(clock, FRIDAY.replace(hour=20, minute=6))
        assert await names_on_duty(service) == []
        await passes(clock, FRIDAY.replace(hour=20, minute=7))
        assert await escalated() == {evening}, "its citizen wrote while an officer was said to be there"

        await passes(clock, FRIDAY.replace(day=16, hour=3))
        danger = await desk.waiting(service, urgency=Danger.EMERGENCY)
        await passes(clock, FRIDAY.replace(day=16, hour=3, minute=53))
        assert await escalated() == {evening, danger}
        await passes(clock, FRIDAY.replace(day=17, hour=12))
        sunday = await desk.waiting(service)
        await passes(clock, FRIDAY.replace(day=17, hour=23))
        assert await escalated() == {evening, danger}

        clock.move_to(MONDAY)
        await act(service, start_shift, SARI)
        await passes(clock, MONDAY + 10 * MINUTE, idle=False)
        assert await kinds(service) == ["emergency", "off_duty", "waiting", "waiting"]
        assert await escalated() == {evening, danger}, "the officers have not had the time yet"
        await passes(clock, MONDAY + 31 * MINUTE, idle=False)
        assert await escalated() == {evening, danger, sunday}


async def test_of_what_came_on_friday_only_what_is_still_theirs_is_heard_on_monday(service: Service) -> None:
    weekend = dt.timedelta(hours=65)
    for officer in (SARI, JAN):
        await act(service, start_shift, officer)
    for moved_on in (False, True):
        talk = await desk.owned(service, JAN)
        await act(service, ownership.hand_on, JAN, talk, SARI)
        if moved_on:
            await act(service, ownership.take_over, CHIEF, talk)
            async with service.database.transaction() as session:
                await session.execute(delete(OfficerAlert).where(OfficerAlert.kind == AlertKind.TAKEN))
    async with service.database.transaction() as session:
        await session.execute(update(OfficerAlert).values(created_at=now() - weekend))

    assert await kinds(service, on_duty=False) == ["handed"]
