"""Console: the pages of the queue and of a conversation, and their fragments, from the same templates."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.access import Person
from gateway.accounts.staff_page import language_of, see_other, staff_page, translate
from gateway.console import wording
from gateway.console.canned import CannedOffer, canned_offer
from gateway.console.conversation_view import conversation_view
from gateway.console.officer import MAX_LINE_LENGTH, Reader, Refresher, officer_of, service_of, wants_fragment
from gateway.console.queue_view import queue_view
from gateway.console.template_choices import templates_offered
from gateway.console.view_context import conversation_context, queue_context, texts
from gateway.conversations.models import Conversation
from gateway.core.errors import ConversationMissing
from gateway.handover import presence, shifts
from gateway.handover.alarms import mark_seen
from gateway.handover.notes import list_notes
from gateway.handover.timers import go_off_duty
from gateway.privacy.legal_holds import hold_of

router = APIRouter(prefix="/console", tags=["console"])


@dataclass(frozen=True)
class Choices:
    """The query of a page: a language or all of the queue, and which part of the conversation to show."""

    language: Annotated[str, Query(max_length=2)] = ""
    all: Annotated[str, Query(max_length=1)] = ""
    show: Annotated[str, Query(max_length=8)] = ""  # `side`: on a small screen the side instead of the conversation
    before: dt.datetime | None = None
    words: Annotated[str, Query(max_length=MAX_LINE_LENGTH)] = ""  # searched for in the canned answers
    use: Annotated[str, Query(max_length=80)] = ""  # the id of the canned answer to put into the field
    current: uuid.UUID | None = None


Chosen = Annotated[Choices, Depends()]


@router.get("", response_class=HTMLResponse)
async def console(request: Request, person: Reader, chosen: Chosen) -> Response:
    """The queue."""
    return await console_page(request, person, None, chosen)


@router.get("/queue", response_class=HTMLResponse)
async def queue(request: Request, person: Refresher, chosen: Chosen) -> Response:
    """The fragment of the queue."""
    async with service_of(request).database.transaction() as session:
        context = await _queue(session, request, person, chosen, chosen.current)
    return staff_page(request, "console/_queue_parts.html", {**texts(request), **context})


@router.get("/conversations/{conversation_id}", response_class=HTMLResponse)
async def conversation(request: Request, person: Reader, conversation_id: uuid.UUID, chosen: Chosen) -> Response:
    """One conversation beside the queue; the officer's presence is shown to colleagues."""
    return await console_page(request, person, conversation_id, chosen)


@router.get("/conversations/{conversation_id}/parts", response_class=HTMLResponse)
async def parts(request: Request, person: Refresher, conversation_id: uuid.UUID, chosen: Chosen) -> Response:
    """The fragments of a conversation's page that may have changed."""
    async with service_of(request).database.transaction() as session:
        context = await _conversation(session, request, person, conversation_id, chosen)
    return staff_page(request, "console/_parts.html", {**texts(request), **context})


async def console_page(
    request: Request,
    person: Person,
    conversation_id: uuid.UUID | None,
    chosen: Choices | None = None,
    *,
    status: int = 200,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """The whole page; where the conversation has been deleted, the queue and a sentence."""
    service, chosen = service_of(request), chosen or Choices()
    more, conversation_parts = dict(more or {}), dict[str, Any]()
    async with service.database.transaction() as session:
        await shifts.heartbeat(session, officer_of(person), idle=0.0)
        if conversation_id is not None:
            try:
                conversation_parts = await _conversation(session, request, person, conversation_id, chosen)
                await presence.mark_present(session, service, officer_of(person), conversation_id)
                await mark_seen(session, person.id, conversation_id=conversation_id)
            except ConversationMissing as error:
                more, status = {"problem": translate(request, wording.PROBLEMS["missing"])}, error.status
        queue_parts = await _queue(session, request, person, chosen, conversation_id if conversation_parts else None)
    context = {**texts(request), **queue_parts, **conversation_parts, "side": chosen.show == "side", **more}
    return staff_page(request, "console/console.html", context, status_code=status)


async def _queue(
    session: AsyncSession, request: Request, person: Person, chosen: Choices, current: uuid.UUID | None
) -> dict[str, Any]:
    view = await queue_view(session, service_of(request))
    open_one = current.hex if current else ""
    return queue_context(person, view, language=chosen.language, everything=bool(chosen.all), current=open_one)


async def _conversation(
    session: AsyncSession, request: Request, person: Person, conversation_id: uuid.UUID, chosen: Choices
) -> dict[str, Any]:
    service = service_of(request)
    view = await conversation_view(
        session, service, officer_of(person), conversation_id, language=language_of(request), before=chosen.before
    )
    on_duty = await shifts.on_duty(session, service.settings.officer_lost_seconds)
    row = await session.get_one(Conversation, conversation_id)
    notes = await list_notes(session, service.keyring.unwrap(row.wrapped_key), conversation_id)
    ready = canned_offer(service, view, chosen.words)
    return {
        **conversation_context(service, person, view, notes, on_duty),
        **ready_context(ready, view.draft, chosen),
        "templates": templates_offered(service, view),
        "hold": await hold_of(session, service, conversation_id),
        "form_id": uuid.uuid4(),
        "older": chosen.before is not None,
    }


def ready_context(ready: CannedOffer, draft: str, chosen: Choices) -> dict[str, Any]:
    """The canned answers, and the text of the reply field: the draft, and the answer chosen without script."""
    picked = next((each.text for each in ready.answers if each.id == chosen.use), "")
    return {"ready": ready, "written": "\n\n".join(filter(None, [draft, picked])), "sought": chosen.words}


@router.post("/shift/start")
async def start_shift(request: Request, person: Reader) -> Response:
    """Go on duty: citizens are told that an officer is there, and colleagues may hand conversations on."""
    service = service_of(request)
    async with service.database.transaction() as session:
        await shifts.start_shift(session, service, officer_of(person))
    return Response(status_code=204) if wants_fragment(request) else see_other("/console", said="on_duty")


@router.post("/shift/end")
async def end_shift(request: Request, person: Reader) -> Response:
    """Go off duty: the officer's conversations go back into the queue."""
    await go_off_duty(service_of(request), officer_of(person))
    return Response(status_code=204) if wants_fragment(request) else see_other("/console", said="off_duty")
