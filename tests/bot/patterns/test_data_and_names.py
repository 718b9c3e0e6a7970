"""Checks of the patterns: codes, links, numbers, sums, platforms and banks are known by their form."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.patterns.data import find_data
from bot.patterns.names import find_names

CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def kinds(text: str) -> list:
    return [found.kind for found in find_data(text)]


def names(text: str) -> list:
    return [(found.kind, found.value) for found in find_names(text)]


@given(st.dates(dt.date(1900, 1, 1), dt.date(2026, 1, 1)), st.sampled_from("+-YXWVUABCDEF"), st.integers(2, 899))
def test_a_personal_code_is_known_with_every_separator_and_its_digits_are_not_told(day, separator, number):
    digits = f"{day:%d%m%y}{number:03d}"
    code = f"{digits[:6]}{separator}{digits[6:]}{CHECK[int(digits) % 31]}"
    (found,) = find_data(f"hetu {code} tässä")

    assert (found.kind, found.value, found.start, found.end) == ("personal_code", "personal_code", 5, 16)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tili FI21 1234 5600 0007 85", ["iban"]),
        ("kortti 4539 1488 0343 6467", ["card_number"]),
        ("avasin www.huijaus.ru/x ja nordea-kirjaudu.com", ["link", "link"]),
        ("https://bit.ly/3abc", ["link"]),
        ("soita 040 123 4567 tai +358 9 123 456", ["phone_number", "phone_number"]),
        ("se pyys 200e", ["sum"]),
        ("1 500,50 € meni", ["sum"]),
        ("they want 300 euros", ["sum"]),
        ("24.11.2026 klo 14.30", []),
        ("oon 14 ja asun talossa 5", []),
        ("1234-5678", []),
    ],
)
def test_data_is_known_by_its_form(text, expected):
    assert kinds(text) == expected


@given(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1)))
def test_a_date_is_no_code(moment):
    assert kinds(f"{moment:%d.%m.%Y}") == []
    assert kinds(f"{moment:%Y-%m-%d klo %H.%M}") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mun snäpissä on joku", [("platform", "Snapchat")]),
        ("instatili meni", [("platform", "Instagram")]),
        ("min insta e hackad", [("platform", "Instagram")]),
        ("my discord got hacked", [("platform", "Discord")]),
        ("Nordeasta soitettiin", [("bank", "Nordea")]),
        ("osuuspankin sivu", [("bank", "OP")]),
        ("katson wilmasta", [("platform", "Wilma")]),
        ("kiva ilma", []),
    ],
)
def test_platforms_and_banks_are_known_in_slang_and_in_cases(text, expected):
    assert names(text) == expected
