"""Console: ready answers beside the reply: searched, suggested, and an officer's own."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse

from gateway.accounts.access import Person
from gateway.accounts.staff_page import see_other, staff_page, translate
from gateway.console import wording
from gateway.console.access_log import ground_to_read, record_refresh
from gateway.console.canned import canned_offer, suggested
from gateway.console.conversation_view import conversation_view
from gateway.console.officer import MAX_LINE_LENGTH, Reader, Refresher, officer_of, service_of
from gateway.console.view_context import texts
from gateway.core.errors import ConversationMissing
from gateway.core.locale import OWN_NAMES
from gateway.handover import own_answers
from gateway.handover.errors import HandoverTextRefused

router = APIRouter(prefix="/console", tags=["console"])
_PATH = "/console/answers"
_CONTEXT_ITEMS = 20  # of the conversation, in which what was asked last is looked for


@router.get("/conversations/{conversation_id}/ready", response_class=HTMLResponse)
async def ready(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    words: Annotated[str, Query(max_length=MAX_LINE_LENGTH)] = "",
) -> Response:
    """The canned answers that contain these words, as a fragment."""
    service, officer = service_of(request), officer_of(person)
    async with service.database.transaction() as session:
        ground = await ground_to_read(session, request, person, conversation_id)
        if ground is None:
            return Response(status_code=403, headers={"cache-control": "no-store"})
        await record_refresh(session, request, person, conversation_id, ground)
        view = await conversation_view(session, service, officer, conversation_id, page=_CONTEXT_ITEMS)
        found = await canned_offer(session, service, officer, view, words)
    context = {**texts(request), "view": view, "ready": found, "sought": words}
    return staff_page(request, "console/_ready.html", context)


@router.get("/conversations/{conversation_id}/suggested", response_class=HTMLResponse)
async def suggestions(request: Request, person: Refresher, conversation_id: uuid.UUID) -> Response:
    """The answers that are nearest to what the citizen asked last, as a fragment; the page asks for it by itself.

    No content while the encoder reads citizens' messages: the page asks again.
    """
    service, officer = service_of(request), officer_of(person)
    async with service.database.transaction() as session:
        try:
            ground = await ground_to_read(session, request, person, conversation_id)
        except ConversationMissing:
            return Response(status_code=404, headers={"cache-control": "no-store"})
        if ground is None:
            return Response(status_code=403, headers={"cache-control": "no-store"})
        await record_refresh(session, request, person, conversation_id, ground)
        view = await conversation_view(session, service, officer, conversation_id, page=_CONTEXT_ITEMS)
        found = await suggested(session, service, officer, view)
    if found is None:
        return Response(status_code=204, headers={"cache-control": "no-store"})
    return staff_page(request, "console/_suggested.html", {**texts(request), "view": view, "suggested": found})


@router.get("/answers", response_class=HTMLResponse)
async def answers(request: Request, person: Reader, change: uuid.UUID | None = None) -> Response:
    """The officer's own ready answers, and the form for a new one or for `change`."""
    return await _page(request, person, change)


@router.post("/answers")
async def keep(
    request: Request,
    person: Reader,
    title: Annotated[str, Form(max_length=1000)] = "",
    text: Annotated[str, Form(max_length=20_000)] = "",
    language: Annotated[str, Form(max_length=2)] = "",
    answer: Annotated[uuid.UUID | None, Form()] = None,
) -> Response:
    """Keep a new answer, or a changed one."""
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            await own_answers.keep_answer(session, service.keyring, person.id, answer, language, title, text)
    except HandoverTextRefused as error:
        problem = translate(request, wording.PROBLEMS[error.code])
        written = {"title": title, "text": text, "language": language}
        return await _page(request, person, answer, written=written, problem=problem, status=error.status)
    return see_other(_PATH, said="answer_kept")


@router.post("/answers/delete")
async def delete(request: Request, person: Reader, answer: Annotated[uuid.UUID, Form()]) -> Response:
    """Delete one of the officer's own answers."""
    async with service_of(request).database.transaction() as session:
        await own_answers.delete_answer(session, person.id, answer)
    return see_other(_PATH, said="answer_deleted")


async def _page(
    request: Request,
    person: Person,
    change: uuid.UUID | None,
    *,
    written: dict[str, str] | None = None,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    service = service_of(request)
    async with service.database.transaction() as session:
        found = await own_answers.own_answers(session, service.keyring, person.id)
    chosen = next((each for each in found if each.id == change), None)
    kept = {"title": chosen.title, "text": chosen.text, "language": chosen.language} if chosen else {}
    context: dict[str, Any] = {
        "found": found,
        "change": chosen,
        "written": written or kept or {"title": "", "text": "", "language": person.language},
        "languages": OWN_NAMES,
        "problem": problem,
    }
    return staff_page(request, "console/answers.html", {**texts(request), **context}, status_code=status)
