"""Checks of the gate's arithmetic: what counts as worse is what chance does not explain."""

import pytest

from tests.evaluation.accepted import Change
from tests.evaluation.figures import Share


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
