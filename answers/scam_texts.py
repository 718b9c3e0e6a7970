"""Dialogue, the words: what is said of a suspicious message, and of senders, followed while the files change."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from answers.content import signature_of
from answers.lines import Line, read_lines
from answers.problems import ContentRefused, Problem, worded
from answers.render import placeholders
from answers.senders import SENDERS_FILE, Sender, read_senders
from answers.source import Source

TEXTS_FILE: Final = "scam_check.yml"
VALUES: Final = frozenset({"words", "domain", "ending", "sender", "own"})
"""What may stand in braces."""
NEEDED: Final = (
    "lead_strong", "lead_some", "lead_told", "lead_none", "now", "now_contact", "check_yourself", "did_you_already",
)  # fmt: skip
_LOOK_EVERY: Final = 1.0
_LONGEST: Final = 330


class ScamTexts:
    """The texts and senders of a content folder, read again when a file has changed; what was good stays.

    Raises `ContentRefused` where the first reading finds no texts: nothing could be said then.
    """

    def __init__(
        self,
        directory: Path,
        on_problems: Callable[[tuple[Problem, ...]], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._texts_path, self._senders_path = directory / TEXTS_FILE, directory / SENDERS_FILE
        self._on_problems = on_problems
        self._clock = clock
        self._texts: dict[str, Line] = {}
        self._senders: dict[str, Sender] = {}
        self._signature: object = None
        self._looked_at = float("-inf")
        problems = self._read()
        if any(key not in self._texts for key in NEEDED):
            raise ContentRefused(problems)

    def text(self, key: str, language: str, values: Mapping[str, str]) -> str | None:
        """A text with its values put in, or None where nobody wrote it or a value is missing."""
        self._look()
        line = self._texts.get(key)
        if line is None:
            return None
        text = line.texts[language].text.strip()
        for name in {name for name, _ in placeholders(text)}:
            if not values.get(name):
                return None
            text = text.replace(f"{{{name}}}", values[name])
        return text

    def sender(self, key: str | None) -> Sender | None:
        """A sender as published, or None."""
        self._look()
        return None if key is None else self._senders.get(key)

    def _look(self) -> None:
        if self._clock() - self._looked_at < _LOOK_EVERY:
            return
        self._looked_at = self._clock()
        if (signature_of(self._texts_path), signature_of(self._senders_path)) != self._signature:
            self._read()

    def _read(self) -> tuple[Problem, ...]:
        self._looked_at = self._clock()
        self._signature = (signature_of(self._texts_path), signature_of(self._senders_path))
        texts, source = read_texts(self._texts_path)
        senders, of_senders = read_senders(self._senders_path)
        self._texts = {**(self._texts if source.problems else {}), **texts}
        self._senders = {**(self._senders if of_senders.problems else {}), **senders}
        problems = (*source.problems, *of_senders.problems)
        if problems:
            self._on_problems(problems)
        return problems


def scam_problems(directory: Path) -> list[Problem]:
    """What keeps texts and senders of a content folder from being published; a file that is not there is no fault."""
    found: list[Problem] = []
    for path, read in ((directory / TEXTS_FILE, read_texts), (directory / SENDERS_FILE, read_senders)):
        if path.exists():
            found += read(path)[1].problems
    return found


def read_texts(path: Path) -> tuple[dict[str, Line], Source]:
    """The texts of the file by key; what is wrong is in the source's `problems`, and that text is left out."""
    lines, source = read_lines(path)
    for key in NEEDED:
        if key not in lines and not source.problems:
            source.refuse(1, worded("The text '%(name)s' is missing.", name=key), "Put it back.")
    good: dict[str, Line] = {}
    for key, line in lines.items():
        before = len(source.problems)
        for text in line.texts.values():
            for name, place in placeholders(text.text):
                if name not in VALUES:
                    what = worded("'{%(name)s}' is not a placeholder.", name=name)
                    source.refuse(
                        text.line_of(place), what, worded("One of: %(names)s.", names=", ".join(sorted(VALUES)))
                    )
            if len(text.text) > _LONGEST:
                what = worded("The text has %(count)s characters.", count=len(text.text))
                source.refuse(text.line, what, worded("At most %(most)s fit into one message.", most=_LONGEST))
        if len(source.problems) == before:
            good[key] = line
    return good, source
