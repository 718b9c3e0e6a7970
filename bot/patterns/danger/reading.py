"""Station patterns: a message read as the rules see it, word by word, each with its place in the text."""

import re
import unicodedata
from dataclasses import dataclass

START = "^"
END = "$"
STOP = "."
"""The end of a sentence; no gap of a rule reaches across it."""
SIGNS = (START, END, STOP)

# An alarm at the end of a very long message still counts; WhatsApp's own limit is 4096 characters.
_MOST_CHARACTERS = 4096
_TOKEN = re.compile(r"[^\W_]+(?:['’´`*$]+[^\W_]+)*|[.!?…\n;]+|[\U0001F100-\U0001FAFF]")
_INSIDE = str.maketrans({"'": "", "’": "", "´": "", "`": "", "*": "", "$": "s"})
_DIGITS = str.maketrans("013457", "oieast")
_REPEATED = re.compile(r"(.)\1{2,}")
_LETTERS_BY_DOT = {"å": "a", "ä": "a", "ö": "o"}


@dataclass(frozen=True)
class Word:
    """A word, an emoji or the end of a sentence."""

    form: str
    """Lower case, without apostrophes, letters repeated for emphasis cut to two; dots kept."""
    start: int
    end: int
    """Where it stands in the message, in code points."""


def read(text: str) -> list[Word]:
    """The words of a message, with its start and its end as words of their own."""
    words = [_word(match) for match in _TOKEN.finditer(text[:_MOST_CHARACTERS])]
    return [Word(START, 0, 0), *words, Word(END, len(text), len(text))]


def without_dots(form: str) -> str:
    """The form as a keyboard without å, ä and ö has it."""
    return "".join(_LETTERS_BY_DOT.get(letter, letter) for letter in form)


def _word(match: re.Match[str]) -> Word:
    token = match.group()
    if token[0] in ".!?…\n;":
        return Word(STOP, match.start(), match.end())
    form = unicodedata.normalize("NFKC", token).lower().translate(_INSIDE)
    # "k1ll" and "un4live" hide from filters; a number alone stays a number.
    if not form.isdigit() and any(letter.isdigit() for letter in form) and form[0].isalpha():
        form = form.translate(_DIGITS)
    return Word(_REPEATED.sub(r"\1\1", _plain_letters(form)), match.start(), match.end())


def _plain_letters(form: str) -> str:
    """Accents of other languages taken off; å, ä and ö stay."""
    if form.isascii():
        return form
    kept = (letter if letter in _LETTERS_BY_DOT else unicodedata.normalize("NFD", letter)[0] for letter in form)
    return "".join(kept)
