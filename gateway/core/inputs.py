"""Input: the bounds of days, moments and row numbers that people and programs may ask for.

What lies beyond cannot be converted between time zones, or stored by PostgreSQL, and would be a crash instead of a
refusal. Characters that no database takes are refused before a route (`gateway.core.http.clean_input`).
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from gateway.core.errors import GatewayError
from gateway.core.locale import HELSINKI

FIRST_DAY, LAST_DAY = dt.date(2000, 1, 1), dt.date(2199, 12, 31)
MAX_ROW_NUMBER = 2**63 - 1


class OutOfBounds(GatewayError):
    """A day or moment that nobody can mean."""

    status = 422
    texts: ClassVar[Mapping[str, str]] = {"day_out_of_bounds": "Choose a day between {first} and {last}."}


def read_day(written: str) -> dt.date | None:
    """A day written as 2026-11-28, or None for what is no day. Raises `OutOfBounds`."""
    try:
        day = dt.date.fromisoformat(written)
    except ValueError:
        return None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise OutOfBounds("day_out_of_bounds", first=FIRST_DAY, last=LAST_DAY)
    return day


def start_of_day(written: str) -> dt.datetime | None:
    """When a written day begins in Finland, or None as `read_day` says. Raises `OutOfBounds`."""
    day = read_day(written)
    return dt.datetime.combine(day, dt.time(), HELSINKI) if day is not None else None


def _within_bounds(moment: dt.datetime) -> dt.datetime:
    if not FIRST_DAY <= moment.date() <= LAST_DAY:
        raise ValueError(f"must be between {FIRST_DAY} and {LAST_DAY}")
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


# The types of a route's parameters.
RowNumber = Annotated[int, Field(ge=1, le=MAX_ROW_NUMBER)]
Moment = Annotated[dt.datetime, AfterValidator(_within_bounds)]
