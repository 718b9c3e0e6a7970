"""Checks of invitations: who asked for an officer and waits past the window is invited to write, once, by template."""

import asyncio
import datetime as dt
import uuid

import pytest
import time_machine
from sqlalchemy import select, update

from gateway.app import create_service
from gateway.console.board import board
from gateway.console.queue_view import queue_view
from gateway.console.timeline import load_timeline
from gateway.conversations.kinds import ChannelName, Danger, OutboxState, Priority, UnaskedKind
from gateway.conversations.models import Contact, Conversation, OutboxItem
from gateway.conversations.repository import locked
from gateway.conversations.told import Consent
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed
from gateway.core.i18n import day
from gateway.core.locale import HELSINKI
from gateway.handover import invitations, ownership
from gateway.handover.models import QueueEntry
from gateway.handover.replies import reply
from gateway.handover.shifts import end_shift, start_shift
from gateway.handover.timers import run_due_timers
from gateway.outbox.reengagement import INVITATION, queue_template
from gateway.service import Service
from simulator import Citizen
from tests.gateway.handover.test_ownership import act, kept_hours
from tests.worlds import officers as desk
from tests.worlds import outbox
from tests.worlds.officers import SARI
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
HOUR = dt.timedelta(hours=1)
PAST_WINDOW = 25 * HOUR


@pytest.fixture
async def service(service: Service) -> Service:
    """It has opened within the hour, an officer is on duty, and every template is approved."""
    await opened_now(service)
    await act(service, start_shift, SARI)
    service.templates._all_approved = True
    return service


async def opened_now(service: Service) -> None:
    """Hours that began within the last hour."""
    hour = now().astimezone(HELSINKI).hour
    await kept_hours(service, f"{hour}:00-{hour + 1}:00")


async def closed_now(service: Service) -> None:
    """Hours of which none is now."""
    await kept_hours(service, "3:00-4:00" if now().astimezone(HELSINKI).hour >= 12 else "22:00-23:00")


async def silent(service: Service, ago: dt.timedelta = PAST_WINDOW, **more: object) -> uuid.UUID:
    """A citizen who asked for an officer so long ago and has been silent since."""
    talk = await desk.waiting(service, **more)  # type: ignore[arg-type]
    moments = ("last_citizen_message_at", "waiting_since", "created_at")
    await desk.age(service, talk, **dict.fromkeys(moments, ago))
    return talk


async def invited(service: Service, talk: uuid.UUID | None = None) -> list[OutboxItem]:
    async with service.database.transaction() as session:
        wanted = select(OutboxItem).where(OutboxItem.unasked_kind == UnaskedKind.INVITED)
        rows = list(await session.scalars(wanted.order_by(OutboxItem.created_at)))
    return [row for row in rows if talk in (None, row.conversation_id)]


# On the road, under Meta's rules

WORDS = {
    "fi": ("haluan puhua poliisille", "Kirjoitit meille {day}, ja viestisi odottaa", "Hei, luin viestisi."),
    "sv": ("jag vill prata med en polis", "Du skrev till oss den {day} och väntar", "Hej, jag läste."),
    "en": ("I want to talk to an officer", "You wrote to us on {day}, and you are still", "Hello, I read it."),
}


@pytest.mark.parametrize("language", WORDS)
async def test_who_asked_on_friday_evening_is_invited_on_monday_and_answered_freely_once_they_write(
    settings: Settings, engine: ScriptedEngine, language: str
) -> None:
    question, invitation, words = WORDS[language]
    async with open_road(settings, engine, pair_limit=False) as road:
        await closed_now(road.service)
        road.service.templates._all_approved = True
        citizen, talk = await desk.left_over_the_weekend(road, engine, language, question)
        rank, wrote = (await desk.entry(road.service, talk)).rank, day(now() - desk.FRIDAY_TO_MONDAY)
        await act(road.service, start_shift, SARI)
        await run_due_timers(road.service)
        assert await invited(road.service) == []  # an officer is there, but the service has not opened

        await opened_now(road.service)
        await until(lambda: _has_gone(road, talk))
        await until(lambda: _hears(citizen, f"[{INVITATION}] {wrote}"))
        (row,) = await invited(road.service)
        assert (row.author, row.template, row.priority) == ("system", INVITATION, Priority.BULK)
        said = [each.text for each in await desk.said(road.service, talk)]
        assert said[-1].startswith(invitation.format(day=wrote))

        engine.next_answer = answer("BOTTI", language=language)
        citizen.writes("ok")
        await until(lambda: _hears(citizen, "BOTTI"))
        entry, talk_now = await desk.entry(road.service, talk), await desk.row(road.service, talk)
        assert (talk_now.state, entry.rank, entry.resolved_at) == ("waiting", rank, None)
        assert entry.waiting_since is not None
        assert entry.waiting_since < now() - 60 * HOUR  # they have not lost their place
        await act(road.service, ownership.claim, SARI, talk)
        await act(road.service, reply, SARI, talk, words)
        road.service.wake_outbox()
        await until(lambda: _hears(citizen, words))

        assert road.simulator.state.refusals == []
        assert len(await invited(road.service)) == 1


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2027-01-16 12:00", 0),  # Saturday
        ("2027-01-17 21:00", 0),  # Sunday, an hour past the window
        ("2027-01-18 08:59", 0),  # Monday, before it opens
        ("2027-01-18 09:00", 1),
        ("2027-01-18 15:59", 1),
        ("2027-01-18 16:00", 0),  # it has closed
    ],
)
async def test_of_a_weekend_the_invitation_goes_on_monday_at_the_opening(
    service: Service, moment: str, expected: int
) -> None:
    await kept_hours(service, "9:00-16:00", weekend=False)
    with time_machine.travel(dt.datetime.fromisoformat(moment).replace(tzinfo=HELSINKI), tick=True):
        await act(service, start_shift, SARI)
        await silent(service, now() - dt.datetime(2027, 1, 15, 20, tzinfo=HELSINKI))
        await run_due_timers(service)

    assert len(await invited(service)) == expected


