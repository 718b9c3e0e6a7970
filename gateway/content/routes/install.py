"""Content, installation: the pages and the guide, and refusals answered with a page."""

from typing import Final

from fastapi import APIRouter, FastAPI

from gateway.content.editing.meaning import Meaning
from gateway.content.editing.playground import DraftBot
from gateway.content.errors import ContentRefused
from gateway.content.routes import (
    arrange,
    conflicts,
    confusions,
    contacts,
    examples,
    guide,
    history,
    inbox,
    meaning,
    overview,
    playground,
    publishing,
    schedule,
    senders,
    spreadsheet,
    talk_tests,
    texts,
    topics,
    translations,
    unsaved,
)
from gateway.content.routes.request_context import refuse
from gateway.core.http.pages import templates

ROUTERS: Final[tuple[APIRouter, ...]] = (
    overview.router,
    arrange.router,
    examples.router,
    topics.router,
    contacts.router,
    senders.router,
    texts.router,
    translations.router,
    history.router,
    conflicts.router,
    confusions.router,
    publishing.router,
    schedule.router,
    spreadsheet.router,
    playground.router,
    talk_tests.router,
    inbox.router,
    guide.router,
    unsaved.router,
    meaning.router,
)


def install(app: FastAPI) -> None:
    """Answer refusals with a page."""
    app.add_exception_handler(ContentRefused, refuse)
    templates.env.globals["name_of_choice"] = conflicts.name_of_choice
    templates.env.globals["name_of_words"] = conflicts.name_of_words


async def close(app: FastAPI) -> None:
    """End the draft's process, when one was begun."""
    bot: DraftBot | None = getattr(app.state, "draft_bot", None)
    if bot is not None:
        await bot.close()
    asked: Meaning | None = getattr(app.state, "meaning", None)
    if asked is not None:
        await asked.process.close()
