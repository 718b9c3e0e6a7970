"""Which matter a message is about, and when a first guess is given up."""

import pytest

from bot.conversation.context import NOW, Context
from bot.conversation.subject import (
    BETTER_SUBJECT,
    LATER_WEIGHT,
    MOST_LIKELY,
    TELLING_WEIGHT,
    beside,
    later_weight,
    likely_after,
    subject,
)
from bot.names import EMERGENCY_TOPIC

FIRST = [("property_theft_lost", 0.5), ("marketplace_seller", 0.4), ("doxxing", 0.1)]
STAYS = {"stay": 0.9, "leave": 0.1}


def after(*rankings: list[tuple[str, float]]) -> dict[str, float]:
    """What the matter may be after a first message and later ones."""
    likely = likely_after({}, FIRST, is_first=True)
    for ranking in rankings:
        likely = likely_after(likely, ranking, is_first=False)
    return likely


def test_a_first_guess_is_given_up_when_what_follows_speaks_for_another_matter() -> None:
    seller = [("marketplace_seller", 0.7), ("property_theft_lost", 0.01)]
    context = Context(topic="property_theft_lost", turns=2)
    assert subject(STAYS, context, seller, 0.25, after()) == ("property_theft_lost", False)
    assert subject(STAYS, context, seller, 0.25, after(seller)) == ("marketplace_seller", True)


def test_one_question_in_words_of_another_matter_changes_nothing() -> None:
    parents = [("report_under_18", 0.9), ("property_theft_lost", 0.02), ("marketplace_seller", 0.02)]
    context = Context(topic="property_theft_lost", turns=2)
    assert subject(STAYS, context, parents, 0.25, after(parents)) == ("property_theft_lost", False)


@pytest.mark.parametrize("name", ["report_how", EMERGENCY_TOPIC, "talk_to_officer"])
def test_no_matter_is_given_up_for_what_is_asked_of_any(name: str) -> None:
    context = Context(topic="doxxing", turns=2)
    assert subject(STAYS, context, [(name, 0.9)], 0.25, {name: 0.9, "doxxing": 0.1}) == ("doxxing", False)


def test_in_danger_the_matter_stays() -> None:
    context = Context(topic="property_theft_lost", turns=2, danger=NOW)
    likely = {"marketplace_seller": 1.0}
    assert subject(STAYS, context, [], 0.25, likely) == ("property_theft_lost", False)


def test_what_may_be_is_bounded_and_adds_up() -> None:
    ranking = [(f"topic_{number}", 0.05) for number in range(20)]
    likely = likely_after({}, ranking, is_first=True)
    assert len(likely) == MOST_LIKELY
    assert sum(after().values()) == pytest.approx(1, abs=0.01)
    assert max(after().values()) <= BETTER_SUBJECT
    assert likely_after({}, ranking, is_first=False) == {}


def test_a_matter_beside_is_one_of_any_talk_and_surely_meant() -> None:
    assert beside([("offender_under_15", 0.6), ("doxxing", 0.3)], "doxxing") == "offender_under_15"
    assert beside([("offender_under_15", 0.4), ("doxxing", 0.3)], "doxxing") is None
    assert beside([("sextortion", 0.9)], "doxxing") is None
    assert beside([("offender_under_15", 0.9)], "offender_under_15") is None


def test_where_the_first_guess_is_open_what_is_told_next_counts_more_than_what_is_asked() -> None:
    open_guess, sure = {"sextortion": 0.4, "cyberbullying": 0.3}, {"sextortion": 0.9}
    assert later_weight(open_guess, asks=0.1) == TELLING_WEIGHT
    assert later_weight(open_guess, asks=0.8) == LATER_WEIGHT
    assert later_weight(sure, asks=0.1) == LATER_WEIGHT
    assert later_weight({}, asks=0.1) == LATER_WEIGHT

    told_next = [("cyberbullying", 0.8), ("sextortion", 0.2)]
    weighed = likely_after(open_guess, told_next, is_first=False, weight=TELLING_WEIGHT)
    assert next(iter(weighed)) == "cyberbullying"
