"""Finds the danger rules that a message matches, and the guards that suppress them."""

from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from screening.danger.patterns import Step, elements_of, first_match, steps_of, words_of
from screening.danger.rules import CRISIS, EMERGENCY, GUARD, IDIOM, Rule, rule_book
from screening.danger.tokens import MARKERS, Token, tokenize
from screening.danger.vocabulary import UNKNOWN, Vocabulary

# The guards that suppress each section of emergency.yml; only an idiom suppresses a crisis.
# `now` in a message cancels the guards that are about another time or about hearsay.
_TOLD = frozenset({"calm", "news"})
_OTHERWISE = _TOLD | {"play", "habit", "general"}
SUPPRESSED_BY = {
    "always": _TOLD,
    "present": _OTHERWISE,
    "entering": _OTHERWISE | {"online"},
    "recent": _OTHERWISE | {"past"},
}
_CANCELLED_BY_NOW = frozenset({"habit", "general", "past", "news"})
_NOW = "now"
# The group of words that only look like misspellings of a rule's word.
_ORDINARY = "ordinary"


@dataclass(frozen=True)
class FoundDanger:
    """A danger and its position in the message."""

    kind: str
    """EMERGENCY or CRISIS."""
    rule: str
    start: int
    end: int
    """In code points of the message."""


def find_dangers(text: str) -> list[FoundDanger]:
    """The dangers of a message, by rules alone, in the order of the text; empty where there is none."""
    return find_in(tokenize(text))


def find_in(tokens: list[Token]) -> list[FoundDanger]:
    """The same of a message that is tokenized already."""
    return _matcher().find(tokens)


@dataclass(frozen=True)
class _Row:
    """One order of a rule's pattern, compiled, and the elements that a message must have before it is matched."""

    steps: tuple[Step, ...]
    required: frozenset[str]


@dataclass(frozen=True, eq=False)
class _Compiled:
    """A rule with its rows."""

    rule: Rule
    rows: tuple[_Row, ...]

    def first_match(self, names: list[str], present: set[str]) -> tuple[int, int] | None:
        """Where the rule first matches, or None; only rows whose elements are all present are tried."""
        found = (first_match(row.steps, names) for row in self.rows if row.required <= present)
        places = [(end, start) for start, end in filter(None, found)]
        return min(places)[::-1] if places else None


class _RuleMatcher:
    """The rules, compiled once; immutable afterwards, so that no word of a citizen stays."""

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
        entries = self._vocabulary.entries()
        self._elements_of_name = _inverted(entries)
        self._by_element: dict[str, list[_Compiled]] = defaultdict(list)
        for rule in book.rules:
            compiled = _compiled(rule, entries)
            for row in compiled.rows:
                rarest = min(row.required, key=lambda element: (len(entries[element]), element))
                if compiled not in self._by_element[rarest]:
                    self._by_element[rarest].append(compiled)

    def find(self, tokens: list[Token]) -> list[FoundDanger]:
        # Each word once: a flood of one emoji must not cost a look-up for each.
        name_of = {
            form: form if form in MARKERS else self._vocabulary.name_of(form) for form in {t.form for t in tokens}
        }
        names = [name_of[token.form] for token in tokens]
        for _, start, end in self._matches(names, idioms=True):
            names[start:end] = [UNKNOWN] * (end - start)
        found = [(compiled.rule, start, end) for compiled, start, end in self._matches(names, idioms=False)]
        guards = {rule.section for rule, _, _ in found if rule.kind == GUARD}
        if _NOW in guards:
            guards -= _CANCELLED_BY_NOW
        dangers = [
            FoundDanger(rule.kind, rule.name, tokens[start].start, tokens[end - 1].end)
            for rule, start, end in found
            if rule.kind in (EMERGENCY, CRISIS) and not self._is_suppressed(rule, guards)
        ]
        return sorted(dangers, key=lambda danger: (danger.start, danger.end))

    def _matches(self, names: list[str], *, idioms: bool) -> list[tuple[_Compiled, int, int]]:
        """The first match of each rule; only rules of which a row has all its elements are tried."""
        present = {element for name in set(names) for element in self._elements_of_name.get(name, ())}
        candidates = {
            id(compiled): compiled
            for element in present
            for compiled in self._by_element.get(element, ())
            if (compiled.rule.kind == IDIOM) == idioms
        }
        matches = ((compiled, compiled.first_match(names, present)) for compiled in candidates.values())
        return [(compiled, *place) for compiled, place in matches if place is not None]

    @staticmethod
    def _is_suppressed(rule: Rule, guards: set[str]) -> bool:
        return rule.kind == EMERGENCY and not SUPPRESSED_BY[rule.section].isdisjoint(guards)


def _compiled(rule: Rule, entries: dict[str, list[str]]) -> _Compiled:
    own = {element: entries[f"{rule.language}:{element}"] for element in elements_of(rule.rows)}
    rows = tuple(
        _Row(
            steps_of(row, own),
            frozenset(f"{rule.language}:{element}" for element in elements_of([row]) if element in row),
        )
        for row in rule.rows
    )
    return _Compiled(rule, rows)


def _inverted(entries: dict[str, list[str]]) -> dict[str, list[str]]:
    elements: dict[str, list[str]] = defaultdict(list)
    for element, names in entries.items():
        for name in names:
            elements[name].append(element)
    return dict(elements)


@lru_cache(maxsize=1)
def _matcher() -> _RuleMatcher:
    return _RuleMatcher()
