"""Editors' workshop: its pages mounted, the guide among them, and its refusals answered with a page."""

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from gateway.content.pages import (
    arranging_pages,
    contact_pages,
    example_pages,
    history_pages,
    inbox_pages,
    overview_pages,
    publishing_pages,
    spreadsheet_pages,
    topic_pages,
    trying_pages,
)
from gateway.content.pages.desk import AtDesk, refuse
from gateway.content.refusals import ContentRefused
from gateway.content.trying import DraftBot
from gateway.pages import templates

guide = APIRouter(prefix="/content/guide", tags=["content"])
_MODULES: tuple[Any, ...] = (
    overview_pages,
    arranging_pages,
    example_pages,
    topic_pages,
    contact_pages,
    history_pages,
    publishing_pages,
    spreadsheet_pages,
    trying_pages,
    inbox_pages,
)


@guide.get("", response_class=HTMLResponse)
async def read(desk: AtDesk) -> HTMLResponse:
    """Four things that editors do, step by step, with pictures, in the editor's language."""
    return desk.page("guide.html", {})


def install(app: FastAPI) -> None:
    """Mount the pages."""
    for module in _MODULES:
        app.include_router(module.router)
    app.include_router(guide)
    app.add_exception_handler(ContentRefused, refuse)
    templates.env.globals["name_of_choice"] = history_pages.name_of_choice


async def close(app: FastAPI) -> None:
    """End the draft's process, when one was begun."""
    bot: DraftBot | None = getattr(app.state, "draft_bot", None)
    if bot is not None:
        await bot.close()
