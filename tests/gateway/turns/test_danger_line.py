"""Checks of danger while the engine is late, dead or busy: it goes first, 112 is said, and officers are alarmed."""

import asyncio
import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update

from gateway.conversations.kinds import Danger, EventKind, InboxEventKind, Priority, ReplyKind, UnaskedKind
from gateway.conversations.models import Conversation, ConversationEvent, InboxEvent, Message, OutboxItem, Turn
from gateway.conversations.told import Consent, DangerState
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys, new_key
from gateway.core.database import Base, now
from gateway.core.leases import acquire
from gateway.handover.models import QueueEntry
from gateway.handover.ownership import claim
from gateway.inbox.process_events import process_messages
from gateway.inbox.store import store_delivery
from gateway.service import Service
from gateway.turns.danger_line import LATE, warn_late
from gateway.turns.pending import pending_conversations
from gateway.turns.run import run_turn
from simulator import Citizen
from tests.worlds import officers as desk
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.officers import SARI
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
BREAK_IN = "apua joku murtautuu meille"
CRISIS = "haluan kuolla"
ORDINARY = "mun tili kaapattiin"


async def rows[Row: Base](service: Service, table: type[Row]) -> list[Row]:
    async with service.database.transaction() as session:
        return list((await session.scalars(select(table))).all())


async def store(service: Service, *messages: dict[str, object]) -> None:
    async with service.database.transaction() as session:
        for each in messages:
            await store_delivery(session, service.keyring, service.channels["whatsapp"], bodies.body(each))


async def sort(service: Service) -> set[uuid.UUID]:
    async with service.database.transaction() as session:
        return (await process_messages(session, service.keyring, service.idle)).urgent


async def quiet(citizen: Citizen, seconds: float) -> None:
    with pytest.raises(TimeoutError):
        await citizen.next_reply(timeout=seconds)


async def make_late(service: Service) -> None:
    async with service.database.transaction() as session:
        for message in await session.scalars(select(Message)):
            message.received_at = now() - LATE - dt.timedelta(milliseconds=1)


async def test_what_may_be_danger_is_processed_and_answered_before_all_that_came_earlier(service: Service) -> None:
    early = [bodies.message(sender=f"35840111{number:04}", body=ORDINARY) for number in range(60)]
    await store(service, *early, bodies.message(sender="358402222222", body=BREAK_IN))
    urgent = await sort(service)
    assert len(await rows(service, Message)) == 1  # no lock of another talk delays it
    for _ in range(2):
        await sort(service)

    (suspected,) = [row for row in await rows(service, InboxEvent) if row.priority == Priority.URGENT]
    assert (suspected.kind, suspected.state) == (InboxEventKind.MESSAGE, "done")
    async with service.database.transaction() as session:
        pending = await pending_conversations(session, service.process)
    assert len(pending) == 61
    assert (next(iter(pending)), [each.urgent for each in pending.values()]) == (
        *urgent,
        [True] + [False] * 60,
    )


@pytest.mark.parametrize(("kind", "expected"), [("emergency", BREAK_IN), ("crisis", CRISIS)])
async def test_the_first_opinion_stands_on_the_message_until_the_engine_has_judged(
    service: Service, kind: str, expected: str
) -> None:
    await store(service, bodies.message(body=expected))
    await sort(service)

    (message,) = await rows(service, Message)
    (conversation,) = await rows(service, Conversation)
    assert (message.suspected, message.warned_at) == (kind, None)
    assert conversation.urgency is None  # no officer is alarmed by a first opinion


