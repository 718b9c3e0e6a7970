"""Checks that health and metrics answer in time, whatever the database, Redis and the engine do."""

import asyncio
import contextlib
import datetime as dt
import math
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import Insert, insert
from sqlalchemy.engine import make_url

from gateway.accounts import audit
from gateway.app import create_app
from gateway.conversations.kinds import InboxEventKind, InboxState, MessageKind, OutboxState, TurnOutcome
from gateway.conversations.models import InboxEvent, Message, OutboxItem, Turn
from gateway.core.config.settings import Settings
from gateway.core.database import Base, now
from gateway.dialogue.engine_pool import rasa_pool
from gateway.ops.parts import PATIENCE
from gateway.ops.probe import Probe
from gateway.ops.stored_state import MOST, look
from gateway.service import Service
from tests.bench.proxy import Wire
from tests.gateway.ops.test_internal import scrape, values
from tests.worlds import officers as desk
from tests.worlds.fake_rasa import FakeRasa
from tests.worlds.ports import free_port
from tests.worlds.road import Road, internal_health, open_road
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.services import TemporaryPostgres
from tests.worlds.tiers import times

pytestmark = pytest.mark.anyio
MANY = times(30_000, 100_000)  # messages; docs/decisions/0032 has the figure for a million
BUSY = 3.0  # a machine that tests on every core is slower than one that serves


@pytest.fixture
def postgres(migrated_postgres: str) -> Iterator[str]:
    database = TemporaryPostgres(migrated_postgres)
    yield database.url
    database.drop()


@pytest.fixture
async def wired(settings_of: Settings, engine: ScriptedEngine, postgres: str) -> AsyncIterator[tuple[Road, Wire]]:
    """A gateway whose database can fall silent: it takes connections and says nothing."""
    address = make_url(postgres)
    wire = Wire(free_port(), to=address.port or 5432, host=address.host or "127.0.0.1")
    await wire.start()
    through = address.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
    try:
        async with open_road(settings_of.model_copy(update={"database_url": through}), engine) as road:
            yield road, wire
            await wire.cut()  # else the gateway would wait at its end for a database that stays silent
    finally:
        await wire.cut()


