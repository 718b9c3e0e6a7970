"""The check, account numbers: the country and the check digits of an IBAN (ISO 13616, ISO 7064)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# The registry of IBAN formats: letters of the country -> length of the whole number.
IBAN_LENGTHS: Final = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22,
    "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27,
    "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27,
    "MD": 24, "ME": 22, "MK": 19, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24,
    "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29, "XK": 20,
}  # fmt: skip
_HOME: Final = "FI"
_MOST: Final = 5
_IBAN: Final = re.compile(r"(?<![^\W_])([A-Z]{2})[ -]?(\d{2})((?:[ -]?[A-Z0-9]){11,30})(?![^\W_])", re.IGNORECASE)


@dataclass(frozen=True)
class Account:
    """An account number in a text: its country's letters, and whether its check digits are right. Never the digits."""

    country: str
    is_valid: bool

    @property
    def is_foreign(self) -> bool:
        """Whether the account is in another country."""
        return self.country != _HOME


def find_accounts(text: str) -> list[Account]:
    """The account numbers of a text, at most five."""
    found: list[Account] = []
    for match in _IBAN.finditer(text):
        country = match[1].upper()
        if country not in IBAN_LENGTHS:
            continue
        compact = re.sub(r"[ -]", "", match.group())[: IBAN_LENGTHS[country]]
        # Letters only after the first digits are words: "FI 12 tuntia".
        if sum(character.isdigit() for character in compact) < 10:
            continue
        found.append(Account(country, is_iban(compact)))
        if len(found) == _MOST:
            break
    return found


def is_iban(number: str) -> bool:
    """Whether a number has its country's length and the right remainder (modulo 97)."""
    compact = re.sub(r"[ -]", "", number).upper()
    if not (compact.isascii() and compact.isalnum()) or len(compact) != IBAN_LENGTHS.get(compact[:2], 0):
        return False
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1
