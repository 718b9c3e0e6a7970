"""Checks that an operator is told why a message got no answer, by any of its ids, and never its words."""

import datetime as dt
import re
import uuid
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, update

from gateway.accounts.models import AuditEntry
from gateway.conversations.kinds import ConversationState, FailureClass, OutboxState, TurnOutcome, WaitReason
from gateway.conversations.models import Conversation, Message, OutboxItem, Turn
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.handover.ownership import claim
from gateway.ops.trace import NothingFound, trace
from gateway.ops.trace_words import FAILURES, OUTCOMES, REPLIES, WAITS
from gateway.service import Service
from gateway.turns.run import run_turn
from tests.gateway.handover.test_ownership import act
from tests.worlds import officers as desk
from tests.worlds.officers import SARI
from tests.worlds.road import Road, until
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
WORDS = "salaisuus jonka kukaan ei saa tietää"


async def one[Row: (Message, Turn, OutboxItem, Conversation)](service: Service, table: type[Row]) -> Row:
    async with service.database.transaction() as session:
        return (await session.scalars(select(table))).one()


async def waiting(service: Service) -> uuid.UUID:
    """A conversation with one message that no turn has answered."""
    talk = await desk.conversation(service)
    await desk.writes(service, talk, WORDS)
    return talk


async def test_an_answered_message_is_told_from_the_phone_to_the_phone_by_each_of_its_ids(road: Road) -> None:
    citizen = road.citizen("Aino")
    citizen.writes(WORDS)
    await citizen.next_reply()

    async def has_arrived() -> bool:
        return (await one(road.service, OutboxItem)).delivery_rank >= 2

    await until(has_arrived)
    message, turn = await one(road.service, Message), await one(road.service, Turn)
    reply = await one(road.service, OutboxItem)
    by_message = await trace(road.service.settings, str(message.id))

    told = re.sub(r"(?m)^  \S+ \S+  ", "", by_message)
    stations = ("sent, says", "received as event", ": processed", f"turn {turn.id.hex}", ": queued", ": accepted")
    assert [told.index(each) for each in stations] == sorted(told.index(each) for each in stations)
    assert "delivered" in by_message
    assert "→" not in by_message
    for other in (turn.id.hex, str(reply.id)):
        assert await trace(road.service.settings, other) == by_message
    whole = await trace(road.service.settings, message.conversation_id.hex)
    assert set(told.splitlines()) <= set(re.sub(r"(?m)^  \S+ \S+  ", "", whole).splitlines())
    for personal in (WORDS, "salaisuus", "Aino", str(citizen.phone.number), citizen.phone.user_id, "wamid"):
        assert personal not in by_message + whole


async def test_an_engine_that_is_dead_is_named_and_so_is_what_was_done_instead(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await waiting(service)
    engine.next_answer = None
    await run_turn(service, talk)

    told = await trace(service.settings, str((await one(service, Message)).id))

    assert OUTCOMES[TurnOutcome.ENGINE_FAILURE] in told
    assert "entered the officers' queue" in told
    assert ": queued" in told


async def test_what_an_officer_holds_says_so_and_names_nobody(service: Service) -> None:
    talk = await waiting(service)
    await act(service, claim, SARI, talk)
    await run_turn(service, talk)

    told = await trace(service.settings, talk.hex)

    assert "an officer took the conversation" in told
    assert f"has no reply: {OUTCOMES[TurnOutcome.NOT_ANSWERED]}" in told
    assert f"now {ConversationState.OFFICER}" in told
    assert SARI.name not in told


async def _fail(service: Service) -> None:
    await _change(service, state=OutboxState.FAILED, error_class=FailureClass.UNDELIVERABLE, error_code=131026)


async def _drop(service: Service) -> None:
    await _change(service, state=OutboxState.DROPPED)


async def _retry(service: Service) -> None:
    await _change(service, waits_for="retry", error_class=FailureClass.RETRY)


async def _change(service: Service, **values: object) -> None:
    async with service.database.transaction() as session:
        await session.execute(update(OutboxItem).values(**values))


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (_fail, [FAILURES[FailureClass.UNDELIVERABLE], "code 131026", REPLIES[OutboxState.FAILED]]),
        (_drop, [REPLIES[OutboxState.DROPPED]]),
        (_retry, [FAILURES[FailureClass.RETRY], "for the next attempt"]),
    ],
    ids=["failed", "dropped", "retried"],
)
async def test_what_became_of_a_reply_that_did_not_go_out(
    service: Service, happens: Callable[[Service], Awaitable[None]], said: list[str]
) -> None:
    await run_turn(service, await waiting(service))
    await happens(service)

    told = await trace(service.settings, str((await one(service, OutboxItem)).id))

    assert [each for each in said if each not in told] == []


async def test_a_message_that_waits_says_for_what(service: Service) -> None:
    await waiting(service)

    assert "no gateway process is alive" in await trace(service.settings, str((await one(service, Message)).id))


async def test_looking_is_recorded_without_the_conversations_id(service: Service) -> None:
    talk = await waiting(service)
    await trace(service.settings, talk.hex)

    async with service.database.transaction() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "message_traced"))).one()
    assert entry.actor == "operator"
    assert talk.hex not in entry.subject


@pytest.mark.parametrize("wanted", ["1", "99999999999999999999999", "hei", "0" * 32, "½"])
async def test_what_is_not_there_says_what_it_may_be(settings: Settings, service: Service, wanted: str) -> None:
    with pytest.raises(NothingFound, match="erased"):
        await trace(settings, wanted)


def test_every_outcome_state_and_reason_has_words() -> None:
    assert OUTCOMES.keys() == set(TurnOutcome)
    assert FAILURES.keys() == set(FailureClass)
    assert REPLIES.keys() == set(OutboxState)
    assert WAITS.keys() == {None, *WaitReason}


async def test_without_an_id_what_has_waited_longest_is_told(service: Service) -> None:
    with pytest.raises(NothingFound, match="Nothing waits"):
        await trace(service.settings, None)
    answered = await waiting(service)
    await run_turn(service, answered)
    await _change(service, due_at=now() - dt.timedelta(minutes=1))  # nobody sends here
    await waiting(service)
    older = await waiting(service)
    assert answered.hex in await trace(service.settings, None)

    async with service.database.transaction() as session:
        since = now() - dt.timedelta(hours=1)
        await session.execute(update(Message).where(Message.conversation_id == older).values(received_at=since))

    assert older.hex in await trace(service.settings, None)
