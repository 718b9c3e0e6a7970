"""Content, the files of talks that examine the bot: `tests/<language>/talks/<name>.txt`, each with one talk.

Their format is that of every written talk (`answers/talks.py`).
"""

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from typing import Final

from answers.likeness import words_of
from gateway.content.repository.working_copy import TESTS, Change, WorkingCopy

TALKS: Final = "talks"
# Shorter turns are said in the same words by everybody, and may be an example, too.
OWN_WORDS: Final = 4
_TURN: Final = "t:"
_LABELS: Final = "||"
_TOPIC: Final = "topic:"


def talk_path(language: str, name: str) -> str:
    """Where a talk stands."""
    return PurePosixPath(TESTS, language, TALKS, f"{name}.txt").as_posix()


def is_talk(path: str) -> bool:
    """Whether a file of the working copy is a talk that examines the bot."""
    parts = PurePosixPath(path).parts
    return len(parts) == 4 and parts[0] == TESTS and parts[2] == TALKS and path.endswith(".txt")


def turns_of(text: str) -> Iterator[str]:
    """The citizen's words in a talk's file, whatever its labels."""
    return (each for each in talk_lines(text.splitlines()) if each)


def talk_lines(lines: Iterable[str]) -> Iterator[str]:
    """For each line of a talk's file the citizen's words in it; "" for a heading."""
    for line in lines:
        is_turn = line.strip().startswith(_TURN)
        yield line.strip().removeprefix(_TURN).rpartition(_LABELS)[0].strip() if is_turn else ""


def own_turns(text: str) -> Iterator[str]:
    """The turns that are long enough to be nobody's but their writer's."""
    return (each for each in turns_of(text) if len(words_of(each)) >= OWN_WORDS)


def relabelled(copy: WorkingCopy, old: str, new: str | None) -> list[Change]:
    """The talks in which a topic is called otherwise; a talk that has a turn about nothing else goes with it."""
    changes = []
    for path in copy.paths(f"{TESTS}/"):
        seen = copy.read(path) if is_talk(path) else None
        if seen is None or old not in seen.text:
            continue
        lines = [_relabelled(line, old, new) for line in seen.text.splitlines()]
        text = None if None in lines else "".join(f"{line}\n" for line in lines)
        if text != seen.text:
            changes.append(Change(path, text, seen.version))
    return changes


def _relabelled(line: str, old: str, new: str | None) -> str | None:
    """A line with the new name; None for a turn of which nothing is left."""
    words, mark, written = line.rpartition(_LABELS)
    if not line.strip().startswith(_TURN) or not mark:
        return line
    labels = [each.strip() for each in written.split(";")]
    kept = [label for each in labels if (label := _label(each, old, new))]
    return f"{words}{mark} {'; '.join(kept)}" if kept else None


def _label(label: str, old: str, new: str | None) -> str:
    if not label.startswith(_TOPIC):
        return label
    names = [new if each.strip() == old else each.strip() for each in label.removeprefix(_TOPIC).split("/")]
    kept = dict.fromkeys(each for each in names if each)
    return _TOPIC + "/".join(kept) if kept else ""
