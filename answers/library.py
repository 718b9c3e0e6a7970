"""Dialogue, the words: the published content, followed while it changes, without a restart and without training."""

import contextlib
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from answers.content import AnswerFiles, Content, read_content
from answers.problems import ContentRefused, Problem

# Often enough for an editor who waits for the change, rare enough to cost a busy process nothing.
LOOK_EVERY = 1.0


def content_directory() -> Path:
    """The folder that editors publish to: `NEUVO_CONTENT_DIR`, else `data` where the process was started."""
    return Path(os.environ.get("NEUVO_CONTENT_DIR") or "data")


def privacy_url() -> str:
    """The citizen's address of the privacy page: `NEUVO_PUBLIC_URL`/privacy, the development address when not set."""
    return (os.environ.get("NEUVO_PUBLIC_URL") or "http://localhost:8000").rstrip("/") + "/privacy"


class Library:
    """The content of a folder, read again when a file has changed.

    It looks at the files at most once in `LOOK_EVERY` seconds, and only when asked. When a file breaks, the last good
    version of what it held stays, and `on_problems` is told once. Raises `ContentRefused` when the first reading finds
    no contacts or no lines: nothing could be said then.
    """

    def __init__(
        self,
        directory: Path,
        privacy_url: str,
        on_problems: Callable[[tuple[Problem, ...]], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._privacy_url = privacy_url
        self._on_problems = on_problems
        self._clock = clock
        self._files = AnswerFiles()
        self._signature = self._look()
        self._looked_at = clock()
        self._content = read_content(directory, privacy_url, None, self._files)
        if not self._content.contacts or not self._content.lines:
            raise ContentRefused(self._content.problems)
        self._tell_problems()

    @property
    def content(self) -> Content:
        """What may be said now."""
        now = self._clock()
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            signature = self._look()
            if signature != self._signature:
                self._signature = signature
                self._content = read_content(self._directory, self._privacy_url, self._content, self._files)
                self._tell_problems()
        return self._content

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        """What changes when a file is written, added or taken away: each with its time in nanoseconds and its size."""
        folder = os.fspath(self._directory)
        found = []
        for name in ("contacts.yml", "lines.yml"):
            # Gone for a moment, while an editor replaces it.
            with contextlib.suppress(OSError):
                status = os.stat(os.path.join(folder, name))
                found.append((name, status.st_mtime_ns, status.st_size))
        for group in _entries(os.path.join(folder, "answers")):
            for entry in _entries(group.path):
                with contextlib.suppress(OSError):
                    if entry.name.endswith(".yml"):
                        status = entry.stat()
                        found.append((entry.path, status.st_mtime_ns, status.st_size))
        return tuple(sorted(found))

    def _tell_problems(self) -> None:
        if self._content.problems:
            self._on_problems(self._content.problems)


def _entries(folder: str) -> Iterable[os.DirEntry[str]]:
    """What is in a folder, nothing where it is none: pathlib takes ten times as long, each second."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return ()
