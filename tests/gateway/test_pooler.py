"""The road through PgBouncer in transaction mode: what must be set there, and that nothing is lost or doubled."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from gateway.conversations.models import Message, OutboxItem
from gateway.core.config.settings import Settings
from gateway.core.database import Database
from gateway.core.pubsub import Signals
from tests.worlds.pooler import pooler
from tests.worlds.road import open_road
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.services import TemporaryPostgres

pytestmark = pytest.mark.anyio


@pytest.fixture
def direct(migrated_postgres: str) -> Iterator[str]:
    """A database of PostgreSQL, by its own address."""
    made = TemporaryPostgres(template=migrated_postgres)
    yield made.url
    made.drop()


def through(address: str, direct: str) -> str:
    return f"{address}/{make_url(direct).database}"


@pytest.fixture
async def pooled(tmp_path: Path, direct: str) -> AsyncIterator[str]:
    with pooler(tmp_path / "pooler") as address:
        yield through(address, direct)


async def test_many_talks_through_a_few_connections_lose_and_double_nothing(
    tmp_path: Path, engine: ScriptedEngine, pooled: str, direct: str
) -> None:
    settings = Settings(
        database_url=pooled, direct_database_url=SecretStr(direct), state_dir=tmp_path / "state", turn_hold=0.0
    )
    async with open_road(settings, engine, pair_limit=False) as road:
        citizens = [road.citizen() for _ in range(12)]
        for number in range(4):
            for each in citizens:
                each.writes(f"mun tili hakkeroitiin {number}")
            await asyncio.gather(*(each.next_reply(timeout=30) for each in citizens))
        async with road.service.database.transaction() as session:
            counts = [await session.scalar(select(func.count()).select_from(each)) for each in (Message, OutboxItem)]
            states = set(await session.scalars(select(OutboxItem.state)))
    assert counts == [48, 48]
    assert states == {"sent"}


async def test_what_many_clients_prepare_is_prepared_once_for_each_connection_of_the_server(pooled: str) -> None:
    databases = [Database(pooled) for _ in range(4)]
    try:
        for _ in range(20):
            found = await asyncio.gather(*(each.execute_autocommit(text("SELECT 41 + 1")) for each in databases))
            assert [rows[0][0] for rows in found] == [42] * 4
    finally:
        for each in databases:
            await each.close()


async def asked_often(database: Database) -> None:
    for _ in range(40):
        await database.execute_autocommit(text("SELECT :value"), {"value": "1"})


async def test_without_prepared_statements_in_the_pooler_nothing_works(tmp_path: Path, direct: str) -> None:
    with pooler(tmp_path / "pooler", max_prepared_statements="0", default_pool_size="1") as address:
        databases = [Database(through(address, direct)) for _ in range(3)]
        try:
            with pytest.raises(SQLAlchemyError):
                await asyncio.gather(*(asked_often(each) for each in databases))
        finally:
            for each in databases:
                await each.close()


async def test_without_the_ignored_parameter_nobody_is_let_in(tmp_path: Path, direct: str) -> None:
    with pooler(tmp_path / "pooler", ignore_startup_parameters="extra_float_digits") as address:
        database = Database(through(address, direct))
        try:
            with pytest.raises(SQLAlchemyError, match="idle_in_transaction_session_timeout"):
                await database.execute_autocommit(text("SELECT 1"))
        finally:
            await database.close()


async def heard(pooled: str, listens_at: str) -> bool:
    """Whether a signal of another process is heard within two seconds."""
    here, there = Database(pooled), Database(pooled)
    sender, listener = Signals(here), Signals(there, listens_at)
    try:
        async with listener.listen("outbox") as signals:
            listener.deliver([])
            await asyncio.sleep(3)  # what it is told at the beginning, lest it missed something
            listener._listeners.copy().pop()._queue.clear()
            sender.tell([("outbox", "7f")])
            try:
                async with asyncio.timeout(2):
                    return await anext(signals) == ("outbox", "7f")
            except TimeoutError:
                return False
    finally:
        await sender.close()
        await listener.close()
        await here.close()
        await there.close()


async def test_signals_are_heard_by_the_direct_address_alone(pooled: str, direct: str) -> None:
    assert await heard(pooled, direct)
    assert not await heard(pooled, "")


async def test_a_statement_that_is_cancelled_frees_its_connection(pooled: str, direct: str) -> None:
    database = Database(pooled)
    try:
        for _ in range(8):  # more than the pooler has
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await database.execute_autocommit(text("SELECT pg_sleep(20)"))
        assert (await database.execute_autocommit(text("SELECT 1")))[0][0] == 1
        with psycopg.connect(direct) as connection:
            busy = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep%'"
                " AND state = 'active' AND pid <> pg_backend_pid()"
            ).fetchone()
        assert busy == (0,)
    finally:
        await database.close()
