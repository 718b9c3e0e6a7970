"""Dialogue, the words: links, addresses and opening hours that were typed by hand instead of picked from the contacts.

What is typed in twenty texts is corrected in nineteen: each fact stands once, in contacts.yml.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Final

from answers.contacts import Contact
from answers.render import typed_number


class TypedFact(Enum):
    """What was typed."""

    NUMBER = "number"
    LINK = "link"
    EMAIL = "email"
    ADDRESS = "address"
    HOURS = "hours"


_PLACEHOLDER: Final = re.compile(r"\{[^{}\n]*\}")
_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_ENDING: Final = r"\.(?:fi|com|org|net|eu|info|io|gov|se|ax|app|me|int)\b"
# "Suomi.fi" with a capital is the name of a service and no address.
_LINK: Final = re.compile(
    r"https?://\S+|\bwww\.\S+|(?<![\w.@-])[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*" + _ENDING + r"(?:/\S*)?"
)
_STREET: Final = (
    "katu|tie|kuja|polku|aukio|tori|ranta|kaari|esplanadi|gatan|vägen|gränden|esplanaden|stigen|torget|kajen"
)
_ADDRESS: Final = re.compile(rf"\b[A-ZÅÄÖ][\w-]*(?:{_STREET})\s+\d+\b|\b[A-Z]\w+ (?:Street|Road|Avenue)\s+\d+\b")
_DAY: Final = "ma|ti|ke|to|pe|la|su|mån|tis|ons|tors|fre|lör|sön|Mon|Tue|Wed|Thu|Fri|Sat|Sun"
_HOURS: Final = re.compile(
    r"\b(?:klo\.?|kl\.?)\s*\d{1,2}\b(?:[.:]\d{2})?|\b\d{1,2}[.:]\d{2}\s*[–-]\s*\d{1,2}[.:]\d{2}\b"
    rf"|\b\d{{1,2}}\s*(?:am|pm|a\.m\.|p\.m\.)|\b(?:{_DAY})\s*[–-]\s*(?:{_DAY})\b"
)
# Each with what every match of it holds: that is looked for in a tenth of the time, and nearly no text has it.
_PATTERNS: Final = (
    (TypedFact.EMAIL, re.compile("@"), _EMAIL),
    (TypedFact.LINK, re.compile(rf"://|www\.|{_ENDING}"), _LINK),
    (TypedFact.ADDRESS, re.compile(r"\s\d"), _ADDRESS),
    (TypedFact.HOURS, re.compile(r"[\d–-]"), _HOURS),
)


def typed_facts(text: str, contacts: Mapping[str, Contact]) -> Iterator[tuple[TypedFact, str, int]]:
    """Each kind of fact outside placeholders, once: what it is, what was typed, and its position."""
    number = typed_number(text, contacts)
    if number is not None:
        yield TypedFact.NUMBER, *number
    bare = _PLACEHOLDER.sub(lambda match: "\n" * len(match.group()), text)
    for kind, hint, pattern in _PATTERNS:
        match = pattern.search(bare) if hint.search(bare) else None
        if match is not None:
            yield kind, match.group(), match.start()
            bare = bare[: match.start()] + "\n" * len(match.group()) + bare[match.end() :]
