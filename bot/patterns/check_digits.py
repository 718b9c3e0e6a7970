"""Station patterns: the check digits of personal identity codes and payment cards (of accounts: `scam_check.ibans`)."""

import re
from datetime import date

# Digital and Population Data Services Agency; the letters beside - and A came in 2023 (Government Decree 128/2010,
# section 2, as amended): + for those born in the 1800s, - and Y X W V U for the 1900s, A to F for the 2000s.
CENTURIES = {"+": 1800, **dict.fromkeys("-YXWVU", 1900), **dict.fromkeys("ABCDEF", 2000)}
_CHECK_CHARACTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_PERSONAL_CODE = re.compile(r"(\d{2})(\d{2})(\d{2}) ?([-+A-FU-Y]) ?(\d{3})([0-9A-FHJ-NPR-Y])")
_DASHES = str.maketrans("–—−‐‑", "-----")

# ISO/IEC 7812: the first digits of the issuers met here -> the lengths they use.
_ISSUERS = (
    (re.compile(r"4"), (13, 16, 19)),
    (re.compile(r"5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)"), (16,)),
    (re.compile(r"3[47]"), (15,)),
    (re.compile(r"3(?:0[0-5]|6|8)"), (14,)),
    (re.compile(r"5[0678]|6"), (16, 17, 18, 19)),
)


def is_personal_code(code: str) -> bool:
    """Whether a code has a real date of birth and the right check character, such as 131052-308T; any dash will do."""
    match = _PERSONAL_CODE.fullmatch(code.translate(_DASHES).upper())
    if match is None:
        return False
    day, month, year, separator, number, check = match.groups()
    try:
        date(CENTURIES[separator] + int(year), int(month), int(day))
    except ValueError:
        return False
    return _CHECK_CHARACTERS[int(day + month + year + number) % 31] == check


def is_card_number(number: str) -> bool:
    """Whether a number has a payment card's issuer and length (ISO/IEC 7812) and Luhn's check digit."""
    digits = re.sub(r"[ -]", "", number)
    if not (digits.isascii() and digits.isdecimal()):
        return False
    if not any(beginning.match(digits) and len(digits) in lengths for beginning, lengths in _ISSUERS):
        return False
    doubled = [int(digit) * (1 + index % 2) for index, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