async def _has_gone(road: Road, talk: uuid.UUID) -> bool:
    return [row.state for row in await invited(road.service, talk)] == [OutboxState.SENT]


async def _hears(citizen: Citizen, words: str) -> bool:
    return words in [message.text for message in citizen.received]


# Who


async def test_once_since_they_wrote_and_again_only_after_they_have_written_and_waited(service: Service) -> None:
    talk = await silent(service)
    for _ in range(3):
        await run_due_timers(service)
    assert len(await invited(service)) == 1
    await outbox.change(service, (await invited(service))[0].id, state="failed")
    await run_due_timers(service)
    assert len(await invited(service)) == 1  # it could not be delivered, and would not be the next time

    await desk.age(service, talk, last_citizen_message_at=PAST_WINDOW, invited_at=26 * HOUR)
    await run_due_timers(service)
    assert len(await invited(service)) == 2


async def test_two_processes_invite_each_citizen_once(service: Service, settings: Settings) -> None:
    talks = [await silent(service) for _ in range(8)]
    other = create_service(settings, ScriptedEngine())
    other.templates._all_approved = True
    async with other.database.transaction() as session:
        await other.keyring.load(session)
    await asyncio.gather(*(run_due_timers(each) for each in (service, other) * 3))
    await other.close()

    assert sorted(row.conversation_id for row in await invited(service)) == sorted(talks)


async def test_an_open_window_needs_no_template_and_stands_before_those_whose_window_has_closed(
    service: Service,
) -> None:
    open_still, closed = await silent(service, 23 * HOUR), await silent(service, 61 * HOUR)
    await run_due_timers(service)

    assert [row.conversation_id for row in await invited(service)] == [closed]
    async with service.database.transaction() as session:
        rows = (await queue_view(session, service)).rows
    assert [row.conversation_id for row in rows] == [open_still, closed]


async def test_danger_first_then_the_longest_wait_and_few_in_one_step(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "BATCH_SIZE", 2)
    recent, long = await silent(service, 30 * HOUR), await silent(service, 60 * HOUR)
    urgent = await silent(service, 26 * HOUR, urgency=Danger.CRISIS)
    async with service.database.transaction() as session:
        first = await invitations.silent_past_window(session, service)
    await run_due_timers(service)
    of_first_step = {row.conversation_id for row in await invited(service)}
    await run_due_timers(service)

    assert first == [urgent, long]
    assert of_first_step == {urgent, long}
    assert {row.conversation_id for row in await invited(service)} == {urgent, long, recent}


@pytest.mark.parametrize(
    "told",
    [{"watched": True}, {"consent": Consent.NONE}, {"consent": Consent.OFFERED}, {"consent": Consent.CANCELLED}],
)
async def test_no_watched_phone_and_nobody_who_did_not_ask_and_it_is_told_once(
    service: Service, told: dict[str, object]
) -> None:
    talk = await silent(service, urgency=Danger.EMERGENCY)
    await desk.tells(service, talk, **told)
    for _ in range(3):
        await run_due_timers(service)

    assert await invited(service) == []
    kinds = await desk.events(service, talk)
    assert kinds.count("held_back") == 1
    assert "invited" not in kinds


async def test_nobody_while_the_service_is_closed_or_has_no_officer(service: Service) -> None:
    await silent(service)
    await act(service, end_shift, SARI.id)
    await run_due_timers(service)
    assert await invited(service) == []

    await act(service, start_shift, SARI)
    await closed_now(service)
    await run_due_timers(service)
    assert await invited(service) == []

    await opened_now(service)
    await run_due_timers(service)
    assert len(await invited(service)) == 1


