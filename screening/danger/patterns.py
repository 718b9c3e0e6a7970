"""The syntax of the danger rules, and the steps that a row of elements is compiled to.

A pattern is a row of elements with spaces between:

    kill            that word                       kill*       every word that begins so
    kill|murder     one of them                     <weapon>    a word of the group `weapon` of words.yml
    gun|air_rifle   words joined by _ are a phrase; a phrase stands for itself, not for its first word
    really?         there or not                    ^  $        the message begins, ends here
    ..              up to two other words           ...         up to five other words
    a b & c d       both, in either order, with up to five words between

No gap reaches over the end of a sentence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product

from screening.danger.tokens import MARKERS

GAPS = {"..": 2, "...": 5}
_BETWEEN = "..."
_JOINT = "_"

Groups = Mapping[str, list[str]]


def orders_of(pattern: str) -> list[list[str]]:
    """The rows of elements that a pattern stands for: one, or one for each order of its parts and for each phrase."""
    parts = [part.split() for part in pattern.split(" & ")]
    rows = []
    for order in permutations(parts):
        row = list(order[0])
        for part in order[1:]:
            row += [_BETWEEN, *part]
        rows += [[element for piece in pieces for element in piece] for pieces in product(*map(_phrases_of, row))]
    return rows


def _phrases_of(element: str) -> list[list[str]]:
    """An element without its phrases, then each phrase as elements of its own."""
    optional = "?" if element.endswith("?") else ""
    choices = element.removesuffix("?").split("|")
    single = [choice for choice in choices if _JOINT not in choice]
    phrases = [choice.split(_JOINT) for choice in choices if _JOINT in choice]
    return ([["|".join(single) + optional]] if single else []) + phrases


def words_of(element: str, groups: Groups) -> list[str]:
    """The words and stems that satisfy an element.

    Raises KeyError with the name of a group that words.yml does not have.
    """
    words: list[str] = []
    for choice in element.removesuffix("?").split("|"):
        words += groups[choice[1:-1]] if choice.startswith("<") else [choice]
    return words


def elements_of(rows: Iterable[Iterable[str]]) -> set[str]:
    """The elements of rows that stand for words."""
    return {element.removesuffix("?") for row in rows for element in row} - {*GAPS, *MARKERS}


@dataclass(frozen=True)
class Step:
    """One element of a row: a word of `names`, which may be `optional`; or, with `gap`, up to so many other words."""

    names: frozenset[str] = frozenset()
    optional: bool = False
    gap: int = 0


def steps_of(row: Iterable[str], entries: Mapping[str, Iterable[str]]) -> tuple[Step, ...]:
    """A row, compiled; `entries` holds the names that satisfy each element."""
    return tuple(_step(element, entries) for element in row)


def _step(element: str, entries: Mapping[str, Iterable[str]]) -> Step:
    if element in GAPS:
        return Step(gap=GAPS[element])
    if element in MARKERS:
        return Step(frozenset((element,)))
    return Step(frozenset(entries[element.removesuffix("?")]), optional=element.endswith("?"))


def first_match(steps: Sequence[Step], names: Sequence[str]) -> tuple[int, int] | None:
    """The first place where a row matches the names of a message: of several, that which ends first; or None."""
    first = steps[0].names
    found = [
        (end, start)
        for start, name in enumerate(names)
        if (name in first or steps[0].optional) and (end := _end_from(steps, names, start)) is not None
    ]
    return min(found)[::-1] if found else None


def _end_from(steps: Sequence[Step], names: Sequence[str], start: int) -> int | None:
    ends, length = {start}, len(names)
    for step in steps:
        if step.gap:
            ends = _across_gap(ends, names, step.gap)
            continue
        reached = {end + 1 for end in ends if end < length and names[end] in step.names}
        ends = ends | reached if step.optional else reached
        if not ends:
            return None
    return min(ends - {start}, default=None)


def _across_gap(ends: set[int], names: Sequence[str], gap: int) -> set[int]:
    reached = set(ends)
    for end in ends:
        for position in range(end, min(end + gap, len(names))):
            if names[position] in MARKERS:
                break
            reached.add(position + 1)
    return reached
