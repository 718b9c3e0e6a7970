"""Dialogue, the words: the published content, followed while it changes, without a restart and without training."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from answers.content import (
    AnswerFiles,
    Content,
    act_paths,
    answer_paths,
    question_paths,
    read_content,
    signature_of,
)
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

    def _look(self) -> tuple[tuple[Path, tuple[int, int]], ...]:
        paths = [self._directory / "contacts.yml", self._directory / "lines.yml", *answer_paths(self._directory)]
        paths += [*question_paths(self._directory), *act_paths(self._directory)]
        return tuple((path, signature_of(path)) for path in paths)

    def _tell_problems(self) -> None:
        if self._content.problems:
            self._on_problems(self._content.problems)
