"""Settings: what is stored on this machine, where, and for how long."""

from pathlib import Path

from pydantic import Field

from gateway.core.config.secret_files import SettingsWithSecretFiles


class DataSettings(SettingsWithSecretFiles):
    """Part of `Settings`."""

    state_dir: Path = Path("var")
    spool_dir: Path | None = None
    spool_size_limit: int = Field(default=512 * 1024 * 1024, gt=0)
    text_retention_days: int = Field(default=30, ge=1, le=365)
    # Days that the audit log keeps its entries: not fewer than somebody may ask who read what.
    audit_days: int = Field(default=1825, ge=30)
    # Where the signed head of the audit log goes, outside the database: a file, or `syslog` or `syslog:host:port`.
    audit_anchor: str = ""
    inbox_retention_hours: float = Field(default=24.0, gt=0, le=168)
    erased_dir: Path | None = None
    scam_list: Path | None = None
    # As long as the oldest backup lives, at least.
    erased_list_days: int = Field(default=400, ge=1, le=3650)

    @property
    def spool_folder(self) -> Path:
        """Where deliveries wait while the database is unavailable; in the state folder by default."""
        return self.spool_dir or self.state_dir / "spool"

    @property
    def erased_folder(self) -> Path:
        """Where erasures are listed, to repeat them after a restore; in the state folder by default."""
        return self.erased_dir or self.state_dir / "erased"
