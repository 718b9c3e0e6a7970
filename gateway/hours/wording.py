"""Hours, the words: weeks and moments as people say them in Finnish, Swedish and English."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Final

from answers.render import LATE
from gateway.core.i18n import N_, date_by, gettext, pgettext, time_by, weekday
from gateway.core.lines import Lines
from gateway.core.locale import HELSINKI
from gateway.hours.schedule import MIDNIGHT, Schedule, Spans, closes_at, is_open, opens_next

# What a fault may be in, by its key in the document.
PARTS: Final[Mapping[str, str]] = {
    "week": N_("Usual week"),
    "holidays": N_("Public holidays"),
    "eves": N_("Eves"),
    "exceptions": N_("Exceptions"),
}
REASON_IN: Final[Mapping[str, str]] = {
    "fi": N_("Reason in Finnish"),
    "sv": N_("Reason in Swedish"),
    "en": N_("Reason in English"),
}
# As the package `holidays` calls them in English.
HOLIDAYS: Final[Mapping[str, str]] = {
    "New Year's Day": N_("New Year's Day"),
    "Epiphany": N_("Epiphany"),
    "Good Friday": N_("Good Friday"),
    "Easter Sunday": N_("Easter Sunday"),
    "Easter Monday": N_("Easter Monday"),
    "May Day": N_("May Day"),
    "Ascension Day": N_("Ascension Day"),
    "Pentecost": N_("Pentecost"),
    "Midsummer Eve": N_("Midsummer Eve"),
    "Midsummer Day": N_("Midsummer Day"),
    "All Saints' Day": N_("All Saints' Day"),
    "Independence Day": N_("Independence Day"),
    "Christmas Eve": N_("Christmas Eve"),
    "Christmas Day": N_("Christmas Day"),
    "Second Day of Christmas": N_("Second Day of Christmas"),
}
# What is wrong with a field, by the kind of the fault.
FAULTS: Final[Mapping[str, str]] = {
    "no_time": N_("Write the time as 9-16 or 9.00-16.00."),
    "no_clock": N_("A day has 24 hours and an hour 60 minutes."),
    "ends_before": N_("The time ends before it begins. Write a night as two days."),
    "overlap": N_("Two times overlap."),
    "last_before": N_("The last day is before the first."),
    "no_holiday": N_("Choose a holiday from the list."),
    "date": N_("Choose a day."),
    "string_too_short": N_("Write the reason."),
    "string_too_long": N_("A reason takes 40 characters."),
    "too_long": N_("There are too many lines."),
    "other": N_("Check this place."),
}
# What was just done, by the word in the address.
SAID: Final[Mapping[str, str]] = {
    "kept": N_("The service hours are saved."),
}
# Where nobody has confirmed any hours: a word that fits where hours would stand, and promises nothing.
_UNCONFIRMED = N_("during service hours")
_NEVER = N_("not at present")
_WITHIN_WEEK = 6  # days: after that a weekday alone would be another day
_YEAR_NAMED_AFTER = 180  # days


def week_words(week: Sequence[Spans], language: str) -> str:
    """The usual week: "ma–pe klo 9–16", "mån–fre kl. 9–16", "Mon–Fri 9 am–4 pm"; days without hours are left out."""
    if all(spans and spans[0].start == 0 and spans[-1].end == MIDNIGHT and len(spans) == 1 for spans in week):
        return gettext(language, "day and night")
    parts = []
    names = [weekday(language, day, "abbreviated") for day in range(7)]
    for spans, group in groupby(range(7), key=lambda day: week[day]):
        days = list(group)
        if spans:
            name = names[days[0]] if len(days) == 1 else f"{names[days[0]]}–{names[days[-1]]}"
            parts.append(f"{name} {_spans_words(spans, language)}")
    return ", ".join(parts) or gettext(language, _NEVER)


def _spans_words(spans: Spans, language: str) -> str:
    clock = _CLOCKS[language]
    times = [f"{clock(span.start)}–{clock(span.end)}" for span in spans]
    said = times[0]
    for each in times[1:]:
        said = gettext(language, "%(hours)s and %(more)s", hours=said, more=each)
    return pgettext(language, "hours of a day", "%(hours)s", hours=said)


def moment_words(at: dt.datetime, moment: dt.datetime, language: str) -> str:
    """A coming moment, seen from `at`: "huomenna klo 9", "på måndag kl. 9", "on Monday at 9 am"."""
    now, then = at.astimezone(HELSINKI), moment.astimezone(HELSINKI)
    return f"{_day_words(now.date(), then.date(), language)} {_at_clock(then, language)}"


def _day_words(today: dt.date, day: dt.date, language: str) -> str:
    ahead = (day - today).days
    if ahead <= 1:
        return gettext(language, "tomorrow") if ahead == 1 else gettext(language, "today")
    name = weekday(language, day.weekday(), use="format")
    if ahead <= _WITHIN_WEEK:
        return gettext(language, "on %(weekday)s", weekday=name)
    date = _date(day, language, with_year=ahead > _YEAR_NAMED_AFTER)
    return gettext(language, "on %(weekday)s %(date)s", weekday=name, date=date)


def _date(day: dt.date, language: str, *, with_year: bool) -> str:
    """Finnish dates are numbers alone, those of the others have the name of the month."""
    month = "Md" if language == "fi" else "MMMMd"
    return date_by(language, day, f"y{month}" if with_year else month)


def _at_clock(moment: dt.datetime, language: str) -> str:
    return gettext(language, "at %(time)s", time=_CLOCKS[language](moment.hour * 60 + moment.minute))


def _dotted(minutes: int) -> str:
    return f"{minutes // 60}.{minutes % 60:02}" if minutes % 60 else str(minutes // 60)


def _english(minutes: int) -> str:
    if minutes % MIDNIGHT == 0:
        return "midnight"
    if minutes == MIDNIGHT // 2:
        return "noon"
    return time_by("en", dt.time(minutes // 60, minutes % 60), "h:mm a" if minutes % 60 else "h a")


_CLOCKS: Mapping[str, Callable[[int], str]] = {"fi": _dotted, "sv": _dotted, "en": _english}


def until_words(at: dt.datetime, moment: dt.datetime, language: str) -> str:
    """The moment of closing, to stand after or before "until": "klo 16", "kl. 16", "4 pm"; with the day if another."""
    now, then = at.astimezone(HELSINKI), moment.astimezone(HELSINKI)
    midnight = then.date() == now.date() + dt.timedelta(days=1) and then.hour == then.minute == 0
    if then.date() == now.date() or midnight:
        clock = _CLOCKS[language](MIDNIGHT if midnight else then.hour * 60 + then.minute)
        return pgettext(language, "hours of a day", "%(hours)s", hours=clock)
    return f"{_day_words(now.date(), then.date(), language)} {_at_clock(then, language)}"


def values(
    schedule: Schedule | None, at: dt.datetime, language: str, lines: Lines, *, on_duty: bool = False
) -> dict[str, str]:
    """What stands for each of `answers.render.LATE` at this moment; `schedule` is nothing where none may be said.

    `on_duty`: an officer is there, whatever the hours say.
    """
    if schedule is None:
        unknown = gettext(language, _UNCONFIRMED)
        said = {"service_hours": unknown, "next_opening": unknown, "closing_time": unknown, "closed_because": ""}
        return {**said, "officer_presence": lines.say("hours_on_duty" if on_duty else "hours_unconfirmed", language)}
    opening, closing = opens_next(schedule, at), closes_at(schedule, at)
    reason = schedule.day(at.astimezone(HELSINKI).date()).reason
    if is_open(schedule, at):
        line = "hours_open" if closing is not None else "hours_always_open"
    else:
        line = "hours_closed" if opening is not None else "hours_closed_for_long"
        line = "hours_on_duty" if on_duty else line
    said = {
        "service_hours": _week_in_message(schedule.week, language),
        "next_opening": _opening_words(at, opening, language),
        "closing_time": until_words(at, closing, language) if closing is not None else "",
        "closed_because": f" ({_in_sentence(reason[language], language)})" if reason else "",
    }
    presence = fill(lines.say(line, language), said)
    if len(presence) > LATE["officer_presence"]:
        presence = fill(lines.say(line, language), {**said, "closed_because": ""})
    return {**said, "officer_presence": presence}


def _week_in_message(week: Sequence[Spans], language: str) -> str:
    """The week, where it is short enough to stand in a message: the checks count on that."""
    said = week_words(week, language)
    return said if len(said) <= LATE["service_hours"] else gettext(language, _UNCONFIRMED)


def _opening_words(at: dt.datetime, opening: dt.datetime | None, language: str) -> str:
    if opening is None:
        return gettext(language, _NEVER)
    return gettext(language, "now") if opening == at else moment_words(at, opening, language)


def _in_sentence(name: str, language: str) -> str:
    """Names of days are written small in the middle of a Finnish or Swedish sentence."""
    return name if language == "en" else name[:1].lower() + name[1:]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with what only this moment knows put in; other braces stay as they are."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def date_words(at: dt.datetime, language: str) -> str:
    """A date and a time, whatever today is: "24.11.2026 klo 9.05", "24 november 2026 kl. 9.05"."""
    then = at.astimezone(HELSINKI)
    return f"{_date(then.date(), language, with_year=True)} {_at_clock(then, language)}"
