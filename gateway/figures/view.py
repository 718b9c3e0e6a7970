"""Figures, what a page shows: told days as tables, drawings and sentences in one language; pure."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.figures import charts
from gateway.figures.counting import FIRST_WORD, LATER
from gateway.figures.telling import Period, Told

MOST_STRIPS = 25  # topics or doors
BUCKETS = (*FIRST_WORD, LATER)
FEWEST_WAITS = 15  # people: below that half of them is no figure
DANGERS, VERDICTS = ("emergency", "crisis"), ("helped", "not_helped", "wrong_guess")
# What stands in the table of periods, in this order.
COLUMNS = (("people", ""), ("messages", ""), ("handed_over", ""))
Words = Mapping[str, Any]
Title = Callable[[str], str]


@dataclass(frozen=True)
class Bar:
    """One line of a bar chart: its words, its number and its length in percent of the longest."""

    name: str
    count: int
    length: float


def tiles(told: Told, words: Words) -> list[tuple[str, str]]:
    """The numbers at the top of a page: what, and how much."""
    handed_over = told.share("handed_over", "")
    found = [
        ("people", _number(told.total("people", ""))),
        ("messages", _number(told.total("messages", ""))),
        ("alone", words["too_few"] if handed_over is None else f"{100 - handed_over} %"),
        ("handed_over", words["too_few"] if handed_over is None else f"{handed_over} %"),
        ("first_word", median_wait(told, words)),
        ("misses", _percent(told.share("miss"), words)),
        ("dangers", _number(told.total("danger"))),
        ("helped", _percent(helped(told), words)),
    ]
    return [(words["tiles"][key], value) for key, value in found]


def _percent(share: int | None, words: Words) -> str:
    return str(words["too_few"]) if share is None else f"{share} %"


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u00a0")


def helped(told: Told) -> int | None:
    """Percent of those who said something of an answer whom it helped; nothing where too few did."""
    said = sum(told.total("helpfulness", verdict) for verdict in VERDICTS)
    return round(100 * told.total("helpfulness", "helped") / said) if said >= FEWEST_WAITS else None


def median_wait(told: Told, words: Words) -> str:
    """Within what time half of those who waited for an officer had their first word."""
    counts = [told.total("first_word", bucket) for bucket in BUCKETS]
    if sum(counts) < FEWEST_WAITS:
        return str(words["too_few"])
    so_far = 0
    for bucket, count in zip(BUCKETS, counts, strict=True):
        so_far += count
        if 2 * so_far >= sum(counts):
            return str(words["parts"]["first_word"][bucket])
    raise AssertionError("half of a sum is within the sum")


def bars(told: Told, measure: str, name: Title, order: Sequence[str] | None = None) -> list[Bar]:
    """A bar chart of a measure's parts: the largest first, or all of `order` in their order."""
    parts = told.parts(measure) if order is None else [(part, told.total(measure, part)) for part in order]
    largest = max((count for _, count in parts), default=0)
    return [Bar(name(part), count, charts.part_of(count, largest)) for part, count in parts]


def strips(told: Told, measure: str, periods: Sequence[Period], title: Title) -> list[dict[str, Any]]:
    """The largest parts of a measure, each with its strip: how much in each period."""
    found = []
    for part, total in told.parts(measure)[:MOST_STRIPS]:
        counts = told.series(measure, part, periods)
        found.append({"name": title(part), "total": total, "counts": counts, "levels": charts.levels(counts)})
    return found


def over_time(told: Told, periods: Sequence[Period], words: Words) -> dict[str, Any]:
    """The line chart of people and handovers with its table."""
    names = [period_name(period, words) for period in periods]
    columns = [told.series(*cell, periods) for cell in COLUMNS]
    rows = [(name, *(column[place] for column in columns)) for place, name in enumerate(names)]
    heads = [words["columns"][measure] for measure, _ in COLUMNS]
    return {"chart": charts.lines([columns[0], columns[2]], names), "heads": heads, "rows": rows}


def period_name(period: Period, words: Words) -> str:
    """A day as "24.11.", a week as "vk 47", a month as "11/2026"."""
    if words.get("by") == "month":
        return f"{period.first.month}/{period.first.year}"
    if period.first == period.last and words.get("by") != "week":
        return f"{period.first.day}.{period.first.month}."
    return f"{words['week']} {period.first.isocalendar().week}"


def name_of(words: Words, measure: str) -> Title:
    """The words for the parts of a measure; a part that has none stands as it is."""
    return lambda part: str(words["parts"].get(measure, {}).get(part, part))


def shown(told: Told, periods: Sequence[Period], words: Words, title: Title) -> dict[str, Any]:
    """Everything that the page of the staff and the public page have in common."""
    return {
        "tiles": tiles(told, words),
        "over_time": over_time(told, periods, words),
        "topics": bars(told, "topic", title),
        "waits": bars(told, "first_word", name_of(words, "first_word"), BUCKETS),
        "language_bars": bars(told, "language", name_of(words, "language")),
        "channel_bars": bars(told, "channel", name_of(words, "channel")),
        "danger_bars": bars(told, "danger", name_of(words, "danger"), DANGERS),
        "helpfulness_bars": bars(told, "helpfulness", name_of(words, "helpfulness"), VERDICTS),
    }


def day_words(day: dt.date) -> str:
    """A date as a table has it."""
    return f"{day.day}.{day.month}.{day.year}"
