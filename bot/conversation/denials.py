"""Conversation: what the form of a message says for certain: that it corrects, did not ask, or denies a danger."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

_FILE: Final = Path(__file__).with_name("denials.yml")
# Up to the end of a clause, and what ends one.
_PLACEHOLDERS: Final = {"{clause}": r"[^.,;!?]*?", "{ends}": r"(?=\b(?:vaan|utan|but)\b|[.,;!?]|$)"}
# A joke is told in no more words than these.
_MOST_WORDS: Final = 10
_LEAST_WORDS: Final = 2
# What somebody means instead is told in so many words at least.
_A_MATTER: Final = 5
_CLAUSES: Final = re.compile(r"[^.,;!?]+[.,;!?]*\s*")


def asked_part(text: str) -> str:
    """The message without what it says that it did not ask, or that nobody thinks of, where enough words are left."""
    meant = _without_denied_thoughts(text)
    left = _form("not_asked").sub(" ", _form("and_not").sub(lambda found: next(filter(None, found.groups())), meant))
    if left == text:
        return text
    left = _form("leads").sub("", left).strip()
    return left if len(left.split()) >= _LEAST_WORDS else text


def _without_denied_thoughts(text: str) -> str:
    """ "I don't want to die, it's my ex who threatens me" is about the ex."""
    clauses = _CLAUSES.findall(text)
    meant = [each for each in clauses if not (denies_thoughts(each) or _form("wants_not_to_die").search(each))]
    left = "".join(meant).strip()
    return left if len(meant) < len(clauses) and len(left.split()) >= _A_MATTER else text


def has_called(text: str, *, number_was_read: bool = False) -> bool:
    """Whether it says that 112 was called and answered; where the number was just read, "I called" will do."""
    is_called = bool(_form("called").search(text) or (number_was_read and _form("called_alone").search(text)))
    return is_called and not _form("nobody_answers").search(text)


def is_found(text: str) -> bool:
    """Whether somebody who was missing is there again."""
    return bool(_form("found").search(text)) and not is_silent(text)


def means_another(text: str) -> bool:
    """Whether it says that the danger is somebody else's: "I'm fine" beside it is no denial."""
    return bool(_form("not_me").search(text) and _form("somebody_else").search(text))


def is_silent(text: str) -> bool:
    """Whether somebody does not answer, move or breathe: whatever else it says, no danger is over."""
    return bool(_form("silent").search(text))


def plans_to_tell(text: str) -> bool:
    """Whether somebody says whom they will tell, and nothing that takes it back or speaks of death."""
    return bool(_form("tells_somebody").search(text)) and not _form("not_to_tell").search(text)


def corrects(text: str) -> bool:
    """Whether it begins with a no and goes on: what counts is what follows."""
    return bool(_form("corrects").search(text))


def denies_danger(text: str) -> bool:
    """Whether it says that nobody is in danger; to be believed only where danger was spoken of just before."""
    if means_another(text) or is_silent(text):
        return False
    is_short = len(text.split()) <= _MOST_WORDS and not _form("but").search(text)
    is_joke = is_short and bool(_form("joked").search(text)) and not _form("insists").search(text)
    return is_joke or denies_thoughts(text) or bool(_form("not_now").fullmatch(text) or _form("denies").search(text))


def denies_plainly(text: str) -> bool:
    """Whether it says, with no "but", that nobody is in danger or thinks of death, or that help is on its way."""
    if _form("but").search(text) or means_another(text) or is_silent(text):
        return False
    return bool(denies_thoughts(text) or _form("denies").search(text) or _form("called").search(text))


def denies_thoughts(text: str) -> bool:
    """Whether it says that nobody thinks of death, whatever was spoken of before."""
    if _form("but").search(text):
        return False
    return bool(_form("denies_thoughts").search(text)) or bool(
        _form("wants_not_to_die").search(text) and not _form("goes_on").search(text)
    )


@lru_cache(maxsize=1)
def _forms() -> dict[str, re.Pattern[str]]:
    read = yaml.safe_load(_FILE.read_text("utf-8"))
    return {name: _compiled("|".join(ways)) for name, ways in read.items()}


def _compiled(written: str) -> re.Pattern[str]:
    for name, form in _PLACEHOLDERS.items():
        written = written.replace(name, form)
    return re.compile(written, re.IGNORECASE | re.DOTALL)


def _form(name: str) -> re.Pattern[str]:
    return _forms()[name]
