"""Checks of talks that rest until a date: who may, what brings them back, and that nobody is told what is not so."""

import datetime as dt
import uuid

import pytest
import time_machine

from gateway.console.board import board
from gateway.console.queue_view import queue_view
from gateway.console.routes_snooze import until
from gateway.core.database import now
from gateway.core.errors import GatewayError
from gateway.core.locale import HELSINKI
from gateway.handover import ownership
from gateway.handover.alarms import AlarmKind, alarms_of, waiting_count
from gateway.handover.errors import HandoverRefused, HandoverTextRefused
from gateway.handover.replies import reply
from gateway.handover.shifts import start_shift
from gateway.handover.snooze import LONGEST, snooze, wake, wake_due
from gateway.handover.timers import go_off_duty, run_due_timers
from gateway.handover.unanswered import run_alarms
from gateway.service import Service
from tests.gateway.console.test_routes import Console, console
from tests.gateway.handover.test_ownership import act, turn
from tests.worlds import officers as desk
from tests.worlds.officers import JAN, SARI
from tests.worlds.scripted_engine import ScriptedEngine, answer

__all__ = ["console"]
pytestmark = pytest.mark.anyio
DAY = dt.timedelta(days=1)


async def answered(service: Service) -> uuid.UUID:
    """A talk of Sari's in which the citizen has an answer."""
    await act(service, start_shift, SARI)
    talk = await desk.owned(service, SARI)
    await act(service, reply, SARI, talk, "Selvitän asiaa")
    return talk


async def rests(service: Service, talk: uuid.UUID, length: dt.timedelta = DAY) -> None:
    await act(service, snooze, SARI, talk, now() + length)


async def kinds(service: Service) -> list[AlarmKind]:
    async with service.database.transaction() as session:
        return [alarm.kind for alarm in await alarms_of(session, SARI, on_duty=True)]


async def waiting(service: Service) -> tuple[int, int, int]:
    """How many wait, by the alarms, the queue and the board."""
    async with service.database.transaction() as session:
        view, seen = await queue_view(session, service), await board(session, service)
        return await waiting_count(session), view.waiting, len(seen.waiting)


async def test_only_the_owner_may_once_the_citizen_has_an_answer_and_not_for_ever(service: Service) -> None:
    talk = await desk.owned(service, SARI)
    with pytest.raises(HandoverTextRefused, match="reply first"):
        await rests(service, talk)
    await act(service, reply, SARI, talk, "Selvitän asiaa")
    with pytest.raises(HandoverRefused):
        await act(service, snooze, JAN, talk, now() + DAY)
    for wrong in (-DAY, dt.timedelta(), LONGEST + DAY):
        with pytest.raises(HandoverTextRefused):
            await rests(service, talk, wrong)
    await rests(service, talk)
    assert (await desk.entry(service, talk)).snoozed_until is not None
    await act(service, wake, SARI, talk)
    assert (await desk.entry(service, talk)).snoozed_until is None


async def test_at_its_time_it_is_back_and_its_owner_hears_it(service: Service) -> None:
    talk = await answered(service)
    await rests(service, talk)
    assert await wake_due(service) == 0
    with time_machine.travel(now() + DAY + dt.timedelta(minutes=1)):
        await act(service, start_shift, SARI)
        await run_alarms(service)
        assert await kinds(service) == [AlarmKind.FOLLOW_UP]
        assert await wake_due(service) == 0
    assert (await desk.entry(service, talk)).snoozed_until is None
    assert (await desk.events(service, talk))[-2:] == ["snoozed", "follow_up_due"]


async def test_the_citizens_next_message_ends_the_rest(service: Service, engine: ScriptedEngine) -> None:
    talk = await answered(service)
    await rests(service, talk)
    engine.next_answer = answer("Neuvo.", topic="account_hacked", language="fi")
    await turn(service, talk, "hei vielä yks juttu")

    entry = await desk.entry(service, talk)
    assert entry.snoozed_until is None
    assert entry.waiting_since is not None
    assert await kinds(service) == [AlarmKind.MINE]


