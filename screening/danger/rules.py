"""Reads the folders of rules, fi, sv and en, once."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from screening.danger.patterns import Groups, orders_of

LANGUAGES = ("fi", "sv", "en")
EMERGENCY = "emergency"
CRISIS = "crisis"
GUARD = "guard"
IDIOM = "idiom"

_FOLDER = Path(__file__).parent
# Both load plain data only; the one in C is ten times as fast, and a process waits for it at its start.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KINDS = {EMERGENCY: "emergency.yml", CRISIS: "crisis.yml", GUARD: "guards.yml", IDIOM: "idioms.yml"}


@dataclass(frozen=True)
class Rule:
    """A pattern with its path in the files, which is also the name of what it finds."""

    language: str
    kind: str
    """EMERGENCY, CRISIS, GUARD or IDIOM."""
    section: str
    """Of an emergency `always`, `present`, `entering` or `recent`: which guards suppress it; of a guard its name."""
    scene: str
    """What is going on, as the file calls it: "someone does not breathe"."""
    pattern: str
    rows: tuple[tuple[str, ...], ...]
    """The pattern's elements, once for each order."""

    @property
    def name(self) -> str:
        """For logs and tests, without a citizen's words."""
        return "/".join((self.language, self.kind, self.section, self.scene))


@dataclass(frozen=True)
class RuleBook:
    """Every rule of every language; all of them apply to every message, because people mix languages in need."""

    rules: tuple[Rule, ...]
    groups: dict[str, Groups]
    """Language -> name of a word group -> its words and stems."""


@lru_cache(maxsize=1)
def rule_book() -> RuleBook:
    """The rules of the three folders."""
    groups = {language: _groups(language) for language in LANGUAGES}
    rules = [rule for language in LANGUAGES for kind, file in _KINDS.items() for rule in _rules(language, kind, file)]
    return RuleBook(tuple(rules), groups)


def _groups(language: str) -> Groups:
    content = _read(language, "words.yml")
    return {name: words.split() for name, words in content.items()}


def _rules(language: str, kind: str, file: str) -> Iterator[Rule]:
    for section, scenes in _read(language, file).items():
        for scene, patterns in scenes.items():
            for pattern in patterns:
                rows = tuple(tuple(row) for row in orders_of(pattern))
                yield Rule(language, kind, section, scene, pattern, rows)


def _read(language: str, file: str) -> dict[str, Any]:
    source = (_FOLDER / language / file).read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.load(source, Loader=_LOADER)  # noqa: S506  # a safe loader
    return content
