"""The check, its text: bounded, and with look-alike letters and invisible characters made plain."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# What is looked at of a longer text: a message of the platforms has 4,096 characters at most, and a scam asks early.
HEAD: Final = 2_400
TAIL: Final = 600

# Letters of other scripts that pass for a Latin letter (those that scams use, of Unicode's confusables).
_PAIRS: Final = (
    ("а", "a"), ("е", "e"), ("о", "o"), ("р", "p"), ("с", "c"), ("у", "y"), ("х", "x"), ("і", "i"), ("ј", "j"),
    ("ѕ", "s"), ("ԁ", "d"), ("ԛ", "q"), ("һ", "h"), ("ӏ", "l"), ("м", "m"), ("н", "h"), ("т", "t"), ("к", "k"),
    ("в", "b"), ("п", "n"), ("г", "r"), ("ԝ", "w"), ("ո", "n"), ("ս", "u"), ("օ", "o"), ("α", "a"), ("ο", "o"),
    ("ε", "e"), ("ρ", "p"), ("τ", "t"), ("υ", "u"), ("ι", "i"), ("κ", "k"), ("ν", "v"), ("η", "n"), ("χ", "x"),
    ("ɡ", "g"), ("ɑ", "a"), ("ı", "i"), ("ⅼ", "l"), ("ḷ", "l"), ("ạ", "a"), ("ọ", "o"), ("ẹ", "e"), ("ị", "i"),
)  # fmt: skip
_LOOK_ALIKES: Final = {ord(strange): plain for strange, plain in _PAIRS}
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_MARKS: Final = str.maketrans({"’": "'", "´": "'", "–": "-", "—": "-", "‐": "-", "‑": "-"})


def bounded(text: str) -> str:
    """The beginning and the end of a text, which is all that is looked at."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def plain(text: str) -> str:
    """A text in small letters, without invisible characters, styled letters and typographic marks."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).lower().translate(_MARKS)


def unmasked(text: str) -> str:
    """A text whose look-alike letters are the Latin ones that they pass for."""
    return text.translate(_LOOK_ALIKES)


def is_disguised(word: str) -> bool:
    """Whether a word mixes Latin letters with those of another script that look like them."""
    strange = any(ord(letter) in _LOOK_ALIKES for letter in word)
    return strange and any("a" <= letter <= "z" for letter in word)