@pytest.fixture
def settings_of(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(state_dir=tmp_path_factory.mktemp("state"), turn_hold=0.0)


async def test_one_engine_that_hangs_is_down_and_no_other(settings_of: Settings, migrated_sqlite: Path) -> None:
    rasas = [FakeRasa(), FakeRasa()]
    for rasa in rasas:
        await rasa.start()
    rasas[0].delay = 3.0
    pool_urls = tuple(rasa.url for rasa in rasas)
    pool = rasa_pool(pool_urls, "token", 1.0, in_flight=1)
    (settings_of.state_dir / "neuvo.db").write_bytes(migrated_sqlite.read_bytes())
    given = {"database_url": f"sqlite:///{settings_of.state_dir / 'neuvo.db'}", "rasa_url": ",".join(pool_urls)}
    settings = settings_of.model_copy(update=given)
    try:
        async with open_road(settings, pool) as road:
            for _ in range(2):
                async with quickly():
                    found = values(await scrape(road))
                async with quickly():
                    health = (await internal_health(road.app)).json()
                assert (found["neuvo_engine_up", "1"], found["neuvo_engine_up", "2"]) == (0, 1)
                assert health["engines"] == {"1": "down", "2": "ok"}
                assert health["parts"]["dialogue"] == "ok"
    finally:
        for rasa in rasas:
            await rasa.stop()


@pytest.mark.parametrize("silenced", ["before anybody asked", "after a look"])
async def test_with_a_silent_database_metrics_and_health_come_within_a_second(
    wired: tuple[Road, Wire], silenced: str
) -> None:
    road, wire = wired
    if silenced == "after a look":
        async with asyncio.timeout(30):
            while math.isnan(values(await scrape(road))["neuvo_messages_pending",]):
                await asyncio.sleep(0.1)
    wire.freeze()

    for _ in range(3):  # what was asked first still hangs when the next one asks
        async with quickly():
            found = values(await scrape(road))
        async with quickly():
            health = await internal_health(road.app)
        async with quickly(), httpx2.AsyncClient(trust_env=False) as client:
            public = await client.get(f"http://127.0.0.1:{road.settings.port}/health/ready")
        assert found["neuvo_database_up",] == 0
        assert health.json()["parts"]["database"] == "down"
        assert (public.status_code, public.json()) == (200, {"status": "degraded"})  # the spool takes what comes
    # What was seen last is told for a while; the process looked by itself when it began.
    assert not math.isnan(found["neuvo_messages_pending",])

    await wire.mend()

    async def is_back() -> bool:
        return values(await scrape(road))["neuvo_database_up",] == 1

    async with asyncio.timeout(30):
        while not await is_back():
            await asyncio.sleep(0.2)


@contextlib.asynccontextmanager
async def quickly() -> AsyncIterator[None]:
    """Within a second, without the time in which the whole loop had no processor: other tests run beside this one."""
    stalled = 0.0

    async def tick() -> None:
        nonlocal stalled
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            stalled += max(time.monotonic() - began - 0.02, 0)

    began, ticking = time.monotonic(), asyncio.create_task(tick())
    yield
    took = time.monotonic() - began
    ticking.cancel()
    assert took - stalled < 1.0, (took, stalled)


async def test_a_process_that_starts_while_the_database_is_silent_makes_nobody_wait_for_it(
    settings_of: Settings, postgres: str
) -> None:
    address = make_url(postgres)
    wire = Wire(free_port(), to=address.port or 5432, host=address.host or "127.0.0.1")
    await wire.start()
    wire.freeze()
    through = address.set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
    app = create_app(settings_of.model_copy(update={"database_url": through}), ScriptedEngine())
    try:
        async with app.router.lifespan_context(app):
            async with asyncio.timeout(PATIENCE * 0.9):  # without being asked before it would take all of it
                condition = await app.state.parts.condition()
            await wire.cut()  # else the gateway would wait at its end for a database that stays silent
    finally:
        await wire.cut()

    assert not condition.database
    assert condition.accepting


async def test_with_many_rows_a_look_at_what_waits_stays_short(service: Service) -> None:
    talk = await desk.conversation(service)
    turn = Turn(id=uuid.uuid4(), conversation_id=talk, outcome=TurnOutcome.ANSWERED, created_at=now())
    async with service.database.transaction() as session:
        session.add(turn)
        await session.flush()
        for first in range(0, MANY, 5000):
            numbers = range(first, min(first + 5000, MANY))
            await session.execute(into(Message), [_message(talk, turn.id, number) for number in numbers])
            await session.execute(into(InboxEvent), [_event(number) for number in numbers])
            await session.execute(into(OutboxItem), [_sent(talk, turn.id, number) for number in numbers])
        await session.execute(into(Message), [_message(talk, None, MANY + number) for number in range(3)])

    took = []
    for _ in range(5):
        began = time.monotonic()
        state = await look(service.database)
        took.append(time.monotonic() - began)

    assert (state.pending, state.inbox, state.outbox["sending"]) == (3, 0, 0)
    assert min(took) < 0.1 * BUSY, took


async def test_a_backlog_is_counted_as_far_as_it_matters_and_its_age_is_told(service: Service) -> None:
    talk = await desk.conversation(service)
    async with service.database.transaction() as session:
        for first in range(0, MOST + 10, 5005):
            await session.execute(into(Message), [_message(talk, None, first + each) for each in range(5005)])
        await audit.record(session, "operator", "backup_made", "one")

    state = await look(service.database)

    assert state.pending == MOST
    assert 3000 < state.pending_oldest < 4000
    assert state.backup_at is not None
    assert (now() - state.backup_at).total_seconds() < 60


def into(kind: type[Base]) -> Insert:
    """An INSERT without the mapper, which costs as much as the database does where there are many rows."""
    return insert(kind.__table__)  # type: ignore[arg-type]  # every declared class has a Table


def _message(talk: uuid.UUID, turn: uuid.UUID | None, number: int) -> dict[str, object]:
    return {
        "conversation_id": talk,
        "turn_id": turn,
        "kind": MessageKind.TEXT,
        "masked": [],
        "external_fingerprint": number.to_bytes(16),
        "external_id_sealed": b"",
        "sent_at": now() - dt.timedelta(hours=1),
        "received_at": now() - dt.timedelta(hours=1),
    }


def _event(number: int) -> dict[str, object]:
    return {
        "channel": "whatsapp",
        "kind": InboxEventKind.MESSAGE,
        "external_fingerprint": number.to_bytes(16),
        "state": InboxState.DONE,
        "occurred_at": now(),
        "received_at": now(),
    }


def _sent(talk: uuid.UUID, turn: uuid.UUID, number: int) -> dict[str, object]:
    return {
        "id": uuid.uuid4(),
        "sequence": number,
        "conversation_id": talk,
        "turn_id": turn,
        "reply_kind": "answer",
        "author": "bot",
        "state": OutboxState.SENT,
        "due_at": now(),
        "created_at": now(),
        "sent_at": now(),
    }


@pytest.mark.parametrize(
    ("said", "expected"), [(b"+PONG\r\n", "ok"), (b"-NOAUTH Authentication required.\r\n", "down"), (None, "down")]
)
async def test_redis_where_it_is_used_is_a_part_of_health(
    settings: Settings, engine: ScriptedEngine, said: bytes | None, expected: str
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        if said is not None:
            writer.write(said)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        used = settings.model_copy(update={"redis_url": SecretStr(f"redis://127.0.0.1:{port}/0")})
        async with open_road(used, engine) as road:
            health = (await internal_health(road.app)).json()
            found = values(await scrape(road))

    assert health["parts"]["redis"] == expected
    assert health["status"] == ("ready" if expected == "ok" else "degraded")
    assert found["neuvo_redis_up",] == (expected == "ok")


async def test_without_redis_it_is_no_part(road: Road) -> None:
    assert "redis" not in (await internal_health(road.app)).json()["parts"]


async def test_a_question_is_asked_once_while_it_hangs_and_its_answer_is_used_when_it_comes() -> None:
    asked, answers = 0, asyncio.Event()

    async def question() -> str:
        nonlocal asked
        asked += 1
        await answers.wait()
        return "here"

    probe = Probe("part", question)
    assert [await probe.ask(0.01) for _ in range(3)] == [None, None, None]
    assert asked == 1
    answers.set()
    assert await probe.ask(1) == "here"
    assert await probe.ask(1) == "here"
    assert asked == 2


async def test_a_question_that_fails_has_no_answer_and_the_next_may() -> None:
    outcomes = iter(list[OSError | str]([OSError("gone"), "here"]))

    async def question() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, OSError):
            raise outcome
        return outcome

    probe = Probe("part", question, fresh_for=60)
    assert [await probe.ask(1), await probe.ask(1), await probe.ask(1)] == [None, "here", "here"]
