"""Analytics, disclosure control: exact counts become rounded ones that reveal no single person; pure.

Counts are published in steps of five people, and the remainder is carried over to the following days: after any day
the published sum is the true sum, rounded down to a step. So one citizen more or fewer never shows as one; every sum
over days, weeks or months is at most one step off; a rare topic is published late instead of never.

Why no subtraction reveals a person: pages, charts, tables and files of all periods are made from these rounded days
alone, so the difference of any two views is again a number of whole steps. What is known of a cell after a day is that
the true sum is one of five neighbouring numbers, hence of any span of days one of nine. A total is rounded by itself by
the same rule: minus its rounded parts it is a whole number of steps too, whatever the parts carry over.
"""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.analytics.models import Measure

STEP = 5  # people
# At most `counting.MOST_MESSAGES` (10) of one citizen and day are counted: five citizens at least to a step.
MESSAGES_STEP = 50
# Below this many people a share would say little, and be off by several points.
SMALLEST_BASE = 50

Cell = tuple[Measure, str]
Days = Mapping[dt.date, int]


def round_counts(
    before: Mapping[Cell, int], days: Iterable[tuple[dt.date, Cell, int]]
) -> dict[Cell, dict[dt.date, int]]:
    """The rounded counts of days, given in order; `before` is the exact sum of each cell before the first."""
    sums = dict(before)
    rounded: dict[Cell, dict[dt.date, int]] = {}
    for day, cell, count in days:
        so_far = sums.get(cell, 0)
        sums[cell] = now = so_far + count
        step = MESSAGES_STEP if cell[0] == Measure.MESSAGES else STEP
        steps = now // step - so_far // step
        if steps:
            mine = rounded.setdefault(cell, {})
            mine[day] = mine.get(day, 0) + steps * step
    return rounded


@dataclass(frozen=True)
class Period:
    """Some days, first and last included."""

    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class RoundedCounts:
    """The rounded counts of a span of days: the only source of pages, charts and files."""

    first: dt.date
    last: dt.date
    cells: Mapping[Cell, Days]

    def total(self, measure: Measure, part: str | None = None, period: Period | None = None) -> int:
        """The sum of a cell, or of all parts of a measure, over a period."""
        within = period or Period(self.first, self.last)
        chosen = [days for cell, days in self.cells.items() if cell[0] == measure and (part is None or cell[1] == part)]
        return sum(count for days in chosen for day, count in days.items() if within.first <= day <= within.last)

    def parts(self, measure: Measure) -> list[tuple[str, int]]:
        """The parts of a measure above zero, the largest first."""
        found = [(part, self.total(each, part)) for each, part in self.cells if each == measure]
        return sorted((each for each in found if each[1]), key=lambda each: (-each[1], each[0]))

    def series(self, measure: Measure, part: str, periods: Sequence[Period]) -> list[int]:
        """The sums of a cell over each of some periods, which follow each other."""
        sums, starts = [0] * len(periods), [period.first for period in periods]
        for day, count in self.cells.get((measure, part), {}).items():
            place = bisect_right(starts, day) - 1
            if place >= 0 and day <= periods[place].last:
                sums[place] += count
        return sums

    def share(self, measure: Measure, part: str | None = None, of: Measure = Measure.PEOPLE) -> int | None:
        """Percent of the people; None for fewer than `SMALLEST_BASE`."""
        base = self.total(of)
        return round(100 * min(self.total(measure, part), base) / base) if base >= SMALLEST_BASE else None

    def since(self, first: dt.date) -> "RoundedCounts":
        """The same without the days before `first`."""
        later = {cell: {day: count for day, count in days.items() if day >= first} for cell, days in self.cells.items()}
        return RoundedCounts(first, self.last, {cell: days for cell, days in later.items() if days})


def days_of(first: dt.date, last: dt.date) -> list[Period]:
    """Each day of a span."""
    return [Period(day, day) for day in (first + dt.timedelta(days=ahead) for ahead in range((last - first).days + 1))]


def weeks_of(first: dt.date, last: dt.date) -> list[Period]:
    """The weeks of a span, Monday first, cut at its ends."""
    found, day = [], first
    while day <= last:
        sunday = day + dt.timedelta(days=6 - day.weekday())
        found.append(Period(day, min(sunday, last)))
        day = sunday + dt.timedelta(days=1)
    return found


def months_of(first: dt.date, last: dt.date) -> list[Period]:
    """The calendar months of a span, cut at its ends."""
    found, day = [], first
    while day <= last:
        following = (day.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
        found.append(Period(day, min(following - dt.timedelta(days=1), last)))
        day = following
    return found
