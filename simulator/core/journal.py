"""The simulator's journal: every event in order, on disk when a path is given."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Event = dict[str, Any]


class Journal:
    """An append-only list of events as JSON Lines.

    A line that was cut off by a crash is skipped on reading; what came before it stays. Raises `OSError` when
    the file cannot be written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            # A half-written last line must not swallow the next event.
            whole = not path.exists() or path.stat().st_size == 0 or path.read_bytes().endswith(b"\n")
            self._file = path.open("a", encoding="utf-8")
            if not whole:
                self._file.write("\n")

    def append(self, event: Event) -> None:
        """Write one event; it has left the process when this returns."""
        if self._file is not None:
            self._file.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
            self._file.flush()

    def reload(self) -> Iterator[Event]:
        """The events of earlier runs, oldest first."""
        if self._path is None or not self._path.exists():
            return
        with self._path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if isinstance(event, dict):
                    yield event

    def clear(self) -> None:
        """Delete every event, on disk too."""
        if self._file is not None:
            self._file.truncate(0)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
