"""Checks of the driver below SQLAlchemy on PostgreSQL: one pipeline, one parse, and a connection that stays usable."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError

from gateway.core.database import PAGE_CONNECTIONS, ROAD_CONNECTIONS, Database
from gateway.core.driver import Driver, Step
from gateway.service import Service

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
POSTGRES_ALLOWS = 100 - 3  # connections, of which three are kept for its operator
PROCESSES = 8


async def values_of(driver: Driver, *steps: Step) -> list[Any]:
    return [outcome.rows[0][0] if outcome.rows else None for outcome in await driver.go(steps)]


async def road(service: Service) -> tuple[Any, Driver]:
    return await service.database._connections.take()


async def test_several_statements_are_answered_in_their_order(service: Service) -> None:
    taken, driver = await road(service)

    found = await driver.go([Step("SELECT $1::int AS one, $2::text AS two", (1, "ä")), Step("SELECT NULL", ())])

    await service.database._connections.give_back(taken, driver)
    assert [each.rows for each in found] == [[(1, "ä")], [(None,)]]
    assert found[0].names() == ["one", "two"]


async def test_a_statement_is_parsed_once_for_each_connection(service: Service) -> None:
    taken, driver = await road(service)
    mine = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 41 +%'"

    for number in range(3):
        assert await values_of(driver, Step("SELECT 41 + $1::int", (number,))) == [41 + number]

    assert await values_of(driver, Step(mine, ())) == [1]
    await service.database._connections.give_back(taken, driver)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (Step("SELECT nothing_of_the_kind", ()), ProgrammingError),
        (Step("SELECT 1 / $1::int", (0,)), DBAPIError),
        (Step("INSERT INTO turn (id) VALUES (gen_random_uuid())", ()), IntegrityError),
    ],
)
async def test_what_fails_fails_with_what_came_before_and_the_connection_stays(
    service: Service, wrong: Step, error: type[Exception]
) -> None:
    taken, driver = await road(service)
    made = Step("CREATE TABLE made (number int)", ())

    for _ in range(2):  # the second time the server may have parsed it
        with pytest.raises(error):
            await driver.go([made, wrong, Step("SELECT 'never'", ())], begin=True, commit=True)
        await driver.rollback()

    assert await values_of(driver, Step("SELECT to_regclass('made')::text", ()), Step("SELECT 'never'", ())) == [
        None,
        "never",
    ]
    await service.database._connections.give_back(taken, driver)


async def test_who_is_cancelled_leaves_no_answer_to_the_next(service: Service) -> None:
    async def slow() -> None:
        async with service.database.direct() as session:
            session._queue.append((Step("SELECT pg_sleep(5)", ()), False))
            await session._go([])

    task = asyncio.create_task(slow())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    taken, driver = await road(service)
    assert await values_of(driver, Step("SELECT 7", ())) == [7]
    await service.database._connections.give_back(taken, driver)


async def test_more_at_a_time_than_there_are_connections_wait_for_one(service: Service) -> None:
    async def asks(number: int) -> int:
        taken, driver = await road(service)
        found = await values_of(driver, Step("SELECT $1::int FROM pg_sleep(0.02)", (number,)))
        await service.database._connections.give_back(taken, driver)
        return int(found[0])

    assert await asyncio.gather(*map(asks, range(5 * ROAD_CONNECTIONS))) == [*range(5 * ROAD_CONNECTIONS)]


async def test_eight_processes_fit_into_what_postgresql_allows_by_default(service: Service) -> None:
    listening = 1

    assert isinstance(service.database, Database)
    assert PROCESSES * (PAGE_CONNECTIONS + ROAD_CONNECTIONS + listening) <= POSTGRES_ALLOWS
