"""Beside the road: the public page of figures, a month at a time, for everybody."""

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import structlog
import yaml
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.exc import SQLAlchemyError

from gateway.database import now
from gateway.errors import StorageUnavailable
from gateway.figures import view
from gateway.figures.reading import first_day, read
from gateway.figures.telling import Told, days_of
from gateway.hours.schedule import ZONE
from gateway.pages import preferred_language, templates
from gateway.service import Service

log = structlog.get_logger()
router = APIRouter(tags=["figures"])
_WORDS: dict[str, dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent.parent / "templates" / "figures" / "words.yml").read_text("utf-8")
)
# A month that is over does not change any more; an hour, because the first of a month brings a new one.
_CACHED = "public, max-age=3600, stale-if-error=86400"


@router.get("/figures", response_class=HTMLResponse)
async def page(request: Request, month: str = "") -> Response:
    """What the service did in one month; the last whole one where the address names none that has been."""
    language = preferred_language(request)
    newest = _before(now().astimezone(ZONE).date().replace(day=1))
    first = _month(month, newest)
    last = _after(first) - dt.timedelta(days=1)
    told, oldest = await _read(request.app.state.service, first, last)
    words, lines = _WORDS[language], request.app.state.service.lines
    context: dict[str, Any] = {
        **view.shown(told, days_of(first, last), words, lambda topic: lines.title(topic, language) or topic),
        "language": language,
        "languages": _WORDS,
        "words": words,
        "month": month_name(first, words),
        "this": f"{first:%Y-%m}",
        "earlier": f"{_before(first):%Y-%m}" if oldest is not None and oldest < first else None,
        "later": f"{_after(first):%Y-%m}" if first < newest else None,
    }
    response = templates.TemplateResponse(request, "figures/public.html", context)
    response.headers.update({"cache-control": _CACHED, "vary": "Accept-Language", "content-language": language})
    return response


async def _read(service: Service, first: dt.date, last: dt.date) -> tuple[Told, dt.date | None]:
    try:
        async with asyncio.timeout(service.settings.storage_timeout), service.database.transaction() as session:
            return await read(session, first, last), await first_day(session)
    except (SQLAlchemyError, OSError) as error:
        log.error("figures_not_readable", exc_info=error)
        raise StorageUnavailable("The figures cannot be read right now. Try again in a minute.") from error


def month_name(first: dt.date, words: dict[str, Any]) -> str:
    """A month in words, as a heading has it."""
    return f"{words['months'][first.month - 1]} {first.year}"


def _month(text: str, newest: dt.date) -> dt.date:
    try:
        asked = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        return newest
    return asked if dt.date(2020, 1, 1) <= asked <= newest else newest


def _before(first: dt.date) -> dt.date:
    return (first - dt.timedelta(days=1)).replace(day=1)


def _after(first: dt.date) -> dt.date:
    return (first + dt.timedelta(days=31)).replace(day=1)
