"""Analytics, views: rounded counts as tables, charts and sentences in one language; pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.analytics import charts, wording
from gateway.analytics.counts import FIRST_WORD, LATER
from gateway.analytics.models import Measure, Verdict
from gateway.analytics.rounding import Period, RoundedCounts
from gateway.conversations.kinds import Danger
from gateway.core.i18n import N_, capitalised, gettext, language_name, named, number
from gateway.core.locale import LANGUAGES

MOST_STRIPS = 25  # topics or referral links
BUCKETS = (*FIRST_WORD, LATER)
FEWEST_WAITS = 15  # people: below that half of them is no figure
# What stands in the table of periods, in this order.
COLUMNS = ((Measure.PEOPLE, ""), (Measure.MESSAGES, ""), (Measure.HANDED_OVER, ""))
Title = Callable[[str], str]
_TOO_FEW = N_("too few to say")


@dataclass(frozen=True)
class Bar:
    """One line of a bar chart: its words, its number and its length in percent of the longest."""

    name: str
    count: int
    length: float


def tiles(rounded: RoundedCounts, language: str) -> list[tuple[str, str]]:
    """The numbers at the top of a page: what, and how much."""
    handed_over = rounded.share(Measure.HANDED_OVER, "")
    found = [
        ("people", number(rounded.total(Measure.PEOPLE, ""))),
        ("messages", number(rounded.total(Measure.MESSAGES, ""))),
        ("alone", _percent(None if handed_over is None else 100 - handed_over, language)),
        ("handed_over", _percent(handed_over, language)),
        ("first_word", median_wait(rounded, language)),
        ("misses", _percent(rounded.share(Measure.MISS), language)),
        ("dangers", number(rounded.total(Measure.DANGER))),
        ("helped", _percent(helped(rounded), language)),
    ]
    return [(gettext(language, wording.TILES[key]), value) for key, value in found]


def _percent(share: int | None, language: str) -> str:
    return gettext(language, _TOO_FEW) if share is None else f"{share} %"


def helped(rounded: RoundedCounts) -> int | None:
    """Percent of those who rated an answer whom it helped; None where too few did."""
    said = sum(rounded.total(Measure.HELPFULNESS, verdict) for verdict in Verdict)
    return round(100 * rounded.total(Measure.HELPFULNESS, Verdict.HELPED) / said) if said >= FEWEST_WAITS else None


def median_wait(rounded: RoundedCounts, language: str) -> str:
    """Within what time half of those who waited for an officer had their first word."""
    counts = [rounded.total(Measure.FIRST_WORD, bucket) for bucket in BUCKETS]
    if sum(counts) < FEWEST_WAITS:
        return gettext(language, _TOO_FEW)
    so_far = 0
    for bucket, count in zip(BUCKETS, counts, strict=True):
        so_far += count
        if 2 * so_far >= sum(counts):
            return gettext(language, wording.PARTS[Measure.FIRST_WORD][bucket])
    raise AssertionError("half of a sum is within the sum")


def bars(rounded: RoundedCounts, measure: Measure, name: Title, order: Sequence[str] | None = None) -> list[Bar]:
    """A bar chart of a measure's parts: the largest first, or all of `order` in their order."""
    parts = rounded.parts(measure) if order is None else [(part, rounded.total(measure, part)) for part in order]
    largest = max((count for _, count in parts), default=0)
    return [Bar(name(part), count, charts.part_of(count, largest)) for part, count in parts]


def strips(rounded: RoundedCounts, measure: Measure, periods: Sequence[Period], title: Title) -> list[dict[str, Any]]:
    """The largest parts of a measure, each with its strip: how much in each period."""
    found = []
    for part, total in rounded.parts(measure)[:MOST_STRIPS]:
        counts = rounded.series(measure, part, periods)
        found.append({"name": title(part), "total": total, "counts": counts, "levels": charts.levels(counts)})
    return found


def over_time(rounded: RoundedCounts, periods: Sequence[Period], language: str, by: str) -> dict[str, Any]:
    """The line chart of people and handovers with its table."""
    names = [period_name(period, language, by) for period in periods]
    columns = [rounded.series(*cell, periods) for cell in COLUMNS]
    rows = [(name, *(column[place] for column in columns)) for place, name in enumerate(names)]
    heads = [gettext(language, wording.COLUMNS[measure]) for measure, _ in COLUMNS]
    return {"chart": charts.lines([columns[0], columns[2]], names), "heads": heads, "rows": rows}


def period_name(period: Period, language: str, by: str) -> str:
    """A day as "24.11.", a week as "vk 47", a month as "11/2026"."""
    if by == "month":
        return f"{period.first.month}/{period.first.year}"
    if period.first == period.last and by != "week":
        return f"{period.first.day}.{period.first.month}."
    return f"{gettext(language, 'wk')} {period.first.isocalendar().week}"


def name_of(language: str, measure: Measure) -> Title:
    """The words for the parts of a measure; a part that has none stands as it is."""
    if measure == Measure.LANGUAGE:
        return lambda part: capitalised(language_name(language, part)) if part in LANGUAGES else part
    return lambda part: named(language, wording.PARTS.get(measure, {}), part)


def shown(rounded: RoundedCounts, periods: Sequence[Period], language: str, by: str, title: Title) -> dict[str, Any]:
    """Everything that the page of the staff and the public page have in common; `by` is day, week or month."""
    return {
        "tiles": tiles(rounded, language),
        "over_time": over_time(rounded, periods, language, by),
        "topics": bars(rounded, Measure.TOPIC, title),
        "waits": bars(rounded, Measure.FIRST_WORD, name_of(language, Measure.FIRST_WORD), BUCKETS),
        "language_bars": bars(rounded, Measure.LANGUAGE, name_of(language, Measure.LANGUAGE)),
        "channel_bars": bars(rounded, Measure.CHANNEL, name_of(language, Measure.CHANNEL)),
        "danger_bars": bars(rounded, Measure.DANGER, name_of(language, Measure.DANGER), list(Danger)),
        "officer_bars": bars(
            rounded,
            Measure.OFFICER_HELPFULNESS,
            name_of(language, Measure.OFFICER_HELPFULNESS),
            [Verdict.HELPED, Verdict.NOT_HELPED],
        ),
        "helpfulness_bars": bars(rounded, Measure.HELPFULNESS, name_of(language, Measure.HELPFULNESS), list(Verdict)),
    }
