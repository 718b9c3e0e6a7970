"""Dialogue, before training: the examples of each topic, refused when a file does not say what it should."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from answers.limits import LANGUAGES
from answers.problems import Problem, worded
from answers.source import Source

# libyaml is some ten times faster.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def example_paths(directory: Path) -> list[Path]:
    """The example files of a content folder, in a fixed order."""
    return sorted((directory / "nlu").glob("*/*.yml"))


def read_topics(paths: Iterable[Path]) -> tuple[dict[str, Path], list[Problem]]:
    """The topics that have examples, each with its file, and everything that is wrong in those files."""
    topics: dict[str, Path] = {}
    problems: list[Problem] = []
    for path in paths:
        source = Source(path)
        _read_file(source)
        if path.stem in topics:
            what = worded("The topic already has examples in %(file)s.", file=str(topics[path.stem]))
            source.refuse(1, what, "Put them into one file.")
        topics.setdefault(path.stem, path)
        problems += source.problems
    return topics, problems


@dataclass(frozen=True)
class Example:
    """What a citizen might write, with the topic and the language that its file gives it."""

    text: str
    topic: str
    language: str


def read_examples(paths: Iterable[Path]) -> list[Example]:
    """All examples of files that `read_topics` found right, in their order. Raises YAML's errors otherwise."""
    return [
        Example(line.removeprefix("- "), block["intent"], block["metadata"]["language"])
        for path in paths
        for block in yaml.load(path.read_text("utf-8"), Loader=_LOADER)["nlu"]  # noqa: S506  # a safe loader
        for line in block["examples"].splitlines()
        if line.startswith("- ")
    ]


def pairing_problems(topics: Mapping[str, Path], answers: Iterable[Path], ruled: Iterable[str]) -> list[Problem]:
    """A topic with examples but nothing to say, and an answer that no example leads to.

    `answers` are the answer files, `ruled` the topics that a rule of data/stories answers in another way.
    """
    answered = {path.stem: path for path in answers}
    problems = []
    for topic in sorted(topics.keys() - answered.keys() - set(ruled)):
        path = topics[topic]
        problems.append(
            Problem(
                path.as_posix(),
                1,
                worded("The topic '%(topic)s' has examples but no answer.", topic=topic),
                _write(f"answers/{path.parent.name}/{topic}.yml"),
            )
        )
    for topic in sorted(answered.keys() - topics.keys()):
        path = answered[topic]
        problems.append(
            Problem(
                path.as_posix(),
                1,
                worded(
                    "The topic '%(topic)s' has an answer but no examples: the bot would never find it.", topic=topic
                ),
                _write(f"nlu/{path.parent.name}/{topic}.yml"),
            )
        )
    return problems


def _write(file: str) -> str:
    return worded("Write %(file)s, or delete this file.", file=file)


def _read_file(source: Source) -> None:
    root = source.document()
    if root is None:
        return
    fields = source.fields(root, ("version", "nlu"))
    blocks = fields.get("nlu")
    if not isinstance(blocks, yaml.SequenceNode):
        source.refuse(blocks or root, "There is no list of examples.", "Write nlu: and a block for each language.")
        return
    found = [_language(source, block) for block in blocks.value]
    for language in LANGUAGES:
        if language not in found:
            what = worded("There are no examples in '%(language)s'.", language=language)
            source.refuse(root, what, "Add a block with that language.")


def _language(source: Source, block: yaml.Node) -> str:
    fields = source.fields(block, ("intent", "metadata", "examples"))
    if {"intent", "metadata", "examples"} - fields.keys():
        return ""
    intent = source.string(fields["intent"])
    if intent != source.path.stem:
        source.refuse(
            fields["intent"],
            worded("These are examples of '%(name)s' in the file of '%(topic)s'.", name=intent, topic=source.path.stem),
            worded("Move them to %(name)s.yml or correct the name.", name=intent),
        )
    examples = source.string(fields["examples"])
    if not examples.strip().startswith("- "):
        source.refuse(fields["examples"], "There are no examples here.", "One on each line, after '- '.")
    metadata = source.fields(fields["metadata"], ("language",))
    language = source.string(metadata["language"]) if "language" in metadata else ""
    if language not in LANGUAGES and "language" in metadata:
        what = worded("Unknown language '%(language)s'.", language=language)
        source.refuse(metadata["language"], what, worded("One of: %(names)s.", names=", ".join(LANGUAGES)))
    return language
