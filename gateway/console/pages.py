"""Beside the road, the console: its pages and the parts of them that change, made by the same templates."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.access import Person
from gateway.console.canned import Offered, offered
from gateway.console.display import conversation_context, queue_context, texts
from gateway.console.officer import LONGEST_LINE, Reader, Watcher, is_quiet, officer_of
from gateway.console.templates_offered import templates_offered
from gateway.conversations.models import Conversation
from gateway.errors import ConversationMissing
from gateway.handover import presence, shifts
from gateway.handover.clock import go_off_duty
from gateway.handover.conversation_view import conversation_view
from gateway.handover.notes import notes_of
from gateway.handover.queue_view import queue_view
from gateway.privacy.holds import hold_of
from gateway.staff_pages import language_of, page_words, see_other, service_of, staff_page

router = APIRouter(prefix="/console", tags=["console"])


@dataclass(frozen=True)
class Choices:
    """What the address of a page chooses: of the queue a language or everything, of the talk the part to show."""

    language: Annotated[str, Query(max_length=2)] = ""
    all: Annotated[str, Query(max_length=1)] = ""
    show: Annotated[str, Query(max_length=8)] = ""  # `side`: on a small screen the side instead of the talk
    before: dt.datetime | None = None
    words: Annotated[str, Query(max_length=LONGEST_LINE)] = ""  # sought among the ready answers
    use: Annotated[str, Query(max_length=80)] = ""  # the ready answer to put into the field
    current: uuid.UUID | None = None


Chosen = Annotated[Choices, Depends()]


@router.get("", response_class=HTMLResponse)
async def console(request: Request, person: Reader, chosen: Chosen) -> Response:
    """The queue, and on a desk room for a talk beside it."""
    return await console_page(request, person, None, chosen)


@router.get("/queue", response_class=HTMLResponse)
async def queue(request: Request, person: Watcher, chosen: Chosen) -> Response:
    """The part of the page that is the queue."""
    async with service_of(request).database.transaction() as session:
        context = await _queue(session, request, person, chosen, chosen.current)
    return staff_page(request, "console/_queue_parts.html", {**texts(request), **context})


@router.get("/conversations/{conversation_id}", response_class=HTMLResponse)
async def conversation(request: Request, person: Reader, conversation_id: uuid.UUID, chosen: Chosen) -> Response:
    """One talk, beside the queue on a desk; whoever opens it is seen by the others who look."""
    return await console_page(request, person, conversation_id, chosen)


@router.get("/conversations/{conversation_id}/parts", response_class=HTMLResponse)
async def parts(request: Request, person: Watcher, conversation_id: uuid.UUID, chosen: Chosen) -> Response:
    """The parts of the talk's page that may have changed."""
    async with service_of(request).database.transaction() as session:
        context = await _talk(session, request, person, conversation_id, chosen)
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
    """The whole page; where the conversation has gone, the queue and a sentence."""
    service, chosen = service_of(request), chosen or Choices()
    more, talk = dict(more or {}), dict[str, Any]()
    async with service.database.transaction() as session:
        await shifts.heartbeat(session, officer_of(person))
        if conversation_id is not None:
            try:
                talk = await _talk(session, request, person, conversation_id, chosen)
                await presence.look(session, service, officer_of(person), conversation_id)
            except ConversationMissing as error:
                more, status = {"problem": page_words(request, "console")["problems"]["missing"]}, error.status
        seen = await _queue(session, request, person, chosen, conversation_id if talk else None)
    context = {**texts(request), **seen, **talk, "side": chosen.show == "side", **more}
    return staff_page(request, "console/console.html", context, status_code=status)


async def _queue(
    session: AsyncSession, request: Request, person: Person, chosen: Choices, current: uuid.UUID | None
) -> dict[str, Any]:
    view = await queue_view(session, service_of(request))
    open_one = current.hex if current else ""
    return queue_context(person, view, language=chosen.language, everything=bool(chosen.all), current=open_one)


async def _talk(
    session: AsyncSession, request: Request, person: Person, conversation_id: uuid.UUID, chosen: Choices
) -> dict[str, Any]:
    service = service_of(request)
    view = await conversation_view(
        session, service, officer_of(person), conversation_id, language=language_of(request), before=chosen.before
    )
    on_duty = await shifts.on_duty(session, service.settings.officer_lost_seconds)
    talk = await session.get_one(Conversation, conversation_id)
    notes = await notes_of(session, service.keyring.unwrap(talk.wrapped_key), conversation_id)
    ready = offered(service, view, chosen.words)
    return {
        **conversation_context(service, person, view, notes, on_duty),
        **ready_context(ready, view.draft, chosen),
        "templates": templates_offered(service, view),
        "hold": await hold_of(session, service, conversation_id),
        "form_id": uuid.uuid4(),
        "older": chosen.before is not None,
    }


def ready_context(ready: Offered, draft: str, chosen: Choices) -> dict[str, Any]:
    """The ready answers, and the field's words: what was begun, and the answer that was chosen without script."""
    picked = next((each.text for each in ready.answers if each.id == chosen.use), "")
    return {"ready": ready, "written": "\n\n".join(filter(None, [draft, picked])), "sought": chosen.words}


@router.post("/shift/start")
async def start_shift(request: Request, person: Reader) -> Response:
    """Go on duty: citizens are told that somebody is there, and colleagues may hand talks on."""
    service = service_of(request)
    async with service.database.transaction() as session:
        await shifts.start_shift(session, service, officer_of(person))
    return Response(status_code=204) if is_quiet(request) else see_other("/console", said="on_duty")


@router.post("/shift/end")
async def end_shift(request: Request, person: Reader) -> Response:
    """Go off duty: what the officer still has goes back into the queue."""
    await go_off_duty(service_of(request), officer_of(person))
    return Response(status_code=204) if is_quiet(request) else see_other("/console", said="off_duty")


@router.post("/here", status_code=204)
async def here(request: Request, person: Watcher, conversation: Annotated[uuid.UUID | None, Form()] = None) -> None:
    """A sign of life of an open page, every ten seconds, and which conversation it shows."""
    service, officer = service_of(request), officer_of(person)
    async with service.database.transaction() as session:
        await shifts.heartbeat(session, officer)
        if conversation is not None and await session.get(Conversation, conversation) is not None:
            await presence.look(session, service, officer, conversation)
