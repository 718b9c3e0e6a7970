"""Dialogue, the examples: which of them say the same thing with one word changed."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

_WORD = re.compile(r"\w+")
_DOTLESS = str.maketrans("äöå", "aoa")
# In three words one word is a third of what is said: "kuka oot sä" and "kuka oot oikein" differ.
_FEWEST_WORDS = 4
_CHANGED = "*"


def words_of(text: str) -> tuple[str, ...]:
    """The words of an example without capitals, dots and punctuation."""
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).lower().translate(_DOTLESS)))


def near_duplicates(texts: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of places whose texts are the same, or differ by one word of four or more (changed, added, left out).

    The earlier place stands first; each place is paired with the first one that it resembles.
    """
    seen: dict[tuple[str, ...], int] = {}
    pairs = []
    for place, text in enumerate(texts):
        words = words_of(text)
        keys = set(_keys(words)) if words else set()
        alike = min((seen[key] for key in keys if key in seen), default=None)
        if alike is not None:
            pairs.append((alike, place))
        for key in keys:
            seen.setdefault(key, place)
    return pairs


def alike(texts: Sequence[str], known: Sequence[str]) -> list[tuple[int, int]]:
    """Places of a text and of the first known one that is the same or a near duplicate, in the order of the texts."""
    keys: dict[tuple[str, ...], list[int]] = {}
    for place, text in enumerate(texts):
        for key in set(_keys(words_of(text))):
            keys.setdefault(key, []).append(place)
    found: dict[int, int] = {}
    for place, text in enumerate(known):
        words = words_of(text)
        for own in {own for key in _keys(words) if words for own in keys.get(key, ())}:
            found.setdefault(own, place)
    return sorted(found.items())


def same_words(texts: Iterable[str]) -> dict[tuple[str, ...], list[int]]:
    """The places of texts that have the very same words, where there are two or more."""
    places: dict[tuple[str, ...], list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(words_of(text), []).append(place)
    return {words: found for words, found in places.items() if words and len(found) > 1}


def _keys(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    if len(words) < _FEWEST_WORDS:
        return
    for place in range(len(words)):
        yield (*words[:place], _CHANGED, *words[place + 1 :])
        if len(words) > _FEWEST_WORDS:
            yield (*words[:place], *words[place + 1 :])
