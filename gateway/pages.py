"""Beside the road: the public pages for citizens, in three languages, without script."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
import yaml
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates
from sqlalchemy.exc import SQLAlchemyError

from gateway.conversations.lines import LANGUAGES
from gateway.service import Service

log = structlog.get_logger()

_HERE = Path(__file__).parent
_HERE_TIME = ZoneInfo("Europe/Helsinki")
templates = Jinja2Templates(directory=_HERE / "templates")
templates.env.filters["path_of"] = lambda url: f"{url.path}?{url.query}" if url.query else url.path
templates.env.filters["moment"] = lambda at: at.astimezone(_HERE_TIME).strftime("%-d.%-m.%Y %H.%M")
templates.env.filters["day"] = lambda at: at.astimezone(_HERE_TIME).strftime("%-d.%-m.%Y")
router = APIRouter(tags=["pages"])

_WORDS: dict[str, dict[str, object]] = yaml.safe_load((_HERE / "templates" / "privacy.yml").read_text("utf-8"))


def preferred_language(request: Request) -> str:
    """`?lang=` first, then what the browser asks for, then Finnish."""
    wanted = [request.query_params.get("lang", "")]
    wanted += [part.split(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")]
    return next((code[:2].lower() for code in wanted if code[:2].lower() in LANGUAGES), LANGUAGES[0])


@router.get("/privacy", response_class=HTMLResponse)
async def privacy(request: Request) -> HTMLResponse:
    """What happens to what a citizen writes."""
    language = preferred_language(request)
    service = request.app.state.service
    context = {
        "language": language,
        "words": _WORDS[language],
        "languages": _WORDS,
        "days": service.settings.text_retention_days,
        "copies": service.settings.content_inbox_days,
        "hours": await _hours(service, language),
    }
    return templates.TemplateResponse(request, "privacy.html", context)


async def _hours(service: Service, language: str) -> str:
    """When officers answer; from memory while the database is away, because this page must stay."""
    try:
        async with asyncio.timeout(service.settings.storage_timeout), service.database.transaction() as session:
            return await service.hours.presence(session, language, service.lines)
    except (SQLAlchemyError, OSError) as error:
        log.warning("hours_from_memory", exc_info=error)
        return service.hours.known_presence(language, service.lines)


@router.get("/", include_in_schema=False)
async def front(request: Request) -> RedirectResponse:
    """Nobody should meet an empty door: the phone in development, the privacy page in production."""
    simulator = request.app.state.service.settings.simulator_enabled
    return RedirectResponse("/simulator/" if simulator else "/privacy")
