"""Station patterns: personal identity codes, IBANs, card numbers, links, phone numbers and sums, by their form.

A checksum decides where there is one. The value of a code is its kind, never its digits. The gateway has masked codes
before they come here; this is for every other way in (the shell, tests, a channel to come).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_EDGE = r"(?<![0-9A-Za-zÅÄÖåäö]){}(?![0-9A-Za-zÅÄÖåäö])"
_PERSONAL_CODE = re.compile(_EDGE.format(r"(\d{2})(\d{2})(\d{2})([-+YXWVUABCDEF])(\d{3})([0-9A-FHJ-NPR-Y])"))
_IBAN = re.compile(_EDGE.format(r"[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){2,7}(?: ?[0-9A-Z]{1,3})?"))
_CARD = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
_LINK = re.compile(r"(?:https?://|www\.)\S+|(?<![\w@.])[\w-]+(?:\.[\w-]+)*\.(?:fi|com|net|org|info|me|ly|io|app|ru|xyz)(?:/\S*)?(?!\w)", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w+])(?:\+\d{1,3}[ -]?\d{1,3}(?:[ -]?\d{2,4}){1,4}|0\d{1,3}(?:[ -]?\d{2,4}){2,3})(?!\w)")
_SUM = re.compile(r"(?<!\w)\d+(?:[ .]\d{3})*(?:,\d{1,2})?\s?(?:€|e(?:uroa|uro|gee|ur)?|egee|euros?|eur|tonnia|donaa|kr)(?!\w)|[€$£]\s?\d+", re.IGNORECASE)

# Digital and Population Data Services Agency: the check character of a personal identity code.
_CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"


@dataclass(frozen=True)
class FoundData:
    """Something whose form says what it is; positions are code points of the message."""

    kind: str
    value: str
    start: int
    end: int


def find_data(text: str) -> Iterator[FoundData]:
    """Everything of these kinds in a message; a stretch that is one kind is not looked at as another."""
    taken: list[tuple[int, int]] = []
    for kind, pattern, is_one, hides in _KINDS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if is_one(match) and not any(start < other_end and end > other for other, other_end in taken):
                taken.append((start, end))
                yield FoundData(kind, kind if hides else match.group(), start, end)


def _is_personal_code(match: "re.Match[str]") -> bool:
    day, month, year, _, number, check = match.groups()
    if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12 and int(number) >= 2):
        return False
    return _CHECK_CHARACTERS[int(day + month + year + number) % 31] == check


def _is_iban(match: "re.Match[str]") -> bool:
    code = match.group().replace(" ", "")
    if not 15 <= len(code) <= 34:
        return False
    return int("".join(str(int(sign, 36)) for sign in code[4:] + code[:4])) % 97 == 1


def _is_card(match: "re.Match[str]") -> bool:
    digits = [int(sign) for sign in match.group() if sign.isdigit()]
    summed = sum(digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits[::-1]))
    return summed % 10 == 0 and digits[0] in (2, 3, 4, 5, 6) and len(set(digits)) > 1


def _always(match: "re.Match[str]") -> bool:
    return True


_KINDS: tuple[tuple[str, "re.Pattern[str]", Callable[["re.Match[str]"], bool], bool], ...] = (
    ("personal_code", _PERSONAL_CODE, _is_personal_code, True),
    ("iban", _IBAN, _is_iban, True),
    ("card_number", _CARD, _is_card, True),
    ("link", _LINK, _always, False),
    ("phone_number", _PHONE, _always, True),
    ("sum", _SUM, _always, False),
)
