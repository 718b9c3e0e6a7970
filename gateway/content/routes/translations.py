"""Content, the page of translators: only what was left behind, with what changed in the other languages beside it."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from answers.limits import LANGUAGES
from gateway.content.editing.freshness import FIELDS
from gateway.content.editing.translations import stale
from gateway.content.errors import ContentRefused
from gateway.content.repository.topics import AnswerChange, change_answer
from gateway.content.routes import text_wording
from gateway.content.routes.request_context import Editing
from gateway.content.routes.topics import picks

router = APIRouter(prefix="/content", tags=["content"])


@router.get("/translations", response_class=HTMLResponse)
async def read(editing: Editing, language: str = "") -> HTMLResponse:
    """What waits for a translator into a language; the reader's own where none is named."""
    shown = language if language in LANGUAGES else editing.person.language
    counts = {each: len(await asyncio.to_thread(stale, editing.copy, each)) for each in LANGUAGES}
    context = {
        "found": await asyncio.to_thread(stale, editing.copy, shown),
        "counts": counts,
        "language_shown": shown,
        "titles": editing.titles(),
        "picks": picks(editing.contacts, editing.person.language),
        "braces": list(text_wording.BRACES),
        "text_wording": text_wording,
    }
    return editing.page("translations.html", context)


@router.post("/translations/{topic}", response_model=None)
async def save(
    request: Request, editing: Editing, topic: str, version: Annotated[str, Form()], language: Annotated[str, Form()]
) -> Response:
    """Save the translated texts of one topic; other languages are left alone."""
    if language not in LANGUAGES:
        raise ContentRefused("unknown_language", language=language)
    form = await request.form()
    texts = {field: {language: str(form[field])} for field in FIELDS if field in form}
    change = AnswerChange(
        title=texts.get("title"), answer=texts.get("answer"), in_short=texts.get("in_short"), why=texts.get("why")
    )
    message = editing.gettext("Translated: %(topic)s", topic=topic)
    return await editing.save(
        lambda: [change_answer(editing.copy, topic, version, change)],
        message,
        f"/content/translations?language={language}",
    )
