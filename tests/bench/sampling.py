"""Where a process spends its CPU, and how often it asks the database; written to a file when it ends.

A sample is taken every few milliseconds of CPU that the process uses, not of time that passes: on a busy machine a
profile by the clock blames whoever was waiting. A sample counts once for the package of its innermost frame, and once
for each function of ours on the way there, the awaiting ones included.
"""

import asyncio
import contextlib
import re
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from gateway.core.config.settings import PROJECT

EVERY = 0.002  # seconds of CPU
LINES = 70
_PACKAGE = re.compile(r"/site-packages/([^/]+)/([^/]+)|/(asyncio|json|logging)/")
_OURS = str(PROJECT / "gateway") + "/"


class Samples:
    """Counters of one process."""

    def __init__(self) -> None:
        self.total = 0
        self.packages: Counter[str] = Counter()
        self.functions: Counter[str] = Counter()
        self.innermost: Counter[str] = Counter()
        self.statements: Counter[str] = Counter()
        self._seen: set[str] = set()

    def take(self, _: int, frame: FrameType | None) -> None:
        """One sample, as a handler of SIGPROF."""
        self.total += 1
        if frame is not None:
            self.packages[_package(frame.f_code.co_filename)] += 1
            self.innermost[_innermost(frame)] += 1
        self._seen = set()
        while frame is not None:
            self._see(frame.f_code)
            frame = frame.f_back
        with contextlib.suppress(RuntimeError):
            task = asyncio.current_task()
            # A greenlet has no frame below its own: what awaits it is found through the task.
            awaited: Any = task.get_coro() if task is not None else None
            if task is not None and (name := task.get_name()).startswith("loop "):
                self._seen.add(name)
            while (code := getattr(awaited, "cr_code", None) or getattr(awaited, "ag_code", None)) is not None:
                self._see(code)
                awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "ag_await", None)
        self.functions.update(self._seen)

    def _see(self, code: Any) -> None:
        if code.co_filename.startswith(_OURS):
            self._seen.add(f"{code.co_filename.removeprefix(_OURS).removesuffix('.py')}.{code.co_name}")
        elif "site-packages" in code.co_filename:
            self._seen.add(f"  [{_package(code.co_filename).partition('/')[0]}]")

    def count(self, *given: Any) -> None:
        """One statement, as a listener of SQLAlchemy's `before_cursor_execute`."""
        self.statements[" ".join(given[2].split())[:150]] += 1

    def begin(self, connection: Any) -> None:
        """One transaction: two more questions, where a statement is not one by itself."""
        if not getattr(connection.connection.dbapi_connection, "autocommit", False):
            self.statements["BEGIN, and COMMIT"] += 2

    def report(self) -> str:
        """What was counted, the largest first."""
        lines = [f"{self.total} samples of {EVERY * 1000:g} ms"]
        for title, counter in (
            ("innermost, by package", self.packages),
            ("innermost of ours, with what it calls of others'", self.innermost),
            ("on the way there", self.functions),
        ):
            lines += ["", title]
            lines += [f"{count / max(self.total, 1):7.1%} {name}" for name, count in counter.most_common(LINES)]
        lines += ["", f"statements: {self.statements.total()}"]
        lines += [f"{count:7d} {text}" for text, count in self.statements.most_common(200)]
        return "\n".join(lines) + "\n"


def _innermost(frame: FrameType | None) -> str:
    """The function of ours that is nearest, with its line: what it calls of others' counts as its own."""
    while frame is not None and not frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    if frame is None:
        return "none"
    file = frame.f_code.co_filename.removeprefix(_OURS).removesuffix(".py")
    return f"{file}.{frame.f_code.co_name}:{frame.f_lineno}"


def _package(filename: str) -> str:
    found = _PACKAGE.search(filename)
    if filename.startswith(_OURS):
        return "gateway"
    if found is None:
        return filename.rpartition("/")[2]
    return f"{found[1]}/{found[2].removesuffix('.py')}" if found[1] else found[3]


@contextlib.contextmanager
def sampled(file: str) -> Iterator[None]:
    """Count until the block ends, from a SIGUSR1 on if one comes, then write the file."""
    samples = Samples()
    event.listen(Engine, "before_cursor_execute", samples.count)
    event.listen(Engine, "begin", samples.begin)
    signal.signal(signal.SIGPROF, samples.take)
    signal.signal(signal.SIGUSR1, lambda *_: samples.__init__())  # type: ignore[misc]
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        Path(file).write_text(samples.report())
