"""Content, training examples of topics: add, remove, move, and compare with those of other topics."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

import yaml

from answers.examples import read_examples as examples_of_files
from answers.likeness import near_duplicates, words_of
from answers.limits import LANGUAGES, TEXT
from gateway.content.errors import ContentRefused
from gateway.content.repository.markup import require_plain
from gateway.content.repository.topics import EXAMPLES, example_file
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.repository.yaml_files import YamlFile, block

_MARK: Final = "- "


@dataclass(frozen=True)
class TopicExamples:
    """The examples of one topic by language, as its file has them."""

    topic: str
    path: str
    version: str
    texts: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Alike:
    """A text that says nearly the same as an example that is there; in another topic it is a conflict."""

    text: str
    topic: str
    example: str
    same_words: bool
    other_topic: bool


def example_path(copy: WorkingCopy, topic: str) -> str:
    """The example file of a topic. Raises `ContentRefused` when there is none."""
    found = [path for path in copy.paths(f"{EXAMPLES}/") if PurePosixPath(path).stem == topic]
    if not found:
        raise ContentRefused("no_such_topic", topic=topic)
    return found[0]


def read_examples(copy: WorkingCopy, topic: str) -> TopicExamples:
    """The examples as they stand. Raises `ContentRefused` when the file is missing or no YAML."""
    path = example_path(copy, topic)
    seen = copy.read(path)
    texts = {language: tuple(_texts(each)) for language, each in _blocks(YamlFile(path, seen.text)).items()}
    return TopicExamples(topic, path, seen.version, texts)


def all_examples(copy: WorkingCopy) -> list[tuple[str, str, str]]:
    """Every (topic, language, text); a file that cannot be read is left out, and the check tells why."""
    found = []
    for path in sorted((copy.folder / EXAMPLES).glob("*/*.yml")):
        try:
            read = [(each.topic, each.language, each.text) for each in examples_of_files([path])]
        except (OSError, UnicodeDecodeError, yaml.YAMLError, LookupError, TypeError, AttributeError):
            continue
        found += read
    return found


def change_examples(
    copy: WorkingCopy,
    topic: str,
    language: str,
    version: str,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> Change:
    """The example file with lines added and taken away; what is there already is not added twice."""
    path = example_path(copy, topic)
    seen = copy.version(version)
    return Change(path, changed_examples(path, seen, topic, language, add, remove), version)


def changed_examples(path: str, text: str, topic: str, language: str, add: Sequence[str], remove: Sequence[str]) -> str:
    """The text of an example file after a change; every other line stays as it is. Raises `ContentRefused`."""
    if language not in LANGUAGES:
        raise ContentRefused("unknown_language", language=language)
    require_plain(map(_clean, add))
    file = YamlFile(path, text)
    blocks = _blocks(file)
    if language not in blocks:
        fresh = YamlFile(path, example_file(topic, {language: [_clean(each) for each in add]}))
        file.root["nlu"].extend(fresh.root["nlu"])
        return file.text()
    node = blocks[language]
    gone = {_clean(each) for each in remove}
    kept = [each for each in _texts(node) if each not in gone]
    kept += [each for each in dict.fromkeys(map(_clean, add)) if each and each not in kept]
    if not kept:
        raise ContentRefused("no_examples_left", topic=topic, language=language)
    node["examples"] = block("\n".join(_MARK + each for each in kept))
    return file.text()


def edit_example(copy: WorkingCopy, topic: str, language: str, version: str, old: str, new: str) -> Change:
    """The example file with one line in other words, in its place. Raises `ContentRefused` where it is gone."""
    path = example_path(copy, topic)
    file = YamlFile(path, copy.version(version))
    node: Any = _blocks(file).get(language, {})
    lines = _texts(node)
    if _clean(old) not in lines:
        raise ContentRefused("no_such_example", topic=topic, text=old)
    wanted = _clean(new)
    require_plain([wanted])
    lines[lines.index(_clean(old))] = wanted
    node["examples"] = block("\n".join(_MARK + each for each in dict.fromkeys(lines)))
    return Change(path, file.text(), version)


def move_examples(copy: WorkingCopy, source: str, target: str, language: str, texts: Sequence[str]) -> list[Change]:
    """Both files after some examples have moved from one topic to another."""
    here, there = read_examples(copy, source), read_examples(copy, target)
    missing = [text for text in texts if _clean(text) not in here.texts.get(language, ())]
    if missing:
        raise ContentRefused("no_such_example", topic=source, text=missing[0])
    return [
        change_examples(copy, source, language, here.version, remove=texts),
        change_examples(copy, target, language, there.version, add=texts),
    ]


def alike(known: Iterable[tuple[str, str, str]], topic: str, language: str, texts: Sequence[str]) -> list[Alike]:
    """Which examples among `known` (see `all_examples`) each text repeats, word for word or but for one word."""
    present = [(name, text) for name, own, text in known if own == language]
    new = [_clean(text) for text in texts]
    found = []
    for place, text in enumerate(new):
        for name, example in _resembling(text, present):
            same = words_of(text) == words_of(example)
            found.append(Alike(text, name, example, same, name != topic))
        found += [
            Alike(text, topic, each, same_words=True, other_topic=False)
            for each in new[:place]
            if words_of(each) == words_of(text)
        ]
    return found


def _resembling(text: str, present: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    words = words_of(text)
    # Only texts of about this length can resemble it: comparing them all would take seconds.
    near = [pair for pair in present if pair[1] != text and abs(len(words_of_cached(pair[1])) - len(words)) <= 1]
    shared = [pair for pair in near if len(set(words) & set(words_of_cached(pair[1]))) >= max(len(words) - 1, 1)]
    found = [pair for pair in shared if near_duplicates([pair[1], text])]
    return found + [pair for pair in present if pair[1] == text]


_WORDS: dict[str, tuple[str, ...]] = {}
_MOST_KEPT: Final = 100_000


def words_of_cached(text: str) -> tuple[str, ...]:
    """The words of an example; the same thirty thousand are asked for with every letter that an editor writes."""
    if len(_WORDS) > _MOST_KEPT:
        _WORDS.clear()
    words = _WORDS.get(text)
    if words is None:
        words = _WORDS[text] = words_of(text)
    return words


def _clean(text: str) -> str:
    """One line, without a mark; what WhatsApp could not carry is no example."""
    return " ".join(text.split()).removeprefix(_MARK)[:TEXT]


def _blocks(file: YamlFile) -> dict[str, Any]:
    blocks = file.root.get("nlu")
    if not isinstance(blocks, list) or not all(isinstance(each, Mapping) for each in blocks):
        raise ContentRefused("broken_yaml", file=file.path, line=1)
    return {str((each.get("metadata") or {}).get("language")): each for each in blocks}


def _texts(node: Any) -> list[str]:
    lines = str(node.get("examples") or "").splitlines()
    return [line.removeprefix(_MARK) for line in lines if line.startswith(_MARK)]