async def test_while_the_engine_is_late_danger_gets_112_at_once_and_an_ordinary_message_waits(
    road: Road, engine: ScriptedEngine
) -> None:
    engine.go_on.clear()
    in_danger, other = road.citizen("Aino"), road.citizen("Bertil")
    at = now()
    other.writes(ORDINARY)
    in_danger.writes(BREAK_IN)
    reply = await in_danger.next_reply(timeout=10)

    assert reply.text.startswith("112")
    assert now() - at >= LATE  # an engine that is well would have been first
    (entry,) = await rows(road.service, QueueEntry)
    assert (entry.reason, entry.urgency) == ("suspected", "emergency")
    await quiet(in_danger, 2.5)  # once
    await quiet(other, 0.1)
    engine.go_on.set()
    await other.next_reply(timeout=10)


async def test_the_engines_verdict_confirms_what_was_suspected(road: Road, engine: ScriptedEngine) -> None:
    engine.go_on.clear()
    engine.next_answer = answer("Soita 112.", topic="emergency_now", danger="emergency", escalation=("emergency",))
    citizen = road.citizen()
    citizen.writes(BREAK_IN)
    await citizen.next_reply(timeout=10)
    engine.go_on.set()
    assert "Soita 112." in (await citizen.next_reply(timeout=10)).text

    (entry,) = await rows(road.service, QueueEntry)
    assert (entry.reason, entry.urgency, entry.resolved_at) == ("danger", "emergency", None)


async def test_the_engines_verdict_lifts_what_was_suspected(road: Road, engine: ScriptedEngine) -> None:
    engine.go_on.clear()
    citizen = road.citizen()
    citizen.writes(BREAK_IN)
    await citizen.next_reply(timeout=10)
    engine.go_on.set()
    await citizen.next_reply(timeout=10)

    (entry,) = await rows(road.service, QueueEntry)
    (conversation,) = await rows(road.service, Conversation)
    assert entry.resolved_at is not None
    assert (conversation.state, conversation.urgency) == ("bot", None)
    kinds = [event.kind for event in await rows(road.service, ConversationEvent)]
    assert kinds.index(EventKind.DANGER_LINE) < kinds.index(EventKind.URGENCY_LOWERED)