async def test_nobody_whose_conversation_has_an_owner_rests_is_blocked_or_answered_elsewhere(service: Service) -> None:
    owned, rests, blocked, elsewhere, answered = [await silent(service) for _ in range(5)]
    await act(service, ownership.claim, SARI, owned)
    await desk.age(service, rests, snoozed_until=-HOUR)
    async with service.database.transaction() as session:
        contact = select(Conversation.contact_id).where(Conversation.id == blocked).scalar_subquery()
        await session.execute(update(Contact).where(Contact.id == contact).values(blocked_at=now()))
        (await locked(session, elsewhere)).external_control_until = now() + HOUR
        await session.execute(
            update(QueueEntry).where(QueueEntry.conversation_id == answered).values(waiting_since=None)
        )
    await run_due_timers(service)

    assert await invited(service) == []


@pytest.mark.parametrize("channel", [ChannelName.WEB, ChannelName.MESSENGER, ChannelName.INSTAGRAM])
async def test_nobody_on_a_platform_without_templates(service: Service, channel: ChannelName) -> None:
    talk = await silent(service, 9 * 24 * HOUR)
    async with service.database.transaction() as session:
        (await locked(session, talk)).channel = channel
    await run_due_timers(service)

    assert await invited(service) == []
    async with service.database.transaction() as session:
        assert (await board(session, service)).cannot_be_invited == 0


async def test_without_an_approved_template_nothing_goes_the_board_says_so_and_it_goes_once_it_is(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    finnish, swedish = await silent(service), await silent(service, language="sv")
    monkeypatch.setattr(service.templates, "languages", lambda name: ("fi",) if name == INVITATION else ())
    await run_due_timers(service)
    assert [row.conversation_id for row in await invited(service)] == [finnish]
    async with service.database.transaction() as session:
        assert (await board(session, service)).cannot_be_invited == 1

    monkeypatch.undo()
    await run_due_timers(service)
    assert len(await invited(service, swedish)) == 1
    async with service.database.transaction() as session:
        assert (await board(session, service)).cannot_be_invited == 0


# What follows


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("fi", "Kansalainen kutsuttiin jatkamaan"),
        ("sv", "Medborgaren uppmanades att fortsätta"),
        ("en", "The citizen was invited to go on"),
    ],
)
async def test_the_conversation_says_so_in_the_officers_language(
    service: Service, language: str, sentence: str
) -> None:
    talk = await silent(service)
    await run_due_timers(service)
    async with service.database.transaction() as session:
        row = await session.get_one(Conversation, talk)
        items, _ = await load_timeline(session, service.keyring.unwrap(row.wrapped_key), row, language, None, 100)

    assert sentence in [getattr(item, "text", "") for item in items]


async def test_an_invitation_that_waits_is_dropped_once_the_citizen_writes_or_leaves_the_queue(
    service: Service,
) -> None:
    writes, leaves, stays = [await silent(service) for _ in range(3)]
    await run_due_timers(service)
    async with service.database.transaction() as session:
        (await locked(session, writes)).last_citizen_message_at = now()
        await ownership.wait_out(session, service, await locked(session, leaves))
    items = (await outbox.look(service)).items

    assert [item.id for item in items] == [(await invited(service, stays))[0].id]
    assert [(await invited(service, talk))[0].state for talk in (writes, leaves)] == ["dropped", "dropped"]
    (said,) = await desk.said(service, writes)
    assert said.delivery.startswith("not sent: the citizen has written")


async def test_an_officer_still_tells_the_invited_that_an_answer_waits_and_who_was_told_is_not_invited(
    service: Service,
) -> None:
    talk, told = await silent(service), await desk.owned(service)
    await desk.age(service, told, last_citizen_message_at=PAST_WINDOW)
    await act(service, _answer_waits, told)
    await act(service, ownership.release, SARI, told, "shift_ended")
    await run_due_timers(service)
    assert [row.conversation_id for row in await invited(service)] == [talk]

    await act(service, ownership.claim, SARI, talk)
    await act(service, _answer_waits, talk)
    with pytest.raises(ChangeNotAllowed, match="told already"):
        await act(service, _answer_waits, talk)


async def _answer_waits(session: object, service: Service, talk: uuid.UUID) -> None:
    row = await locked(session, talk)  # type: ignore[arg-type]
    await queue_template(session, service, row, "reply_waits", {}, officer=SARI)  # type: ignore[arg-type]


async def test_who_was_invited_is_waited_for_as_long_again(service: Service) -> None:
    await kept_hours(service, "0:00-24:00")
    invited_now, long_ago = await silent(service), await silent(service)
    await desk.age(service, invited_now, queued_at=25 * HOUR, invited_at=2 * HOUR)
    await desk.age(service, long_ago, queued_at=25 * HOUR, invited_at=13 * HOUR)
    await run_due_timers(service)

    assert [(await desk.row(service, talk)).state for talk in (invited_now, long_ago)] == ["waiting", "bot"]
