"""Telephone and account numbers: country, price and check digits, and never the digits themselves."""

import dataclasses

import pytest

from scam_check.ibans import Account, find_accounts, is_iban
from scam_check.phone_numbers import find_numbers


@pytest.mark.parametrize(
    ("text", "is_premium", "is_foreign"),
    [
        ("soita 0600 12345", True, False),
        ("ring +358 600 123 456 genast", True, False),
        ("call +44 7911 123456", False, True),
        ("soita 040 123 4567", False, False),
    ],
)
def test_the_price_and_the_country_of_a_number_are_told(text: str, is_premium: bool, is_foreign: bool) -> None:
    (number,) = find_numbers(text)

    assert (number.is_premium, number.is_foreign) == (is_premium, is_foreign)


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("tilille FI21 1234 5600 0007 85", Account("FI", is_valid=True)),
        ("tilille FI21 1234 5600 0007 86", Account("FI", is_valid=False)),
        ("to DE89 3704 0044 0532 0130 00", Account("DE", is_valid=True)),
    ],
)
def test_the_country_and_the_check_digits_of_an_account_are_told_and_nothing_else(text: str, account: Account) -> None:
    assert find_accounts(text) == [account]
    assert {field.name for field in dataclasses.fields(Account)} == {"country", "is_valid"}


def test_one_wrong_digit_is_seen() -> None:
    good = "FI2112345600000785"

    assert is_iban(good)
    assert not any(is_iban(good[:place] + "9" + good[place + 1 :]) for place in range(4, 18) if good[place] != "9")
