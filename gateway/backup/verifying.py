"""Backup, verifying: it is restored into a scratch database of its own, and every key in it is opened."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from gateway.backup.file import BackupRefused, read_header
from gateway.backup.restoring import restore_backup
from gateway.backup.tables import engine_for
from gateway.encryption import CannotOpen, DataKeys
from gateway.privacy.key_rotation import wrapped_columns
from gateway.settings import Settings


@dataclass(frozen=True)
class Verified:
    """What was found in a whole backup."""

    made_at: str
    keys: int

    def sentence(self) -> str:
        """For the operator."""
        return f"The backup of {self.made_at} is whole: restored into a scratch database; {self.keys} keys open."


def verify_backup(settings: Settings, path: Path) -> Verified:
    """Raises `BackupRefused` at the first thing that is wrong."""
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
