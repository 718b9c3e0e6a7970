"""The check, wording: how much a text reads like the scams that its weights were fitted by, in letters in a row.

Patterns know the scams that somebody thought of; the weights of small pieces of words know how scams sound. Only pieces
and words that stand in several lines of the evaluation are listed (`lexical.txt`), so what is pointed at is never a
citizen's own name or number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

# What is read of a text: how it is written shows early.
_MOST: Final = 1_500
_SHORTEST, _LONGEST = 3, 5
_LONGEST_WORD: Final = 24
_DIGIT: Final = re.compile(r"\d")
_WORD: Final = re.compile(r"[^\W_]+")
PIECES_FILE: Final = Path(__file__).with_name("lexical.txt")
SIGNS_FILE: Final = Path(__file__).with_name("weights.yml")
ALWAYS: Final = "always"
"""The name of the constant among the weights of signs."""
PIECE, WORD = "piece", "word"
"""Kinds of lines in the file: pieces of words, and whole words that may be pointed at."""
# A word is pointed at where it weighs as much as this, and at most so many are.
_TELLING: Final = 0.1
_MOST_TELLING: Final = 3
# "Ska", "the", "on": nobody is warned by such a word.
_LEAST_LETTERS: Final = 4


def pieces_of(words: str) -> frozenset[str]:
    """The whole words of a plain text (between spaces), and its runs of three to five characters within words."""
    text = _DIGIT.sub("0", words[:_MOST])
    found = {f" {word} " for word in _WORD.findall(text) if len(word) <= _LONGEST_WORD}
    for part in set(text.split()):
        padded = f" {part} "
        for length in range(_SHORTEST, min(_LONGEST, len(padded)) + 1):
            found.update(padded[start : start + length] for start in range(len(padded) - length + 1))
    return frozenset(found)


def scale_of(pieces: frozenset[str]) -> float:
    """What each piece counts, so that long and short texts compare."""
    return 1 / math.sqrt(max(len(pieces), 1))


@dataclass(frozen=True)
class Weights:
    """What weak signs and the wording weigh, in the points of the check (3 is some suspicion).

    `words`: the whole words that may be pointed at, with what each weighs.
    """

    signs: Mapping[str, float]
    pieces: Mapping[str, float]
    words: Mapping[str, float]

    def of_signs(self, signs: frozenset[str]) -> float:
        """The sum of the weights of signs, and the constant."""
        return sum(self.signs.get(sign, 0.0) for sign in signs) + self.signs.get(ALWAYS, 0.0)

    def of_text(self, words: str) -> float:
        """What the wording of a plain text weighs."""
        pieces = pieces_of(words)
        return scale_of(pieces) * sum(self.pieces[piece] for piece in pieces & self.pieces.keys())

    def telling_words(self, words: str) -> str:
        """The listed words of a plain text that speak most against it, in its order; "" where there are none."""
        every = _WORD.findall(words[:_MOST])
        long = (word for word in every if len(word) >= _LEAST_LETTERS)
        there = dict.fromkeys(word for word in long if self.words.get(word, 0.0) >= _TELLING)
        best = sorted(there, key=lambda word: -self.words[word])[:_MOST_TELLING]
        return ", ".join(word for word in there if word in best)


@lru_cache(maxsize=1)
def shipped() -> Weights:
    """The weights of the two files beside this module."""
    found: dict[str, dict[str, float]] = {PIECE: {}, WORD: {}}
    for line in PIECES_FILE.read_text("utf-8").splitlines():
        kind, weight, piece = line.split("\t")
        found[kind][piece] = float(weight)
    return Weights(yaml.safe_load(SIGNS_FILE.read_text("utf-8")), found[PIECE], found[WORD])
