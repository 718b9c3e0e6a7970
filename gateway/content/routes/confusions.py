"""Content, the page of confusions: a map and a list of what the bot takes for what, with the messages."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from answers.limits import LANGUAGES
from gateway.content.editing.confusions import LEVELS, confusions
from gateway.content.editing.overview import results_of_live
from gateway.content.routes.request_context import Editing

router = APIRouter(prefix="/content", tags=["content"])


@router.get("/confusions", response_class=HTMLResponse)
async def read(editing: Editing, language: str = "", topic: str = "") -> HTMLResponse:
    """What the bot in use confuses, in all languages or in one; `topic` keeps the pairs of one topic."""
    shown = language if language in LANGUAGES else ""
    found = await asyncio.to_thread(confusions, results_of_live(editing.published), shown)
    titles = editing.titles()
    wanted = topic if topic in titles else ""
    pairs = [each for each in found.pairs if wanted in ("", each.topic, each.taken_for)] if found else []
    context = {
        "found": found,
        "pairs": pairs,
        "map": found.map() if found and not wanted else None,
        "levels": LEVELS,
        "language_shown": shown,
        "topic": wanted,
        "titles": titles,
    }
    return editing.page("confusions.html", context)
