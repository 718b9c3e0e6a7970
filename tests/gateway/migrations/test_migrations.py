"""Checks of the tables' history: it ends where the models are, and every step can be taken back."""

import hashlib
import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, Table, UniqueConstraint, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

import gateway.ops.all_models  # noqa: F401
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Base, Database
from gateway.core.migrate import configuration, migrate
from gateway.service import Service
from tests.worlds.outbox import conversation, queue

pytestmark = pytest.mark.anyio


async def test_the_history_ends_where_the_models_are(database_url: str) -> None:
    database = Database(database_url)

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await database.close()


# Few rows, whatever the load: to read them all is as fast.
FEW_ROWS = {
    ("saved_view", "team_id"),
    ("saved_view", "area_id"),
    ("team_member", "person_id"),
    ("queue_entry", "team_id"),
    ("queue_entry", "area_id"),
    ("conversation_opening", "conversation_id"),
}


def test_whoever_deletes_a_row_finds_what_refers_to_it_by_an_index() -> None:
    """Else the database reads a whole table for each row: retention of one hour took over four minutes."""

    def first_columns(table: Table) -> set[str]:
        keys = [each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)]
        return {each.columns.keys()[0] for each in [*keys, *table.indexes] if each.columns}

    missing = {
        (table.name, reference.columns.keys()[0])
        for table in Base.metadata.sorted_tables
        for reference in table.foreign_key_constraints
        if reference.columns.keys()[0] not in first_columns(table)
    }
    assert missing == FEW_ROWS


def test_every_step_can_be_taken_back_and_made_again(tmp_path: Path) -> None:
    config = configuration(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")

    for step in ("upgrade", "downgrade", "upgrade"):
        getattr(command, step)(config, "base" if step == "downgrade" else "head")


def test_the_revision_names_the_tables_that_it_makes(tmp_path: Path) -> None:
    """Until a release the first migration is edited in place: an older `var/` must be known for what it is."""
    migrate(Settings(database_url=f"sqlite:///{tmp_path / 'a.db'}", state_dir=tmp_path))
    with sqlite3.connect(tmp_path / "a.db") as connection:
        made = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name").fetchall()
        [[revision]] = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    tables = hashlib.sha256("\n".join(sql for [sql] in made).encode()).hexdigest()[:8]

    assert revision == f"first_{tables}", f"The tables have changed: the revision is first_{tables} now."


def test_a_database_of_another_version_is_left_alone_and_the_way_on_is_said(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'a.db'}", state_dir=tmp_path)
    migrate(settings)
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'words_taken_back'")

    with pytest.raises(SystemExit, match="make clean-data") as refused:
        migrate(settings)

    assert "'words_taken_back'" in str(refused.value)
    assert str(tmp_path) in str(refused.value)


def test_make_run_says_it_in_words_and_shows_no_traceback(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "NEUVO_DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}",
        "NEUVO_STATE_DIR": str(tmp_path),
    }
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('doors')")

    ended = subprocess.run(
        [sys.executable, "-m", "gateway", "migrate"], env=environment, cwd=PROJECT, capture_output=True, text=True
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("neuvo: The database has the tables of another version ('doors')")
    assert "Traceback" not in ended.stderr


async def test_every_closed_set_of_the_models_is_checked_by_the_database(database_url: str) -> None:
    database = Database(database_url)

    def checks(connection: Connection) -> set[tuple[str, str | None]]:
        found = inspect(connection)
        return {(table, each["name"]) for table in Base.metadata.tables for each in found.get_check_constraints(table)}

    async with database.engine.connect() as connection:
        of_the_database = await connection.run_sync(checks)
    await database.close()
    of_the_models = {
        (table.name, str(each.name))
        for table in Base.metadata.sorted_tables
        for each in table.constraints
        if isinstance(each, CheckConstraint)
    }
    assert of_the_models == of_the_database
    assert ("outbox_item", "ck_outbox_item_outbox_state") in of_the_models
    assert ("outbox_item", "ck_outbox_item_priority") in of_the_models


@pytest.mark.parametrize("column", ["state", "priority"])
async def test_no_value_outside_a_closed_set_is_stored(service: Service, column: str) -> None:
    talk = await conversation(service)
    await queue(service, talk, "hei")

    with pytest.raises(IntegrityError, match=column if column == "priority" else "outbox_state"):
        async with service.database.transaction() as session:
            await session.execute(text(f"UPDATE outbox_item SET {column} = 9"))


def test_every_module_with_tables_is_known_to_the_migrations() -> None:
    imported = (PROJECT / "gateway/ops/all_models.py").read_text("utf-8")
    for path in (PROJECT / "gateway").rglob("*.py"):
        if re.search(r"^class \w+\(Base\):", path.read_text("utf-8"), re.MULTILINE):
            module = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
            assert f"import {module}\n" in imported.replace("  # noqa: F401", ""), module
