"""Encoder, inference: the subword tokenizer, a unigram model (SentencePiece) with the vocabulary of the weights.

Done here in plain Python, because the `tokenizers` library spends about 1 kB of memory on each of its pieces (97 MB
where this takes 20) and the whole Rasa process has 900 MB. A message of ten words takes a tenth of a millisecond.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

WORD_START = "▁"
BEGIN, PADDING, END, UNKNOWN = range(4)
# How much lower than the lowest score an unknown character scores.
UNKNOWN_PENALTY = 10.0
# What the weights' own table of normalisation does beyond NFKC.
_CONTROL_CHARACTERS = re.compile("[\u0000-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]")
_WHITESPACE = re.compile("[\t\n\r\u000c\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd ]+")


def normalized(text: str) -> str:
    """Lower case, NFKC, without control characters, any run of whitespace as one space."""
    cleaned = _WHITESPACE.sub(" ", _CONTROL_CHARACTERS.sub("", text))
    return unicodedata.normalize("NFKC", cleaned).lower()


def is_kept(piece: str) -> bool:
    """Whether every letter of a piece is a lower-case Latin one; digits, punctuation and emojis always pass.

    The bot answers in fi, sv and en, and upper case is irrelevant to the topics. A word in another script
    becomes one unknown piece; a message in another language is met elsewhere, by its language.
    """
    if piece != piece.lower():
        return False
    letters = (character for character in piece if unicodedata.category(character)[0] in "LM")
    return all(unicodedata.name(letter, "").startswith(("LATIN", "COMBINING")) for letter in letters)


def kept_token_ids(pieces: Sequence[str]) -> list[int]:
    """The ids of the pieces that stay in the vocabulary, in order; the special ones come first and always stay."""
    return [token_id for token_id, piece in enumerate(pieces) if token_id <= UNKNOWN or is_kept(piece)]


class UnigramTokenizer:
    """Finds the likeliest segmentation of a text (Viterbi: the highest sum of the pieces' scores)."""

    def __init__(self, pieces: Sequence[str], scores: Sequence[float]) -> None:
        """Pieces in the order of their ids, the four special ones first; these are never found in a text."""
        self._ids = {piece: token_id for token_id, piece in enumerate(pieces) if token_id > UNKNOWN}
        self._scores = list(scores)
        self._max_length = max(map(len, self._ids), default=1)
        self._unknown_score = min(self._scores, default=0.0) - UNKNOWN_PENALTY

    def token_ids(self, text: str) -> list[int]:
        """The ids of the text's pieces, without begin and end."""
        return [token_id for word in normalized(text).split() for token_id in self._segment(WORD_START + word)]

    def input_ids(self, text: str, max_tokens: int) -> list[int]:
        """The ids with begin and end, at most `max_tokens`: of a longer text its beginning and its end."""
        inner, room = self.token_ids(text), max_tokens - 2
        if len(inner) > room:
            inner = inner[: room // 2] + inner[-(room - room // 2) :]
        return [BEGIN, *inner, END]

    def _segment(self, word: str) -> list[int]:
        """The pieces of one word: no piece reaches over a space."""
        best = [0.0] + [float("-inf")] * len(word)
        back = [(0, UNKNOWN)] * (len(word) + 1)
        for start in range(len(word)):
            if best[start] + self._unknown_score > best[start + 1]:
                best[start + 1], back[start + 1] = best[start] + self._unknown_score, (start, UNKNOWN)
            for end in range(start + 1, min(len(word), start + self._max_length) + 1):
                token_id = self._ids.get(word[start:end])
                if token_id is not None and best[start] + self._scores[token_id] > best[end]:
                    best[end], back[end] = best[start] + self._scores[token_id], (start, token_id)
        ids: list[int] = []
        position = len(word)
        while position:
            position, token_id = back[position]
            # A run of unknown characters is one unknown piece.
            if token_id != UNKNOWN or not ids or ids[-1] != UNKNOWN:
                ids.append(token_id)
        return ids[::-1]
