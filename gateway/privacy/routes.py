"""Privacy, the public page: what happens to what a citizen writes."""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.exc import SQLAlchemyError

from answers.content import signature_of
from answers.privacy import PRIVACY, PrivacyNotice, read_privacy
from gateway.core.config.settings import PROJECT
from gateway.core.http.pages import preferred_language, templates
from gateway.core.locale import IN_THEIR_OWN
from gateway.hours.service import HoursContext
from gateway.hours.wording import fill

log = structlog.get_logger()
router = APIRouter(tags=["pages"])


@router.get("/privacy", response_class=HTMLResponse)
async def privacy(request: Request) -> HTMLResponse:
    """What happens to what a citizen writes."""
    language = preferred_language(request)
    service: HoursContext = request.app.state.service
    context = {
        "language": language,
        "languages": IN_THEIR_OWN,
        "notice": published_notice(service.content)[language],
        "values": {
            "days": str(service.settings.text_retention_days),
            "copies": str(service.settings.content_inbox_days),
            "hours": await _hours(service, language),
        },
        "fill": fill,
    }
    return templates.TemplateResponse(request, "privacy.html", context)


def published_notice(content: Path) -> Mapping[str, PrivacyNotice]:
    """The published notice by language; the shipped one where the content has none, or one that may not be shown."""
    for path in (content / PRIVACY, PROJECT / "data" / PRIVACY):
        if path.exists() and (found := _read(path, signature_of(path))):
            return found
    raise FileNotFoundError(f"{PROJECT / 'data' / PRIVACY} is missing or cannot be used.")


@lru_cache(maxsize=4)
def _read(path: Path, _: tuple[int, int]) -> Mapping[str, PrivacyNotice]:
    """Read again only when the file has changed; nothing where it may not be shown."""
    notices, problems = read_privacy(path)
    for problem in problems:
        log.error("content_refused", problem=str(problem))
    return {} if problems else notices


async def _hours(service: HoursContext, language: str) -> str:
    """When officers answer; from memory while the database is unavailable: this page must always be shown."""
    try:
        async with asyncio.timeout(service.settings.storage_timeout), service.database.transaction() as session:
            return await service.hours.presence(session, language, service.lines)
    except (SQLAlchemyError, OSError) as error:
        log.warning("hours_from_memory", exc_info=error)
        return service.hours.known_presence(language, service.lines)


@router.get("/", include_in_schema=False)
async def front_page(request: Request) -> RedirectResponse:
    """Redirect to the simulator in development, to the privacy page in production."""
    simulator = request.app.state.service.settings.simulator_enabled
    return RedirectResponse("/simulator/" if simulator else "/privacy")
