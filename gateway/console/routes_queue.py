"""Console: the pages of the queue and of a conversation, and their fragments, from the same templates."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.access import Person
from gateway.accounts.staff_page import language_of, see_other, staff_page, translate
from gateway.console import wording
from gateway.console.access_log import ground_to_read, record_list, record_opening, record_refresh
from gateway.console.canned import CannedOffer, canned_offer, suggested
from gateway.console.conversation_view import conversation_view
from gateway.console.officer import MAX_LINE_LENGTH, Reader, Refresher, officer_of, service_of, wants_fragment
from gateway.console.queue_view import MAX_ROWS, WITH_WORDS, queue_view
from gateway.console.template_choices import templates_offered
from gateway.console.view_context import conversation_context, is_shown, queue_context, texts
from gateway.conversations.models import Conversation
from gateway.core.errors import ConversationMissing
from gateway.core.inputs import Moment
from gateway.handover import openings, presence, shifts
from gateway.handover.alarms import mark_seen
from gateway.handover.areas import all_areas
from gateway.handover.canned import CannedAnswer
from gateway.handover.notes import list_notes
from gateway.handover.saved_views import KeptView, QueueFilter, views_of
from gateway.handover.teams import all_teams, profiles
from gateway.handover.timers import go_off_duty
from gateway.privacy.legal_holds import hold_of

router = APIRouter(prefix="/console", tags=["console"])


@dataclass(frozen=True)
class Choices:
    """The query of a page: a language or all of the queue, and which part of the conversation to show."""

    language: Annotated[str, Query(max_length=2)] = ""
    all: Annotated[str, Query(max_length=1)] = ""
    show: Annotated[str, Query(max_length=8)] = ""  # `side`: on a small screen the side instead of the conversation
    before: Moment | None = None
    words: Annotated[str, Query(max_length=MAX_LINE_LENGTH)] = ""  # searched for in the canned answers
    use: Annotated[str, Query(max_length=80)] = ""  # the id of the canned answer to put into the field
    team: uuid.UUID | None = None
    view: uuid.UUID | None = None  # a saved view
    mine: Annotated[str, Query(max_length=1)] = ""  # what this officer is asked to take
    suggest: Annotated[str, Query(max_length=1)] = ""  # without script: suggest answers to what was asked last
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
    """The fragments of a conversation's page that may have changed; 403 when a ground must be chosen first."""
    async with service_of(request).database.transaction() as session:
        ground = await ground_to_read(session, request, person, conversation_id)
        if ground is None:
            return Response(status_code=403, headers={"cache-control": "no-store"})
        await record_refresh(session, request, person, conversation_id, ground)
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
    """The whole page; where the conversation has been deleted, the queue and a sentence.

    Of a conversation that this person may not read without saying why, the question instead.
    """
    service, chosen = service_of(request), chosen or Choices()
    more, conversation_parts = dict(more or {}), dict[str, Any]()
    async with service.database.transaction() as session:
        on_duty = await shifts.heartbeat(session, officer_of(person), idle=0.0)
        if conversation_id is not None:
            try:
                ground = await ground_to_read(session, request, person, conversation_id)
                if ground is None:
                    conversation_parts = {"asked": await _question(session, conversation_id)}
                else:
                    conversation_parts = await _conversation(session, request, person, conversation_id, chosen)
                    await record_opening(session, request, person, conversation_id, ground, on_duty=on_duty)
                    await presence.mark_present(session, service, officer_of(person), conversation_id)
                await mark_seen(session, person.id, conversation_id=conversation_id)
            except ConversationMissing as error:
                more, status = {"problem": translate(request, wording.PROBLEMS["missing"])}, error.status
        queue_parts = await _queue(session, request, person, chosen, conversation_id if conversation_parts else None)
    context = {**texts(request), **queue_parts, **conversation_parts, "side": chosen.show == "side", **more}
    if request.method == "POST":  # what the form was sent to cannot be fetched
        context["stay"] = f"/console/conversations/{conversation_id}" if conversation_parts else "/console"
    return staff_page(request, "console/console.html", context, status_code=status)


async def _question(session: AsyncSession, conversation_id: uuid.UUID) -> dict[str, Any]:
    """What is said of a conversation before somebody has said why they open it."""
    row = await session.get_one(Conversation, conversation_id)
    return {"id": row.id, "state": row.state, "owner": row.officer_name if row.officer_id else None}


