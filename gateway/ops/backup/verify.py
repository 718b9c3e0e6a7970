"""Backups, verifying: every part is opened, every row is tried in tables of its revision, every key in it is unwrapped.

Memory and disk do not grow with the backup: a few hundred rows at a time are inserted into a scratch database and
rolled back. That the rows of different parts fit each other is not looked at again: they are one snapshot of a database
that holds its references together, and no part can be changed, moved or left out unnoticed.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from gateway.core.config.settings import Settings
from gateway.core.crypto import CannotOpen, DataKeys
from gateway.core.migrate import migrate
from gateway.ops.backup.file import BackupRefused, Row, read, read_header
from gateway.ops.backup.restore import batches, fill, prepare_tables, refuse_existing_rows
from gateway.ops.backup.tables import engine_for
from gateway.ops.key_rotation import wrapped_columns


@dataclass
class Verified:
    """The result for an intact backup."""

    made_at: str
    rows: int = 0
    keys: int = 0

    def sentence(self) -> str:
        """A report for the operator."""
        return (
            f"The backup of {self.made_at} is whole: {self.rows} rows open and fit their tables; {self.keys} keys open."
        )


def verify_backup(settings: Settings, path: Path) -> Verified:
    """Verify a backup; raises `BackupRefused` at the first fault."""
    keys = DataKeys(settings.data_key.get_secret_value())
    header = read_header(path)
    verified = Verified(header.made_at)
    with tempfile.TemporaryDirectory(prefix="neuvo-verify-") as folder:
        scratch = settings.model_copy(update={"database_url": f"sqlite:///{folder}/scratch.db"})
        prepare_tables(scratch, header)
        engine = engine_for(scratch.database_url)
        try:
            with engine.begin() as connection:
                refuse_existing_rows(connection)
            _try_rows(engine, _with_open_keys(read(path, keys), keys, verified), verified)
        finally:
            engine.dispose()
        migrate(scratch)  # from its revision a way leads to this version's
    return verified


def _try_rows(engine: Engine, rows: Iterator[Row], verified: Verified) -> None:
    with engine.connect() as connection:
        for batch in batches(rows):
            transaction = connection.begin()
            # References are checked at a commit, which does not come.
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            try:
                verified.rows += fill(connection, iter(batch))
            except DBAPIError as error:
                # The class alone: the error's text may quote the row.
                raise BackupRefused(
                    f"A row of {batch[0][0]} does not fit its table ({type(error).__name__}): restore it with the "
                    "version that made it."
                ) from None
            finally:
                transaction.rollback()


def _with_open_keys(rows: Iterator[Row], keys: DataKeys, verified: Verified) -> Iterator[Row]:
    """The same rows, each after its wrapped keys have been unwrapped."""
    names: dict[str, list[str]] = {}
    for column in wrapped_columns():
        names.setdefault(column.table.name, []).append(column.name)
    for table, values in rows:
        for name in names.get(table, ()):
            if wrapped := values.get(name):
                _unwrap(keys, wrapped)
                verified.keys += 1
        yield table, values


def _unwrap(keys: DataKeys, wrapped: bytes) -> None:
    try:
        keys.unwrap(wrapped)
    except CannotOpen as error:
        raise BackupRefused(
            f"A key in the backup is wrapped by {keys.id_of(wrapped)!r}, which is not in NEUVO_DATA_KEY."
        ) from error
