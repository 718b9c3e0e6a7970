"""Checks of the database's roles: who serves can neither change the audit log nor switch off what guards it."""

import contextlib
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError

from gateway.accounts import audit, audit_chain
from gateway.app import create_service
from gateway.core.config.settings import Settings
from gateway.core.database_roles import READER, SERVICE, grant
from gateway.ops.doctor import Grade, examine, login_powers
from tests.worlds.services import POSTGRES

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


@pytest.fixture
def login(database_url: str) -> Iterator[str]:
    """The address of the database for a login that is a member of the service's role alone."""
    name = f"neuvo_login_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        for role in (SERVICE, READER):
            with contextlib.suppress(psycopg.errors.DuplicateObject):
                connection.execute(f"CREATE ROLE {role} NOLOGIN".encode())
        connection.execute(f"CREATE ROLE {name} LOGIN IN ROLE {SERVICE}".encode())
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        grant(connection)
    engine.dispose()
    yield make_url(database_url).set(username=name).render_as_string(hide_password=False)
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f"DROP ROLE {name}".encode())


async def test_the_login_of_the_service_does_its_work_and_writes_the_audit_log(settings: Settings, login: str) -> None:
    service = create_service(settings.model_copy(update={"database_url": login}))
    try:
        async with service.database.transaction() as session:
            await service.keyring.load(session)
            await audit.record(session, "operator", "tried", "roles")
        async with service.database.transaction() as session:
            assert (await audit_chain.verify(session)).entries == 1
    finally:
        await service.close()


def test_two_that_grant_at_the_same_time_wait_for_each_other(database_url: str, login: str) -> None:
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))

    def again(_: int) -> None:
        for _ in range(10):
            with engine.begin() as connection:
                grant(connection)

    with ThreadPoolExecutor(2) as both:
        assert list(both.map(again, range(2))) == [None, None]
    engine.dispose()


@pytest.mark.parametrize(
    "order",
    [
        "UPDATE audit_entry SET actor = 'nobody'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_entry_no_change ON audit_entry",
        "DROP FUNCTION audit_entry_only_grows CASCADE",
        "SET session_replication_role = replica",
        "DROP TABLE message",
    ],
)
async def test_it_cannot_change_the_log_nor_switch_off_what_guards_it(login: str, order: str) -> None:
    engine = create_engine(make_url(login).set(drivername="postgresql+psycopg"))
    try:
        with pytest.raises(ProgrammingError), engine.begin() as connection:
            connection.execute(text(order))
    finally:
        engine.dispose()


async def test_production_hears_what_a_login_may_that_it_must_not(settings: Settings, login: str) -> None:
    of_service = settings.model_copy(update={"database_url": login})

    assert (await login_powers(of_service)).sentence() == ""
    assert "is a superuser" in (await login_powers(settings)).sentence()


async def test_the_doctor_says_of_each_part_whether_it_is_sound(settings: Settings, login: str) -> None:
    found = {each.part: each async for each in examine(settings.model_copy(update={"database_url": login}))}

    assert {part: found[part].grade for part in ("database", "role", "clock", "disk", "engine")} == {
        "database": Grade.GOOD, "role": Grade.GOOD, "clock": Grade.GOOD, "disk": Grade.GOOD, "engine": Grade.BAD,
    }  # fmt: skip
    as_owner = {each.part: each.grade async for each in examine(settings)}
    assert as_owner["role"] is Grade.BAD
