"""Hours, the words: weeks and moments as people say them in Finnish, Swedish and English."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby

from answers.render import LATE
from gateway.conversations.lines import Lines
from gateway.hours.schedule import MIDNIGHT, ZONE, Schedule, Spans, closes_at, is_open, opens_next

_SHORT_DAYS = {
    "fi": ("ma", "ti", "ke", "to", "pe", "la", "su"),
    "sv": ("mån", "tis", "ons", "tors", "fre", "lör", "sön"),
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
}
# "On Monday", in the case that Finnish needs.
_ON_DAY = {
    "fi": ("maanantaina", "tiistaina", "keskiviikkona", "torstaina", "perjantaina", "lauantaina", "sunnuntaina"),
    "sv": ("på måndag", "på tisdag", "på onsdag", "på torsdag", "på fredag", "på lördag", "på söndag"),
    "en": ("on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday", "on Sunday"),
}
_THE_DAY = ("måndagen", "tisdagen", "onsdagen", "torsdagen", "fredagen", "lördagen", "söndagen")
_MONTHS = {
    "sv": """
        januari februari mars april maj juni juli augusti september oktober november december
    """.split(),  # noqa: SIM905  # read as a line
    "en": """
        January February March April May June July August September October November December
    """.split(),  # noqa: SIM905
}
_TODAY = {"fi": "tänään", "sv": "i dag", "en": "today"}
_TOMORROW = {"fi": "huomenna", "sv": "i morgon", "en": "tomorrow"}
_NOW = {"fi": "nyt", "sv": "nu", "en": "now"}
_ALWAYS = {"fi": "ympäri vuorokauden", "sv": "dygnet runt", "en": "day and night"}
_NEVER = {"fi": "ei tällä hetkellä", "sv": "inte för tillfället", "en": "not at present"}
# Where nobody has confirmed any hours: a word that fits where hours would stand, and promises nothing.
_UNCONFIRMED = {"fi": "palveluaikana", "sv": "under tjänstetid", "en": "during service hours"}
_WITHIN_WEEK = 6  # days: after that a weekday alone would be another day
_YEAR_NAMED_AFTER = 180  # days


def week_words(week: Sequence[Spans], language: str) -> str:
    """The usual week: "ma–pe klo 9–16", "mån–fre kl. 9–16", "Mon–Fri 9 am–4 pm"; days without hours are left out."""
    if all(spans and spans[0].start == 0 and spans[-1].end == MIDNIGHT and len(spans) == 1 for spans in week):
        return _ALWAYS[language]
    parts = []
    names = _SHORT_DAYS[language]
    for spans, group in groupby(range(7), key=lambda day: week[day]):
        days = list(group)
        if spans:
            name = names[days[0]] if len(days) == 1 else f"{names[days[0]]}–{names[days[-1]]}"
            parts.append(f"{name} {_spans_words(spans, language)}")
    return ", ".join(parts) or _NEVER[language]


def _spans_words(spans: Spans, language: str) -> str:
    joiner = {"fi": " ja ", "sv": " och ", "en": " and "}[language]
    before = {"fi": "klo ", "sv": "kl. ", "en": ""}[language]
    clock = _CLOCKS[language]
    return before + joiner.join(f"{clock(span.start)}–{clock(span.end)}" for span in spans)


def moment_words(at: dt.datetime, moment: dt.datetime, language: str) -> str:
    """A coming moment, seen from `at`: "huomenna klo 9", "på måndag kl. 9", "on Monday at 9 am"."""
    now, then = at.astimezone(ZONE), moment.astimezone(ZONE)
    return f"{_day_words(now.date(), then.date(), language)} {_at_clock(then, language)}"


def _day_words(today: dt.date, day: dt.date, language: str) -> str:
    ahead = (day - today).days
    if ahead <= 1:
        return (_TOMORROW if ahead == 1 else _TODAY)[language]
    on_day = _ON_DAY[language][day.weekday()]
    if ahead <= _WITHIN_WEEK:
        return on_day
    year = day.year if ahead > _YEAR_NAMED_AFTER else None
    if language == "fi":
        return f"{on_day} {day.day}.{day.month}.{year or ''}"
    date = f"{day.day} {_MONTHS[language][day.month - 1]}" + (f" {year}" if year else "")
    return f"{_THE_DAY[day.weekday()]} den {date}" if language == "sv" else f"{on_day} {date}"


def _at_clock(moment: dt.datetime, language: str) -> str:
    before = {"fi": "klo", "sv": "kl.", "en": "at"}[language]
    return f"{before} {_CLOCKS[language](moment.hour * 60 + moment.minute)}"


def _dotted(minutes: int) -> str:
    return f"{minutes // 60}.{minutes % 60:02}" if minutes % 60 else str(minutes // 60)


def _english(minutes: int) -> str:
    if minutes % MIDNIGHT == 0:
        return "midnight"
    if minutes == MIDNIGHT // 2:
        return "noon"
    hour, minute = minutes // 60, minutes % 60
    clock = str((hour - 1) % 12 + 1) + (f":{minute:02}" if minute else "")
    return f"{clock} {'am' if hour < 12 else 'pm'}"


_CLOCKS: Mapping[str, Callable[[int], str]] = {"fi": _dotted, "sv": _dotted, "en": _english}


def until_words(at: dt.datetime, moment: dt.datetime, language: str) -> str:
    """The moment of closing, to stand after or before "until": "klo 16", "kl. 16", "4 pm"; with the day if another."""
    now, then = at.astimezone(ZONE), moment.astimezone(ZONE)
    clock = _at_clock(then, language).removeprefix("at ")
    midnight = then.date() == now.date() + dt.timedelta(days=1) and then.hour == then.minute == 0
    if midnight and language != "en":
        return {"fi": "klo 24", "sv": "kl. 24"}[language]
    if then.date() == now.date() or midnight:
        return clock
    return f"{_day_words(now.date(), then.date(), language)} {_at_clock(then, language)}"


def values(schedule: Schedule | None, at: dt.datetime, language: str, lines: Lines) -> dict[str, str]:
    """What stands for each of `answers.render.LATE` at this moment; `schedule` is nothing where none may be said."""
    if schedule is None:
        unknown = _UNCONFIRMED[language]
        said = {"service_hours": unknown, "next_opening": unknown, "closing_time": unknown, "closed_because": ""}
        return {**said, "officer_presence": lines.say("hours_unconfirmed", language)}
    opening, closing = opens_next(schedule, at), closes_at(schedule, at)
    reason = schedule.day(at.astimezone(ZONE).date()).reason
    if is_open(schedule, at):
        line = "hours_open" if closing is not None else "hours_always_open"
    else:
        line = "hours_closed" if opening is not None else "hours_closed_for_long"
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
    return said if len(said) <= LATE["service_hours"] else _UNCONFIRMED[language]


def _opening_words(at: dt.datetime, opening: dt.datetime | None, language: str) -> str:
    if opening is None:
        return _NEVER[language]
    return _NOW[language] if opening == at else moment_words(at, opening, language)


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
    then = at.astimezone(ZONE)
    if language == "fi":
        date = f"{then.day}.{then.month}.{then.year}"
    else:
        date = f"{then.day} {_MONTHS[language][then.month - 1]} {then.year}"
    return f"{date} {_at_clock(then, language)}"


def short_day(weekday: int, language: str) -> str:
    """The short name of a weekday; 0 is Monday."""
    return _SHORT_DAYS[language][weekday]
