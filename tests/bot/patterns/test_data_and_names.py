"""Checks of the patterns: codes, links, numbers, sums, platforms and banks are known by their form."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.patterns.check_digits import CENTURIES, is_card_number, is_personal_code
from bot.patterns.data import find_data
from bot.patterns.names import find_names
from scam_check.ibans import is_iban

CHECK = "0123456789ABCDEFHJKLMNPRSTUVWXY"


def kinds(text: str) -> list:
    return [found.kind for found in find_data(text)]


def names(text: str) -> list:
    return [(found.kind, found.value) for found in find_names(text)]


@given(
    st.sampled_from(sorted(CENTURIES.items())).flatmap(
        lambda century: st.tuples(
            st.just(century[0]), st.dates(dt.date(century[1], 1, 1), dt.date(century[1] + 99, 12, 31))
        )
    ),
    st.integers(2, 899),
)
def test_a_personal_code_is_known_with_every_separator_and_its_digits_are_not_told(born, number):
    separator, day = born
    digits = f"{day.day:02d}{day.month:02d}{day.year % 100:02d}{number:03d}"
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


@given(st.integers(1, 10**14 - 1))
def test_an_account_is_known_by_its_remainder_and_a_slip_of_one_digit_is_not(number):
    account = f"{number:014d}"
    check = 98 - int(f"{account}151800") % 97
    iban = f"FI{check:02d}{account}"
    slipped = iban[:-1] + str((int(iban[-1]) + 1) % 10)

    assert is_iban(iban)
    assert is_iban(f"{iban[:4]} {iban[4:8]} {iban[8:]}".lower())
    assert not is_iban(slipped)


@given(st.integers(0, 10**14 - 1))
def test_a_card_is_known_by_its_check_digit_and_a_slip_of_one_digit_is_not(number):
    digits = f"4{number:014d}"
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(digits)]
    check = -sum(value - 9 if value > 9 else value for value in doubled) % 10
    card = f"{digits}{check}"

    assert is_card_number(card)
    assert is_card_number("-".join([card[:4], card[4:8], card[8:12], card[12:]]))
    assert not is_card_number(card[:-1] + str((check + 1) % 10))


@pytest.mark.parametrize(
    "code",
    ["131052-308U", "310252-308T", "131352-308T", "131052_308T", "131052-30T", "x131052-308T", "131052-308T-1"],
    ids=["check", "no such day", "no such month", "separator", "too short", "letter before", "more behind"],
)
def test_what_is_almost_a_personal_code_is_none(code):
    assert not is_personal_code(code)
    assert "personal_code" not in kinds(f"hetu {code} ok")


@pytest.mark.parametrize("code", ["131052-308T", "131052–308t", "131052 - 308T", "(131052-308T)", "hetu:131052-308T."])
def test_a_personal_code_is_known_as_people_type_it(code):
    assert kinds(f"mun {code} on") == ["personal_code"]


@given(st.sampled_from(["040", "+358 40", "+35840", "050", "09", "0295"]), st.integers(100_000, 9_999_999))
def test_a_phone_number_is_no_code(start, rest):
    for written in (f"{start} {rest}", f"{start}{rest}", f"{start} {str(rest)[:3]} {str(rest)[3:]}"):
        assert kinds(f"soita {written} heti") == ["phone_number"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("se pyys 200e", "200 EUR"),
        ("1 500,50 € meni", "1500.50 EUR"),
        ("they want $1,250.50 now", "1250.50 USD"),
        ("2k euroa", "2000 EUR"),
        ("de vill ha 500 kr", "500 SEK"),
        ("0,5 btc", "0.50 BTC"),
    ],
)
def test_a_sum_is_told_as_amount_and_currency(text, value):
    assert [found.value for found in find_data(text)] == [value]


def test_a_door_in_a_street_is_no_money():
    assert kinds("Kuvitteellisentie 5 e 12") == []


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("http://nordea-fi.com/kirjaudu?x=1.", "nordea-fi.com"),
        ("(www.posti-paketti.xyz)", "www.posti-paketti.xyz"),
        ("klikkasin op-vahvistus.info/abc", "op-vahvistus.info"),
    ],
)
def test_a_link_is_told_by_its_domain(text, domain):
    (found,) = find_data(text)

    assert (found.kind, found.value) == ("link", domain)
    assert not text[found.start : found.end].endswith((".", ")"))


def test_an_address_of_mail_is_no_link():
    assert kinds("kirjoita matti.m@esimerkki.fi") == []


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
        ("fb:ssä ja tiktokis", [("platform", "Facebook"), ("platform", "TikTok")]),
        ("snappen hackad, insta-kontot oxå", [("platform", "Snapchat"), ("platform", "Instagram")]),
        ("OP:n sivuilta, ei osuuspankin appista", [("bank", "OP"), ("bank", "OP")]),
        (
            "S-Pankista, säästöpankista ja POP Pankista",
            [("bank", "S-Pankki"), ("bank", "Säästöpankki"), ("bank", "POP Pankki")],
        ),
        ("kiva ilma", []),
        ("toi peli on op", []),
        ("i got no signal", []),
        ("nähdään torilla", []),
        ("instant noodles", []),
    ],
)
def test_platforms_and_banks_are_known_in_slang_and_in_cases(text, expected):
    assert names(text) == expected
