"""Analytics, months: which month is meant, and whether it may be told; a month is told when it is over."""

import datetime as dt

from gateway.core.database import now
from gateway.core.locale import HELSINKI

OLDEST = dt.date(2020, 1, 1)


def newest() -> dt.date:
    """The first day of the last whole month, by the Finnish calendar."""
    return before(now().astimezone(HELSINKI).date().replace(day=1))


def before(first: dt.date) -> dt.date:
    """The first day of the month before."""
    return (first - dt.timedelta(days=1)).replace(day=1)


def after(first: dt.date) -> dt.date:
    """The first day of the month after."""
    return (first + dt.timedelta(days=31)).replace(day=1)


def last_day(first: dt.date) -> dt.date:
    """The last day of a month, given its first."""
    return after(first) - dt.timedelta(days=1)


def whole_month(text: str) -> dt.date | None:
    """The first day of a month such as `2026-10`; None for what is no month, is not over, or is before `OLDEST`."""
    try:
        asked = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return asked if OLDEST <= asked <= newest() else None
