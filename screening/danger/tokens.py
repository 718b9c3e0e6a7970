"""The tokens of a message for the danger rules, each with its position in the text."""

import re
import unicodedata
from typing import NamedTuple

START = "^"
END = "$"
STOP = "."
"""The end of a sentence; no gap of a rule reaches across it."""
MARKERS = (START, END, STOP)

# An alarm at the end of a very long message still counts; WhatsApp's own limit is 4096 characters.
_MAX_CHARACTERS = 4096
_TOKEN_PATTERN = re.compile(r"[^\W_]+(?:['’´`*$]+[^\W_]+)*|[.!?…\n;]+|[\U0001F100-\U0001FAFF]")
_INNER_CHARACTERS = str.maketrans({"'": "", "’": "", "´": "", "`": "", "*": "", "$": "s"})
_DIGITS = str.maketrans("013457", "oieast")
_REPEATED = re.compile(r"(.)\1{2,}")
_DOTLESS_LETTERS = {"å": "a", "ä": "a", "ö": "o"}


class Token(NamedTuple):
    """A word, an emoji or the end of a sentence."""

    form: str
    """Lower case, without apostrophes, letters repeated for emphasis cut to two; dots kept."""
    start: int
    end: int
    """Its position in the message, in code points."""


def tokenize(text: str) -> list[Token]:
    """The tokens of a message, with its start and its end as tokens of their own."""
    forms: dict[str, str] = {}  # each word once, in a flood of one emoji too
    tokens = []
    for match in _TOKEN_PATTERN.finditer(text[:_MAX_CHARACTERS]):
        matched = match.group()
        if (form := forms.get(matched)) is None:
            form = forms[matched] = _form_of(matched)
        tokens.append(Token(form, match.start(), match.end()))
    return [Token(START, 0, 0), *tokens, Token(END, len(text), len(text))]


def without_dots(form: str) -> str:
    """The form as a keyboard without å, ä and ö has it."""
    return "".join(_DOTLESS_LETTERS.get(letter, letter) for letter in form)


def _form_of(matched: str) -> str:
    if matched[0] in ".!?…\n;":
        return STOP
    form = unicodedata.normalize("NFKC", matched).lower().translate(_INNER_CHARACTERS)
    # "k1ll" and "un4live" hide from filters; a number alone stays a number.
    if not form.isdigit() and any(letter.isdigit() for letter in form) and form[0].isalpha():
        form = form.translate(_DIGITS)
    return _REPEATED.sub(r"\1\1", _plain_letters(form))


def _plain_letters(form: str) -> str:
    """Without the accents of other languages; å, ä and ö stay."""
    if form.isascii():
        return form
    kept = (letter if letter in _DOTLESS_LETTERS else unicodedata.normalize("NFD", letter)[0] for letter in form)
    return "".join(kept)
