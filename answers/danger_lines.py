"""Dialogue, before training: single lines for danger alone, which belong to no topic.

`nlu/danger/<language>/emergencies.txt`, `crises.txt`, `lookalikes.txt` and `ordinary.txt`, one message a line. The last
two are no danger: a look-alike has the words or the mood of one, an ordinary line has neither. `in_talk.txt` has
pairs of messages of one citizen, `topic | earlier message => next message || danger`: the danger (`none`, `emergency`
or `crisis`) is that of the next one, read together with the earlier one, which is about the topic.
"""

import re
from collections.abc import Iterator
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
IN_TALK: Final = "in_talk"
_IN_TALK_LINE: Final = re.compile(
    r"(?P<topic>\w+) \| (?P<before>.*\S) => (?P<text>.*\S) \|\| (?P<danger>none|emergency|crisis)"
)


@dataclass(frozen=True)
class DangerLine:
    """A message with its danger; None: there is none in it."""

    text: str
    language: str
    danger: str | None


@dataclass(frozen=True)
class LineInTalk:
    """A message in a talk about `topic`, what its citizen wrote before it, and its danger."""

    text: str
    language: str
    danger: str | None
    topic: str
    before: str


def danger_line_paths(directory: Path) -> list[Path]:
    """The files of a content folder, in a fixed order."""
    return sorted((directory / "nlu" / "danger").glob("*/*.txt"))


def read_danger_lines(directory: Path) -> list[DangerLine]:
    """All lines of files that `danger_line_problems` found right."""
    return [
        DangerLine(line.strip(), path.parent.name, KINDS[path.stem])
        for path in danger_line_paths(directory)
        if path.stem != IN_TALK
        for line in path.read_text("utf-8").splitlines()
        if line.strip()
    ]


def read_lines_in_talk(directory: Path) -> Iterator[LineInTalk]:
    """The messages of talks, of files that `danger_line_problems` found right."""
    for path in danger_line_paths(directory):
        for line in path.read_text("utf-8").splitlines() if path.stem == IN_TALK else ():
            found = _IN_TALK_LINE.fullmatch(line.strip())
            if found:
                danger = found["danger"] if found["danger"] != "none" else None
                yield LineInTalk(found["text"], path.parent.name, danger, found["topic"], found["before"])


def danger_line_problems(directory: Path) -> list[Problem]:
    """What is wrong in the files."""
    problems = []
    for path in danger_line_paths(directory):
        if path.parent.name not in LANGUAGES or path.stem not in (*KINDS, IN_TALK):
            names = ", ".join((*KINDS, IN_TALK))
            remedy = worded("Put it into nlu/danger/<language>/ under one of these names: %(names)s.", names=names)
            problems.append(Problem(path.as_posix(), 1, "This is no file of danger lines.", remedy))
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if len(line) > TEXT:
                remedy = worded("Write 1 to %(number)s characters.", number=TEXT)
                problems.append(Problem(path.as_posix(), number, "The line is too long.", remedy))
            elif path.stem == IN_TALK and line.strip() and not _IN_TALK_LINE.fullmatch(line.strip()):
                remedy = worded(
                    "Write: topic | earlier message => next message || danger, where the danger is one of none, "
                    "emergency and crisis."
                )
                problems.append(Problem(path.as_posix(), number, "The line cannot be read.", remedy))
    return problems
