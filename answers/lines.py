"""Dialogue, the words: the fixed lines that the gateway or the bot says itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from answers.source import Source, Wording


@dataclass(frozen=True)
class Line:
    """A line in the three languages, with placeholders."""

    key: str
    texts: Mapping[str, Wording]


def read_lines(path: Path) -> tuple[dict[str, Line], Source]:
    """The lines of the file by key. What is wrong is in the source's `problems`, and that line is left out."""
    source = Source(path)
    root = source.document()
    lines: dict[str, Line] = {}
    for key, node in (source.entries(root) if root is not None else {}).items():
        before = len(source.problems)
        texts = source.wordings(node, noted=True)
        if len(source.problems) == before:
            lines[key] = Line(key, texts)
    return lines, source
