"""Beside the road, the console: what an officer writes to the citizen, what is kept of it, and who sees them type."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.acting import act, done, refused
from gateway.console.canned import offered
from gateway.console.display import texts
from gateway.console.officer import LONGEST_LINE, Reader, officer_of
from gateway.conversations.closed_window import queue_template
from gateway.errors import ChangeNotAllowed, ConversationMissing, GatewayError
from gateway.handover import presence, speaking
from gateway.handover.conversation_view import conversation_view
from gateway.handover.drafts import keep_draft
from gateway.handover.officers import Officer
from gateway.handover.queue import locked
from gateway.service import Service
from gateway.staff_pages import service_of, staff_page

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])
Text = Annotated[str, Form(max_length=20_000)]
GAP = "gap_"  # before the name of a template's gap, in the form


@router.post("/reply")
async def reply(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    text: Text = "",
    form_id: Annotated[uuid.UUID | None, Form()] = None,
) -> Response:
    """Say it to the citizen; when it cannot be said, the words stay in the officer's field."""
    service, officer = service_of(request), officer_of(person)
    try:
        async with service.database.transaction() as session:
            await speaking.reply(session, service, officer, conversation_id, text, form_id=form_id)
    except ConversationMissing as error:
        return await refused(request, person, conversation_id, error)
    except GatewayError as error:
        await _keep(service, officer, conversation_id, text)
        return await refused(request, person, conversation_id, error, "length")
    return done(request, conversation_id)


async def _keep(service: Service, officer: Officer, conversation_id: uuid.UUID, text: str) -> None:
    async with service.database.transaction() as session:
        await keep_draft(session, service, officer, conversation_id, text)


@router.post("/draft")
async def draft(request: Request, person: Reader, conversation_id: uuid.UUID, text: Text = "") -> Response:
    """Keep what was begun, for this officer and this conversation alone."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: keep_draft(session, service, officer, conversation_id, text), said="draft_kept",
    )  # fmt: skip


@router.post("/typing", status_code=204)
async def typing(request: Request, person: Reader, conversation_id: uuid.UUID) -> None:
    """The officer types: colleagues see it, and from the owner the citizen sees three dots."""
    service, officer = service_of(request), officer_of(person)
    async with service.database.transaction() as session:
        await locked(session, conversation_id)
        dots = await presence.type_in(session, service, officer, conversation_id)
    if dots is not None:
        service.spawn(presence.show(service, dots))


@router.post("/away", status_code=204)
async def away(request: Request, person: Reader, conversation_id: uuid.UUID) -> None:
    """The page was left: colleagues need not think that somebody looks."""
    service, officer = service_of(request), officer_of(person)
    async with service.database.transaction() as session:
        await presence.look_away(session, service, officer, conversation_id)


@router.get("/ready", response_class=HTMLResponse)
async def ready(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    words: Annotated[str, Query(max_length=LONGEST_LINE)] = "",
) -> Response:
    """The ready answers that hold these words, as a part of the page."""
    service = service_of(request)
    async with service.database.transaction() as session:
        view = await conversation_view(session, service, officer_of(person), conversation_id, page=20)
    context = {**texts(request), "view": view, "ready": offered(service, view, words), "sought": words}
    return staff_page(request, "console/_ready.html", context)


@router.post("/template")
async def template(
    request: Request, person: Reader, conversation_id: uuid.UUID, name: Annotated[str, Form(max_length=512)] = ""
) -> Response:
    """After the window: let the citizen know, in approved words, that an answer waits."""
    service, officer = service_of(request), officer_of(person)
    fields = await request.form()
    values = {key.removeprefix(GAP): str(value) for key, value in fields.items() if key.startswith(f"{GAP}{name}_")}
    values = {key.removeprefix(f"{name}_"): value for key, value in values.items()}

    async def work(session: AsyncSession) -> None:
        talk = await locked(session, conversation_id)
        if talk.state != "officer" or talk.officer_id != officer.id:
            raise ChangeNotAllowed("Only the officer who has the conversation may write to the citizen.")
        await queue_template(session, service, talk, name, values, author="officer", actor=officer.actor)

    return await act(request, person, conversation_id, work, said="template_sent", where="told_already")
