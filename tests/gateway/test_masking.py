"""Checks of station 2: codes are hidden, and nothing else is."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversations.masking import BANK_CODE, CARD, IBAN, PERSONAL_CODE, mask

CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"
birthdays = st.dates(dt.date(1900, 1, 1), dt.date(2026, 12, 31))


def personal_code(day: dt.date, separator: str, number: int) -> str:
    digits = f"{day:%d%m%y}{number:03d}"
    return f"{digits[:6]}{separator}{digits[6:]}{CHECK[int(digits) % 31]}"


@given(
    birthdays,
    st.sampled_from("+-YXWVUABCDEF"),
    st.integers(2, 899),
    st.sampled_from(["{}", "hetu {}.", "({})", "on {} ok"]),
)
def test_a_personal_code_is_hidden_whatever_its_separator(
    day: dt.date, separator: str, number: int, around: str
) -> None:
    code = personal_code(day, separator, number)

    masked = mask(around.format(code))

    assert code not in masked.text
    assert PERSONAL_CODE in masked.kinds


@pytest.mark.parametrize(
    "text",
    [
        "040 123 4567",
        "+358 40 1234567",
        "puh 0401234567",
        "050-1234567",
        "24.11.2026 klo 14:30",
        "2026-11-24",
        "maksoin 1500 euroa",
        "mulla on 112 euroa",
        "synnyin 2009",
        "koodi 2009",
        "alaoven koodi on 4711",
        "dörrkod 4711",
        "talo 12345",
        "tilausnumero 9918273645",
        "vuonna 1995 oli 30.",
        "FI on Suomi",
        "nordea op 116 111 09 2525 0111",
    ],
)
def test_what_only_looks_like_a_code_stays(text: str) -> None:
    assert mask(text).text == text
    assert mask(text).kinds == ()


@given(st.integers(0, 9_999_999), st.sampled_from(["040", "045", "050", "+35840"]), st.sampled_from(["", " ", "-"]))
def test_phone_numbers_stay(number: int, prefix: str, separator: str) -> None:
    text = f"soita {prefix}{separator}{number:07d}"

    assert mask(text).text == text


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1)))
def test_dates_and_times_stay(moment: dt.datetime) -> None:
    for text in (f"{moment:%d.%m.%Y %H:%M}", f"{moment:%Y-%m-%d}", f"{moment:%d%m%Y}"):
        assert mask(text).text == text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("tili FI21 1234 5600 0007 85 siinä", "tili ⟦iban⟧ siinä"),
        ("FI2112345600000785", "⟦iban⟧"),
        ("SE45 5000 0000 0583 9825 7466", "⟦iban⟧"),
    ],
)
def test_an_iban_is_hidden(text: str, hidden: str) -> None:
    assert mask(text).text == hidden
    assert mask(text).kinds == (IBAN,)


@given(st.integers(0, 10**14 - 1), st.sampled_from(["4", "5"]), st.sampled_from(["", " ", "-"]))
def test_a_card_number_is_hidden(number: int, first: str, separator: str) -> None:
    start = f"{first}{number:014d}"
    total = sum(int(d) if i % 2 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(start))
    digits = f"{start}{-total % 10}"
    shown = separator.join(digits[i : i + 4] for i in range(0, 16, 4))

    masked = mask(f"kortti {shown} vanhenee")

    assert shown not in masked.text
    assert CARD in masked.kinds


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("annoin pin 1234 sille", "annoin pin ⟦bank_code⟧ sille"),
        ("tunnusluku oli 482913", "tunnusluku oli ⟦bank_code⟧"),
        ("min bankkod är 82910", "min bankkod är ⟦bank_code⟧"),
        ("the code is 4829", "the code is ⟦bank_code⟧"),
        ("vahvistuskoodi: 118822", "vahvistuskoodi: ⟦bank_code⟧"),
    ],
)
def test_a_bank_code_that_is_named_as_such_is_hidden(text: str, hidden: str) -> None:
    assert mask(text).text == hidden
    assert mask(text).kinds == (BANK_CODE,)


@given(st.text(max_size=300))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = mask(text).text

    assert mask(once).text == once
