"""Checks that the commands say in a sentence what keeps them from their work: whoever calls them is in a hurry."""

import argparse
import os
import subprocess
import sys
import uuid

import psycopg
import pytest
from sqlalchemy.engine import make_url

from gateway.cli import parser
from gateway.core.config.settings import PROJECT, Settings
from gateway.ops import commands
from tests.worlds.ports import free_port
from tests.worlds.services import POSTGRES, TemporaryPostgres, need_postgres


@pytest.mark.parametrize("words", [["trace", "ab12"], ["sending"], ["resume"], ["retention"], ["keys", "status"]])
def test_with_the_database_away_each_says_so(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    settings = Settings(database_url=f"postgresql://neuvo@127.0.0.1:{free_port()}/neuvo")
    arguments: argparse.Namespace = parser().parse_args(words)

    assert commands.run(settings, arguments) == 1
    said = "".join(capsys.readouterr())
    assert said.startswith("neuvo: The database does not answer (OperationalError).")
    assert "doctor" in said


def as_superuser(statement: str) -> None:
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_a_login_that_may_not_migrate_is_told_who_may() -> None:
    need_postgres()
    database, login = TemporaryPostgres(), f"login_{uuid.uuid4().hex[:8]}"
    try:
        as_superuser(f"CREATE ROLE {login} LOGIN PASSWORD 'x'")
        address = make_url(database.url).set(username=login, password="x").render_as_string(hide_password=False)
        done = subprocess.run(
            [sys.executable, "-m", "gateway", "migrate"],
            cwd=PROJECT,
            env={**os.environ, "NEUVO_DATABASE_URL": address},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        database.drop()
        as_superuser(f"DROP ROLE IF EXISTS {login}")

    assert done.returncode == 1
    assert "may not change the tables: migrate as their owner" in done.stderr + done.stdout
