"""Station patterns: the little language of the danger rules, turned into patterns of spaCy's Matcher.

A pattern is a row of elements with spaces between:

    kill            that word                       kill*       every word that begins so
    kill|murder     one of them                     <weapon>    a word of the group `weapon` of words.yml
    gun|air_rifle   words joined by _ are a phrase; a phrase stands for itself, not for its first word
    really?         there or not                    ^  $        the message begins, ends here
    ..              up to two other words           ...         up to five other words
    a b & c d       both, in either order, with up to five words between

No gap reaches over the end of a sentence.
"""

from collections.abc import Iterable, Mapping
from itertools import permutations, product
from typing import Any

from bot.patterns.danger.reading import SIGNS

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
    return {element.removesuffix("?") for row in rows for element in row} - {*GAPS, *SIGNS}


def token_patterns(row: list[str], entries: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """A row for spaCy's Matcher; `entries` holds the names that satisfy each element."""
    return [_token_pattern(element, entries) for element in row]


def _token_pattern(element: str, entries: Mapping[str, list[str]]) -> dict[str, Any]:
    if element in GAPS:
        return {"ORTH": {"NOT_IN": list(SIGNS)}, "OP": f"{{0,{GAPS[element]}}}"}
    if element in SIGNS:
        return {"ORTH": element}
    names = entries[element.removesuffix("?")]
    pattern: dict[str, Any] = {"ORTH": names[0] if len(names) == 1 else {"IN": names}}
    return {**pattern, "OP": "?"} if element.endswith("?") else pattern
