"""Checks of the connections of the road: whoever is cancelled on one of them ends, and nobody finds it broken."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import cast

import pytest
from sqlalchemy import event, text
from sqlalchemy.pool import QueuePool

from gateway.core.driver import Step
from gateway.core.sqlite import BUSY_TIMEOUT
from gateway.service import Service

pytestmark = pytest.mark.anyio
SLOW = {
    True: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT count(*) FROM n",
    False: "SELECT pg_sleep(5)",
}


WRITES = text("UPDATE contact SET language = NULL")


async def on_the_road(service: Service, begun: asyncio.Event) -> None:
    async with service.database.direct() as session:
        await session._go([Step("SELECT 1", ())])
        begun.set()
        session._queue.append((Step(SLOW[service.database.is_sqlite], ()), False))
        await session._go([])


async def handed_over(service: Service, begun: asyncio.Event) -> None:
    """SQLAlchemy's own session is in the middle of a statement, on a connection of the road."""
    async with service.database.direct() as session:
        await session.execute(text("SELECT 1"))
        begun.set()
        await session.execute(text(SLOW[service.database.is_sqlite]))


async def on_a_page(service: Service, begun: asyncio.Event) -> None:
    async with service.database.transaction() as session:
        await session.execute(text("SELECT 1"))
        begun.set()
        await session.execute(text(SLOW[service.database.is_sqlite]))


@pytest.mark.timeout(60, method="thread")  # without the defence it would wait for ever
@pytest.mark.parametrize("work", [on_the_road, handed_over, on_a_page])
async def test_who_is_cancelled_in_the_middle_of_a_statement_hears_of_that_and_keeps_nobody_out(
    service: Service, work: Callable[[Service, asyncio.Event], Coroutine[None, None, None]]
) -> None:
    cancelled = list[object]()
    for wait in (0.0, 0.002, 0.02, None):
        begun = asyncio.Event()
        task = asyncio.create_task(work(service, begun))
        if wait is None:
            await begun.wait()
        await asyncio.sleep(0.02 if wait is None else wait)
        task.cancel()
        cancelled += await asyncio.gather(task, return_exceptions=True)  # kept, as a log keeps a traceback

    assert [type(each) for each in cancelled] == [asyncio.CancelledError] * 4
    began = time.monotonic()
    for transaction in (service.database.direct, service.database.transaction):
        async with transaction() as session:
            await session.execute(WRITES)
    assert time.monotonic() - began < BUSY_TIMEOUT / 1000


async def test_who_is_cancelled_while_an_idle_connection_is_tried_takes_it_along_nowhere(service: Service) -> None:
    connections = service.database._connections
    for _ in range(5):
        taken, driver = await connections.take()
        await connections.give_back(taken, driver)
        connections._idle = [(taken, driver, float("-inf"))]  # for so long that it is tried first
        task = asyncio.create_task(connections.take())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    assert (connections._idle, cast(QueuePool, service.database._road.pool).checkedout()) == ([], 0)


async def test_at_the_end_nobody_keeps_a_connection_however_late_it_is_given_back(service: Service) -> None:
    used, closed = list[object](), list[object]()
    for engine in {service.database.engine, service.database._road}:
        event.listen(engine.sync_engine, "checkout", lambda connection, *_: used.append(connection))
        event.listen(engine.sync_engine, "close", lambda connection, *_: closed.append(connection))
    begun = asyncio.Event()
    tasks = [asyncio.create_task(work(service, begun)) for work in (on_the_road, handed_over, on_a_page)]
    await begun.wait()
    await asyncio.sleep(0.05)
    for task in tasks:
        task.cancel()
    await asyncio.sleep(0)

    await service.database.close()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert used
    assert set(map(id, used)) <= set(map(id, closed))
