"""Under doors: the codes that stand in links, and how one is read out of a message; pure.

A link to WhatsApp can carry nothing but words that the citizen sends, so there the code stands in them: "Hei! (ovi
K7Q2)". Elsewhere it travels beside the words.
"""

import re
import secrets
from dataclasses import dataclass

LENGTH = 4
# Without vowels no code is a word, and nothing here is taken for something else on a wall: no 0 or O, no 1, I or L.
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
_CODE = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")
# What a citizen sends who has not written yet, and what the bot is given of it.
_GREETINGS = {"fi": ("Hei!", "ovi"), "sv": ("Hej!", "dörr"), "en": ("Hello!", "door")}
_BY_WORD = {word: greeting for greeting, word in _GREETINGS.values()}
# In ASCII's case alone: elsewhere a long s is an s, and a dotless i an i.
_IN_WORDS = re.compile(rf"\s*\((ovi|d[öÖ]rr|door):? ({_CODE.pattern})\)", re.IGNORECASE | re.ASCII)


def new_code() -> str:
    """A code by chance: it says nothing of who made it, when, or for what."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def as_code(text: str | None) -> str | None:
    """The code that a reference of a link is, in its one spelling; nothing when it has another form."""
    wanted = (text or "").upper()
    return wanted if (text or "").isascii() and _CODE.fullmatch(wanted) else None


def first_words(language: str, code: str) -> str:
    """The words with which a talk on WhatsApp begins."""
    greeting, word = _GREETINGS[language]
    return f"{greeting} ({word} {code})"


@dataclass(frozen=True)
class Marked:
    """A message with the code of a door in its words, and the words without it."""

    code: str
    text: str


def marked(text: str | None) -> Marked | None:
    """What is marked with a door; a message that was nothing but the mark becomes its greeting."""
    found = _IN_WORDS.search(text or "")
    if text is None or found is None:
        return None
    rest = f"{text[: found.start()]}{text[found.end() :]}".strip()
    return Marked(found.group(2).upper(), rest or _BY_WORD[found.group(1).lower()])
