"""Handover: answers that are ready to be chosen, changed and sent; the published answer of the topic comes first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from answers.content import signature_of
from gateway.conversations.lines import LANGUAGES, Lines

_WORDS = re.compile(r"\w+")
MOST = 40


@dataclass(frozen=True)
class CannedAnswer:
    """One ready answer in one language; `id` is `topic:<id>` for a published answer."""

    id: str
    title: str
    text: str


def canned_answers(
    content_dir: Path, lines: Lines, language: str | None, *, topic: str | None = None, words: str = ""
) -> Sequence[CannedAnswer]:
    """Those that hold every one of the words, in this order: the topic's own, those meant for it, all others.

    Without words the published answers of other topics are left out: there are many, and each is a search away.
    """
    spoken = language if language in LANGUAGES else LANGUAGES[0]
    found = [_of_topic(lines, topic, spoken)] if topic else []
    files = _read(content_dir)
    found += [_rendered(lines, key, each, spoken) for key, each in files.items() if topic in each.get("topics", ())]
    found += [_rendered(lines, key, each, spoken) for key, each in files.items() if topic not in each.get("topics", ())]
    if words.strip():
        found += [_of_topic(lines, each, spoken) for each in lines.topics() if each != topic]
    wanted = [word.lower() for word in _WORDS.findall(words)]
    kept = [each for each in found if each is not None and _holds(each, wanted)]
    return kept[:MOST]


def _holds(answer: CannedAnswer, wanted: Sequence[str]) -> bool:
    text = f"{answer.title} {answer.text}".lower()
    return all(word in text for word in wanted)


def _of_topic(lines: Lines, topic: str, language: str) -> CannedAnswer | None:
    title, text = lines.title(topic, language), lines.answer(topic, language)
    return CannedAnswer(f"topic:{topic}", title, text) if title and text else None


def _rendered(lines: Lines, key: str, each: dict[str, Any], language: str) -> CannedAnswer:
    return CannedAnswer(key, each["title"][language], lines.render(each[language], language))


def _read(content_dir: Path) -> dict[str, dict[str, Any]]:
    paths = sorted((content_dir / "canned").glob("*.yml"))
    return _parsed(tuple((path, signature_of(path)) for path in paths))


@lru_cache(maxsize=4)
def _parsed(files: tuple[tuple[Path, tuple[int, int]], ...]) -> dict[str, dict[str, Any]]:
    """All files together; read again when one of them has changed."""
    merged: dict[str, dict[str, Any]] = {}
    for path, _ in files:
        merged |= yaml.safe_load(path.read_text("utf-8"))
    return merged
