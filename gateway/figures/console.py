"""Beside the road: the staff's page of figures and its file."""

import csv
import datetime as dt
import io
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from gateway.accounts.access import Person, Role, needs
from gateway.accounts.audit_pages import formula_safe
from gateway.database import now
from gateway.doors.making import names as door_names
from gateway.figures import view
from gateway.figures.reading import read
from gateway.figures.rising import HISTORY, rising
from gateway.figures.telling import Period, Told, days_of, months_of, weeks_of
from gateway.hours.schedule import ZONE
from gateway.staff_pages import page_words, service_of, staff_page

router = APIRouter(prefix="/console/figures", tags=["figures"])
Reader = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR, Role.EDITOR))]
DAYS, WEEKS, MONTHS = 28, 53, 13
_EARLIEST = dt.date(2020, 1, 1)


def _chosen(by: str, end: str) -> tuple[list[Period], str]:
    """The days, weeks or months that an address asks for, and which of them; what it does not say rightly is today."""
    today = now().astimezone(ZONE).date()
    try:
        last = min(max(dt.date.fromisoformat(end), _EARLIEST), today)
    except ValueError:
        last = today
    if by == "week":
        monday = last - dt.timedelta(days=last.weekday())
        return weeks_of(monday - dt.timedelta(weeks=WEEKS - 1), last), by
    if by == "month":
        place = last.year * 12 + last.month - MONTHS
        return months_of(dt.date(place // 12, place % 12 + 1, 1), last), by
    return days_of(last - dt.timedelta(days=DAYS - 1), last), "day"


async def _read(request: Request, first: dt.date, last: dt.date) -> tuple[Told, dict[str, str]]:
    """What may be told of these days, and the names of the doors."""
    async with service_of(request).database.transaction() as session:
        return await read(session, first, last), await door_names(session)


@router.get("", response_class=HTMLResponse)
async def page(request: Request, person: Reader, by: str = "day", end: str = "") -> HTMLResponse:
    """What the service has done in the last days, weeks or months, and what is rising."""
    periods, by = _chosen(by, end)
    first, last = periods[0].first, periods[-1].last
    long, doors = await _read(request, min(first, last - dt.timedelta(days=HISTORY + 7)), last)
    told = long.since(first) if long.first < first else long
    words = {**page_words(request, "figures"), "by": by}
    lines = service_of(request).lines

    def title(topic: str) -> str:
        return lines.title(topic, person.language) or topic

    context: dict[str, Any] = {
        **view.shown(told, periods, words, title),
        "topic_strips": view.strips(told, "topic", periods, title),
        "door_strips": view.strips(told, "door", periods, lambda code: doors.get(code, code)),
        "names": [view.period_name(period, words) for period in periods],
        "miss_bars": view.bars(told, "miss", view.name_of(words, "miss")),
        "outcome_bars": view.bars(told, "outcome", view.name_of(words, "outcome")),
        "source_bars": view.bars(told, "source", str),
        "rises": [(title(rise.topic), rise) for rise in rising(long, last)],
        "by": by,
        "first": first,
        "last": last,
        "before": first - dt.timedelta(days=1),
        "day_words": view.day_words,
    }
    return staff_page(request, "figures/staff.html", context)


@router.get(".csv")
async def file(request: Request, person: Reader, by: str = "day", end: str = "") -> Response:
    """The told counts of the same days, weeks or months, one line each; a door with its name."""
    periods, by = _chosen(by, end)
    told, doors = await _read(request, periods[0].first, periods[-1].last)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("first_day", "last_day", "measure", "part", "count"))
    for measure, part in sorted(told.cells):
        named = f"{part} {doors[part]}" if measure == "door" and part in doors else part
        for period, count in zip(periods, told.series(measure, part, periods), strict=True):
            if count:
                cells = (str(period.first), str(period.last), measure, named, str(count))
                writer.writerow([formula_safe(cell) for cell in cells])
    name = f"neuvo-figures-{by}-{periods[-1].last}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    # With the mark by which Excel knows UTF-8.
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
