"""Privacy: the list of erasures outside the database, by which a restored backup is erased again.

Random ids only, one JSON line for each erasure, one file for each month. Keep it on another disk than the database and
its backups, and as long as the oldest backup.
"""

import datetime as dt
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.core.database import now
from gateway.core.files import write_all

_NAME = "erased-{:%Y-%m}.jsonl"
_FILES = "erased-*.jsonl"
_PRIVATE_FILE, _PRIVATE_FOLDER = 0o600, 0o700


@dataclass(frozen=True)
class Erased:
    """One erasure: its time (ISO, UTC), the contact's id and the ids of the conversations."""

    at: str
    contact: str
    conversations: tuple[str, ...]


class ErasedList:
    """The files of one folder; several processes may append."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def append(self, contact: str, conversations: Iterable[str]) -> None:
        """Append one erasure and fsync it; raises `OSError`."""
        self._folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        entry = {"at": now().isoformat(), "contact": contact, "conversations": list(conversations)}
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        file = os.open(self._folder / _NAME.format(now()), flags, _PRIVATE_FILE)
        try:
            write_all(file, f"\n{json.dumps(entry)}\n".encode())  # an earlier torn line must not join this one
            os.fsync(file)
        finally:
            os.close(file)

    def __iter__(self) -> Iterator[Erased]:
        """Every erasure, the oldest first; a torn line is skipped."""
        for path in sorted(self._folder.glob(_FILES)):
            for line in path.read_text("utf-8", errors="replace").splitlines():
                try:
                    entry = json.loads(line)
                    yield Erased(str(entry["at"]), str(entry["contact"]), tuple(map(str, entry["conversations"])))
                except (ValueError, KeyError, TypeError):
                    continue

    def forget(self, older_than: dt.timedelta) -> int:
        """Delete the files that were last written longer ago; returns how many."""
        limit = (now() - older_than).timestamp()
        old = [path for path in self._folder.glob(_FILES) if path.stat().st_mtime < limit]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)
