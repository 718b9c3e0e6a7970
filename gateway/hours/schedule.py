"""Service hours: the schedule of the week, holidays, eves and exceptions, in Finnish time; pure functions.

Local times are converted to UTC only here. Where the clock is set back, an ambiguous opening is the first and an
ambiguous closing the second of the two times; where it is set forward, a missing time is the one an hour later.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile

from gateway.core.locale import HELSINKI

# The names of holidays as the `holidays` package has them, by our language.
_HOLIDAY_LANGUAGES = {"fi": "fi", "sv": "sv_FI", "en": "en_US"}


def finnish_holidays(year: int, language: str = "en_US") -> dict[dt.date, str]:
    """The public holidays of a year in Finland by date, with their names in a locale of the `holidays` package."""
    import holidays  # loads in 0.3 s, and many processes never need it

    return dict(holidays.country_holidays("FI", years=year, language=language))


# How far ahead openings are searched; a service closed for longer has no next opening.
LOOK_AHEAD = dt.timedelta(days=400)
LOOK_BACK = dt.timedelta(days=30)
MIDNIGHT = 24 * 60


@dataclass(frozen=True, order=True)
class Span:
    """A part of a day, in minutes from midnight in local time; `end` is excluded and may be 1440."""

    start: int
    end: int


Spans = tuple[Span, ...]


@dataclass(frozen=True)
class ExceptionalDays:
    """Days, first and last included, with other hours (`spans`; none: closed), or with `closed` parts."""

    first: dt.date
    last: dt.date
    reason: Mapping[str, str]
    spans: Spans | None = None
    closed: Spans = ()


@dataclass(frozen=True)
class Eve:
    """The day before a holiday (by its English name in the `holidays` package) with hours of its own."""

    before: str
    spans: Spans


@dataclass(frozen=True)
class Day:
    """The hours of one date and, where they are not the usual ones, the reason by language."""

    date: dt.date
    spans: Spans
    reason: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Schedule:
    """When officers answer. `confirmed` is false until the force has confirmed these hours."""

    week: tuple[Spans, ...]  # Monday first
    confirmed: bool
    holiday_spans: Spans = ()
    eves: tuple[Eve, ...] = ()
    exceptions: tuple[ExceptionalDays, ...] = ()
    _names: dict[int, dict[str, dict[dt.date, str]]] = field(default_factory=dict, compare=False, repr=False)

    def day(self, date: dt.date) -> Day:
        """The hours of a date: an exception, else an eve, else a holiday, else the week; without the closed parts."""
        reason: Mapping[str, str] | None = None
        spans = self.week[date.weekday()]
        if (eve := self._eves_of(date)) is not None:
            spans, reason = eve
        elif (name := self.holiday(date)) is not None:
            spans, reason = self.holiday_spans, name
        for exception in self._exceptions_of(date):
            reason = exception.reason
            spans = spans if exception.spans is None else exception.spans
            spans = _without(spans, exception.closed)
        return Day(date, spans, reason)

    def holiday(self, date: dt.date) -> Mapping[str, str] | None:
        """The holiday's name by language, or None on other days."""
        names = self._holidays(date.year)
        found = {language: names[language].get(date) for language in names}
        return {language: name for language, name in found.items() if name} or None

    def _holidays(self, year: int) -> dict[str, dict[dt.date, str]]:
        if year not in self._names:
            self._names[year] = {ours: finnish_holidays(year, theirs) for ours, theirs in _HOLIDAY_LANGUAGES.items()}
        return self._names[year]

    def _eves_of(self, date: dt.date) -> tuple[Spans, Mapping[str, str] | None] | None:
        tomorrow = date + dt.timedelta(days=1)
        after = self.holiday(tomorrow)
        eve = next((eve for eve in self.eves if after is not None and eve.before == after["en"]), None)
        if eve is None or after is None:
            return None
        # Some eves have their own name (Christmas Eve); the others are named after the holiday.
        return eve.spans, self.holiday(date) or _EVE_NAMES.get(eve.before, after)

    def _exceptions_of(self, date: dt.date) -> Iterator[ExceptionalDays]:
        return (exception for exception in self.exceptions if exception.first <= date <= exception.last)


