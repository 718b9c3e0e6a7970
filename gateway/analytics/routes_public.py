"""Analytics, the public page of one month."""

import asyncio
import datetime as dt
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import SQLAlchemyError

from gateway.analytics import months, views
from gateway.analytics.queries import first_day, rounded_counts
from gateway.analytics.rounding import RoundedCounts, days_of
from gateway.core.context import Context
from gateway.core.errors import StorageUnavailable
from gateway.core.http.pages import preferred_language, templates
from gateway.core.i18n import capitalised, date_by
from gateway.core.locale import IN_THEIR_OWN

log = structlog.get_logger()
router = APIRouter(tags=["analytics"])
# A month that is over does not change any more; an hour, because the first of a month brings a new one.
_CACHED = "public, max-age=3600, stale-if-error=86400"


@router.get("/figures", response_class=HTMLResponse)
async def page(request: Request, month: str = "") -> Response:
    """What the service did in one month; the last whole one where the address names none that has been."""
    language = preferred_language(request)
    newest = months.newest()
    first = months.whole_month(month) or newest
    last = months.last_day(first)
    rounded, oldest = await _read(request.app.state.service, first, last)
    lines = request.app.state.service.lines
    context: dict[str, Any] = {
        **views.shown(
            rounded, days_of(first, last), language, "day", lambda topic: lines.title(topic, language) or topic
        ),
        "language": language,
        "languages": IN_THEIR_OWN,
        "month": capitalised(date_by(language, first, "yMMMM")),
        "this": f"{first:%Y-%m}",
        "earlier": f"{months.before(first):%Y-%m}" if oldest is not None and oldest < first else None,
        "later": f"{months.after(first):%Y-%m}" if first < newest else None,
    }
    response = templates.TemplateResponse(request, "analytics/public.html", context)
    response.headers.update({"cache-control": _CACHED, "vary": "Accept-Language", "content-language": language})
    return response


async def _read(service: Context, first: dt.date, last: dt.date) -> tuple[RoundedCounts, dt.date | None]:
    try:
        async with asyncio.timeout(service.settings.storage_timeout), service.database.transaction() as session:
            return await rounded_counts(session, first, last), await first_day(session)
    except (SQLAlchemyError, OSError) as error:
        log.error("analytics_unavailable", exc_info=error)
        raise StorageUnavailable("The figures cannot be read right now. Try again in a minute.") from error
