"""The check, telephone numbers: the country and kind of a number; any number that is shown may be forged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import phonenumbers

_HOME: Final = "FI"
_MOST: Final = 6
_PREMIUM: Final = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)
_NUMBER: Final = re.compile(r"(?<![\w.,/@-])(?:\+|00)?\(?\d(?:[ ()-]{0,2}\d){5,14}(?![\w@])")
# Numbers in Finland whose calls are charged for what is said (Traficom, numbering plan).
_SERVICE_NUMBER: Final = re.compile(r"0[67]00(?!\d{7})")
_PREFIX: Final = re.compile(r"(?<![\w.,/@+-])(?:\+(\d{1,3})|0[67]00)(?!\s?[\d(])")
_DATE: Final = re.compile(r"\d{1,4}[.-]\d{1,2}[.-]\d{1,4}.*")


@dataclass(frozen=True)
class PhoneNumber:
    """A number in a text: its country ("" where there is none), and whether calling it costs more; never the digits.

    `is_part`: only its beginning stands there.
    """

    country: str
    is_premium: bool
    start: int
    is_listed: bool = False
    is_part: bool = False

    @property
    def is_foreign(self) -> bool:
        """Whether the number is of another country."""
        return self.country not in ("", _HOME)


def find_numbers(text: str, listed: frozenset[str] = frozenset()) -> list[PhoneNumber]:
    """The telephone numbers of a text, at most six; `listed` are known ones in international form (+358401234567)."""
    found: list[PhoneNumber] = []
    for match in _NUMBER.finditer(text):
        written = match.group()
        if not written.lstrip("(").startswith(("+", "0")) or _DATE.fullmatch(written):
            continue
        number = _parsed(written)
        if number is None:
            continue
        country = phonenumbers.region_code_for_number(number) or ""
        is_premium = phonenumbers.number_type(number) in _PREMIUM or _SERVICE_NUMBER.match(written) is not None
        plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        found.append(PhoneNumber(country, is_premium, match.start(), plain in listed))
        if len(found) == _MOST:
            break
    return found or _prefixes_alone(text)


def _prefixes_alone(text: str) -> list[PhoneNumber]:
    """Numbers of which only the beginning is told: "+375 called me", "a 0700 number"."""
    found = []
    for match in _PREFIX.finditer(text):
        country = phonenumbers.region_code_for_country_code(int(match[1])) if match[1] else _HOME
        if country != phonenumbers.UNKNOWN_REGION and (country != _HOME or not match[1]):
            found.append(PhoneNumber(country, not match[1], match.start(), is_part=True))
    return found[:_MOST]


def international(written: str) -> str | None:
    """A number in international form, or None where it is none; without a country it is a Finnish one."""
    number = _parsed(written)
    return None if number is None else phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parsed(written: str) -> phonenumbers.PhoneNumber | None:
    plain = "+" + written[2:] if written.startswith("00") else written
    try:
        number = phonenumbers.parse(plain, _HOME)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_possible_number(number) or _SERVICE_NUMBER.match(plain) else None
