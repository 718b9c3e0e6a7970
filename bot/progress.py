"""Dialogue, training seen by a person: runs `rasa train` and shows a bar and the time left; the rest is for a log file.

`python -m bot.progress --log <file> -- <command>`: on a terminal one line is redrawn, elsewhere a line is
written each minute. Ends with the command's own status; on failure the log is named and its last lines are printed.
It imports nothing of Rasa, so the first line appears at once.
"""

from __future__ import annotations

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, TextIO

# Seconds of each step on two cores, its sentence vectors apart; only their proportions matter once it runs.
SECONDS: Final = {
    "reading the data": 40.0,
    "LanguageIdentifier": 6.0,
    "TopicClassifier": 70.0,
    "ConversationClassifier": 190.0,
    "DangerDetector": 90.0,
    "RulePolicy": 1.0,
}
SAVING_SECONDS: Final = 8.0
# What is to be encoded where the cache is empty; the log says the true number when a step has begun to encode.
COLD_VECTORS: Final = {"TopicClassifier": 65_000, "ConversationClassifier": 120_000}
VECTORS_PER_SECOND: Final = 350.0
VECTORS_FOLDER: Final = Path(".cache/vectors")
LAST_LINES: Final = 15
REDRAW_SECONDS: Final = 1.0
LINE_SECONDS: Final = 60.0
BAR_WIDTH: Final = 16
MIN_MEASURED: Final = 20.0
NEVER_WHOLE: Final = 0.95

_HOOK = re.compile(r"(Starting to train|Finished training|Restored) component '(\w+)'")
_VECTORS = re.compile(r"Sentence vectors: (\d+) of (\d+)")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Step:
    """One step of the training: a component of Rasa's pipeline, or reading the data."""

    seconds: float
    expected_vectors: int = 0
    earlier_vectors: int = 0
    vectors: tuple[int, int] = (0, 0)

    @property
    def encoded(self) -> int:
        """Vectors made so far."""
        return self.earlier_vectors + self.vectors[0]

    @property
    def planned(self) -> float:
        """Seconds of the whole step as planned, with the vectors known so far."""
        return self.seconds + max(self.expected_vectors, self.earlier_vectors + self.vectors[1]) / VECTORS_PER_SECOND

    def count(self, done: int, total: int) -> None:
        """Note a line of the log; a step may encode several lists, one after the other."""
        if self.vectors[0] == self.vectors[1]:
            self.earlier_vectors += self.vectors[0]
        self.vectors = (done, total)


@dataclass
class Progress:
    """How far the training is, from the lines it writes. `cold`: no sentence vector is in the cache yet."""

    cold: bool
    now: Callable[[], float] = time.monotonic
    current: str = "reading the data"
    _done: set[str] = field(default_factory=set)
    _share: float = 0.0

    def __post_init__(self) -> None:
        self.steps = {
            name: Step(seconds, COLD_VECTORS.get(name, 0) if self.cold else 0) for name, seconds in SECONDS.items()
        }
        self._began = self._step_began = self.now()

    def read(self, line: str) -> None:
        """Take notice of one line of the log; most say nothing of the progress."""
        if hook := _HOOK.search(line):
            event, name = hook.groups()
            self._done.add("reading the data")
            self._done.discard(name)
            if event == "Starting to train":
                self._begin(name)
            else:
                self._done.add(name)
                self._begin("saving the model" if self._done >= set(self.steps) else "preparing")
        elif (vectors := _VECTORS.search(line)) and self.current in self.steps:
            self.steps[self.current].count(int(vectors[1]), int(vectors[2]))

    def _begin(self, name: str) -> None:
        self.current, self._step_began = name, self.now()

    def _planned(self) -> tuple[float, float, float]:
        """Planned seconds that are over, those of the whole, and how many real ones a planned one takes."""
        before = sum(step.planned for name, step in self.steps.items() if name in self._done)
        whole = sum(step.planned for step in self.steps.values()) + SAVING_SECONDS
        slowness = 1.0
        if before >= MIN_MEASURED:
            slowness = min(max((self._step_began - self._began) / before, 0.3), 5.0)
        step = self.steps.get(self.current, Step(SAVING_SECONDS if self.current == "saving the model" else 0.0))
        elapsed = (self.now() - self._step_began) / slowness
        inside = min(max(step.encoded / VECTORS_PER_SECOND, elapsed), NEVER_WHOLE * step.planned)
        return before + inside, whole, slowness

    def share(self) -> float:
        """From 0 to less than 1; never falls."""
        over, whole, _ = self._planned()
        self._share = max(self._share, over / whole)
        return self._share

    def seconds_left(self) -> float:
        """An estimate."""
        _, whole, slowness = self._planned()
        return (1 - self.share()) * whole * slowness

    def sentence(self) -> str:
        """What is being done: a component as `config.yml` names it, or in words."""
        made, of = self.steps[self.current].vectors if self.current in self.steps else (0, 0)
        return f"{self.current}, {made:,} of {of:,} vectors" if made < of else self.current


