"""Checks of the gate's statistics: worse is what chance does not explain."""

import pytest

from evaluation.baseline import Change
from evaluation.comparison import compare
from evaluation.dataset import CRISES, LabelledMessage
from evaluation.metrics import Metric
from evaluation.predictions import Prediction


def change(lost: int, gained: int, *, lower_is_better: bool = False, same_messages: bool = True) -> Change:
    """A metric of 200 messages of which so many changed."""
    then, now = "1" * lost + "0" * gained, "0" * lost + "1" * gained
    if lower_is_better:
        then, now = now, then
    rest = "1" * (200 - lost - gained)
    metrics = [Metric("metric", each + rest, lower_is_better) for each in (then, now)]
    return Change("fi", "metric", *metrics, same_messages=same_messages)


@pytest.mark.parametrize("lower_is_better", [False, True])
@pytest.mark.parametrize(
    ("lost", "gained", "p_value", "worse"),
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
    lost: int, gained: int, p_value: float, worse: bool, lower_is_better: bool
) -> None:
    seen = change(lost, gained, lower_is_better=lower_is_better)
    assert seen.p_value == pytest.approx(p_value, abs=0.001)
    assert seen.is_worse is worse


def test_where_the_test_set_has_changed_the_values_are_compared() -> None:
    assert change(lost=30, gained=0, same_messages=False).is_worse
    assert not change(lost=3, gained=0, same_messages=False).is_worse


@pytest.mark.parametrize("lower_is_better", [False, True])
def test_the_messages_that_were_lost_are_counted_exactly_in_a_metric_of_any_size(lower_is_better: bool) -> None:
    for size in range(1, 400):
        for lost in range(min(size, 4) + 1):
            then, now = "1" * size, "0" * lost + "1" * (size - lost)
            if lower_is_better:
                then, now = now, then
            metrics = [Metric("metric", each, lower_is_better) for each in (then, now)]
            assert Change("fi", "metric", *metrics, same_messages=True).net_loss == lost


@pytest.mark.parametrize(("lost", "refused"), [(1, []), (2, ["crisis found"])])
def test_one_crisis_may_be_lost_by_chance_and_not_two(lost: int, refused: list[str]) -> None:
    asked = [LabelledMessage("sv", CRISES, "need_to_talk", f"meddelande {number}") for number in range(138)]
    before = [_crisis(each, missed=place < 2) for place, each in enumerate(asked)]
    now = [_crisis(each, missed=place < 2 + lost) for place, each in enumerate(asked)]
    assert [each["name"] for each in compare(before, now)["refused"]] == refused


def _crisis(message: LabelledMessage, *, missed: bool) -> Prediction:
    return Prediction(
        message=message,
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
