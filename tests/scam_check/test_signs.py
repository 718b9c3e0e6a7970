"""Weak signs: one alone warns of nothing, several together do, and what speaks for a message weighs against them."""

import pytest

from scam_check.check import SOME, check_message
from scam_check.ibans import find_accounts
from scam_check.kinds import ReasonKind, Suspicion
from scam_check.lexical import ALWAYS, shipped
from scam_check.links import find_links
from scam_check.phone_numbers import find_numbers
from scam_check.phrases.matcher import find_phrases
from scam_check.senders import SenderIndex
from scam_check.signs import signs_of


def found(text: str, index: SenderIndex) -> frozenset[str]:
    return signs_of(text, find_links(text), find_numbers(text), find_accounts(text), find_phrases(text), index)


@pytest.mark.parametrize(
    "text",
    [
        "see the pictures of our trip: aurora-trips.example.com",
        "rent is 720 eur this month",
        "my number is +372 5123 4567",
        "my mail is matti@gmail.com, i lost 300 € in an online shop and want to report",
        "I want to report that someone took my passport, call me +44 7911 123456",
        "minun numeroni on 040 123 4567, soittakaa",
        "katso talkoiden kuvat: mokkikuvat.fi",
        "min chef är utomlands",
    ],
)
def test_a_weak_sign_alone_warns_of_nothing(text: str, index: SenderIndex) -> None:
    checked = check_message(text, index)

    assert not checked.is_warned
    assert not checked.parts.told


@pytest.mark.parametrize(
    "text",
    [
        "Cheap cabin 500 €, the host wants a bank transfer: cabins-levi.stay-host.example.net",
        "Halpa mökki 500 €, vuokranantaja pyytää maksamaan etukäteen: mokit-levi.vuokra-host.example.net",
        "Billig stuga 500 €, värden vill ha handpenning: stugor-levi.hyra-host.example.net",
    ],
)
def test_several_weak_signs_warn_with_a_reason(text: str, index: SenderIndex) -> None:
    parts = check_message(text, index).parts

    assert parts.suspicion is not Suspicion.NONE
    assert parts.reasons


@pytest.mark.parametrize(
    "text", ["+375 called me nine times and I paid 80 €", "op.fi%20turva@45.88.107.3/kirjaudu maksa"]
)
def test_a_beginning_of_a_number_and_an_address_behind_a_name_are_seen(text: str, index: SenderIndex) -> None:
    kinds = {reason.kind for reason in check_message(text, index).parts.reasons}

    assert kinds & {ReasonKind.FOREIGN_NUMBER, ReasonKind.IP_ADDRESS}


def test_what_speaks_for_a_message_weighs_against_the_signs(index: SenderIndex) -> None:
    bare = "invoice 128 €, pay to the account of stay-host.example.net"
    trusted = bare + ", same account as usual, no link, I booked it myself"

    weights = shipped()
    assert weights.of_signs(found(trusted, index)) < weights.of_signs(found(bare, index))


def test_every_weight_is_of_a_sign_that_can_be_found(index: SenderIndex) -> None:
    texts = [
        "a-b.c-d.top/x x-y.example.com/ bit.ly/3 https://yle.fi https://posti.fi mokki.fi a@gmail.com b@c-d.biz",
        "setup.exe 12 000 € !! +375291234567 0700 41 9920 DE89 3704 0044 0532 0130 00 pay 500 € at a-b.example.net",
        "police stranger abroad deposit refund wants passport by mistake paypal code locked at once",
        "as usual, same account; no link; tomorrow; i just booked",
        "+375 called",
        "see https://yle.fi and https://posti.fi",
    ]
    every = frozenset[str]().union(*(found(text, index) for text in texts))

    assert set(shipped().signs) - {ALWAYS} <= every


def test_nobody_is_warned_without_a_reason(index: SenderIndex) -> None:
    checked = check_message("diplomat abroad wants 12 000 for a passport, mail diplomat@consultant.example.com", index)

    assert checked.parts.reasons or checked.score < SOME


def test_friendly_words_make_no_false_address_good(index: SenderIndex) -> None:
    text = "Posti: pay 1,99 € at posti-toimitus.com. Same account as usual, no action, tomorrow, I booked it"

    assert check_message(text, index).parts.suspicion is Suspicion.STRONG
