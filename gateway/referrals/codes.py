"""Referrals, codes: how they are made, and how one is found in a message; pure.

A WhatsApp link can carry only a prefilled message, so there the code is part of its text: "Hei! (ovi K7Q2)". Other
platforms transmit it beside the message.
"""

import re
import secrets
from dataclasses import dataclass

LENGTH = 4
# No vowels, so that no code is a word; no characters that are confused in print (0 O, 1 I L).
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
# The prefilled message of each language: its greeting, which remains for the bot, and the word before the code.
_GREETINGS = {"fi": ("Hei!", "ovi"), "sv": ("Hej!", "dörr"), "en": ("Hello!", "door")}
_BY_WORD = {word: greeting for greeting, word in _GREETINGS.values()}
# ASCII case folding only: Unicode's would accept a long s for s and a dotless i for i.
_IN_WORDS = re.compile(rf"\s*\((ovi|d[öÖ]rr|door):? ({_CODE.pattern})\)", re.IGNORECASE | re.ASCII)


def random_code() -> str:
    """A random code, which reveals nothing about the link."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def parse_code(text: str | None) -> str | None:
    """The code in upper case, or None where the text is not a well-formed code."""
    wanted = (text or "").upper()
    return wanted if (text or "").isascii() and _CODE.fullmatch(wanted) else None


def prefilled_text(language: str, code: str) -> str:
    """The prefilled message of a WhatsApp link."""
    greeting, word = _GREETINGS[language]
    return f"{greeting} ({word} {code})"


@dataclass(frozen=True)
class FoundCode:
    """The referral code that a message contains, and its text without the code."""

    code: str
    text: str


def find_code(text: str | None) -> FoundCode | None:
    """The code in a message and the text without it, or None; a message that was only a code becomes the greeting."""
    found = _IN_WORDS.search(text or "")
    if text is None or found is None:
        return None
    rest = f"{text[: found.start()]}{text[found.end() :]}".strip()
    return FoundCode(found.group(2).upper(), rest or _BY_WORD[found.group(1).lower()])
