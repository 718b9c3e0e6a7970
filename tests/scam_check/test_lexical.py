"""The wording: how a text reads weighs without any known sign, and what is pointed at stands in our own list."""

import pytest

from scam_check.check import SOME, check_message
from scam_check.kinds import ReasonKind
from scam_check.lexical import Weights, pieces_of, scale_of, shipped
from scam_check.parts import quotable
from scam_check.senders import SenderIndex

TOLD = [
    "a man called from the bank and wanted me to read the codes aloud and move the savings to a safe account",
    "mummille soitti mies pankista ja pyysi lukemaan koodit ääneen ja siirtämään säästöt turvatilille",
    "en man ringde mommo från banken och bad henne läsa upp koderna och flytta pengarna till ett skyddskonto",
]


@pytest.mark.parametrize("text", TOLD)
def test_a_scam_told_in_own_words_is_told_and_not_pasted(text: str, index: SenderIndex) -> None:
    checked = check_message(text, index)

    assert checked.parts.told
    assert not checked.concerns
    assert checked.parts.reasons


@pytest.mark.parametrize(
    "text",
    ["my bike was stolen last night", "mun pyörä vietiin yöllä pihasta", "min cykel blev stulen i natt på gården"],
)
def test_what_is_no_scam_is_neither(text: str, index: SenderIndex) -> None:
    checked = check_message(text, index)

    assert not checked.parts.told
    assert not checked.concerns


def test_the_wording_alone_warns_and_points_at_listed_words_and_at_nothing_of_the_citizens(index: SenderIndex) -> None:
    text = "tapasin Matti Virtasen ja hän halusi jotakin kummaa eilen"
    weights = Weights({}, dict.fromkeys(pieces_of(text), 40.0), {"halusi": 1.0, "eilen": 0.01, "koodi": 2.0})

    checked = check_message(text, index, weights=weights)

    assert checked.score >= SOME
    assert [(reason.kind, reason.words) for reason in checked.parts.reasons] == [(ReasonKind.WORDING, "halusi")]


def test_nobody_is_warned_where_no_listed_word_can_be_pointed_at(index: SenderIndex) -> None:
    text = "tapasin Matti Virtasen illalla kaupungin keskustassa"

    checked = check_message(text, index, weights=Weights({}, dict.fromkeys(pieces_of(text), 40.0), {}))

    assert checked.score < SOME
    assert checked.parts.reasons == ()


def test_kind_words_make_no_false_address_good(index: SenderIndex) -> None:
    text = "Posti: maksa 1,99 € osoitteessa posti-toimitus.com"
    kind = Weights({}, dict.fromkeys(pieces_of(text), -40.0), {})

    assert check_message(text, index, weights=kind).is_warned


def test_the_shipped_files_hold_what_can_be_found(index: SenderIndex) -> None:
    weights = shipped()

    assert 5_000 < len(weights.pieces) <= 20_000
    assert len(weights.words) > 100
    for word in weights.words:
        assert quotable(word) == word
        assert f" {word} " in pieces_of(word)
    for piece in list(weights.pieces)[::50]:
        assert piece in pieces_of(piece.strip()) | pieces_of(f"x{piece}x") | pieces_of(piece), piece


def test_digits_do_not_matter_and_length_hardly_does() -> None:
    assert pieces_of("maksa 38 €") == pieces_of("maksa 95 €")
    assert scale_of(frozenset()) == 1
    assert scale_of(pieces_of("maksa heti tilille " * 50)) == scale_of(pieces_of("maksa heti tilille"))
