"""Backups, making: one consistent snapshot of the database as one encrypted file, beside live processes."""

import asyncio
from pathlib import Path

from dulwich.repo import Repo
from sqlalchemy import text
from sqlalchemy.engine import Engine

from gateway.accounts import audit
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Database, now
from gateway.ops.backup.file import BackupRefused, Header, new_header, write
from gateway.ops.backup.tables import begin_snapshot, engine_for, rows_of


def make_backup(settings: Settings, path: Path) -> str:
    """Write the backup; returns a report for the operator. Raises `BackupRefused` where the file exists, `OSError`."""
    if path.exists():
        raise BackupRefused(f"{path} exists already: give another name, so that no backup is lost.")
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = engine_for(settings.database_url)
    try:
        counts, header = _write(engine, settings, path)
    finally:
        engine.dispose()
    asyncio.run(_record(settings, header, sum(counts.values())))
    size = path.stat().st_size / 1e6
    return f"{path}: {sum(counts.values())} rows of {len(counts)} tables, {size:.1f} MB. Now: backup verify {path}"


def _write(engine: Engine, settings: Settings, path: Path) -> tuple[dict[str, int], Header]:
    keys = DataKeys(settings.data_key.get_secret_value())
    with engine.connect() as connection, connection.begin():
        begin_snapshot(connection)
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
        header, key = new_header(str(revision), now(), _content_commit(settings), keys)
        return write(path, header, key, rows_of(connection)), header


def _content_commit(settings: Settings) -> str | None:
    """The commit of the editors' files at this time; their repository is backed up by git itself."""
    folder = settings.content_folder
    return Repo(str(folder)).head().decode() if (folder / ".git").is_dir() else None


async def _record(settings: Settings, header: Header, rows: int) -> None:
    database = Database(settings.database_url)
    try:
        async with database.transaction() as session:
            await audit.record(session, "operator", "backup_made", header.made_at, {"rows": rows})
    finally:
        await database.close()
