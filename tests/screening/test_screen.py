"""Checks of the danger screen: what it must find, what it must leave alone, and that its weights are those it says.

The floors are a little under what was measured on the open half of the examination (docs/decisions/0023): the threshold
was chosen there, so they guard what was won and say little about sentences yet unseen.
"""

import time
from array import array
from pathlib import Path

import pytest

from screening.danger import words_model
from screening.danger.features import BUCKETS, features_of
from screening.danger.screen import language_of, screen, warm_up
from screening.danger.tokens import tokenize
from screening.danger.words_model import WeightsDamaged, WordsModel

OPEN = Path(__file__).parents[2] / "evaluation" / "danger"
# Emergencies and crises found at least, look-alikes and ordinary messages alarmed at most.
FLOORS = {"fi": (0.96, 0.9, 0.16, 0.02), "sv": (0.95, 0.905, 0.14, 0.03), "en": (0.96, 0.93, 0.2, 0.04)}


def alarmed(language: str, kind: str) -> float:
    lines = [
        line for line in (OPEN / language / "open" / f"{kind}.txt").read_text("utf-8").splitlines() if line.strip()
    ]
    return sum(screen(line) is not None for line in lines) / len(lines)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_it_finds_what_it_found_and_alarms_no_more_than_it_did(language: str) -> None:
    emergencies, crises, lookalikes, ordinary = FLOORS[language]

    assert alarmed(language, "emergencies") >= emergencies
    assert alarmed(language, "crises") >= crises
    assert alarmed(language, "lookalikes") <= lookalikes
    assert alarmed(language, "ordinary") <= ordinary


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("apua joku murtautuu meille", "emergency"),
        ("hänellä on veitsi ja se tulee tänne apua", "emergency"),
        ("någon försöker bryta sig in hos oss nu", "emergency"),
        ("someone is breaking into our house right now", "emergency"),
        ("haluan kuolla", "crisis"),
        ("jag vill dö", "crisis"),
        ("i want to kill myself", "crisis"),
        # An act that is going on is for 112.
        ("otin kourallisen unilääkkeitä, haluan kuolla, apua en pysty hengittämään", "emergency"),
        ("mun tili kaapattiin", None),
        ("kiitos paljon avusta", None),
        ("hei", None),
        ("", None),
        ("😀" * 4096, None),
    ],
)
def test_a_message_is_what_it_is(text: str, danger: str | None) -> None:
    assert screen(text) == danger


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("apua joku murtautuu meille", "fi"),
        ("någon försöker bryta sig in hos oss nu", "sv"),
        ("someone is breaking into our house right now", "en"),
        ("🆘", None),
        ("112", None),
    ],
)
def test_the_language_is_told_where_the_words_tell_it(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_the_features_of_a_message_are_the_same_everywhere_and_always() -> None:
    found = features_of(tokenize("Apua, hän lyö!"))

    assert (min(found), max(found), len(found)) == (5175, 126524, 26)
    assert all(0 <= bucket < BUCKETS for bucket in found)


def test_a_very_long_message_is_seen_at_both_ends() -> None:
    middle = "mun pyörä vietiin eilen " * 150
    assert screen(f"apua joku murtautuu meille. {middle}") == "emergency"
    assert screen(f"{middle} apua joku murtautuu meille") == "emergency"


def test_weights_that_are_not_those_of_the_description_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "words.bin"
    damaged.write_bytes(words_model.WEIGHTS.read_bytes()[:-1])
    monkeypatch.setattr(words_model, "WEIGHTS", damaged)
    words_model.words_model.cache_clear()
    try:
        with pytest.raises(WeightsDamaged):
            words_model.words_model()
    finally:
        words_model.words_model.cache_clear()


def test_probabilities_are_those_of_logistic_regression() -> None:
    zero = array("b", bytes(BUCKETS))
    model = WordsModel((zero,) * 4, (0.1,) * 4, (0.0, 0.0, 0.0, 0.0))

    assert model.dangers(tokenize("mitä vaan")) == {"emergency": pytest.approx(1 / 3), "crisis": pytest.approx(1 / 3)}
    assert sum(model.languages(tokenize("mitä vaan")).values()) == pytest.approx(1)


def test_a_message_costs_little_also_one_of_four_thousand_emoji() -> None:
    """Generous, because other tests run beside this one; the figures are measured by tests/bench/screening.py."""
    warm_up()
    began = time.process_time()
    for _ in range(20):
        screen("moi mun tili kaapattiin eilen illalla enkä pääse enää sisään mitä mä teen")
    each = (time.process_time() - began) / 20
    began = time.process_time()
    screen("😀" * 4096)

    assert each < 0.005
    assert time.process_time() - began < 0.1
