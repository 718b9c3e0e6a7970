"""Dialogue, the words: placeholders become names and numbers; digits typed by hand are found."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from answers.contacts import PARTS, Contact
from answers.problems import NotRenderable, worded

PRIVACY_URL: Final = "privacy_url"
# What only the moment of sending knows. These stay as they are in a rendered text; the gateway, which knows the hours
# and the clock, puts the words in. With the longest that may stand for each, in characters, for the checks.
LATE: Final[Mapping[str, int]] = {
    "service_hours": 45,
    "next_opening": 40,
    "closing_time": 30,
    "closed_because": 43,
    "officer_presence": 200,
}

_PLACEHOLDER: Final = re.compile(r"\{([^{}\n]*)\}")
_NAMED: Final = re.compile(r"([a-z][a-z0-9_]*)(?:\.([a-z]+))?")
# Digits in groups, as people type numbers: spaces of any kind, hyphens, dots and a country's plus.
_DIGITS: Final = re.compile("\\+?\\d(?:[ \u00a0\u2009\u202f.-]?\\d)*")
_DATE_OR_TIME: Final = re.compile(r"\d{1,2}\.\d{1,2}(?:\.(?:\d{4}|\d{2})?)?(?:-\d{1,2}\.\d{2})?")
_THOUSANDS: Final = re.compile("[1-9]\\d{0,2}(?:[ \u00a0\u2009\u202f]\\d{3})+")
# Finnish numbers that do not begin with a zero: 112, the 116 and 118 service numbers, and the police's old 10022.
_SERVICE_NUMBER: Final = re.compile(r"11[68]\d{3}|112|10022")
_SHORTEST_NUMBER: Final = 5
_SURELY_A_NUMBER: Final = 7


def placeholders(text: str) -> Iterator[tuple[str, int]]:
    """What stands between each pair of braces, with its position in the text."""
    for match in _PLACEHOLDER.finditer(text):
        yield match.group(1), match.start()


def stray_brace(text: str) -> int | None:
    """The position of the first brace that belongs to no placeholder."""
    if "{" not in text and "}" not in text:
        return None
    bare = _PLACEHOLDER.sub(lambda match: " " * len(match.group()), text)
    return next((position for position, character in enumerate(bare) if character in "{}"), None)


def fill(name: str, language: str, contacts: Mapping[str, Contact], values: Mapping[str, str]) -> str:
    """What stands for `{name}`: a value of that name, else the contact; `LATE` ones stay. Raises `NotRenderable`."""
    match = _NAMED.fullmatch(name)
    if match is None:
        raise NotRenderable(
            worded("'{%(name)s}' is not a placeholder.", name=name),
            "Write {key}, {key.phone}, {key.name} or {key.url}, without spaces.",
        )
    key, part = match.group(1), match.group(2) or ""
    if key in values and not part:
        return values[key]
    if key in LATE and not part:
        return f"{{{key}}}"
    if key not in contacts:
        what = worded("There is no contact '%(name)s'.", name=key)
        raise NotRenderable(what, "Use a key of contacts.yml, or add the contact there.")
    if part and part not in PARTS:
        what = worded("'{%(name)s}': a contact has no '%(part)s'.", name=name, part=part)
        raise NotRenderable(what, worded("One of: %(names)s.", names=", ".join(PARTS)))
    return contacts[key].shown(part, language)


def render(text: str, language: str, contacts: Mapping[str, Contact], values: Mapping[str, str]) -> str:
    """The text with every placeholder filled, in `language` (fi, sv or en). Raises `NotRenderable`."""
    return _PLACEHOLDER.sub(lambda match: fill(match.group(1), language, contacts, values), text)


def contact_keys(text: str) -> set[str]:
    """The contacts (or values) that the text names."""
    return {name.partition(".")[0] for name, _ in placeholders(text)}


def typed_number(text: str, contacts: Mapping[str, Contact]) -> tuple[str, int] | None:
    """The first group of digits outside placeholders that looks like a phone number, with its position.

    A number of a contact always does, in whatever groups; years, dates, sums and short counts do not.
    """
    bare = _PLACEHOLDER.sub(lambda match: "\n" * len(match.group()), text)
    found = list(_DIGITS.finditer(bare))
    if not found:
        return None  # as in most texts
    known = {_only_digits(contact.phone.value["fi"]) for contact in contacts.values() if contact.phone is not None}
    for match in found:
        if _looks_like_a_number(match.group(), known):
            return match.group(), match.start()
    return None


def _looks_like_a_number(group: str, known: set[str]) -> bool:
    if _DATE_OR_TIME.fullmatch(group):
        return False
    digits = _only_digits(group)
    if digits in known or _SERVICE_NUMBER.fullmatch(digits):
        return True
    if len(digits) < _SHORTEST_NUMBER or _THOUSANDS.fullmatch(group):
        return False
    return group.startswith("+") or digits.startswith("0") or len(digits) >= _SURELY_A_NUMBER


@lru_cache(maxsize=1024)  # the numbers of the contacts are asked for with every text
def _only_digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
