"""Station 2, masking: hides personal codes in a citizen's text before it is stored with the conversation.

Finds Finnish personal identity codes (separators of 2023 included), IBANs, payment card numbers, and bank codes
and one-time passwords that are announced as such, also spaced, split by punctuation or lines, in full-width digits, or
with invisible characters inside. What looks alike but is none (phone numbers, dates, sums) stays.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache, partial

from stdnum import iban, luhn


class CodeKind(StrEnum):
    """The kinds of codes that are hidden; a masked text has `⟦kind⟧` in their place."""

    PERSONAL_CODE = "personal_code"
    IBAN = "iban"
    CARD = "card_number"
    BANK_CODE = "bank_code"


PERSONAL_CODE, IBAN, CARD, BANK_CODE = CodeKind

_CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"  # Digital and Population Data Services Agency
_START, _END = r"(?<![0-9A-Za-zÅÄÖåäö])", r"(?![0-9A-Za-zÅÄÖåäö])"
# The agency's list of 2023: - and Y to U for the 1900s, A to F for the 2000s, + for the 1800s. Phones write dashes.
_SIGN = r"([-+–—−]|[YXWVUABCDEFyxwvuabcdef])"
_GAP = r"[ .,/_-]{1,2}"

# Written together, or with the same mark between day, month and year.
_PERSONAL_CODE = re.compile(rf"{_START}(\d{{2}})([ ./]?)(\d{{2}})\2(\d{{2}}) ?{_SIGN} ?(\d{{3}}) ?([0-9A-Ya-y]){_END}")
# Every character apart from the next: "1 3 1 0 5 2 - 3 0 8 T"; the sign may be missing.
_SPELLED_PERSONAL_CODE = re.compile(
    rf"{_START}\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d{_GAP}\d[ .,/_]{{0,2}}{_SIGN}?[ .,/_]{{0,2}}"
    rf"\d{_GAP}\d{_GAP}\d{_GAP}[0-9A-Ya-y]{_END}"
)
# Without its sign: with a letter at its end, or after its name; else many a telephone number would be one.
_UNSIGNED_PERSONAL_CODE = re.compile(rf"{_START}(\d{{6}}) ?(\d{{3}}) ?([0-9A-Ya-y]){_END}")
_ITS_NAME = re.compile(
    r"(?<!\w)(?:hetu\w*|henkil[öo]tunnu\w+|sotu\w*|sosiaaliturvatunnu\w+|personbeteckning\w*|personnummer\w*"
    r"|identity (?:code|number)|ssn)\W{1,3}(?:(?:on|är|is)\W{1,2})?$",
    re.IGNORECASE,
)
_LONGEST_NAME = 40
_IBAN_START = re.compile(rf"{_START}[A-Za-z]{{2}}[ .-]{{0,2}}\d[ .-]?\d(?=[ .,/_-]{{0,2}}[0-9A-Za-z])")
_SHORTEST_IBAN, _LONGEST_IBAN = 15, 34  # ISO 13616; Norway's and Malta's are the ends in use
# In groups of at least three digits, the last may be shorter, or digit by digit: dates and times have pairs.
_CARD = re.compile(
    rf"(?<![0-9A-Za-z+.,])(?:\d{{3,19}}(?:{_GAP}\d{{3,19}}){{0,5}}(?:{_GAP}\d{{1,2}})?|\d(?:{_GAP}\d){{12,18}})(?!\d)"
)
# How the numbers of the card schemes begin and how long they are (ISO/IEC 7812): any other length is no card.
_SCHEMES = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5\d{15}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6\d{15,18}", re.ASCII
)
_DIGITS = r"(\d(?:[ -]?\d){3,9})(?!\d)(?![.,:]\d)"
_NAMES = (
    r"(?:(?:pank\w*|verkkopank\w*|bank\w*|nätbank\w*|natbank\w*|one.?time|kerta\w*|engångs\w*|engangs\w*|sms)[\s-]*)?"
    r"(?:pin\w*|tunnuslu\w+|avainlu\w+|käyttäjätunnu\w+|kayttajatunnu\w+|vahvistuskoo\w+|vahvistustunnu\w+|koodi\w*"
    r"|kertakäyttö\w*|kertakaytto\w*|turvalu\w+|turvakoo\w+|tunnu(?:s|kset|kseni)|salasana\w*"
    r"|lösenord\w*|losenord\w*|kod(?:en)?|bankkod\w*|användarkod\w*|säkerhetskod\w*|engångskod\w*|engangskod\w*"
    r"|passcode|password|codes?|otp|cvc2?|cvv2?|user ?id|verification)"
    r"(?:\s*(?:numero|nummer|number|koodi|kod|code))?"
)
_BANK_CODE = re.compile(rf"(?<!\w){_NAMES}\s*(?:on|oli|e|är|ar|is|was|tuli|kom|:|=|-)*\s*{_DIGITS}", re.IGNORECASE)
# "482913 is my code".
_BANK_CODE_BEFORE = re.compile(
    rf"(?<![\d.,:+-]){_DIGITS}\s+(?:on|oli|e|är|ar|is|was)\s+(?:mun|minun|se|sen|min|mitt|my|the|mitt|din|your)?\s*{_NAMES}(?!\w)",
    re.IGNORECASE,
)
_ENTRANCE = re.compile(r"(?:ovi|oven|ovelle|portti|rappu|dörr|dorr|port|door|gate|entrance)\w*\W*$", re.IGNORECASE)


@dataclass(frozen=True)
class Masked:
    """A text with every code replaced by `⟦kind⟧`, and the kinds that were found, each once, in order."""

    text: str
    kinds: tuple[CodeKind, ...]


# Written as it is read: nothing here could hide a code from the patterns.
_USUAL = re.compile(r"[ -~äöåÄÖÅ€’]*")
_DIGIT = re.compile(r"\d")
_HIDDEN = "\N{REPLACEMENT CHARACTER}"  # stands where a code was found, so that no other pattern finds it again
_Span = tuple[int, int]


def mask(text: str) -> Masked:
    """Hide the codes in a text; all else of it stays as it was written."""
    read, places = _as_read(text)
    if _DIGIT.search(read) is None:  # most messages have none
        return Masked(text, ())
    spans: list[tuple[int, int, CodeKind]] = []
    for find in _FINDERS:
        for start, end, kind in find(read):
            spans.append((start, end, kind))
            read = f"{read[:start]}{_HIDDEN * (end - start)}{read[end:]}"
    if not spans:
        return Masked(text, ())
    kinds = tuple(dict.fromkeys(kind for _, _, kind in spans))
    masked, last = [], 0
    for start, end, kind in sorted(spans):
        begin, after = (start, end) if places is None else (places[start], places[end - 1] + 1)
        masked += [text[last:begin], f"⟦{kind}⟧"]
        last = after
    return Masked("".join((*masked, text[last:])), kinds)


def _as_read(text: str) -> tuple[str, list[int] | None]:
    """The text as a person reads it in one line, and where each character of that stands in the text; None: there too.

    Full-width and other digits are plain ones (NFKC), every space and line end is a space, and what is invisible (soft
    hyphens, zero-width characters, directions) is not there.
    """
    if _USUAL.fullmatch(text):
        return text, None
    pieces = [_character_as_read(character) for character in text]
    places = [place for place, piece in enumerate(pieces) for _ in piece]
    return "".join(pieces), places


@lru_cache(maxsize=8192)
def _character_as_read(character: str) -> str:
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me", "Cc") or character in _BLANK:
        return ""
    return unicodedata.normalize("NFKC", character)


# Letters and signs without a shape: the fillers of Hangul, the blank of Braille.
_BLANK = "\u115f\u1160\u3164\uffa0\u2800"


def _each(
    pattern: re.Pattern[str], code_in: Callable[[re.Match[str]], _Span | None], kind: CodeKind, read: str
) -> Iterator[tuple[int, int, CodeKind]]:
    """In each match what `code_in` says is a code, if anything."""
    for match in pattern.finditer(read):
        if (span := code_in(match)) is not None:
            yield (*span, kind)


def _personal_code(match: re.Match[str]) -> _Span | None:
    day, mark, month, year, sign, number, check = match.groups()
    sure = not mark and (check.isalpha() or sign.isalpha())  # then it is no phone number: hide it even when mistyped
    return match.span() if _is_personal_code(day + month + year, number, check, sure=sure) else None


def _unsigned_personal_code(match: re.Match[str]) -> _Span | None:
    birthday, number, check = match.groups()
    if check.isdigit():
        before = match.string[max(match.start() - _LONGEST_NAME, 0) : match.start()]
        if _ITS_NAME.search(before) is None:
            return None
    return match.span() if _is_personal_code(birthday, number, check, sure=False) else None


def _spelled_personal_code(match: re.Match[str]) -> _Span | None:
    characters = re.sub(r"[ .,/_-]", "", match.group())
    if match.group(1) is None and "-" not in match.group() and characters.isdigit():
        return None  # a telephone number, digit by digit
    code = characters if len(characters) == 10 else characters[:6] + characters[7:]  # a sign that is no gap
    return match.span() if _is_personal_code(code[:6], code[6:9], code[9], sure=False) else None


def _is_personal_code(birthday: str, number: str, check: str, *, sure: bool) -> bool:
    if not (1 <= int(birthday[:2]) <= 31 and 1 <= int(birthday[2:4]) <= 12 and int(number) >= 2):
        return False
    return sure or _CHECK_CHARACTERS[int(birthday + number) % 31] == check.upper()


def _ibans(read: str) -> Iterator[tuple[int, int, CodeKind]]:
    place = 0
    while (match := _IBAN_START.search(read, place)) is not None:
        end = _end_of_iban(read, match.start())
        place = match.start() + 1 if end is None else end
        if end is not None:
            yield match.start(), end, IBAN


def _end_of_iban(text: str, start: int) -> int | None:
    """Where the account number that begins there ends; it may be split by anything that people put between groups."""
    code, gap = "", 0
    for place in range(start, len(text)):
        character = text[place]
        if character.isascii() and character.isalnum():
            code, gap = code + character, 0
            ends = place + 1 == len(text) or not text[place + 1].isalnum()
            if ends and len(code) >= _SHORTEST_IBAN and iban.is_valid(code):
                return place + 1
        elif character in " .,/_-" and gap < 2:
            gap += 1
        else:
            return None
        if len(code) >= _LONGEST_IBAN:
            return None
    return None


def _card(match: re.Match[str]) -> _Span | None:
    digits = re.sub(r"\D", "", match.group())
    if not _SCHEMES.fullmatch(digits) or len(set(digits)) == 1 or not _is_one_number(match.group()):
        return None
    return match.span() if luhn.is_valid(digits) else None


def _is_one_number(shown: str) -> bool:
    """Whether the groups are of one number: two telephone numbers in a row are not split evenly."""
    groups = re.findall(r"\d+", shown)
    evenly = len({len(group) for group in groups[:-1]}) <= 1
    return evenly or len(set(re.findall(r"\D+", shown))) == 1


def _bank_code(match: re.Match[str]) -> _Span | None:
    # The code of a front door may be what an officer needs; a year is no code.
    entrance = _ENTRANCE.search(match.string[: match.start()])
    return None if entrance or re.fullmatch(r"(?:19|20)\d\d", match.group(1)) else match.span(1)


_FINDERS: tuple[Callable[[str], Iterator[tuple[int, int, CodeKind]]], ...] = (
    partial(_each, _PERSONAL_CODE, _personal_code, PERSONAL_CODE),
    partial(_each, _UNSIGNED_PERSONAL_CODE, _unsigned_personal_code, PERSONAL_CODE),
    partial(_each, _SPELLED_PERSONAL_CODE, _spelled_personal_code, PERSONAL_CODE),
    _ibans,
    partial(_each, _CARD, _card, CARD),
    partial(_each, _BANK_CODE, _bank_code, BANK_CODE),
    partial(_each, _BANK_CODE_BEFORE, _bank_code, BANK_CODE),
)
