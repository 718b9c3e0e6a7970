"""Encoder, on the road of each message: splits words into the pieces that the weights know.

Done here in plain Python, because the `tokenizers` library spends about 1 kB of memory on each of its pieces (97 MB
where this takes 20) and the whole Rasa process has 900 MB. A message of ten words takes a tenth of a millisecond.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MARK = "▁"
BEGIN, PADDING, END, UNKNOWN = range(4)
# How much worse than the rarest piece an unknown letter is.
UNKNOWN_LOSS = 10.0
# What the weights' own table of normalisation does beyond NFKC.
_DROPPED = re.compile("[\u0000-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]")
_BLANKS = re.compile("[\t\n\r\u000c\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd ]+")


def normalised(text: str) -> str:
    """Small letters in one form, control characters dropped, any run of blanks as one space."""
    cleaned = _BLANKS.sub(" ", _DROPPED.sub("", text))
    return unicodedata.normalize("NFKC", cleaned).lower()


def is_kept(piece: str) -> bool:
    """Whether every letter of a piece is a small Latin one; digits, signs and emojis always pass.

    The bot answers in fi, sv and en, and capitals carry nothing that the topics need. A word in another script becomes
    one unknown piece; a message in another language is met elsewhere, by its language.
    """
    if piece != piece.lower():
        return False
    letters = (character for character in piece if unicodedata.category(character)[0] in "LM")
    return all(unicodedata.name(letter, "").startswith(("LATIN", "COMBINING")) for letter in letters)


def kept_rows(pieces: Sequence[str]) -> list[int]:
    """The rows of the word table that stay, in order; the special pieces come first and always stay."""
    return [row for row, piece in enumerate(pieces) if row <= UNKNOWN or is_kept(piece)]


class Splitter:
    """Finds the likeliest pieces of a text (a unigram model: the highest sum of their scores)."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        """Pieces in the order of their rows, the four special ones first; these are never found in a text."""
        self._rows = {piece: row for row, piece in enumerate(pieces) if row > UNKNOWN}
        self._scores = list(scores)
        self._longest = max(map(len, self._rows), default=1)
        self._unknown = min(self._scores, default=0.0) - UNKNOWN_LOSS

    def rows(self, text: str) -> list[int]:
        """The rows of the text's pieces, without begin and end marks."""
        return [row for word in normalised(text).split() for row in self._word(MARK + word)]

    def sentence(self, text: str, longest: int) -> list[int]:
        """The rows with begin and end marks, at most `longest`: of a longer text its beginning and its end."""
        inside, room = self.rows(text), longest - 2
        if len(inside) > room:
            inside = inside[: room // 2] + inside[-(room - room // 2) :]
        return [BEGIN, *inside, END]

    def _word(self, word: str) -> list[int]:
        """The pieces of one word: no piece reaches over a space."""
        best = [0.0] + [float("-inf")] * len(word)
        origin = [(0, UNKNOWN)] * (len(word) + 1)
        for start in range(len(word)):
            if best[start] + self._unknown > best[start + 1]:
                best[start + 1], origin[start + 1] = best[start] + self._unknown, (start, UNKNOWN)
            for end in range(start + 1, min(len(word), start + self._longest) + 1):
                row = self._rows.get(word[start:end])
                if row is not None and best[start] + self._scores[row] > best[end]:
                    best[end], origin[end] = best[start] + self._scores[row], (start, row)
        rows: list[int] = []
        place = len(word)
        while place:
            place, row = origin[place]
            # A run of unknown letters is one unknown piece.
            if row != UNKNOWN or not rows or rows[-1] != UNKNOWN:
                rows.append(row)
        return rows[::-1]