def spoken(seconds: float) -> str:
    """A time for a person."""
    if seconds < 90:
        return f"{max(10, round(seconds, -1)):.0f} s"
    return f"{seconds / 60:.0f} min"


def drawn(progress: Progress, width: int, bar: str = "█·") -> str:
    """The line that a person sees, at most `width` characters; `bar`: the signs of what is done and of what is left."""
    share = progress.share()
    full = round(share * BAR_WIDTH)
    line = f"  [{bar[0] * full}{bar[1] * (BAR_WIDTH - full)}] {share:4.0%}  {spoken(progress.seconds_left())} left"
    return f"{line}  {progress.sentence()}"[:width]


def lines_of(source: IO[bytes]) -> Iterator[str]:
    """Its lines without colours; of a bar that a program redraws, the last state alone."""
    for raw in source:
        yield _COLOURS.sub("", raw.decode("utf-8", "replace").rstrip("\r\n").rpartition("\r")[2])


class Screen:
    """Where the line stands: redrawn on a terminal, else written now and then."""

    def __init__(self, out: TextIO, every: float | None = None) -> None:
        self._out, self._terminal = out, out.isatty()
        self.every = every or (REDRAW_SECONDS if self._terminal else LINE_SECONDS)
        self._bar = "█·" if (out.encoding or "").lower().startswith("utf") else "#-"
        self._last = time.monotonic()

    def show(self, progress: Progress) -> None:
        """Draw, when the time for it has come."""
        if time.monotonic() - self._last < self.every:
            return
        self._last = time.monotonic()
        if self._terminal:
            self._out.write("\r\x1b[K" + drawn(progress, shutil.get_terminal_size().columns - 1, self._bar))
        else:
            self._out.write(drawn(progress, 120, self._bar) + "\n")
        self._out.flush()

    def end(self, sentence: str) -> None:
        """Leave one last line in place of the bar."""
        self._out.write(("\r\x1b[K" if self._terminal else "") + sentence + "\n")
        self._out.flush()


def watched(command: Sequence[str], log: Path, screen: Screen, progress: Progress) -> int:
    """Run `command`, its output into `log`, its progress on `screen`; its exit status, 127 when it is not there."""
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    try:
        process = subprocess.Popen(  # noqa: S603  # the command of the Makefile
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment
        )
    except OSError as error:
        log.write_text(f"{command[0]}: {error.strerror}\n", "utf-8")
        return 127
    lines: queue.Queue[str | None] = queue.Queue()
    output = process.stdout
    assert output is not None

    def forward() -> None:
        for line in lines_of(output):
            lines.put(line)
        lines.put(None)

    threading.Thread(target=forward, daemon=True).start()
    with log.open("w", encoding="utf-8") as file:
        while True:
            try:
                line = lines.get(timeout=min(screen.every, REDRAW_SECONDS))
            except queue.Empty:
                line = ""
            if line is None:
                break
            if line:
                file.write(line + "\n")
                file.flush()
                progress.read(line)
            screen.show(progress)
    return process.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and show it; the status of the command, 130 when it was interrupted."""
    parser = argparse.ArgumentParser(description="Run a training, show its progress and keep what it says in a log.")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("command", nargs="+")
    chosen = parser.parse_args(arguments)
    progress = Progress(cold=not any(VECTORS_FOLDER.glob("*.npz")))
    screen = Screen(sys.stdout)
    started = time.monotonic()
    try:
        status = watched(chosen.command, chosen.log, screen, progress)
    except KeyboardInterrupt:  # the command has heard of it too
        screen.end(f"neuvo: The training was interrupted; its log is {chosen.log}.")
        return 130
    if status:
        last = chosen.log.read_text("utf-8", "replace").splitlines()[-LAST_LINES:]
        screen.end(f"neuvo: The training failed (status {status}). The whole log is {chosen.log}; it ends:")
        print(*(f"  {line[:200]}" for line in last), sep="\n", flush=True)
        return status if status > 0 else 128 - status
    screen.end(f"  Trained in {spoken(time.monotonic() - started)}; the log is {chosen.log}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
