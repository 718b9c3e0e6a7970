"""Checks of danger while the database is away: 112 is said, once, and never where an officer has the talk."""

import asyncio

import pytest
from sqlalchemy import select

from gateway.conversations.kinds import EventKind
from gateway.conversations.models import Conversation, ConversationEvent, Message
from gateway.core.config.settings import Settings
from gateway.core.database import Base
from gateway.handover.ownership import claim
from gateway.inbox.receive import drain
from gateway.service import Service
from simulator import Citizen, GraphFault
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.officers import SARI
from tests.worlds.outage import away
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
BREAK_IN = "apua joku murtautuu meille"
ORDINARY = "mun tili kaapattiin"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A database that fails is given up soon."""
    return settings.model_copy(update={"storage_timeout": 0.3})


async def rows[Row: Base](service: Service, table: type[Row]) -> list[Row]:
    async with service.database.transaction() as session:
        return list((await session.scalars(select(table))).all())


async def writes(road: Road, citizen: Citizen, text: str) -> int:
    """A delivery by hand, because the phone's own are delivered only in a moment."""
    road.simulator.state.last_heard[bodies.NUMBER, citizen.phone.id] = road.simulator.clock.now()
    return await road.post(bodies.body(bodies.message(sender=str(citizen.phone.number), body=text)))


async def quiet(citizen: Citizen, seconds: float) -> None:
    with pytest.raises(TimeoutError):
        await citizen.next_reply(timeout=seconds)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (BREAK_IN, "112 – soita heti"),
        ("någon försöker bryta sig in hos oss nu", "112 – ring genast"),
        ("someone is breaking into our house right now", "112 – call now"),
        ("haluan kuolla", "Jos ajattelet kuolemaa"),
    ],
)
async def test_while_the_database_is_away_danger_is_told_whom_to_call_in_its_language(
    road: Road, settings: Settings, text: str, first: str
) -> None:
    in_danger, other = road.citizen("Aino"), road.citizen("Bertil")
    async with away(settings.database_url):
        assert await writes(road, other, ORDINARY) == 200
        assert await writes(road, in_danger, text) == 200
        reply = await in_danger.next_reply(timeout=10)
        await quiet(other, 0.3)

    assert reply.text.startswith(first)
    assert sum(line in reply.text for line in ("soita heti", "ring genast", "call now")) <= 1


async def test_it_is_said_once_for_an_outage_and_what_was_said_is_in_the_record(
    road: Road, engine: ScriptedEngine, settings: Settings
) -> None:
    citizen = road.citizen()
    async with away(settings.database_url):
        await writes(road, citizen, BREAK_IN)
        await citizen.next_reply(timeout=10)
        await writes(road, citizen, "apua se on sisällä")
        await quiet(citizen, 1.0)
    await until(lambda: _asked(engine, "sisällä"), 20)
    await citizen.next_reply(timeout=10)

    told = [message.warned_at is not None for message in await rows(road.service, Message)]
    assert sorted(told) == [False, True]
    events = [event.kind for event in await rows(road.service, ConversationEvent)]
    assert events.count(EventKind.DANGER_LINE) == 1


async def _asked(engine: ScriptedEngine, word: str) -> bool:
    return any(word in (request.text or "") for request in engine.asked)


async def test_in_the_next_outage_it_may_be_said_again(road: Road, engine: ScriptedEngine, settings: Settings) -> None:
    citizen = road.citizen()
    for number in range(2):
        async with away(settings.database_url):
            await writes(road, citizen, f"{BREAK_IN} {number}")
            assert (await citizen.next_reply(timeout=10)).text.startswith("112")
        await until(lambda number=number: _asked(engine, f"meille {number}"), 20)  # type: ignore[misc]
        await citizen.next_reply(timeout=10)
        await until(lambda: _is_drained(road), 20)
        await asyncio.sleep(1.2)


async def _is_drained(road: Road) -> bool:
    return not road.service.spool.has_backlog()


async def test_it_is_not_said_where_an_officer_is_known_to_have_the_talk(road: Road, settings: Settings) -> None:
    citizen = road.citizen()
    citizen.writes(ORDINARY)
    await citizen.next_reply(timeout=10)
    (talk,) = [row.id for row in await rows(road.service, Conversation)]
    async with road.service.database.transaction() as session:
        await claim(session, road.service, SARI, talk)
    await until(lambda: _knows(road), 10)
    async with away(settings.database_url):
        assert await writes(road, citizen, BREAK_IN) == 200
        await quiet(citizen, 1.5)


async def _knows(road: Road) -> bool:
    return bool(road.service.outage_line._held)


async def test_it_is_said_too_when_not_even_the_spool_takes_the_delivery(
    settings: Settings, engine: ScriptedEngine
) -> None:
    async with open_road(settings.model_copy(update={"spool_size_limit": 1}), engine) as road:
        citizen = road.citizen()
        async with away(settings.database_url):
            assert await writes(road, citizen, BREAK_IN) == 503
            assert (await citizen.next_reply(timeout=10)).text.startswith("112")
            assert await drain(road.service) is False  # a spool that took nothing is empty, and the outage goes on
            assert await writes(road, citizen, BREAK_IN) == 503
            await quiet(citizen, 0.5)


async def test_what_the_platform_could_not_take_is_said_again(road: Road, settings: Settings) -> None:
    citizen = road.citizen()
    road.fault(GraphFault(http_status=500, times=1))
    async with away(settings.database_url):
        await writes(road, citizen, BREAK_IN)
        assert (await citizen.next_reply(timeout=10)).text.startswith("112")


async def test_what_the_platform_delivers_too_late_for_a_reply_is_not_answered_past_the_gate(
    road: Road, settings: Settings
) -> None:
    citizen = road.citizen()
    road.simulator.state.last_heard[bodies.NUMBER, citizen.phone.id] = road.simulator.clock.now()
    message = bodies.message(sender=str(citizen.phone.number), body=BREAK_IN)
    message["timestamp"] = str(int(message["timestamp"]) - 660)
    async with away(settings.database_url):
        assert await road.post(bodies.body(message)) == 200
        await quiet(citizen, 1.5)


async def test_who_was_told_is_noted_in_the_line_of_the_spool(service: Service) -> None:
    await service.spool.append("whatsapp", b"{}", {"a" * 32, "b" * 32})
    (line,) = (service.settings.spool_folder / "incoming.spool").read_bytes().splitlines(keepends=True)
    opened = service.spool.open_line(line)

    assert opened is not None
    assert (opened.channel, opened.body, opened.told) == ("whatsapp", b"{}", frozenset({"a" * 32, "b" * 32}))
    assert b"a" * 32 not in line  # sealed like the delivery
