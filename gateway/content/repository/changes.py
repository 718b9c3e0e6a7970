"""Content, changes in words: which text of which topic, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from answers.content import NO_TOPICS
from gateway.bulletins.word_diff import Part, differences
from gateway.content.errors import ContentRefused
from gateway.content.repository.talk_files import is_talk, turns_of
from gateway.content.repository.trilingual import leaves_of
from gateway.content.repository.working_copy import TESTS, Difference
from gateway.content.repository.yaml_files import YamlFile


class FileKind(StrEnum):
    """What a file of the working copy holds."""

    ANSWER = "answer"
    EXAMPLES = "examples"
    TESTS = "tests"
    CONTACTS = "contacts"
    SENDERS = "senders"
    LINES = "lines"
    STORIES = "stories"
    TEXTS = "texts"
    OTHER = "other"


class FileState(StrEnum):
    """What became of a file from one commit to another."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


_KINDS = {
    "answers": FileKind.ANSWER,
    "nlu": FileKind.EXAMPLES,
    TESTS: FileKind.TESTS,
    "stories": FileKind.STORIES,
    "contacts.yml": FileKind.CONTACTS,
    "senders.yml": FileKind.SENDERS,
    "lines.yml": FileKind.LINES,
    "scam_check.yml": FileKind.LINES,
    "canned": FileKind.TEXTS,
    "templates": FileKind.TEXTS,
}
_LISTS = (FileKind.EXAMPLES, FileKind.TESTS)  # compared line by line


@dataclass(frozen=True)
class TextDifference:
    """One text that changed; `place` leads to it in the file, for example ("answer", "sv")."""

    place: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class FileDifference:
    """A file's changes; `topic` may be ""."""

    path: str
    kind: FileKind
    topic: str
    state: FileState
    texts: tuple[TextDifference, ...]
    added: tuple[tuple[str, str], ...] = ()  # (language, line) of examples and test messages
    removed: tuple[tuple[str, str], ...] = ()


def kind_of(path: str) -> tuple[FileKind, str]:
    """The kind of a file, and its topic or ""."""
    parts = PurePosixPath(path)
    first = parts.parts[0] if parts.parts else ""
    if first == "answers" and len(parts.parts) == 3 and parts.parts[1] in NO_TOPICS:
        return FileKind.TEXTS, ""
    topical = (first in ("answers", "nlu") and len(parts.parts) == 3) or "topics" in parts.parts
    return _KINDS.get(first, FileKind.OTHER), parts.stem if topical else ""


def in_words(difference: Difference) -> FileDifference:
    """One file's change, text by text; a file that is no YAML is compared as a whole."""
    kind, topic = kind_of(difference.path)
    state = _state_of(difference)
    if kind in _LISTS:
        before, after = (
            _lines(kind, difference.path, difference.before),
            _lines(kind, difference.path, difference.after),
        )
        if before is not None and after is not None:
            added = tuple(each for each in after if each not in set(before))
            removed = tuple(each for each in before if each not in set(after))
            return FileDifference(difference.path, kind, topic, state, (), added, removed)
    texts = _compared(difference.path, difference.before, difference.after)
    return FileDifference(difference.path, kind, topic, state, tuple(texts))


def _state_of(difference: Difference) -> FileState:
    if difference.before is None:
        return FileState.NEW
    return FileState.GONE if difference.after is None else FileState.CHANGED


def _compared(path: str, before: str | None, after: str | None) -> list[TextDifference]:
    old, new = _leaves(path, before), _leaves(path, after)
    if old is None or new is None:
        old, new = {(): before or ""}, {(): after or ""}
    places = [*new, *(place for place in old if place not in new)]
    return [
        TextDifference(place, differences(old.get(place, ""), new.get(place, "")))
        for place in places
        if old.get(place, "") != new.get(place, "")
    ]


def _leaves(path: str, text: str | None) -> dict[tuple[str, ...], str] | None:
    """Every single text of a YAML file; None for a file that is none."""
    if text is None:
        return {}
    try:
        root = YamlFile(path, text).root
    except ContentRefused:
        return None
    return leaves_of(root)


def _lines(kind: FileKind, path: str, text: str | None) -> list[tuple[str, str]] | None:
    """(language, line) of each example or test message; None for a file that is broken."""
    if text is None:
        return []
    if kind == FileKind.TESTS:
        language = PurePosixPath(path).parts[1] if len(PurePosixPath(path).parts) > 1 else ""
        if is_talk(path):
            return [(language, turn) for turn in turns_of(text)]
        return [(language, line.partition("\t")[0]) for line in text.splitlines() if line.strip()]
    try:
        blocks = YamlFile(path, text).root.get("nlu")
    except ContentRefused:
        return None
    found = []
    for block in blocks if isinstance(blocks, list) else ():
        metadata = block.get("metadata") if isinstance(block, Mapping) else None
        language = str(metadata.get("language")) if isinstance(metadata, Mapping) else ""
        lines = str(block.get("examples") or "").splitlines() if isinstance(block, Mapping) else []
        found += [(language, line.removeprefix("- ")) for line in lines if line.startswith("- ")]
    return found
