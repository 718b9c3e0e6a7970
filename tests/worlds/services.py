"""Which services this machine has; a missing one skips its part, or fails it where CI demands it."""

import os
import uuid
from pathlib import Path
from typing import Any, NoReturn

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
        self._own = self._connected()
        self._tables = _names(self._own, _TABLES)
        self._seeds = {table: _copied(self._own, table) for table in self._filled()}
        self._counters = dict(_rows(self._own, _COUNTERS))

    def empty(self) -> None:
        """Leave what the migrations left: whoever is connected is cut off, rows and counters go, triggers return."""
        try:
            self._empty()
        except psycopg.OperationalError:  # a test of outages has cut us off as well
            self._own = self._connected()
            self._empty()

    def drop(self) -> None:
        self._own.close()
        super().drop()

    def _empty(self) -> None:
        self._own.execute(_CUT_OFF.encode())
        for table, trigger in _rows(self._own, _DISABLED):
            self._own.execute(f'ALTER TABLE {table} ENABLE TRIGGER "{trigger}"'.encode())
        spoilt = {name for name, rows in self._seeds.items() if _copied(self._own, name) != rows}
        old = (self._filled() - set(self._seeds)) | spoilt
        # Few rows go sooner one by one than with the files of their tables and indexes.
        for table in old:
            gone = self._own.execute(f'DELETE FROM "{table}"'.encode()).rowcount
            if gone > _MANY_ROWS:  # else every test after this one reads over what it left
                self._own.execute(f'VACUUM (ANALYZE) "{table}"'.encode())
        for table in spoilt:
            with self._own.cursor().copy(f'COPY "{table}" FROM STDIN'.encode()) as copy:
                copy.write(self._seeds[table])
        for name, value in _rows(self._own, _COUNTERS):
            if value != self._counters[name]:
                first = self._counters[name]
                self._own.execute(f"SELECT setval('{name}', {first or 1}, {str(first is not None).lower()})".encode())

    def _connected(self) -> psycopg.Connection:
        address = make_url(POSTGRES).set(database=self.name).render_as_string(hide_password=False)
        connection = psycopg.connect(address, autocommit=True)
        connection.execute("SET session_replication_role = replica")  # no trigger and no reference is in the way
        return connection

    def _filled(self) -> set[str]:
        asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in self._tables)
        return set(_names(self._own, asked))


_MANY_ROWS = 1000
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_COUNTERS = "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'"
_DISABLED = "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'"
# Each is waited for (milliseconds): what it was writing must not come after what is deleted.
_CUT_OFF = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


def _rows(connection: psycopg.Connection, asked: str) -> list[tuple[str, Any]]:
    return [(str(name), value) for name, value in connection.execute(asked.encode())]


def _names(connection: psycopg.Connection, asked: str) -> list[str]:
    return [str(name) for (name,) in connection.execute(asked.encode())]


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(f'COPY "{table}" TO STDOUT'.encode()) as copy:
        return b"".join(bytes(part) for part in copy)
