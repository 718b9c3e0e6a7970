"""Analytics, the staff's page and its CSV file."""

import csv
import datetime as dt
import io
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.access import Person, needs
from gateway.accounts.routes_audit import formula_safe
from gateway.accounts.staff_page import staff_page
from gateway.analytics import views, wording
from gateway.analytics.models import Measure
from gateway.analytics.queries import rounded_counts
from gateway.analytics.rounding import Period, RoundedCounts, days_of, months_of, weeks_of
from gateway.analytics.trends import HISTORY, rising
from gateway.conversations.scam_checks import ScamChecks
from gateway.conversations.scam_wording import wave_name
from gateway.core.actors import Role
from gateway.core.context import Context
from gateway.core.database import now
from gateway.core.locale import HELSINKI

router = APIRouter(prefix="/console/figures", tags=["analytics"])
Reader = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR, Role.EDITOR))]
DAYS, WEEKS, MONTHS = 28, 53, 13
_EARLIEST = dt.date(2020, 1, 1)


def chosen(by: str, end: str) -> tuple[list[Period], str]:
    """The days, weeks or months that an address asks for, and which of them; what it does not say rightly is today."""
    today = now().astimezone(HELSINKI).date()
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


async def read_counts(request: Request, first: dt.date, last: dt.date) -> tuple[RoundedCounts, dict[str, str]]:
    """The rounded counts of these days, and the names of the referral links."""
    async with service_of(request).database.transaction() as session:
        return await rounded_counts(session, first, last), await service_of(request).names_of_referrals(session)


@router.get("", response_class=HTMLResponse)
async def page(request: Request, person: Reader, by: str = "day", end: str = "") -> HTMLResponse:
    """What the service has done in the last days, weeks or months, and what is rising."""
    periods, by = chosen(by, end)
    first, last = periods[0].first, periods[-1].last
    long, referrals = await read_counts(request, min(first, last - dt.timedelta(days=HISTORY + 7)), last)
    rounded = long.since(first) if long.first < first else long
    language, lines = person.language, service_of(request).lines

    def title(topic: str) -> str:
        return lines.title(topic, language) or topic

    senders = service_of(request).scam_checks.senders

    def scam_name(wave: str) -> str:
        return wave_name(language, wave, senders)

    context: dict[str, Any] = {
        **views.shown(rounded, periods, language, by, title),
        "topic_strips": views.strips(rounded, Measure.TOPIC, periods, title),
        "referral_strips": views.strips(rounded, Measure.REFERRAL, periods, lambda code: referrals.get(code, code)),
        "names": [views.period_name(period, language, by) for period in periods],
        "miss_bars": views.bars(rounded, Measure.MISS, views.name_of(language, Measure.MISS)),
        "outcome_bars": views.bars(rounded, Measure.OUTCOME, views.name_of(language, Measure.OUTCOME)),
        "source_bars": views.bars(rounded, Measure.SOURCE, str),
        "scam_rises": [(scam_name(rise.topic), rise) for rise in rising(long, last, Measure.SCAM)],
        "scam_bars": views.bars(rounded, Measure.SCAM, scam_name),
        "may_write_bulletins": person.has(Role.OFFICER, Role.SUPERVISOR),
        "rises": [(title(rise.topic), rise) for rise in rising(long, last)],
        "by": by,
        "first": first,
        "last": last,
        "before": first - dt.timedelta(days=1),
        "wording": wording,
    }
    return staff_page(request, "analytics/staff.html", context)


@router.get(".csv")
async def file(request: Request, person: Reader, by: str = "day", end: str = "") -> Response:
    """The same rounded counts as CSV, one row per cell and period; a referral link with its name."""
    periods, by = chosen(by, end)
    rounded, referrals = await read_counts(request, periods[0].first, periods[-1].last)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("first_day", "last_day", "measure", "part", "count"))
    for measure, part in sorted(rounded.cells):
        named = f"{part} {referrals[part]}" if measure == Measure.REFERRAL and part in referrals else part
        for period, count in zip(periods, rounded.series(measure, part, periods), strict=True):
            if count:
                cells = (str(period.first), str(period.last), measure, named, str(count))
                writer.writerow([formula_safe(cell) for cell in cells])
    name = f"neuvo-figures-{by}-{periods[-1].last}.csv"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    # With the mark by which Excel knows UTF-8.
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


class AnalyticsContext(Context, Protocol):
    """A process that knows the names of what is counted by a code."""

    @property
    def scam_checks(self) -> ScamChecks:
        """The check of suspicious messages, with the senders' names."""

    async def names_of_referrals(self, session: AsyncSession) -> dict[str, str]:
        """The name of each referral link, by its code."""


def service_of(request: Request) -> AnalyticsContext:
    """The parts of this process that these pages need."""
    service: AnalyticsContext = request.app.state.service
    return service
