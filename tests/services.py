"""Checks: which services this machine has; a missing one skips its part, or fails it where CI demands it."""

import os
import uuid
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from sqlalchemy.engine import make_url

POSTGRES = os.environ.get("NEUVO_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
# The shell without the browser's own windows asks a third of the processor for the same pages.
CHROMIUM = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]
if "NEUVO_TEST_CHROMIUM" in os.environ:
    CHROMIUM = [Path(os.environ["NEUVO_TEST_CHROMIUM"])]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def missing(what: str, how: str) -> NoReturn:
    """Skip, or fail where NEUVO_REQUIRE_SERVICES=1 says that every service must be there."""
    sentence = f"{what} is not here, so this part was not checked; {how}"
    if os.environ.get("NEUVO_REQUIRE_SERVICES") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


def need_postgres() -> None:
    """Go on only where PostgreSQL answers."""
    try:
        psycopg.connect(POSTGRES, connect_timeout=3, autocommit=True).close()
    except psycopg.OperationalError:
        missing("PostgreSQL", "start one and give its address in NEUVO_TEST_POSTGRES.")


def need_chromium() -> str:
    """The browser's path, where there is one."""
    for path in CHROMIUM:
        if path.exists():
            return str(path)
    missing("Chromium", "install Debian's package chromium-headless-shell or give a path in NEUVO_TEST_CHROMIUM.")


class TemporaryPostgres:
    """A database of one test, made from a template that is migrated already."""

    def __init__(self, template: str | None = None) -> None:
        self.name = f"neuvo_test_{uuid.uuid4().hex[:12]}"
        self._run(f'CREATE DATABASE "{self.name}"' + (f' TEMPLATE "{template}"' if template else ""))

    @property
    def url(self) -> str:
        """Its address."""
        return make_url(POSTGRES).set(database=self.name).render_as_string(hide_password=False)

    def drop(self) -> None:
        """Remove it, whoever is still connected."""
        self._run(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    @staticmethod
    def _run(statement: str) -> None:
        with psycopg.connect(POSTGRES, autocommit=True) as connection:
            connection.execute(statement.encode())


class ReusedPostgres(TemporaryPostgres):
    """One database for many tests, emptied before each: to create and drop one costs two seconds of the disk."""

    def __init__(self, template: str) -> None:
        super().__init__(template)
        # Nothing here outlives a power cut, so nobody waits for the disk.
        self._run(f'ALTER DATABASE "{self.name}" SET synchronous_commit = off')
        with self._connected() as connection:
            self._seeds = {table: _copied(connection, table) for table in self._filled(connection)}

    def empty(self) -> None:
        """Leave what the migrations left: whoever is connected is cut off, rows and counters go, triggers return."""
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'")
        with self._connected() as connection:
            guarded = _names(connection, _GUARDED)
            filled = self._filled(connection) - {name for name in self._seeds if self._is_seed(connection, name)}
            if filled:
                _each(connection, "DISABLE", guarded)
                tables = ", ".join(f'"{name}"' for name in filled)
                connection.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE".encode())
            _each(connection, "ENABLE", guarded)
            for table, rows in self._seeds.items():
                if not self._is_seed(connection, table):
                    connection.execute(f'DELETE FROM "{table}"'.encode())
                    with connection.cursor().copy(f'COPY "{table}" FROM STDIN'.encode()) as copy:
                        copy.write(rows)

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(make_url(POSTGRES).set(database=self.name).render_as_string(hide_password=False))

    def _is_seed(self, connection: psycopg.Connection, table: str) -> bool:
        return _copied(connection, table) == self._seeds[table]

    @staticmethod
    def _filled(connection: psycopg.Connection) -> set[str]:
        tables = _names(connection, _TABLES)
        asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in tables)
        return set(_names(connection, asked))


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_GUARDED = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"


def _names(connection: psycopg.Connection, asked: str) -> list[str]:
    return [str(name) for (name,) in connection.execute(asked.encode())]


def _each(connection: psycopg.Connection, verb: str, tables: list[str]) -> None:
    for table in tables:
        connection.execute(f"ALTER TABLE {table} {verb} TRIGGER USER".encode())


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as copy:
        return b"".join(bytes(part) for part in copy)
