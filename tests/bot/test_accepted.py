"""Checks of the gate's arithmetic: what counts as worse is what chance does not explain."""

import pytest

from tests.evaluation.accepted import Change
from tests.evaluation.comparison import compare
from tests.evaluation.examine import Examined
from tests.evaluation.figures import Share
from tests.evaluation.messages import CRISES, Question


def change(lost: int, won: int, *, lower_is_better: bool = False, same_messages: bool = True) -> Change:
    """A figure of 200 messages of which so many changed."""
    then, now = "1" * lost + "0" * won, "0" * lost + "1" * won
    if lower_is_better:
        then, now = now, then
    rest = "1" * (200 - lost - won)
    shares = [Share("figure", each + rest, lower_is_better) for each in (then, now)]
    return Change("fi", "figure", *shares, same_messages=same_messages)


@pytest.mark.parametrize("lower_is_better", [False, True])
@pytest.mark.parametrize(
    ("lost", "won", "chance", "worse"),
    [
        (2, 0, 1 / 4, False),
        (6, 0, 1 / 64, False),
        (7, 0, 1 / 128, True),
        (9, 1, 11 / 1024, False),
        (10, 1, 12 / 2048, True),
        (10, 10, 0.588, False),
        (0, 7, 1.0, False),
    ],
)
def test_each_message_that_changed_is_a_coin(
    lost: int, won: int, chance: float, worse: bool, lower_is_better: bool
) -> None:
    seen = change(lost, won, lower_is_better=lower_is_better)
    assert seen.chance == pytest.approx(chance, abs=0.001)
    assert seen.is_worse is worse


def test_where_other_messages_were_asked_the_shares_are_compared() -> None:
    assert change(lost=30, won=0, same_messages=False).is_worse
    assert not change(lost=3, won=0, same_messages=False).is_worse


@pytest.mark.parametrize("lower_is_better", [False, True])
def test_the_messages_that_were_lost_are_counted_exactly_in_a_figure_of_any_size(lower_is_better: bool) -> None:
    for size in range(1, 400):
        for lost in range(min(size, 4) + 1):
            then, now = "1" * size, "0" * lost + "1" * (size - lost)
            if lower_is_better:
                then, now = now, then
            shares = [Share("figure", each, lower_is_better) for each in (then, now)]
            assert Change("fi", "figure", *shares, same_messages=True).fall == lost


@pytest.mark.parametrize(("lost", "refused"), [(1, []), (2, ["crisis found"])])
def test_one_crisis_may_be_lost_by_chance_and_not_two(lost: int, refused: list[str]) -> None:
    asked = [Question("sv", CRISES, "need_to_talk", f"meddelande {number}") for number in range(138)]
    before = [_crisis(each, missed=place < 2) for place, each in enumerate(asked)]
    now = [_crisis(each, missed=place < 2 + lost) for place, each in enumerate(asked)]
    assert [each["name"] for each in compare(before, now)["refused"]] == refused


def _crisis(question: Question, *, missed: bool) -> Examined:
    return Examined(
        question=question,
        guess="need_to_talk",
        confidence=0.9,
        ranked=("need_to_talk",),
        answered=True,
        language="sv",
        danger=None if missed else "crisis",
        second=None,
        after_answer=None,
        wanted_after_answer=None,
    )
