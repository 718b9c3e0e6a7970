"""Dialogue, the words: a refusal, told so that an editor can mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class Sentence(str):
    """An English sentence that knows its message and its values, so that it can be said in another language."""

    message: str
    fields: Mapping[str, str | int]


def worded(message: str, **fields: str | int) -> Sentence:
    """The sentence of a message with `%(name)s` where its values stand; a percent sign is `%%`."""
    sentence = Sentence(message % fields)
    sentence.message, sentence.fields = message, fields
    return sentence


def message_of(sentence: str) -> tuple[str, Mapping[str, str | int]]:
    """The message of a sentence and its values; a sentence without values is its own message."""
    if isinstance(sentence, Sentence):
        return sentence.message, sentence.fields
    return sentence.replace("%", "%%"), {}


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that may not be published: the file, the line (from 1), what is wrong and what to do.

    What varies in the two sentences stands there by `worded`: editors read them in their own language.
    """

    file: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what} {self.remedy}"


class ContentRefused(ValueError):
    """The files cannot be used at all; `problems` says why, in the order of the files."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(map(str, self.problems)))


class NotRenderable(ValueError):
    """A placeholder has nothing that may be shown; `what` and `remedy` are sentences for the editor."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what} {remedy}")
