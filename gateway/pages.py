"""Beside the road: the public pages for citizens, in three languages, without script."""

from pathlib import Path

import yaml
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.templating import Jinja2Templates

from gateway.conversations.lines import LANGUAGES

_HERE = Path(__file__).parent
templates = Jinja2Templates(directory=_HERE / "templates")
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
    days = service.settings.text_retention_days
    async with service.database.transaction() as session:
        hours = await service.hours.presence(session, language, service.lines)
    context = {"language": language, "words": _WORDS[language], "languages": _WORDS, "days": days, "hours": hours}
    return templates.TemplateResponse(request, "privacy.html", context)


@router.get("/", include_in_schema=False)
async def front(request: Request) -> RedirectResponse:
    """Nobody should meet an empty door: the phone in development, the privacy page in production."""
    simulator = request.app.state.service.settings.simulator_enabled
    return RedirectResponse("/simulator/" if simulator else "/privacy")
