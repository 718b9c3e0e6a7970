"""Handover: canned answers, which officers choose, edit and send; the published answer of the topic comes first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from answers.content import signature_of
from answers.pieces import State
from gateway.core.lines import Lines
from gateway.core.locale import LANGUAGES

_WORDS = re.compile(r"\w+")
MAX_ANSWERS = 40


class AnswerSource(StrEnum):
    """Where a ready answer comes from."""

    OWN = "own"
    SHARED = "shared"
    TOPIC = "topic"
    QUESTION = "question"


@dataclass(frozen=True)
class CannedAnswer:
    """One canned answer in one language; `id` is `topic:<id>` for a published answer."""

    id: str
    title: str
    text: str
    source: AnswerSource = AnswerSource.SHARED


def canned_answers(
    content_dir: Path, lines: Lines, language: str | None, *, topic: str | None = None, words: str = ""
) -> Sequence[CannedAnswer]:
    """At most `MAX_ANSWERS` that contain all `words`: the topic's own, then those for the topic, then the rest.

    Without words the published answers of other topics are omitted: there are many, and a search finds them.
    """
    shown_in = language if language in LANGUAGES else LANGUAGES[0]
    found = [_published_answer(lines, topic, shown_in)] if topic else []
    files = _load_files(content_dir)
    found += [_render(lines, key, each, shown_in) for key, each in files.items() if topic in each.get("topics", ())]
    found += [_render(lines, key, each, shown_in) for key, each in files.items() if topic not in each.get("topics", ())]
    if words.strip():
        found += [_published_answer(lines, each, shown_in) for each in lines.topics() if each != topic]
    return with_words([each for each in found if each is not None], words)[:MAX_ANSWERS]


def with_words(answers: Sequence[CannedAnswer], words: str) -> Sequence[CannedAnswer]:
    """The answers that contain all `words`."""
    wanted = [word.lower() for word in _WORDS.findall(words)]
    return [each for each in answers if _contains_words(each, wanted)]


def every_answer(content_dir: Path, lines: Lines, language: str, topic: str | None, state: State) -> list[CannedAnswer]:
    """What may be suggested: the canned answers, the short answers to questions, and the published answers."""
    found = [_render(lines, key, each, language) for key, each in _load_files(content_dir).items()]
    found += question_pieces(lines, language, topic, state)
    return found + [each for name in lines.topics() if (each := _published_answer(lines, name, language))]


def question_pieces(lines: Lines, language: str, topic: str | None, state: State) -> list[CannedAnswer]:
    """The published short answers to questions, each about `topic` where it has one of its own."""
    return [
        CannedAnswer(question_id(name), title, text, AnswerSource.QUESTION)
        for name, title, text in lines.pieces(topic, language, state)
    ]


def question_id(question: str) -> str:
    """The id of the short answer to a question."""
    return f"question:{question}"


def _contains_words(answer: CannedAnswer, wanted: Sequence[str]) -> bool:
    text = f"{answer.title} {answer.text}".lower()
    return all(word in text for word in wanted)


def _published_answer(lines: Lines, topic: str, language: str) -> CannedAnswer | None:
    title, text = lines.title(topic, language), lines.answer(topic, language)
    return CannedAnswer(f"topic:{topic}", title, text, AnswerSource.TOPIC) if title and text else None


def _render(lines: Lines, key: str, each: dict[str, Any], language: str) -> CannedAnswer:
    return CannedAnswer(key, each["title"][language], lines.render(each[language], language))


def _load_files(content_dir: Path) -> dict[str, dict[str, Any]]:
    paths = sorted((content_dir / "canned").glob("*.yml"))
    return _parse_files(tuple((path, signature_of(path)) for path in paths))


@lru_cache(maxsize=4)
def _parse_files(files: tuple[tuple[Path, tuple[int, int]], ...]) -> dict[str, dict[str, Any]]:
    """The merged files; parsed again when one of them has changed."""
    merged: dict[str, dict[str, Any]] = {}
    for path, _ in files:
        merged |= yaml.safe_load(path.read_text("utf-8"))
    return merged
