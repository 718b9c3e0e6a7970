"""Analytics, trends: topics far above their usual day or week, from rounded counts alone; pure.

The usual week is the mean of eight weeks without the largest and the smallest, so that neither a holiday nor the last
wave bends it; the usual day is a seventh of it, by the share that its weekday has of all who write. Counts scatter more
than chance alone would have it, so the distance is measured in the scatter that the topic itself has shown and in how
far topics swing at all.
"""

import datetime as dt
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.analytics.models import Measure
from gateway.analytics.rounding import STEP, Period, RoundedCounts

HISTORY = 56  # days
SHORTEST_HISTORY = 14  # days: before that nothing is usual
WEEK = 7  # days
LEAST = 15  # people: fewer are no wave
RATIO = 2.0  # at least twice the usual
UNLIKELY = 1e-4
MOST_SCATTER = 4.0  # of eight weeks nobody knows it better, and a wave must not hide behind it
# How far single days and weeks of a topic lie from their own middle, as a part of it, before it means anything.
SWING = {1: 0.25, WEEK: 0.12}


@dataclass(frozen=True)
class Rise:
    """A topic that is asked about far more than usual; both numbers are people in the same number of days."""

    topic: str
    days: int  # 1 or 7
    count: int
    usual: float


def rising(rounded: RoundedCounts, today: dt.date, measure: Measure = Measure.TOPIC) -> list[Rise]:
    """Topics, or parts of another measure, that rise on this day, or over the seven days that end with it.

    The farthest above their usual first.
    """
    found: dict[str, Rise] = {}
    for topic, _ in rounded.parts(measure):
        for days in (1, 7):
            if topic not in found and (rise := _rise(rounded, measure, topic, today, days)) is not None:
                found[topic] = rise
    return sorted(found.values(), key=lambda each: -each.count / max(each.usual, 1.0))


def _rise(rounded: RoundedCounts, measure: Measure, topic: str, today: dt.date, days: int) -> Rise | None:
    first = today - dt.timedelta(days=days - 1)
    count = rounded.total(measure, topic, Period(first, today))
    if count < LEAST:
        return None
    history = [first - dt.timedelta(days=back) for back in range(1, HISTORY + 1)]
    known = [day for day in history if day >= rounded.first]
    if len(known) < SHORTEST_HISTORY:
        return None
    cell = rounded.cells.get((measure, topic), {})
    counts = [cell.get(day, 0) for day in known]
    usual = trimmed_mean(_weeks(counts)) * (_weekday_factor(rounded, today, known) / WEEK if days == 1 else 1)
    # What was kept back before may be a step less one: it did not come today.
    certain = count - (STEP - 1)
    scatter = max(_scatter(_weeks(counts)), 1 + SWING[days] ** 2 * usual)
    if count < RATIO * usual or tail(certain / scatter, max(usual, 1.0) / scatter) > UNLIKELY:
        return None
    return Rise(topic, days, count, usual)


def _weeks(counts: Sequence[int]) -> list[int]:
    """Sums of whole weeks: the rounded days of a rare topic are mostly zero."""
    return [sum(counts[start : start + WEEK]) for start in range(0, len(counts) - WEEK + 1, WEEK)]


def trimmed_mean(counts: Sequence[int]) -> float:
    """The mean without the largest and the smallest eighth, where there are so many."""
    cut = len(counts) // 8
    return statistics.fmean(sorted(counts)[cut : len(counts) - cut])


def _scatter(weeks: Sequence[int]) -> float:
    """How much more the weeks differ than chance would have it (variance to mean); 1 is chance alone."""
    middle = statistics.median(weeks)
    if middle <= 0:
        return 1.0
    # 1.4826: the median distance from the median, as a standard deviation where the curve is normal.
    spread = 1.4826 * statistics.median(abs(week - middle) for week in weeks)
    return min(max(spread**2 / middle, 1.0), MOST_SCATTER)


def _weekday_factor(rounded: RoundedCounts, today: dt.date, known: Sequence[dt.date]) -> float:
    people = rounded.cells.get((Measure.PEOPLE, ""), {})
    mine = [people.get(day, 0) for day in known if day.weekday() == today.weekday()]
    everyday = trimmed_mean([people.get(day, 0) for day in known])
    return min(max(statistics.median(mine) / everyday, 0.3), 3.0) if mine and everyday else 1.0


def tail(count: float, mean: float) -> float:
    """How likely chance alone gives this count or more (Poisson; between whole numbers by the gamma function)."""
    if count <= mean:
        return 1.0
    # From the count upwards each term is smaller than the one before by more than mean / count.
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    return min(term / (1 - mean / (count + 1)), 1.0)
