"""Backups, restoring: an empty database is filled; then citizens erased since the backup are erased again."""

import asyncio
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.util import CommandError
from sqlalchemy import Connection, Insert, bindparam, column, delete, func, insert, select, text
from sqlalchemy import table as plain_table

from gateway.accounts import audit
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Base, Database
from gateway.core.migrate import configuration, migrate
from gateway.ops.backup.erase_again import erase_again
from gateway.ops.backup.file import BackupRefused, Header, Row, read, read_header
from gateway.ops.backup.tables import engine_for, included_tables

BATCH = 1000
# Tables into which migrations themselves insert rows.
_CREATED_BY_MIGRATIONS = frozenset({"audit_head"})


def restore_backup(settings: Settings, path: Path, erased_folders: Iterable[Path]) -> str:
    """Fill the database of the settings; returns a report for the operator.

    Raises `BackupRefused` where it is not empty.
    """
    header = read_header(path)
    prepare_tables(settings, header)
    engine = engine_for(settings.database_url)
    try:
        with engine.begin() as connection:
            refuse_existing_rows(connection)
            rows = fill(connection, read(path, DataKeys(settings.data_key.get_secret_value())))
            _advance_sequences(connection)
        migrate(settings)
        with engine.begin() as connection:
            erased = erase_again(connection, erased_folders, since=header.made_at)
    finally:
        engine.dispose()
    asyncio.run(_record(settings, header, rows, erased))
    commit = header.content_commit or "none: the content was no git working copy"
    return (
        f"{rows} rows as of {header.made_at} are back; {erased} conversations that were erased since then are not.\n"
        f"The content was at commit {commit}."
    )


def prepare_tables(settings: Settings, header: Header) -> None:
    """Make the tables of the backup's revision, empty. Raises `BackupRefused` for a revision that is not known."""
    if settings.database_url.startswith("sqlite"):
        Path(settings.database_url.split(":///", 1)[1]).parent.mkdir(parents=True, exist_ok=True)
    try:
        command.upgrade(configuration(settings.database_url), header.revision)
    except CommandError as error:
        raise BackupRefused(
            f"The backup has tables of revision {header.revision!r}, which this version does not know: restore it with "
            "the version that made it, then upgrade."
        ) from error


def refuse_existing_rows(connection: Connection) -> None:
    """Raise `BackupRefused` where a table has rows; those that migrations insert are removed."""
    for each in Base.metadata.sorted_tables:
        if each.name not in _CREATED_BY_MIGRATIONS and connection.execute(select(each).limit(1)).first() is not None:
            raise BackupRefused(
                f"The database is not empty ({each.name} has rows), and nothing was changed: "
                "point NEUVO_DATABASE_URL at a new one."
            )
    for name in _CREATED_BY_MIGRATIONS:
        connection.execute(delete(Base.metadata.tables[name]))


def fill(connection: Connection, rows: Iterator[Row]) -> int:
    """Insert rows, in their order; returns how many. Raises `BackupRefused` for a column that this version lacks."""
    count = 0
    for batch in batches(rows):
        table, known = batch[0][0], _types().get(batch[0][0], {})
        if unknown := {name for _, values in batch for name in values} - known.keys():
            raise BackupRefused(f"This version has no {table}.{min(unknown)}: restore with the version that made it.")
        connection.execute(_insert(table, tuple(batch[0][1])), [values for _, values in batch])
        count += len(batch)
    return count


@cache
def _types() -> dict[str, dict[str, Any]]:
    return {table.name: {each.name: each.type for each in table.columns} for table in included_tables()}


def batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """The rows in lists of `BATCH` at most, each of one table."""
    batch: list[Row] = []
    for row in rows:
        if batch and (row[0] != batch[0][0] or len(batch) == BATCH):
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


@cache  # to build and compile it for each batch was most of a restore
def _insert(name: str, columns: tuple[str, ...]) -> Insert:
    """Into the table without Python defaults: columns that the backup lacks get the database's own."""
    types = _types()[name]
    return insert(plain_table(name, *(column(each, types[each]) for each in columns)))


def _advance_sequences(connection: Connection) -> None:
    """Set PostgreSQL's sequences to the highest key (SQLite does so by itself)."""
    if connection.dialect.name != "postgresql":
        return
    for table in included_tables():
        (first, *others) = table.primary_key
        sequence = (
            None
            if others
            else connection.scalar(
                text("SELECT pg_get_serial_sequence(:table, :column)"),
                {"table": f'"{table.name}"', "column": first.name},
            )
        )
        if sequence is not None:
            highest = connection.scalar(select(func.max(first)))
            connection.execute(select(func.setval(bindparam("sequence", sequence), highest or 1, highest is not None)))


async def _record(settings: Settings, header: Header, rows: int, erased: int) -> None:
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            details = {"rows": rows, "erased_again": erased}
            await audit.record(session, "operator", "backup_restored", header.made_at, details)
    finally:
        await database.close()
