"""Before the road begins: the settings of what this machine keeps, where, and for how long."""

from pathlib import Path

from pydantic import Field

from gateway.secret_files import SettingsWithSecretFiles


class DataSettings(SettingsWithSecretFiles):
    """Part of `Settings`."""

    state_dir: Path = Path("var")
    spool_dir: Path | None = None
    spool_size_limit: int = Field(default=512 * 1024 * 1024, gt=0)
    text_retention_days: int = 30
    inbox_retention_hours: float = 24.0
    erased_dir: Path | None = None
    # As long as the oldest backup lives, at least.
    erased_list_days: int = Field(default=400, ge=1)

    @property
    def spool_folder(self) -> Path:
        """Where deliveries wait for a database that is away; beside the other files of this machine by default."""
        return self.spool_dir or self.state_dir / "spool"

    @property
    def erased_folder(self) -> Path:
        """Where it is listed who was erased, against backups; beside the other files of this machine by default."""
        return self.erased_dir or self.state_dir / "erased"