@router.post("/conversations/{conversation_id}/open")
async def open_conversation(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    ground: Annotated[str, Form(max_length=32)] = "",
    show: Annotated[str, Form(max_length=8)] = "",
) -> Response:
    """Say why a conversation is opened that is neither one's own nor waiting; the ground holds a while."""
    try:
        chosen = openings.chosen_ground(officer_of(person), ground)
    except openings.GroundRefused as error:
        sentence = translate(request, wording.PROBLEMS["ground"])
        return await console_page(request, person, conversation_id, status=error.status, more={"problem": sentence})
    async with service_of(request).database.transaction() as session:
        await ground_to_read(session, request, person, conversation_id)  # raises where there is none
        await openings.keep_opening(session, request.state.staff_session.id, conversation_id, chosen)
    parameters = {"show": "side"} if show == "side" else {}
    return see_other(f"/console/conversations/{conversation_id}", **parameters)


async def _queue(
    session: AsyncSession, request: Request, person: Person, chosen: Choices, current: uuid.UUID | None
) -> dict[str, Any]:
    saved, teams = await views_of(session, person.id), await all_teams(session)
    shown, query = _filter(chosen, saved)
    view = await queue_view(
        session,
        service_of(request),
        reader=person.id,
        shown=lambda row: is_shown(row, shown, person),
        with_words=MAX_ROWS if chosen.all else WITH_WORDS,
    )
    await record_list(session, request, person, "queue", (row.conversation_id for row in view.rows))
    open_one = current.hex if current else ""
    return {
        **queue_context(person, view, shown, everything=bool(chosen.all), current=open_one, query=query),
        "saved_views": saved,
        "area_names": {area.id: area.settings.name for area in await all_areas(session)},
        "team_names": {team.id: team.settings.name for team in teams},
        "my_teams": [team for team in teams if person.id in team.settings.members or team.id == chosen.team],
    }


def _filter(chosen: Choices, saved: Sequence[KeptView]) -> tuple[QueueFilter, str]:
    """What is shown of the queue, and the query that says so."""
    if (kept := next((each for each in saved if each.id == chosen.view), None)) is not None:
        return kept.filter, f"view={kept.id}"
    if chosen.team is not None:
        return QueueFilter(team=chosen.team), f"team={chosen.team}"
    if chosen.mine:
        return QueueFilter(for_me=True), "mine=1"
    return QueueFilter(language=chosen.language), f"language={chosen.language}" if chosen.language else ""


async def _conversation(
    session: AsyncSession, request: Request, person: Person, conversation_id: uuid.UUID, chosen: Choices
) -> dict[str, Any]:
    service, officer = service_of(request), officer_of(person)
    view = await conversation_view(
        session, service, officer, conversation_id, language=language_of(request), before=chosen.before
    )
    on_duty = await shifts.on_duty(session, service.settings.officer_lost_seconds)
    row = await session.get_one(Conversation, conversation_id)
    notes = await list_notes(session, service.keyring.unwrap(row.wrapped_key), conversation_id)
    ready = await canned_offer(session, service, officer, view, chosen.words)
    nearest = (await suggested(session, service, officer, view) or []) if chosen.suggest else []
    return {
        **conversation_context(
            service,
            person,
            view,
            notes,
            on_duty,
            await all_teams(session),
            await all_areas(session),
            await profiles(session),
            language_of(request),
        ),
        **ready_context(ready, nearest, view.draft, chosen),
        "templates": templates_offered(service, view),
        "hold": await hold_of(session, service, conversation_id),
        "form_id": uuid.uuid4(),
        "older": chosen.before is not None,
    }


def ready_context(ready: CannedOffer, nearest: Sequence[CannedAnswer], draft: str, chosen: Choices) -> dict[str, Any]:
    """The canned answers, and the text of the reply field: the draft, and the answer chosen without script."""
    picked = next((each.text for each in (*nearest, *ready.answers) if each.id == chosen.use), "")
    written = "\n\n".join(filter(None, [draft, picked]))
    return {"ready": ready, "suggested": nearest, "written": written, "sought": chosen.words}


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
