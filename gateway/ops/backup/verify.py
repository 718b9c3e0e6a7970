"""Backups, verifying: the backup is restored into a scratch database, and every key in it is unwrapped."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from gateway.core.config.settings import Settings
from gateway.core.crypto import CannotOpen, DataKeys
from gateway.ops.backup.file import BackupRefused, read_header
from gateway.ops.backup.restore import restore_backup
from gateway.ops.backup.tables import engine_for
from gateway.ops.key_rotation import wrapped_columns


@dataclass(frozen=True)
class Verified:
    """The result for an intact backup."""

    made_at: str
    keys: int

    def sentence(self) -> str:
        """A report for the operator."""
        return f"The backup of {self.made_at} is whole: restored into a scratch database; {self.keys} keys open."


def verify_backup(settings: Settings, path: Path) -> Verified:
    """Verify a backup; raises `BackupRefused` at the first fault."""
    keys = DataKeys(settings.data_key.get_secret_value())
    with tempfile.TemporaryDirectory(prefix="neuvo-verify-") as folder:
        scratch = settings.model_copy(update={"database_url": f"sqlite:///{folder}/scratch.db"})
        restore_backup(scratch, path, [], scratch=True)
        engine = engine_for(scratch.database_url)
        try:
            with engine.connect() as connection:
                found = [key for each in wrapped_columns() for key in connection.scalars(select(each)) if key]
        finally:
            engine.dispose()
    for wrapped in found:
        try:
            keys.unwrap(wrapped)
        except CannotOpen as error:
            raise BackupRefused(
                f"A key in the backup is wrapped by {keys.id_of(wrapped)!r}, which is not in NEUVO_DATA_KEY."
            ) from error
    return Verified(read_header(path).made_at, len(found))
