"""The release after this one, for tests of an upgrade: this project in a folder of its own, one column further.

Its migration is written by `python -m gateway revise`, as a developer's is, and its code fills the column.
"""

import os
import shutil
import subprocess
from pathlib import Path

from gateway.core.config.settings import PROJECT

VERSION = "0.3.0"
TABLE, COLUMN = "message", "noted_at"
_AFTER = "    received_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)\n\n\nclass OutboxItem(Base):"
_ADDED = f"""\
    {COLUMN}: Mapped[dt.datetime | None] = mapped_column(
        UtcDateTime, default=lambda: dt.datetime.now(dt.UTC), index=True
    )
"""
_OWN = {"gateway", "pyproject.toml", ".git", "var", "build", "results"}


def make_next_release(folder: Path, database_url: str) -> Path:
    """Write it, with its migration from the tables of this release, which the database has; returns its folder."""
    folder.mkdir(parents=True)
    for entry in PROJECT.iterdir():
        if entry.name not in _OWN:
            (folder / entry.name).symlink_to(entry)
    shutil.copytree(PROJECT / "gateway", folder / "gateway", ignore=shutil.ignore_patterns("__pycache__"))
    project = (PROJECT / "pyproject.toml").read_text("utf-8")
    (folder / "pyproject.toml").write_text(
        "\n".join(f'version = "{VERSION}"' if line.startswith("version = ") else line for line in project.splitlines())
    )
    models = folder / "gateway" / "conversations" / "models.py"
    source = models.read_text("utf-8")
    assert source.count(_AFTER) == 1, "The class Message has changed: name its last column here."
    source = source.replace(_AFTER, _AFTER.replace("\n\n\n", f"\n{_ADDED}\n\n", 1))
    models.write_text(source, "utf-8")
    run_command(folder, database_url, "revise", says="noted at\n")
    [revision] = (folder / "gateway/migrations/versions").glob("*noted_at*.py")
    written = revision.read_text("utf-8")
    assert "add_column" in written, written
    assert "create_index" in written, written
    return folder


def run_command(project: Path, database_url: str, command: str, says: str | None = None) -> str:
    """Run a command of a release against a database, for five minutes at most. Raises `AssertionError`."""
    ended = subprocess.run(
        [project / ".venv" / "gateway" / "bin" / "python", "-m", "gateway", command],
        cwd=project,
        env={**os.environ, "NEUVO_DATABASE_URL": database_url},
        input=says,
        capture_output=True,
        text=True,
        timeout=300,  # all of it is compiled anew
    )
    assert ended.returncode == 0, f"{ended.stdout}\n{ended.stderr}"
    return ended.stdout