async def test_when_the_shift_ends_it_rests_on_in_the_queue_and_nobody_is_told(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await answered(service)
    await rests(service, talk, 3 * DAY)
    before = len(await desk.said(service, talk))
    await go_off_duty(service, SARI)
    assert (await desk.row(service, talk)).state == "waiting"
    assert await waiting(service) == (0, 0, 0)
    await act(service, start_shift, JAN)
    with time_machine.travel(now() + 2 * DAY):  # past every limit of those who wait
        await run_due_timers(service)
        await run_alarms(service)
        assert (await desk.row(service, talk)).state == "waiting"
        assert await waiting(service) == (0, 0, 0)
    with time_machine.travel(now() + 3 * DAY + dt.timedelta(minutes=1)):
        await act(service, start_shift, SARI)
        await run_alarms(service)
        assert await waiting(service) == (1, 1, 1)
        assert await kinds(service) == [AlarmKind.TAKEN, AlarmKind.WAITING]  # the first is heard days later, too
    for hour in range(4 * 24):  # nobody follows up on a day of service: the citizen has waited for nothing
        with time_machine.travel(now() + 9 * DAY + dt.timedelta(hours=hour)):
            await run_due_timers(service)
    assert (await desk.row(service, talk)).state == "bot"
    assert len(await desk.said(service, talk)) == before


async def test_who_writes_while_it_rests_without_an_owner_waits_as_everybody_does(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await answered(service)
    await rests(service, talk)
    await go_off_duty(service, SARI)
    engine.next_answer = answer("Neuvo.", topic="account_hacked", language="fi")
    await turn(service, talk, "onks siellä ketään")

    entry = await desk.entry(service, talk)
    assert (entry.snoozed_until, entry.reassured_at) == (None, None)
    assert await waiting(service) == (1, 1, 1)


async def test_whoever_claims_it_ends_the_rest(service: Service) -> None:
    talk = await answered(service)
    await rests(service, talk)
    await go_off_duty(service, SARI)
    await act(service, ownership.claim, JAN, talk)
    assert (await desk.entry(service, talk)).snoozed_until is None


FRIDAY = dt.datetime(2026, 11, 27, 20, 30, tzinfo=HELSINKI)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (("hour", "", ""), dt.datetime(2026, 11, 27, 21, 30, tzinfo=HELSINKI)),
        (("tomorrow", "", ""), dt.datetime(2026, 11, 28, 9, tzinfo=HELSINKI)),
        (("monday", "", ""), dt.datetime(2026, 11, 30, 9, tzinfo=HELSINKI)),
        (("date", "2026-12-03", "14:15"), dt.datetime(2026, 12, 3, 14, 15, tzinfo=HELSINKI)),
        (("date", "2026-12-03", ""), dt.datetime(2026, 12, 3, 9, tzinfo=HELSINKI)),
    ],
)
def test_the_choices_are_moments_of_helsinki(chosen: tuple[str, str, str], expected: dt.datetime) -> None:
    assert until(*chosen, FRIDAY) == expected


@pytest.mark.parametrize("chosen", [("date", "", "09:00"), ("date", "3.12.2026", "9"), ("", "", ""), ("x", "y", "z")])
def test_what_is_no_moment_is_refused(chosen: tuple[str, str, str]) -> None:
    with pytest.raises(GatewayError):
        until(*chosen, FRIDAY)


async def test_on_the_page_it_is_under_later_with_its_date_and_its_note(console: Console) -> None:
    talk = await desk.waiting(console.service)
    async with console.officer("olivia") as olivia:
        await olivia.press(talk, "claim")
        refused = await olivia.press(talk, "snooze", when="tomorrow")
        await olivia.press(talk, "reply", text="I will find out")
        wrong = await olivia.press(talk, "snooze", when="date", day="2020-01-01")
        await olivia.press(talk, "snooze", when="tomorrow", note="Ask the school")
        page = await olivia.page(talk)
        await olivia.press(talk, "wake")
        back = await olivia.page(talk)

    assert "Reply first" in refused.text
    assert "within two weeks" in wrong.text
    assert 'id="later"' in page
    assert "Back on " in page
    assert "Ask the school" in page
    assert "Olivia Example set the conversation aside until" in page
    assert 'id="later"' not in back