async def test_a_suspicion_is_not_lifted_where_danger_was_seen_before(service: Service, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("Soita 112.", topic="emergency_now", danger="emergency", escalation=("emergency",))
    await store(service, bodies.message(body=BREAK_IN))
    (talk,) = await sort(service)
    await run_turn(service, talk)
    engine.next_answer = answer("Hei!")
    await store(service, bodies.message(body=BREAK_IN))
    await sort(service)
    await run_turn(service, talk)

    (entry,) = await rows(service, QueueEntry)
    assert (entry.urgency, entry.resolved_at) == ("emergency", None)


@pytest.mark.parametrize(
    ("text", "danger", "first"), [(BREAK_IN, "emergency", "112"), (CRISIS, "crisis", "Jos ajattelet kuolemaa")]
)
async def test_while_the_engine_is_dead_danger_is_noted_ranked_and_answered_with_whom_to_call(
    road: Road, engine: ScriptedEngine, text: str, danger: str, first: str
) -> None:
    engine.next_answer = None
    citizen = road.citizen()
    citizen.writes(text)
    reply = await citizen.next_reply(timeout=10)

    assert reply.text.startswith(first)
    await until(lambda: _is_written(road.service), 20)
    (turn,) = await rows(road.service, Turn)
    (entry,) = await rows(road.service, QueueEntry)
    assert (turn.outcome, turn.danger) == ("engine_failure", danger)
    assert (entry.reason, entry.urgency) == ("suspected", danger)


async def _is_written(service: Service) -> bool:
    return bool(await rows(service, Turn))


async def test_while_the_engine_is_dead_an_ordinary_message_is_no_danger(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = None
    citizen = road.citizen()
    citizen.writes(ORDINARY)
    reply = await citizen.next_reply(timeout=10)

    assert "En pysty vastaamaan juuri nyt" in reply.text
    assert [(turn.outcome, turn.danger) for turn in await rows(road.service, Turn)] == [("engine_failure", None)]


async def test_where_an_officer_has_the_talk_only_the_officer_is_told_and_the_clock_runs(service: Service) -> None:
    await store(service, bodies.message(body=ORDINARY))
    await sort(service)
    (talk,) = [row.id for row in await rows(service, Conversation)]
    await run_turn(service, talk)
    async with service.database.transaction() as session:
        await claim(session, service, SARI, talk)
    before = len(await desk.said(service, talk, author="system"))
    await store(service, bodies.message(body=BREAK_IN))
    await sort(service)
    await make_late(service)
    await warn_late(service)

    entry = await desk.entry(service, talk)
    assert entry.urgency == Danger.EMERGENCY
    assert entry.danger_at is not None
    assert len(await desk.said(service, talk, author="system")) == before


async def test_the_line_is_said_by_whichever_process_is_awake(service: Service) -> None:
    await store(service, bodies.message(body=BREAK_IN))
    (talk,) = await sort(service)
    await acquire(service.database, "a process that is paused", talk)
    await make_late(service)
    await asyncio.gather(warn_late(service), warn_late(service))

    assert [said.text[:3] for said in await desk.said(service, talk, author="system")] == ["112"]


async def test_a_talk_whose_key_is_gone_keeps_112_from_nobody_behind_it(service: Service) -> None:
    for sender in ("358401111111", "358402222222"):
        await store(service, bodies.message(sender=sender, body=BREAK_IN))
    await sort(service)
    broken, behind = sorted(row.id for row in await rows(service, Conversation))
    strange = DataKeys("gone:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").wrap(new_key())
    async with service.database.transaction() as session:
        await session.execute(update(Conversation).where(Conversation.id == broken).values(wrapped_key=strange))
    await make_late(service)
    await warn_late(service)

    assert [said.text[:3] for said in await desk.said(service, behind, author="system")] == ["112"]


async def test_whoever_writes_on_in_fear_is_told_once_in_a_minute(service: Service) -> None:
    await store(service, bodies.message(body=BREAK_IN))
    (talk,) = await sort(service)
    for _ in range(3):
        await make_late(service)
        await warn_late(service)
        await store(service, bodies.message(body="apua se on sisällä"))
        await sort(service)

    assert len(await desk.said(service, talk, author="system")) == 1


async def test_danger_waits_for_no_turn_that_hangs(settings: Settings, engine: ScriptedEngine) -> None:
    engine.go_on.clear()
    async with open_road(settings.model_copy(update={"dialogue_concurrency": 2}), engine) as road:
        for number in range(6):
            road.citizen(f"C{number}").writes(ORDINARY)
        try:
            await until(lambda: _asked(engine, 2))
            road.citizen("Aino").writes(BREAK_IN)
            await until(lambda: _asked(engine, 3))
        finally:
            engine.go_on.set()

    assert (engine.asked[2].text, engine.asked[2].urgent) == (BREAK_IN, True)


async def _asked(engine: ScriptedEngine, count: int) -> bool:
    return len(engine.asked) >= count


@pytest.mark.parametrize("follows", [ORDINARY, BREAK_IN])
async def test_a_greetings_wait_ends_with_what_follows_it(
    settings: Settings, engine: ScriptedEngine, follows: str
) -> None:
    async with open_road(settings.model_copy(update={"turn_hold": 30.0}), engine) as road:
        citizen = road.citizen()
        citizen.writes("hei")
        await quiet(citizen, 1.5)
        citizen.writes(follows)
        await citizen.next_reply(timeout=8)

    assert [request.text for request in engine.asked] == [f"hei\n{follows}"]


async def answered_later(service: Service, text: str, *, told: bool = False) -> tuple[str, str, int]:
    """A message that comes out of an outage eleven minutes later: its outcome, the state of the talk, the replies."""
    message = bodies.message(body=text)
    message["timestamp"] = str(int(message["timestamp"]) - 660)
    await store(service, message)
    await sort(service)
    async with service.database.transaction() as session:
        await session.execute(update(Message).values(warned_at=now() if told else None))
        (talk,) = (await session.scalars(select(Conversation.id))).all()
    await run_turn(service, talk)
    (turn,) = await rows(service, Turn)
    return turn.outcome, (await desk.row(service, talk)).state, len(await rows(service, OutboxItem))


async def test_what_waited_for_more_than_ten_minutes_is_judged_and_put_before_officers_without_a_word(
    service: Service,
) -> None:
    assert await answered_later(service, ORDINARY) == ("too_late", "waiting", 0)
    assert [entry.topic for entry in await rows(service, QueueEntry)] == ["account_hacked"]


@pytest.mark.parametrize(
    ("told", "expected"), [(True, ("too_late", "waiting", 0)), (False, ("answered", "waiting", 1))]
)
async def test_danger_that_waited_so_long_is_answered_only_where_112_was_not_said(
    service: Service, engine: ScriptedEngine, told: bool, expected: tuple[str, str, int]
) -> None:
    engine.next_answer = answer("Soita 112.", topic="emergency_now", danger="emergency", escalation=("emergency",))

    assert await answered_later(service, BREAK_IN, told=told) == expected
    assert [entry.urgency for entry in await rows(service, QueueEntry)] == ["emergency"]


async def makes_late(service: Service, *, minutes: int) -> uuid.UUID:
    """Danger that came out of an outage so many minutes after it was written, while the engine is late too."""
    message = bodies.message(body=BREAK_IN)
    message["timestamp"] = str(int(message["timestamp"]) - 60 * minutes)
    await store(service, message)
    (talk,) = await sort(service)
    await make_late(service)
    return talk


async def test_the_line_is_a_reply_of_its_own_kind(service: Service) -> None:
    await makes_late(service, minutes=9)
    await warn_late(service)

    (item,) = await rows(service, OutboxItem)
    assert (item.reply_kind, item.unasked_kind, item.turn_id) == (ReplyKind.DANGER_LINE, None, None)


async def test_a_line_too_late_to_be_a_reply_goes_only_to_who_asked_for_an_officer(service: Service) -> None:
    talk = await makes_late(service, minutes=11)
    await warn_late(service)
    assert await rows(service, OutboxItem) == []
    assert (await desk.entry(service, talk)).urgency == Danger.EMERGENCY  # officers are alarmed all the same

    async with service.database.transaction() as session:
        await session.execute(update(Message).values(warned_at=None))
    await desk.tells(service, talk, consent=Consent.ASKED)
    await warn_late(service)
    assert [item.unasked_kind for item in await rows(service, OutboxItem)] == [UnaskedKind.LATE_DANGER_LINE]


async def test_danger_that_only_the_screen_has_seen_is_not_remembered_as_told(
    service: Service, engine: ScriptedEngine
) -> None:
    engine.next_answer = None
    await store(service, bodies.message(body=BREAK_IN))
    (talk,) = await sort(service)
    await run_turn(service, talk)

    assert [turn.danger for turn in await rows(service, Turn)] == [Danger.EMERGENCY]
    assert (await desk.tells(service, talk)).danger == DangerState.NONE


async def test_an_engine_that_asks_about_danger_lifts_nothing_and_the_answer_does(
    service: Service, engine: ScriptedEngine
) -> None:
    await store(service, bodies.message(body=BREAK_IN))
    (talk,) = await sort(service)
    await make_late(service)
    await warn_late(service)
    engine.next_answer = answer("Onko joku vaarassa?", possible_danger="emergency")
    await run_turn(service, talk)
    asked = await desk.entry(service, talk)
    engine.next_answer = answer("Hyvä.")
    await store(service, bodies.message(body="ei ole"))
    await sort(service)
    await run_turn(service, talk)
    answered = await desk.entry(service, talk)

    assert (asked.reason, asked.urgency, asked.resolved_at) == ("suspected", Danger.EMERGENCY, None)
    assert (answered.urgency, answered.resolved_at is not None) == (None, True)
