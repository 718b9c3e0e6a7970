"""Bulletins, matching: whether a message names the place or subject of a bulletin, inflected or misspelt.

A word of the message is taken apart into head and ending; the head is compared with the stems of a name by weighted
edits. What people get wrong most (double letters, two letters changed round) is cheap; the first and the last letter of
a stem must be right, because they tell "Kalliossa" from "kalliissa" (expensive) and "Kallella" (at Kalle's).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.bulletins.names import (
    AFTER_CONSONANT,
    CLITICS,
    ENDINGS,
    LONGEST_ENDING,
    VOWELS,
    Stem,
    fold,
    same_letter,
    stems,
    words_of,
)

_CHEAP, _EDIT = 0.5, 1.0
SHORTEST_PREFIX = 3
LONGEST_WORD = 40
MOST_WORDS = 300  # of a message: nobody names a place only after that


@dataclass(frozen=True)
class Match:
    """How well a message names something: words of the name that were met exactly count most; 0 is not at all."""

    places: int = 0
    keywords: int = 0

    @property
    def score(self) -> int:
        """The place and the thing together say more than either."""
        return 3 * min(self.places, 1) + 2 * min(self.keywords, 1)


def match(text: str, places: Iterable[str], keywords: Iterable[str]) -> Match:
    """How many of the names stand in the text."""
    words = words_of(text)[:MOST_WORDS]
    return Match(sum(names(words, place) for place in places), sum(names(words, keyword) for keyword in keywords))


def names(words: Sequence[str], name: str) -> bool:
    """Whether the name stands in the words, all its parts one after the other."""
    if name.endswith("*"):
        prefix = name.rstrip("*").strip().casefold()
        return len(prefix) >= SHORTEST_PREFIX and any(
            len(word) >= len(prefix) and _begins(word, prefix) for word in words
        )
    parts = words_of(name)
    if not parts:
        return False
    return any(
        all(_is_form(word, part) for word, part in zip(words[place : place + len(parts)], parts, strict=True))
        for place in range(len(words) - len(parts) + 1)
    )


def _is_form(word: str, part: str) -> bool:
    if not same_letter(word[0], part[0]) or len(word) > LONGEST_WORD:
        return False
    if len(word) == len(part) and _begins(word, part):
        return True
    # "Kallionlukio": the genitive, and another word joined to it.
    if len(part) >= 5 and len(word) >= len(part) + 5 and _begins(word, part + "n"):
        return True
    return any(_is_inflected(word, stem, _allowance(min(len(stem.text), len(part)))) for stem in stems(part))


def _begins(word: str, start: str) -> bool:
    return all(same_letter(written, meant) for written, meant in zip(word, start, strict=False))


def _is_inflected(word: str, stem: Stem, allowed: float) -> bool:
    text = stem.text
    slack = math.ceil(allowed / _CHEAP)
    for cut in range(max(len(text) - slack, 2), min(len(text) + slack, len(word)) + 1):
        head, ending = word[:cut], word[cut:]
        if len(ending) > LONGEST_ENDING or not same_letter(head[-1], text[-1]):
            continue
        if (stem.whole or ending) and _is_ending(fold(ending), text[-1]) and distance(head, text, allowed) <= allowed:
            return True
    return False


def _is_ending(ending: str, last: str) -> bool:
    if last not in VOWELS:
        return ending in AFTER_CONSONANT
    if ending in ENDINGS:
        return True
    # "Into": the stem's last vowel once more, and n; without the n in spoken Finnish, with an h after a long vowel.
    long = ending.removeprefix("h")
    return long[:1] == fold(last) and long[1:].removeprefix("n") in CLITICS


def _allowance(length: int) -> float:
    """How many edits a stem of so many letters may bear before it is rather another word."""
    if length <= 4:
        return 0.0
    if length <= 6:
        return _CHEAP
    return _EDIT if length <= 9 else 1.5


def distance(one: str, other: str, limit: float) -> float:
    """Weighted edits between two words; above `limit` any number above it."""
    if one == other:
        return 0.0
    if abs(len(one) - len(other)) * _CHEAP > limit:
        return math.inf
    rows = [[place * _EDIT for place in range(len(other) + 1)]]
    for i, letter in enumerate(one, 1):
        row = [i * _EDIT]
        for j, theirs in enumerate(other, 1):
            best = min(
                rows[i - 1][j - 1] + (0.0 if same_letter(letter, theirs) else _EDIT),
                rows[i - 1][j] + _lone(one, i - 1),
                row[j - 1] + _lone(other, j - 1),
            )
            if i > 1 and j > 1 and same_letter(letter, other[j - 2]) and same_letter(one[i - 2], theirs):
                best = min(best, rows[i - 2][j - 2] + _CHEAP)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _lone(word: str, place: int) -> float:
    """A letter too many or too few costs little where it only doubles its neighbour."""
    return _CHEAP if place and word[place] == word[place - 1] else _EDIT
