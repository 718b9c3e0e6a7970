"""Encoder, before the road: writes the word splitter in the format of the `tokenizers` library.

Text is lower-cased, and only pieces in small Latin letters, digits, signs and emojis are kept: the bot answers in fi,
sv and en, capitals carry nothing that the topics need, and the library spends about 1 kB of memory on each piece (all
250,000 of them: 295 MB; the 92,000 kept: 80 MB). A word in another script becomes one unknown piece; a message in
another language is met elsewhere, by its language.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

SPACE = "▁"
SPECIAL_PIECES = 4
# Far under the score of any real word, so that a citizen who types "<s>" gets letters and not a command.
NEVER_CHOSEN = -100.0
# What the weights' own table does beyond NFKC.
DROPPED = "[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"
BLANKS = "[\t\n\r\u000c\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"


def is_kept(piece: str) -> bool:
    """Whether every letter of a piece is a small Latin one; digits, signs and emojis always pass."""
    if piece != piece.lower():
        return False
    letters = (character for character in piece if unicodedata.category(character)[0] in "LM")
    return all(unicodedata.name(letter, "").startswith(("LATIN", "COMBINING")) for letter in letters)


def kept_rows(pieces: Sequence[str]) -> list[int]:
    """The rows of the word table that stay, in order; the special pieces come first and always stay."""
    return [row for row, piece in enumerate(pieces) if row < SPECIAL_PIECES or is_kept(piece)]


def tokenizer_json(pieces: Sequence[str], scores: Sequence[float], unknown: int) -> dict[str, Any]:
    """The whole tokenizer: normalisation, splitting at spaces, and the most likely pieces (unigram)."""
    scored = [
        [piece, NEVER_CHOSEN if row < SPECIAL_PIECES else float(score)]
        for row, (piece, score) in enumerate(zip(pieces, scores, strict=True))
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": {
            "type": "Sequence",
            "normalizers": [
                {"type": "Replace", "pattern": {"Regex": DROPPED}, "content": ""},
                {"type": "Replace", "pattern": {"Regex": BLANKS}, "content": " "},
                {"type": "NFKC"},
                {"type": "Lowercase"},
                {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
            ],
        },
        "pre_tokenizer": {"type": "Metaspace", "replacement": SPACE, "prepend_scheme": "always", "split": False},
        "post_processor": None,
        "decoder": None,
        "model": {"type": "Unigram", "unk_id": unknown, "vocab": scored, "byte_fallback": False},
    }
