"""Checks of what figures tell: an attacker with every view tries to find one person, and does not."""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.analytics.models import Measure
from gateway.analytics.rounding import MESSAGES_STEP, STEP, Cell, Period, RoundedCounts, days_of, round_counts, weeks_of
from gateway.analytics.trends import LEAST, rising, tail, trimmed_mean
from tests.worlds import tiers
from tests.worlds.year_of_counts import RARE_TOPIC, WAVE, WAVE_TOPIC, Day, year

MONDAY = dt.date(2026, 3, 2)
TOTAL, A, B = (Measure.PEOPLE, ""), (Measure.TOPIC, "a"), (Measure.TOPIC, "b")
MOST = 5  # of one topic and day, in the worlds that the attacker thinks possible


def told_of(days: Sequence[Day], length: int = 31) -> RoundedCounts:
    return RoundedCounts(MONDAY, MONDAY + dt.timedelta(days=length - 1), round_counts({}, days))


def world(counts: tuple[int, ...]) -> list[Day]:
    """Three days of two topics, and their total: everybody asks about one of them."""
    found: list[Day] = []
    for number in range(3):
        a, b, day = counts[2 * number], counts[2 * number + 1], MONDAY + dt.timedelta(days=number)
        found += [(day, cell, count) for cell, count in ((A, a), (B, b), (TOTAL, a + b)) if count]
    return found


def spans(counts: tuple[int, ...]) -> Iterator[tuple[str, int]]:
    """What the attacker would like to know: each topic and both together, on each day and run of days."""
    for first, last in itertools.combinations_with_replacement(range(3), 2):
        for name, parts in (("a", (0,)), ("b", (1,)), ("both", (0, 1))):
            yield (
                f"{name} {first}-{last}",
                sum(counts[2 * day + part] for day in range(first, last + 1) for part in parts),
            )


def test_no_set_of_views_singles_out_one_person_or_says_that_a_cell_holds_fewer_than_a_step() -> None:
    # Everything that is shown is a sum of told days: whoever has all of them has every page, period and file.
    consistent: dict[object, list[tuple[int, ...]]] = defaultdict(list)
    for counts in itertools.product(range(MOST + 1), repeat=6):
        rounded = round_counts({}, world(counts))
        consistent[tuple((cell, tuple(sorted(days.items()))) for cell, days in sorted(rounded.items()))].append(counts)

    inner = 0
    for worlds in consistent.values():
        possible: dict[str, set[int]] = defaultdict(set)
        for counts in worlds:
            for name, value in spans(counts):
                possible[name].add(value)
        found = {name: values for name, values in possible.items() if values == {1} or values == {0, 1}}
        assert found == {}
        inner += 1
    assert inner > 100  # the attacker did see different things


@pytest.mark.parametrize("others", range(STEP - 1))
def test_who_is_alone_in_a_cell_changes_nothing_in_it(others: int) -> None:
    before = [(MONDAY, A, others)] if others else []
    alone = (MONDAY + dt.timedelta(days=3), A, 1)

    assert round_counts({}, [*before, alone]) == round_counts({}, before) == {}


def test_who_watches_the_page_all_day_sees_whole_steps_and_never_one_person_come() -> None:
    seen = [told_of([(MONDAY, A, count)]).total(*A) for count in range(23)]

    assert sorted(set(seen)) == [0, 5, 10, 15, 20]
    assert all(later - earlier in (0, STEP) for earlier, later in itertools.pairwise(seen))


days_of_counts = st.lists(
    st.tuples(st.integers(0, 59), st.sampled_from([A, B, TOTAL, (Measure.MESSAGES, "")]), st.integers(1, 40)),
    max_size=80,
).map(lambda rows: [(MONDAY + dt.timedelta(days=number), cell, count) for number, cell, count in sorted(rows)])


@settings(deadline=None, max_examples=tiers.examples(60))
@given(days_of_counts, st.integers(0, 59))
def test_a_page_that_begins_later_tells_the_same_of_its_days(days: list[Day], begins: int) -> None:
    first = MONDAY + dt.timedelta(days=begins)
    before: dict[Cell, int] = defaultdict(int)
    for day, cell, count in days:
        if day < first:
            before[cell] += count
    whole = RoundedCounts(MONDAY, MONDAY + dt.timedelta(days=59), round_counts({}, days))

    assert round_counts(before, [each for each in days if each[0] >= first]) == whole.since(first).cells


