"""Classifier (station 4, dialogue): turns the wording of a message into weighted words and letter groups."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

LETTERS = range(2, 6)
# Letter groups carry the inflected and misspelt words of all three languages, so they count for more (measured).
WORD_SHARE = 0.3
# A word or letter group that only one example has teaches little and doubles the model (kept where there is no other).
FEWEST_EXAMPLES = 2

_WORD = re.compile(r"\w+|[^\w\s]")
_DRAWN_OUT = re.compile(r"(.)\1{2,}", re.DOTALL)
_DOTLESS = str.maketrans("äöå", "aoa")
# Marks what is a word, so that the word "ja" and the letter group "ja" differ.
_WORD_MARK = "\t"
_LEAST = 1e-12


def plain(text: str) -> str:
    """Small letters, one form of each sign, no dots and rings, and nothing drawn out over two ("apuaaaa" is "apuaa").

    Dots are dropped from everything, since many leave them out: keeping them gained nothing where they were there and
    cost three messages in a hundred where they were not.
    """
    lowered = unicodedata.normalize("NFKC", text).lower().translate(_DOTLESS)
    return _DRAWN_OUT.sub(r"\1\1", lowered)


def parts_of(text: str) -> Counter[str]:
    """Words and pairs of words, and groups of 2 to 5 letters within words with their edges, each with its count."""
    text = plain(text)
    words = _WORD.findall(text)
    parts = [_WORD_MARK + word for word in words]
    parts += [f"{_WORD_MARK}{first} {second}" for first, second in pairwise(words)]
    for word in text.split():
        edged = f" {word} "
        longest = len(edged)
        for size in LETTERS:
            if size >= longest:
                parts.append(edged)
                break
            parts.extend([edged[start : start + size] for start in range(longest - size + 1)])
    return Counter(parts)


@dataclass(frozen=True)
class Vocabulary:
    """The known parts with their weight; the rarer among the examples, the heavier."""

    columns: dict[str, int]
    rarity: npt.NDArray[np.float32]
    is_word: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, parts: Sequence[str], rarity: npt.NDArray[np.float32]) -> Vocabulary:
        """From the parts in the order of their columns."""
        is_word = np.array([part.startswith(_WORD_MARK) for part in parts], dtype=bool)
        return cls({part: column for column, part in enumerate(parts)}, rarity, is_word)

    def row(self, parts: Counter[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """Columns and values of one message: words together have the length WORD_SHARE, letter groups the rest."""
        known = [(column, number) for part, number in parts.items() if (column := self.columns.get(part)) is not None]
        if not known:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        columns = np.fromiter((column for column, _ in known), np.int32, len(known))
        numbers = np.fromiter((number for _, number in known), np.float32, len(known))
        values = (1 + np.log(numbers)) * self.rarity[columns]
        words = self.is_word[columns]
        squares = values * values
        for_words, for_letters = scales(squares[words].sum(), squares[~words].sum())
        values *= np.where(words, for_words, for_letters).astype(np.float32)
        return columns, values


def scales(
    of_words: npt.NDArray[np.float64], of_letters: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """What words and letter groups are multiplied by, from the sums of their squares."""
    return np.sqrt(WORD_SHARE / np.maximum(of_words, _LEAST)), np.sqrt(
        (1 - WORD_SHARE) / np.maximum(of_letters, _LEAST)
    )
