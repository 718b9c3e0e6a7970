"""Checks of the danger evaluation: the direct statements are read, and one that is missed is no success."""

import pytest

from answers.limits import LANGUAGES
from evaluation.alarms import DENIED, DIRECT, Line, Outcome, direct_statements, metrics_of


def metric(kind: str, outcomes: list[Outcome]) -> tuple[float, bool]:
    (found,) = [each for each in metrics_of(outcomes, "fi") if each.name == f"danger: {kind} alarmed"]
    return found.value, found.is_as_complete


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_kind_of_danger_is_stated_directly_and_has_its_negations_beside_it(language: str) -> None:
    lines = list(direct_statements(language))
    dangers = {each.danger for each in lines if each.kind == DIRECT}
    assert dangers == {"emergency", "crisis"}
    assert sum(each.kind == DIRECT for each in lines) >= 400
    assert sum(each.kind == DENIED for each in lines) >= 180
    assert {each.danger for each in lines if each.kind == DENIED} == {"none"}
    assert len({each.text for each in lines}) == len(lines)


def test_a_direct_statement_that_is_missed_fails_whatever_the_baseline_had() -> None:
    lines = [Line("fi", DIRECT, (), text, "emergency") for text in ("apua", "auttakaa")]
    assert metric(DIRECT, [Outcome(each, is_shown=True, is_urgent=True) for each in lines]) == (1.0, True)
    seen = [Outcome(lines[0], is_shown=True, is_urgent=True), Outcome(lines[1], is_shown=False, is_urgent=False)]
    assert metric(DIRECT, seen) == (0.5, False)


def test_a_false_alarm_is_a_matter_of_the_baseline() -> None:
    line = Line("fi", DENIED, (), "en saa henkeä kun nauran", "none")
    assert metric(DENIED, [Outcome(line, is_shown=True, is_urgent=False)]) == (1.0, True)
