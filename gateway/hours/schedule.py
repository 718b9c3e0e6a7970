"""Hours, the rules: from a week, holidays, eves and exceptions to "is it open?", in Finnish time, as pure functions.

Wall-clock times become moments only here. Where the clock is set back, an opening is the first and a closing the
last of the two; where it is set forward, a time that does not exist is the moment an hour later.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from zoneinfo import ZoneInfo

import holidays

ZONE = ZoneInfo("Europe/Helsinki")
# The names of holidays as the `holidays` package has them, by our language.
_HOLIDAY_LANGUAGES = {"fi": "fi", "sv": "sv_FI", "en": "en_US"}
# How far an opening is looked for; whoever is closed for longer has no next opening.
LOOK_AHEAD = dt.timedelta(days=400)
MIDNIGHT = 24 * 60


@dataclass(frozen=True, order=True)
class Span:
    """A part of a day, in minutes from midnight by the clock on the wall; `end` may be 1440 and is not in it."""

    start: int
    end: int


Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Exceptional:
    """Days, first and last included, on which other hours hold (`spans`; none: closed), or parts are `closed`."""

    first: dt.date
    last: dt.date
    reason: Mapping[str, str]
    spans: Spans | None = None
    closed: Spans = ()


@dataclass(frozen=True)
class Eve:
    """The day before a holiday (by the English name of the `holidays` package) that has hours of its own."""

    before: str
    spans: Spans


@dataclass(frozen=True)
class Day:
    """The hours of one date and, where they are not the usual ones, why, by language."""

    date: dt.date
    spans: Spans
    reason: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Schedule:
    """When officers answer. `confirmed` is false while nobody of the force has said that these hours are true."""

    week: tuple[Spans, ...]  # Monday first
    confirmed: bool
    holiday_spans: Spans = ()
    eves: tuple[Eve, ...] = ()
    exceptions: tuple[Exceptional, ...] = ()
    _names: dict[int, dict[str, dict[dt.date, str]]] = field(default_factory=dict, compare=False, repr=False)

    def day(self, date: dt.date) -> Day:
        """The hours of a date: an exception, else an eve, else a holiday, else the week; then what is closed in it."""
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
        """The holiday's name by language; nothing on other days."""
        names = self._holidays(date.year)
        found = {language: names[language].get(date) for language in names}
        return {language: name for language, name in found.items() if name} or None

    def _holidays(self, year: int) -> dict[str, dict[dt.date, str]]:
        if year not in self._names:
            self._names[year] = {
                ours: dict(holidays.country_holidays("FI", years=year, language=theirs))
                for ours, theirs in _HOLIDAY_LANGUAGES.items()
            }
        return self._names[year]

    def _eves_of(self, date: dt.date) -> tuple[Spans, Mapping[str, str] | None] | None:
        tomorrow = date + dt.timedelta(days=1)
        after = self.holiday(tomorrow)
        eve = next((eve for eve in self.eves if after is not None and eve.before == after["en"]), None)
        if eve is None or after is None:
            return None
        # Some eves have a name of their own (Christmas Eve); the others are named after what follows.
        return eve.spans, self.holiday(date) or _EVE_NAMES.get(eve.before, after)

    def _exceptions_of(self, date: dt.date) -> Iterator[Exceptional]:
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
    """Whether officers answer at this moment: from the minute of opening up to, but not in, the minute of closing."""
    begun = takewhile(lambda opening: opening[0] <= at, _openings(schedule, at))
    return any(at < end for _, end in begun)


def closes_at(schedule: Schedule, at: dt.datetime) -> dt.datetime | None:
    """When the opening that holds now ends, in UTC; nothing when it is closed, or does not close in `LOOK_AHEAD`."""
    end: dt.datetime | None = None
    for start, stop in _openings(schedule, at):
        if (end is None and start <= at < stop) or (end is not None and start <= end):
            end = stop
        elif end is not None or start > at:
            break
    # What is open up to the last day that was looked at is not known to close.
    return end if end is not None and end - at < LOOK_AHEAD - dt.timedelta(days=2) else None


def opens_next(schedule: Schedule, at: dt.datetime) -> dt.datetime | None:
    """The next moment, in UTC, at which it opens: `at` itself when it is open; nothing within `LOOK_AHEAD`."""
    if is_open(schedule, at):
        return at
    return next((start for start, _ in _openings(schedule, at) if start > at), None)


def opened_at(schedule: Schedule, at: dt.datetime) -> dt.datetime | None:
    """When the present opening began, in UTC: `at` itself while it is closed; nothing where it began long ago."""
    begun: dt.datetime | None = None
    end: dt.datetime | None = None
    for start, stop in takewhile(lambda opening: opening[0] <= at, _openings(schedule, at)):
        begun, end = (begun if end is not None and start <= end else start), stop
    if begun is None or end is None or end <= at:
        return at
    yesterday = at.astimezone(ZONE).date() - dt.timedelta(days=1)
    return begun if begun > moment_of(yesterday, 0) else None


def _openings(schedule: Schedule, at: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Openings from the day before `at` onwards, in order."""
    today = at.astimezone(ZONE).date()
    for ahead in range(-1, LOOK_AHEAD.days):
        date = today + dt.timedelta(days=ahead)
        for span in schedule.day(date).spans:
            start, end = moment_of(date, span.start), moment_of(date, span.end, later=True)
            if start < end:
                yield start, end


def moment_of(date: dt.date, minutes: int, *, later: bool = False) -> dt.datetime:
    """The moment, in UTC, of a time on the wall of that date; `later`: the second, where the clock shows it twice."""
    day = date + dt.timedelta(days=minutes // MIDNIGHT)
    clock = dt.time(minutes % MIDNIGHT // 60, minutes % 60)
    return dt.datetime.combine(day, clock, ZONE).replace(fold=int(later)).astimezone(dt.UTC)


def _without(spans: Spans, closed: Spans) -> Spans:
    for gap in closed:
        parts = [
            (Span(span.start, min(span.end, gap.start)), Span(max(span.start, gap.end), span.end)) for span in spans
        ]
        spans = tuple(part for pair in parts for part in pair if part.start < part.end)
    return spans
