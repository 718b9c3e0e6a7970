"""Content, test messages: those by which a topic is evaluated; never used in training."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from answers.likeness import words_of
from answers.limits import LANGUAGES, TEXT
from gateway.content.errors import ContentRefused
from gateway.content.repository.examples import all_examples
from gateway.content.repository.talk_files import TALKS, own_turns
from gateway.content.repository.topics import topics
from gateway.content.repository.working_copy import TESTS, Change, WorkingCopy

_TOPICS: Final = "topics"


@dataclass(frozen=True)
class Messages:
    """The test messages of one topic in one language."""

    path: str
    version: str | None
    messages: tuple[str, ...]


def path_of(topic: str, language: str) -> str:
    """Where they stand. Raises `ContentRefused` for an unknown language."""
    if language not in LANGUAGES:
        raise ContentRefused("unknown_language", language=language)
    return PurePosixPath(TESTS, language, _TOPICS, f"{topic}.txt").as_posix()


def read_tests(copy: WorkingCopy, topic: str) -> Mapping[str, Messages]:
    """The test messages of a topic by language, as they stand."""
    return {language: _read(copy, topic, language) for language in LANGUAGES}


def change_tests(
    copy: WorkingCopy, topic: str, language: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> Change:
    """The file with messages added and taken away.

    Raises `ContentRefused` for an unknown topic, and for a message that is an example: it would examine nothing.
    """
    if topic not in topics(copy):
        raise ContentRefused("no_such_topic", topic=topic)
    seen = _read(copy, topic, language)
    gone = {_clean(each) for each in remove}
    kept = [line for line in seen.messages if _clean(line) not in gone]
    known = {_clean(line) for line in kept}
    taught = {_same(text) for _, own, text in all_examples(copy) if own == language} if add else set()
    if learned := next((each for each in add if _same(_clean(each)) in taught), None):
        raise ContentRefused("test_is_example", text=learned)
    kept += [each for each in dict.fromkeys(map(_clean, add)) if each and each not in known]
    text = "".join(f"{line}\n" for line in kept) if kept else None
    return Change(seen.path, text, seen.version)


def require_no_test(copy: WorkingCopy, language: str, texts: Sequence[str]) -> None:
    """What an editor writes as examples examines nothing yet. Raises `ContentRefused` with the one that does."""
    asked = {_same(_clean(line)) for line in _lines(copy, language)} if texts else set()
    if found := next((each for each in texts if _same(_clean(each)) in asked), None):
        raise ContentRefused("example_is_test", text=found)


def _lines(copy: WorkingCopy, language: str) -> Iterator[str]:
    """Every test message of a language, whatever it examines."""
    for path in sorted((copy.folder / TESTS / language).rglob("*.txt")):
        text = path.read_text("utf-8", "replace")
        yield from text.splitlines() if path.parent.name != TALKS else own_turns(text)


def _same(text: str) -> tuple[str, ...] | str:
    """What two texts that say the very same have in common; signs alone are themselves."""
    return words_of(text) or text


def _read(copy: WorkingCopy, topic: str, language: str) -> Messages:
    path = path_of(topic, language)
    if not (copy.folder / path).is_file():
        return Messages(path, None, ())
    seen = copy.read(path)
    return Messages(path, seen.version, tuple(line for line in seen.text.splitlines() if line.strip()))


def _clean(line: str) -> str:
    """The message of a line, without its second label."""
    return " ".join(line.partition("\t")[0].split())[:TEXT]
