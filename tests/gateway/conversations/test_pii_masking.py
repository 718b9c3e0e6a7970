"""Checks of station 2: codes are hidden, and nothing else is."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.fi import hetu

from gateway.conversations.pii_masking import BANK_CODE, CARD, IBAN, PERSONAL_CODE, CodeKind, mask

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


around = st.sampled_from(["{}", "joo {} siinä", "({}).", "mun numero:{}", "a\n{}\nb"])
gaps = st.sampled_from(["", " ", "-", ".", ". ", "/", "_", ", "])


@given(birthdays, st.sampled_from("+-YXWVUABCDEF"), st.integers(2, 899), around, st.sampled_from([" ", ".", "/"]))
def test_a_personal_code_is_hidden_also_when_it_is_split(
    day: dt.date, separator: str, number: int, text: str, gap: str
) -> None:
    code = personal_code(day, separator, number)
    spelled = gap.join(code)
    dotted = f"{code[:2]}{gap}{code[2:4]}{gap}{code[4:]}"

    for shown in (spelled, dotted, code.lower()):
        assert mask(text.format(shown)).kinds == (PERSONAL_CODE,), shown


@given(birthdays, st.integers(2, 899), st.booleans())
def test_whatever_the_agency_calls_valid_is_hidden(day: dt.date, number: int, new_sign: bool) -> None:
    century = {18: "+", 19: "Y" if new_sign else "-", 20: "B" if new_sign else "A"}[day.year // 100]
    code = personal_code(day, century, number)
    if hetu.is_valid(code):
        assert mask(code).kinds == (PERSONAL_CODE,)


@given(st.sampled_from([("FI", 14), ("SE", 20), ("EE", 16), ("DE", 18), ("NO", 11)]), st.data(), around, gaps)
def test_a_valid_iban_is_hidden_however_it_is_split(
    country: tuple[str, int], data: st.DataObject, text: str, gap: str
) -> None:
    name, length = country
    account = data.draw(st.text("0123456789", min_size=length, max_size=length))
    code = name + iban.calc_check_digits(f"{name}00{account}") + account
    shown = gap.join(code[place : place + 4] for place in range(0, len(code), 4))

    if iban.is_valid(code):  # some countries check more than the whole
        masked = mask(text.format(shown))
        assert masked.kinds == (IBAN,)
        assert shown not in masked.text


@given(st.sampled_from(["4", "51", "37", "6011"]), st.data(), around, gaps)
def test_a_valid_card_is_hidden_however_it_is_split(first: str, data: st.DataObject, text: str, gap: str) -> None:
    length = 14 if first == "37" else 15
    start = first + data.draw(st.text("0123456789", min_size=length - len(first), max_size=length - len(first)))
    digits = start + luhn.calc_check_digit(start)
    shown = gap.join(digits[place : place + 4] for place in range(0, len(digits), 4))

    assert mask(text.format(shown)).kinds == (CARD,)
    assert mask(text.format((gap or " ").join(digits))).kinds == (CARD,)


@pytest.mark.parametrize(
    "text",
    [
        "482913 on mun tunnusluku",
        "4829 is my pin",
        "kertakäyttökoodi 48 29 13",
        "verkkopankin turvaluku: 48-29-13",
        "engångskoden är 482913",
        "the one-time code is 482 913",
        "cvv 4829",
        "vahvistuskoodi tuli 118822",
    ],
)
def test_codes_of_a_bank_are_hidden_before_and_after_their_name_and_in_groups(text: str) -> None:
    masked = mask(text)

    assert masked.kinds == (BANK_CODE,)
    assert not any(character.isdigit() for character in masked.text)


HARMLESS = {
    "phones": st.builds(
        lambda prefix, number, form: form.format(prefix, number[:3], number[3:]),
        st.sampled_from(["040", "044", "045", "050", "09", "+358 40", "+35850", "0035840"]),
        st.text("0123456789", min_size=7, max_size=7),
        st.sampled_from(["{}{}{}", "{} {}{}", "{} {} {}", "{}-{}{}", "{}-{} {}", "{} {}-{}"]),
    ),
    "moments": st.builds(
        lambda moment, form: moment.strftime(form),
        st.datetimes(dt.datetime(1950, 1, 1), dt.datetime(2040, 1, 1)),
        st.sampled_from(
            ["%d.%m.%Y %H:%M", "%d.%m.%y klo %H.%M", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y", "%Y%m%d", "%d.%m. %H-%M"]
        ),
    ),
    "plates": st.builds(
        "{}-{}".format, st.text("ABCDEFGHIJKLMNOPRSTUVXYZ", min_size=3, max_size=3), st.integers(1, 999)
    ),
    "post": st.builds("{:05d} Helsinki".format, st.integers(100, 99999)),
    "orders": st.builds("tilaus {}{}".format, st.sampled_from(["", "#", "FI-", "ORD"]), st.integers(10**5, 10**11)),
    "parcels": st.builds("JJFI{:018d}".format, st.integers(0, 10**18 - 1)),
    "sums": st.builds("{} e, {},{:02d} euroa".format, st.integers(1, 10**6), st.integers(0, 9999), st.integers(0, 99)),
}


@pytest.mark.parametrize("kind", sorted(HARMLESS))
@given(st.data())
def test_what_citizens_write_every_day_stays(kind: str, data: st.DataObject) -> None:
    text = f"hei {data.draw(HARMLESS[kind])} kiitti"

    assert mask(text).text == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("131052308T", PERSONAL_CODE),
        ("mun hetu on 131052308t ok", PERSONAL_CODE),
        ("131052 308T", PERSONAL_CODE),
        ("1 3 1 0 5 2 3 0 8 T", PERSONAL_CODE),
        ("131052\u200b-308T", PERSONAL_CODE),
        ("13\u00ad1052-30\u00ad8T", PERSONAL_CODE),
        ("131052\u2060308\ufeffT", PERSONAL_CODE),
        ("\u202e131052-308T\u202c", PERSONAL_CODE),
        ("１３１０５２－３０８Ｔ", PERSONAL_CODE),
        ("131052\u00a0-\u00a0308T", PERSONAL_CODE),
        ("𝟏𝟑𝟏𝟎𝟓𝟐-𝟑𝟎𝟖T", PERSONAL_CODE),
        ("131052-\n308T", PERSONAL_CODE),
        ("4111\u00a01111\u00a01111\u00a01111", CARD),
        ("4111\u20091111\u202f1111\u30001111", CARD),
        ("4111 1111\n1111 1111", CARD),
        ("FI21 1234 5600\n0007 85", IBAN),
        ("FI21 1234 5600\r\n0007 85", IBAN),
        ("FI21\u200b1234\u200b5600\u200b0007\u200b85", IBAN),
        ("ＦＩ２１ １２３４ ５６００ ０００７ ８５", IBAN),
    ],
)
def test_a_code_is_hidden_however_it_is_written(text: str, kind: CodeKind) -> None:
    masked = mask(f"Hei 👩\u200d👧!\n{text}\nKiitos")

    assert masked.kinds == (kind,)
    assert not any(character.isdigit() for character in masked.text)
    assert masked.text.startswith("Hei 👩\u200d👧!\n")  # all else stays as it was written
    assert masked.text.endswith("\nKiitos")


def test_the_named_code_of_digits_alone_is_hidden_and_a_telephone_number_is_not() -> None:
    code = personal_code(dt.date(1952, 10, 13), "-", 314)
    digits = code.replace("-", "")
    assert digits.isdigit()

    assert mask(f"hetu: {digits}").text == "hetu: ⟦personal_code⟧"
    assert mask(f"numero {digits}").text == f"numero {digits}"
    assert mask("0 4 0 1 2 3 4 5 6 7").kinds == ()
