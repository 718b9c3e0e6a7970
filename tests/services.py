"""Checks: which services this machine has; a missing one skips its part, or fails it where CI demands it."""

import os
import uuid
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from sqlalchemy.engine import make_url

POSTGRES = os.environ.get("NEUVO_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
CHROMIUM = Path(os.environ.get("NEUVO_TEST_CHROMIUM", "/usr/bin/chromium"))
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
    if not CHROMIUM.exists():
        missing("Chromium", "install Debian's package chromium or give its path in NEUVO_TEST_CHROMIUM.")
    return str(CHROMIUM)


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