@settings(deadline=None, max_examples=tiers.examples(60))
@given(days_of_counts)
def test_days_weeks_and_months_differ_by_whole_steps_and_are_near_the_truth(days: list[Day]) -> None:
    last = MONDAY + dt.timedelta(days=59)
    rounded = RoundedCounts(MONDAY, last, round_counts({}, days))
    for cell, step in ((A, STEP), (TOTAL, STEP), ((Measure.MESSAGES, ""), MESSAGES_STEP)):
        by_day = rounded.series(*cell, days_of(MONDAY, last))
        by_week = rounded.series(*cell, weeks_of(MONDAY, last))
        assert sum(by_day) == sum(by_week) == rounded.total(*cell)
        assert all(count % step == 0 for count in (*by_day, *by_week))
        for start in range(0, 60, 7):
            period = Period(MONDAY + dt.timedelta(days=start), min(MONDAY + dt.timedelta(days=start + 20), last))
            true = sum(count for day, its, count in days if its == cell and period.first <= day <= period.last)
            assert abs(rounded.total(*cell, period) - true) < step


def test_a_rare_matter_is_told_late_and_not_never() -> None:
    rare = [(MONDAY + dt.timedelta(days=4 * number), (Measure.TOPIC, RARE_TOPIC), 1) for number in range(10)]
    rounded = told_of(rare, 60)

    assert rounded.total(Measure.TOPIC, RARE_TOPIC) == 10
    assert rounded.series(Measure.TOPIC, RARE_TOPIC, weeks_of(MONDAY, MONDAY + dt.timedelta(days=41))) == [
        0,
        0,
        5,
        0,
        0,
        5,
    ]


def test_a_share_of_too_few_is_not_said() -> None:
    rounded = told_of([(MONDAY, TOTAL, 49), (MONDAY, (Measure.HANDED_OVER, ""), 20)])
    assert rounded.share(Measure.HANDED_OVER, "") is None
    rounded = told_of([(MONDAY, TOTAL, 100), (MONDAY, (Measure.HANDED_OVER, ""), 33)])
    assert rounded.share(Measure.HANDED_OVER, "") == 30


def looked_at(days: Sequence[Day], today: dt.date) -> RoundedCounts:
    return RoundedCounts(MONDAY, today, round_counts({}, [each for each in days if each[0] <= today]))


@pytest.mark.parametrize(Measure.PEOPLE, [60, 2000])
def test_the_wave_of_a_scam_is_seen_on_its_first_day_and_calm_days_are_called_calm(people: int) -> None:
    days = sorted(year(MONDAY, people))
    begins = MONDAY + dt.timedelta(days=WAVE)

    assert WAVE_TOPIC in [rise.topic for rise in rising(looked_at(days, begins), begins)]
    calm = sorted(year(MONDAY, people, seed=11, wave=False))
    rounded = RoundedCounts(MONDAY, MONDAY + dt.timedelta(days=364), round_counts({}, calm))
    alarms = {
        (rise.topic, number // 30)  # a rise over seven days is seen on each of them
        for number in range(60, 365)
        for rise in rising(rounded, MONDAY + dt.timedelta(days=number))
    }
    assert len(alarms) <= (12 if people > 1000 else 3)  # of fifty topics on three hundred days


def test_a_slow_wave_is_seen_over_its_week() -> None:
    days = [*year(MONDAY, 240, 120, wave=False)]
    days += [(MONDAY + dt.timedelta(days=number), (Measure.TOPIC, WAVE_TOPIC), 6) for number in range(112, 120)]
    today = MONDAY + dt.timedelta(days=119)
    (rise,) = [each for each in rising(looked_at(sorted(days), today), today) if each.topic == WAVE_TOPIC]

    assert rise.days == 7
    assert rise.count >= 2 * rise.usual


def test_a_few_people_are_no_wave_and_a_new_service_has_no_usual() -> None:
    quiet = [(MONDAY + dt.timedelta(days=number), TOTAL, 20) for number in range(60)]
    today = MONDAY + dt.timedelta(days=59)

    assert rising(looked_at([*quiet, (today, A, LEAST - 1)], today), today) == []
    assert [rise.topic for rise in rising(looked_at([*quiet, (today, A, 30)], today), today)] == ["a"]
    early = MONDAY + dt.timedelta(days=9)
    assert rising(looked_at([*quiet[:10], (early, A, 30)], early), early) == []


def test_the_tail_is_that_of_the_law_of_rare_events() -> None:
    assert tail(10, 2) == pytest.approx(4.65e-5, rel=0.05)
    assert tail(3, 5) == 1.0
    assert trimmed_mean([0, 4, 5, 6, 5, 5, 5, 900]) == 5
