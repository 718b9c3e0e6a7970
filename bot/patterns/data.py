"""Station patterns: personal identity codes, IBANs, card numbers, links, phone numbers and sums, by their form.

A checksum decides where there is one. The gateway has masked codes before they come here; this is for every other way
in (the shell, tests, a channel to come).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.patterns.check_digits import is_card_number, is_personal_code
from scam_check.ibans import IBAN_LENGTHS, is_iban

_PERSONAL_CODE = re.compile(r"(?<![\w-])\d{6} ?[-–—−‐‑+A-FU-Y] ?\d{3}[0-9A-FHJ-NPR-Y](?![\w-])", re.IGNORECASE)
_IBAN_BEGINNING = re.compile(r"(?<!\w)([A-Z]{2})[ -]?\d{2}", re.IGNORECASE)
_CARD_NUMBER = re.compile(r"(?<![\w+.,-])\d(?:[ -]?\d){12,18}(?![\w-])")

_DOMAIN_ENDINGS = "fi|se|com|net|org|info|eu|io|me|ru|xyz|top|site|online|shop|app|link|live|club|vip|icu|cc|ly|gl"
_LINK = re.compile(
    rf"(?<![\w@.-])(?:(?:https?|hxxps?)://|www\.)[^\s<>\"']+"
    rf"|(?<![\w@.-])(?:[\w-]+\.)+(?:{_DOMAIN_ENDINGS})(?:/[^\s<>\"']*|(?![\w.@-]*[\w@]))",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"^\w+://")

_PHONE_NUMBER = re.compile(r"(?<![\w.,/:-])(?:\+|00)?\(?\d(?:[ ()-]{0,2}\d){6,14}(?![\w/-]|[.,:]\d)")
_DATE = re.compile(r"\d{1,4}-\d{1,2}-\d{1,4}")

_AMOUNT = r"(?P<amount>\d{1,3}(?:[ .\u00a0]\d{3})+(?:,\d{1,2})?|\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?)"
_THOUSAND = r"(?P<thousand>k|tonnia?|tuhatta|tusen|thousand)?"
# "5 e 12" is a door in a street, "5 e" is money.
_CURRENCIES = {
    "EUR": r"€|e(?!\s?\d)|eur|euro(?:a|n|s|t|i|ja|lla|ll|in|na|ks)?|eu|egee?|donaa",
    "SEK": r"kr|kronor|kruunua|sek",
    "USD": r"\$|usd|dollars?|dollar(?:ia|in|ii)|taalaa|bucks",
    "GBP": r"£|gbp|pounds?|puntaa",
    "BTC": r"btc|bitcoins?|bitcoinia",
}
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
_SUM = re.compile(
    rf"(?<![\w.,]){_AMOUNT}\s?{_THOUSAND}\s?(?:"
    + "|".join(rf"(?P<{currency}>{names})" for currency, names in _CURRENCIES.items())
    + r")(?!\w)",
    re.IGNORECASE,
)
_SUM_AFTER_SIGN = re.compile(rf"(?<!\w)(?P<sign>[€$£])\s?{_AMOUNT}(?P<thousand>k)?(?![\w.,]*\d)", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+(?:[.,]\d{1,2})?")


@dataclass(frozen=True)
class FoundData:
    """Something whose form says what it is; positions are code points of the message."""

    kind: str
    value: str
    """The domain of a link, "50 EUR" for a sum; of everything else the kind again, never the digits."""
    start: int
    end: int


def find_data(text: str) -> list[FoundData]:
    """Everything of these kinds in a message, in its order; no two overlap, the more certain kind wins."""
    found: list[FoundData] = []
    for finder in _FINDERS:
        for data in finder(text):
            if all(data.end <= other.start or data.start >= other.end for other in found):
                found.append(data)
    return sorted(found, key=lambda data: data.start)


def _personal_codes(text: str) -> Iterator[FoundData]:
    for match in _PERSONAL_CODE.finditer(text):
        if is_personal_code(match.group()):
            yield FoundData("personal_code", "personal_code", *match.span())


def _ibans(text: str) -> Iterator[FoundData]:
    for match in _IBAN_BEGINNING.finditer(text):
        length = IBAN_LENGTHS.get(match[1].upper())
        if length is None:
            continue
        whole = re.compile(rf"[A-Z0-9](?:[ -]?[A-Z0-9]){{{length - 1}}}(?!\w)", re.IGNORECASE)
        number = whole.match(text, match.start())
        if number is not None and is_iban(number.group()):
            yield FoundData("iban", "iban", *number.span())


def _card_numbers(text: str) -> Iterator[FoundData]:
    for match in _CARD_NUMBER.finditer(text):
        if is_card_number(match.group()):
            yield FoundData("card_number", "card_number", *match.span())


def _links(text: str) -> Iterator[FoundData]:
    for match in _LINK.finditer(text):
        link = match.group().rstrip(".,;:!?)]}»”…")
        domain = re.split(r"[/?#]", _SCHEME.sub("", link), maxsplit=1)[0].lower()
        if domain:
            yield FoundData("link", domain, match.start(), match.start() + len(link))


def _sums(text: str) -> Iterator[FoundData]:
    for pattern in (_SUM, _SUM_AFTER_SIGN):
        for match in pattern.finditer(text):
            groups = match.groupdict()
            currency = _SIGNS.get(groups.get("sign") or "") or next(name for name in _CURRENCIES if groups.get(name))
            amount = _number(groups["amount"]) * (1000 if groups["thousand"] else 1)
            yield FoundData("sum", f"{amount:.2f} {currency}".replace(".00 ", " "), *match.span())


def _phone_numbers(text: str) -> Iterator[FoundData]:
    for match in _PHONE_NUMBER.finditer(text):
        number = match.group()
        # Without a + or a leading 0 it is a case number, a price or a score. ITU-T E.164: at most 15 digits.
        digits = sum(character.isdigit() for character in number)
        if number.lstrip("(")[0] in "+0" and 7 <= digits <= 15 and not _DATE.fullmatch(number):
            yield FoundData("phone_number", "phone_number", *match.span())


def _number(written: str) -> float:
    """ "1 250,50", "1.250", "1,250.50" and "12.5" as numbers."""
    compact = re.sub(r"[ \u00a0]", "", written)
    if not _GROUPED.fullmatch(compact):
        return float(compact.replace(",", "."))
    whole, decimals = compact, ""
    if compact[-2] in ".," or compact[-3] in ".,":
        whole, decimals = re.split(r"[.,](?=\d{1,2}$)", compact)
    return float(re.sub(r"[.,]", "", whole) + "." + (decimals or "0"))


_FINDERS: tuple[Callable[[str], Iterator[FoundData]], ...] = (
    _personal_codes,
    _ibans,
    _card_numbers,
    _links,
    _sums,
    _phone_numbers,
)