_EVE_NAMES: Mapping[str, Mapping[str, str]] = {
    "New Year's Day": {"fi": "uudenvuodenaatto", "sv": "nyårsafton", "en": "New Year's Eve"},
    "May Day": {"fi": "vapunaatto", "sv": "valborgsmässoafton", "en": "May Day Eve"},
    "Epiphany": {"fi": "loppiaisaatto", "sv": "trettondagsafton", "en": "Epiphany Eve"},
    "Good Friday": {"fi": "kiirastorstai", "sv": "skärtorsdag", "en": "Maundy Thursday"},
    "Easter Sunday": {"fi": "pääsiäislauantai", "sv": "påskafton", "en": "Easter Saturday"},
    "Independence Day": {
        "fi": "itsenäisyyspäivän aatto",
        "sv": "självständighetsdagens afton",
        "en": "the eve of Independence Day",
    },
}


def is_open(schedule: Schedule, at: dt.datetime) -> bool:
    """Whether officers answer at this time; the minute of opening is included, that of closing is not."""
    begun = takewhile(lambda opening: opening[0] <= at, _openings(schedule, at))
    return any(at < end for _, end in begun)


def closes_at(schedule: Schedule, at: dt.datetime) -> dt.datetime | None:
    """When the current opening ends, in UTC; None while closed, or where it does not close within `LOOK_AHEAD`."""
    end: dt.datetime | None = None
    for start, stop in _openings(schedule, at):
        if (end is None and start <= at < stop) or (end is not None and start <= end):
            end = stop
        elif end is not None or start > at:
            break
    # Open up to the last searched day: no known closing.
    return end if end is not None and end - at < LOOK_AHEAD - dt.timedelta(days=2) else None


def opens_next(schedule: Schedule, at: dt.datetime) -> dt.datetime | None:
    """When it opens next, in UTC: `at` itself while open; None where it does not open within `LOOK_AHEAD`."""
    if is_open(schedule, at):
        return at
    return next((start for start, _ in _openings(schedule, at) if start > at), None)


def opened_at(schedule: Schedule, at: dt.datetime) -> dt.datetime | None:
    """When the current opening began, in UTC: `at` itself while closed; None where it began before yesterday."""
    begun: dt.datetime | None = None
    end: dt.datetime | None = None
    for start, stop in takewhile(lambda opening: opening[0] <= at, _openings(schedule, at)):
        begun, end = (begun if end is not None and start <= end else start), stop
    if begun is None or end is None or end <= at:
        return at
    yesterday = at.astimezone(HELSINKI).date() - dt.timedelta(days=1)
    return begun if begun > to_utc(yesterday, 0) else None


def open_time(schedule: Schedule, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
    """How much of the time between two moments the service was open; of a long one the first `LOOK_AHEAD`."""
    within = takewhile(lambda opening: opening[0] < end, _openings(schedule, start))
    spans = ((max(opened, start), min(closed, end)) for opened, closed in within)
    return sum((closed - opened for opened, closed in spans if opened < closed), dt.timedelta())


def open_for(schedule: Schedule, at: dt.datetime, duration: dt.timedelta) -> dt.datetime | None:
    """Since when, up to `at`, the service was open for so long in all; None where not within `LOOK_BACK`."""
    left, today = duration, at.astimezone(HELSINKI).date()
    for ago in range(LOOK_BACK.days):
        date = today - dt.timedelta(days=ago)
        for span in sorted(schedule.day(date).spans, reverse=True):
            start, end = to_utc(date, span.start), min(to_utc(date, span.end, later=True), at)
            if end - left >= start:
                return end - left
            left -= max(end - start, dt.timedelta())
    return None


def _openings(schedule: Schedule, at: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Openings from the day before `at` onwards, in order."""
    today = at.astimezone(HELSINKI).date()
    for ahead in range(-1, LOOK_AHEAD.days):
        date = today + dt.timedelta(days=ahead)
        for span in schedule.day(date).spans:
            start, end = to_utc(date, span.start), to_utc(date, span.end, later=True)
            if start < end:
                yield start, end


def to_utc(date: dt.date, minutes: int, *, later: bool = False) -> dt.datetime:
    """Local minutes of a date in UTC; `later`: the second of the two times, where the local time is ambiguous."""
    day = date + dt.timedelta(days=minutes // MIDNIGHT)
    clock = dt.time(minutes % MIDNIGHT // 60, minutes % 60)
    return dt.datetime.combine(day, clock, HELSINKI).replace(fold=int(later)).astimezone(dt.UTC)


def _without(spans: Spans, closed: Spans) -> Spans:
    for gap in closed:
        parts = [
            (Span(span.start, min(span.end, gap.start)), Span(max(span.start, gap.end), span.end)) for span in spans
        ]
        spans = tuple(part for pair in parts for part in pair if part.start < part.end)
    return spans
