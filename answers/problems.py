"""Dialogue, the words: a refusal, told so that an editor can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that may not be published: the file, the line (from 1), what is wrong and what to do."""

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
