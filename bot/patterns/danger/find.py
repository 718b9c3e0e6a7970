"""Station patterns: finds the dangers of a message with spaCy's Matcher, and what says that there is none."""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

import spacy
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from bot.patterns.danger.patterns import elements_of, token_patterns, words_of
from bot.patterns.danger.reading import SIGNS, Word, read
from bot.patterns.danger.rules import CRISIS, EMERGENCY, GUARD, IDIOM, Rule, rule_book
from bot.patterns.danger.vocabulary import UNKNOWN, Vocabulary

# What silences which section of emergency.yml; nothing but an idiom silences a crisis.
# `now` in a message lifts the guards that speak of another time or of hearsay.
_TOLD = frozenset({"calm", "news"})
_OTHERWISE = _TOLD | {"play", "habit", "general"}
SILENCED_BY = {
    "always": _TOLD,
    "present": _OTHERWISE,
    "entering": _OTHERWISE | {"online"},
    "recent": _OTHERWISE | {"past"},
}
_LIFTED_BY_NOW = frozenset({"habit", "general", "past", "news"})
_NOW = "now"
# The group of words that only look like misspellings of a rule's word.
_ORDINARY = "ordinary"


@dataclass(frozen=True)
class FoundDanger:
    """A danger and where in the message it shows."""

    kind: str
    """EMERGENCY or CRISIS."""
    rule: str
    start: int
    end: int
    """In code points of the message."""


def find_dangers(text: str) -> list[FoundDanger]:
    """The dangers of a message, by rules alone, in the order of the text; empty where there is none."""
    words = read(text)
    return _finder().find(words)


@dataclass(frozen=True)
class _Compiled:
    """A rule with a matcher of its own, and what a message must hold before it is worth asking."""

    rule: Rule
    matcher: Matcher
    required: tuple[frozenset[str], ...]
    """For each order of the pattern the elements that are not optional."""


class _Finder:
    """The rules compiled once; reading a message changes nothing in it."""

    def __init__(self) -> None:
        book = rule_book()
        known = [
            (f"{rule.language}:{element}", word)
            for rule in book.rules
            for element in elements_of(rule.rows)
            for word in words_of(element, book.groups[rule.language])
        ]
        ordinary = [(_ORDINARY, word) for groups in book.groups.values() for word in groups.get(_ORDINARY, [])]
        self._vocabulary = Vocabulary(known + ordinary)
        self._vocab: Vocab = spacy.blank("xx").vocab
        entries = self._vocabulary.entries()
        self._elements_of_name = _inverted(entries)
        self._by_element: dict[str, list[_Compiled]] = defaultdict(list)
        for rule in book.rules:
            compiled = self._compiled(rule, entries)
            for required in compiled.required:
                rarest = min(required, key=lambda element: (len(entries[element]), element))
                if compiled not in self._by_element[rarest]:
                    self._by_element[rarest].append(compiled)

    def _compiled(self, rule: Rule, entries: dict[str, list[str]]) -> _Compiled:
        own = {element: entries[f"{rule.language}:{element}"] for element in elements_of(rule.rows)}
        matcher = Matcher(self._vocab, validate=False)
        matcher.add(rule.name, [token_patterns(list(row), own) for row in rule.rows])
        needed = [
            frozenset(f"{rule.language}:{element}" for element in elements_of([row]) if element in row)
            for row in map(list, rule.rows)
        ]
        return _Compiled(rule, matcher, tuple(needed))

    def find(self, words: list[Word]) -> list[FoundDanger]:
        names = [word.form if word.form in SIGNS else self._vocabulary.name_of(word.form) for word in words]
        for _, start, end in self._matches(names, idioms=True):
            names[start:end] = [UNKNOWN] * (end - start)
        found = [(compiled.rule, start, end) for compiled, start, end in self._matches(names, idioms=False)]
        guards = {rule.section for rule, _, _ in found if rule.kind == GUARD}
        if _NOW in guards:
            guards -= _LIFTED_BY_NOW
        dangers = [
            FoundDanger(rule.kind, rule.name, words[start].start, words[end - 1].end)
            for rule, start, end in found
            if rule.kind in (EMERGENCY, CRISIS) and not self._silenced(rule, guards)
        ]
        return sorted(dangers, key=lambda danger: (danger.start, danger.end))

    def _matches(self, names: list[str], *, idioms: bool) -> list[tuple[_Compiled, int, int]]:
        """The first match of each rule; only rules whose elements are all there are asked at all."""
        present = {element for name in set(names) for element in self._elements_of_name.get(name, ())}
        asked = {
            id(compiled): compiled
            for element in present
            for compiled in self._by_element.get(element, ())
            if (compiled.rule.kind == IDIOM) == idioms and any(needed <= present for needed in compiled.required)
        }
        if not asked:
            return []
        doc = Doc(self._vocab, names)
        matches = ((compiled, compiled.matcher(doc)) for compiled in asked.values())
        return [(compiled, found[0][1], found[0][2]) for compiled, found in matches if found]

    @staticmethod
    def _silenced(rule: Rule, guards: set[str]) -> bool:
        return rule.kind == EMERGENCY and not SILENCED_BY[rule.section].isdisjoint(guards)


def _inverted(entries: dict[str, list[str]]) -> dict[str, list[str]]:
    elements: dict[str, list[str]] = defaultdict(list)
    for element, names in entries.items():
        for name in names:
            elements[name].append(element)
    return dict(elements)


@lru_cache(maxsize=1)
def _finder() -> _Finder:
    return _Finder()
