"""Dialogue, before training: single lines for danger alone, which belong to no topic.

`nlu/danger/<language>/emergencies.txt`, `crises.txt`, `lookalikes.txt` and `ordinary.txt`, one message a line. The last
two are no danger: a look-alike has the words or the mood of one, an ordinary line has neither.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from answers.limits import LANGUAGES, TEXT
from answers.problems import Problem, worded

KINDS: Final[dict[str, str | None]] = {
    "emergencies": "emergency",
    "crises": "crisis",
    "lookalikes": None,
    "ordinary": None,
}
"""The file names and the danger of their lines."""


@dataclass(frozen=True)
class DangerLine:
    """A message with its danger; None: there is none in it."""

    text: str
    language: str
    danger: str | None


def danger_line_paths(directory: Path) -> list[Path]:
    """The files of a content folder, in a fixed order."""
    return sorted((directory / "nlu" / "danger").glob("*/*.txt"))


def read_danger_lines(directory: Path) -> list[DangerLine]:
    """All lines of files that `danger_line_problems` found right."""
    return [
        DangerLine(line.strip(), path.parent.name, KINDS[path.stem])
        for path in danger_line_paths(directory)
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]


def danger_line_problems(directory: Path) -> list[Problem]:
    """What is wrong in the files."""
    problems = []
    for path in danger_line_paths(directory):
        if path.parent.name not in LANGUAGES or path.stem not in KINDS:
            remedy = worded(
                "Put it into nlu/danger/<language>/ under one of these names: %(names)s.", names=", ".join(KINDS)
            )
            problems.append(Problem(path.as_posix(), 1, "This is no file of danger lines.", remedy))
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if len(line) > TEXT:
                remedy = worded("Write 1 to %(number)s characters.", number=TEXT)
                problems.append(Problem(path.as_posix(), number, "The line is too long.", remedy))
    return problems
