"""Station 2, before a citizen's words are written down for longer: codes that nobody should have sent are hidden.

Finds Finnish personal identity codes (separators of 2023 included), IBANs, payment card numbers, and bank codes
that are announced as such. What looks alike but is none (phone numbers, dates, sums) stays.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

PERSONAL_CODE = "personal_code"
IBAN = "iban"
CARD = "card_number"
BANK_CODE = "bank_code"

_CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"  # Digital and Population Data Services Agency
_WORD_EDGE = r"(?<![0-9A-Za-zÅÄÖåäö]){}(?![0-9A-Za-zÅÄÖåäö])"

_PERSONAL_CODE = re.compile(
    _WORD_EDGE.format(r"(\d{2})(\d{2})(\d{2}) ?([-+–—]|[YXWVUABCDEFyxwvuabcdef]) ?(\d{3}) ?([0-9A-Ya-y])")
)
_IBAN = re.compile(_WORD_EDGE.format(r"[A-Za-z]{2}\d{2}(?:[ -]?[0-9A-Za-z]{4}){2,7}(?:[ -]?[0-9A-Za-z]{1,3})?"))
_CARD = re.compile(r"(?<![\d+])\d(?:[ -]?\d){12,18}(?!\d)")
_BANK_CODE = re.compile(
    r"(?<!\w)(?:(?:pank\w*|verkkopank\w*|bank\w*|nätbank\w*|natbank\w*|one.?time|kerta\w*|engångs\w*|engangs\w*|sms)[\s-]*)?"
    r"(?:pin\w*|tunnuslu\w+|avainlu\w+|käyttäjätunnu\w+|kayttajatunnu\w+|vahvistuskoo\w+|koodi\w*|tunnu(?:s|kset|kseni)"
    r"|salasana\w*|lösenord\w*|losenord\w*|kod(?:en)?|bankkod\w*|användarkod\w*"
    r"|passcode|password|codes?|otp|cvc|cvv|user ?id)"
    r"(?:\s*(?:numero|nummer|number))?\s*(?:on|oli|e|är|ar|is|was|:|=|-)?\s*(\d{4,10})(?!\d)",
    re.IGNORECASE,
)
_DOOR = re.compile(r"(?:ovi|oven|ovelle|portti|rappu|dörr|dorr|port|door|gate|entrance)\w*\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class Masked:
    """A text with every code replaced by `⟦kind⟧`, and the kinds that were found, each once, in order."""

    text: str
    kinds: tuple[str, ...]


def mask(text: str) -> Masked:
    """Hide the codes in a text."""
    kinds: list[str] = []
    for kind, pattern, is_code in _RULES:
        text = pattern.sub(_replacement(kind, is_code, kinds), text)
    return Masked(text, tuple(dict.fromkeys(kinds)))


def _replacement(
    kind: str, is_code: Callable[[re.Match[str]], bool], kinds: list[str]
) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        if not is_code(match):
            return match.group()
        kinds.append(kind)
        start, end = match.span(match.lastindex or 0) if kind == BANK_CODE else match.span()
        before = match.string[match.start() : start]
        return f"{before}⟦{kind}⟧{match.string[end : match.end()]}"

    return replace


def _is_personal_code(match: re.Match[str]) -> bool:
    day, month, year, separator, number, check = match.groups()
    if not (1 <= int(day) <= 31 and 1 <= int(month) <= 12 and int(number) >= 2):
        return False
    if check.isalpha() or separator.isalpha():
        return True  # a letter there is no phone number: hide it even when mistyped
    return _CHECK_CHARACTERS[int(day + month + year + number) % 31] == check


def _is_iban(match: re.Match[str]) -> bool:
    code = re.sub(r"[ -]", "", match.group()).upper()
    if not 15 <= len(code) <= 34:
        return False
    digits = "".join(str(int(character, 36)) for character in code[4:] + code[:4])
    return int(digits) % 97 == 1


def _is_card(match: re.Match[str]) -> bool:
    digits = [int(character) for character in match.group() if character.isdigit()]
    if digits[0] not in (2, 3, 4, 5, 6) or len(set(digits)) == 1:
        return False
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def _is_bank_code(match: re.Match[str]) -> bool:
    # The code of a front door may be what an officer needs; a year is no code.
    return not _DOOR.search(match.string[: match.start()]) and not re.fullmatch(r"(?:19|20)\d\d", match.group(1))


_RULES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
    (PERSONAL_CODE, _PERSONAL_CODE, _is_personal_code),
    (IBAN, _IBAN, _is_iban),
    (CARD, _CARD, _is_card),
    (BANK_CODE, _BANK_CODE, _is_bank_code),
)
