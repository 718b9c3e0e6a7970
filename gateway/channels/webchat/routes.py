"""The web chat, its page: `/chat`, what its forms do, and the small script that other pages embed.

Everything works as forms and links first; the page's script only spares the reloading.
"""

import asyncio
from contextlib import suppress
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from pydantic import ValidationError
from starlette.background import BackgroundTask

from gateway.channels.webchat.deliveries import Written, body_of
from gateway.channels.webchat.door import AWAY, Door
from gateway.channels.webchat.page import WIDGET, address, keep_ticket, lose_ticket, page_headers, render
from gateway.channels.webchat.requests import Form, OwnForm, address_of, door_of, ticket_of
from gateway.channels.webchat.streams import TooManyStreams
from gateway.channels.webchat.ticket import Ticket
from gateway.channels.webchat.transcript import Cursor, View
from gateway.conversations.intake import take
from gateway.database import now
from gateway.doors.codes import as_code
from gateway.errors import StorageUnavailable

log = structlog.get_logger()
router = APIRouter(tags=["web chat"])

# How long a page without script is held back, so that it comes with the answer in it.
ANSWER_PATIENCE = 8.0
_STATUS = {"too_fast": 429, "crowded": 429, "over": 409, "not_understood": 400, "not_stored": 503}


@router.get("/chat")
async def page(
    request: Request,
    embedded: Annotated[str, Query(max_length=1)] = "",
    source: Annotated[str, Query(max_length=64)] = "",
    after: Annotated[str, Query(max_length=12)] = "",
    ended: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    """The talk of this browser; a first visit gets a session, which nobody notes down before the first words."""
    door, in_frame = door_of(request), embedded == "1"
    ticket, seen = ticket_of(request, in_frame), View([], Cursor())
    try:
        if ticket is None or await door.is_over(ticket):
            ticket = door.tickets.new(source.lower())
        else:
            if after.isascii() and after.isdecimal():
                await _wait_for_answer(request, door, ticket, int(after))
            seen = await door.look(ticket.session, Cursor())
        await door.learn_hours()
    except AWAY as error:
        log.warning("page_without_talk", error=type(error).__name__)
        ticket = ticket or door.tickets.new(source.lower())
    response = render(request, door, seen, embedded=in_frame, ended=ended == "1", waited=bool(after))
    response.background = BackgroundTask(door.delivered, ticket.session, seen.undelivered)
    keep_ticket(response, door, ticket, embedded=in_frame)
    return response


async def _wait_for_answer(request: Request, door: Door, ticket: Ticket, after: int) -> None:
    with (
        suppress(TimeoutError, TooManyStreams),
        door.channel.streams.listen(ticket.session, address_of(request)) as bell,
    ):
        async with asyncio.timeout(ANSWER_PATIENCE):
            while await door.last_number(ticket.session) <= after:
                await bell.wait()
                bell.clear()


@router.post("/chat/messages")
async def write(request: Request, form: OwnForm) -> Response:
    """Take a message in: durably stored, or answered with a sentence that says what to do."""
    door = door_of(request)
    ticket = ticket_of(request, form.embedded)
    if ticket is None:
        return await _refuse(request, door, form, "over")
    message = _message(form, ticket)
    if message is None:
        return await _refuse(request, door, form, "not_understood")
    verdict = await door.admission.admit(ticket, door.tickets.ends_at(ticket), address_of(request))
    if verdict != "welcome":
        return await _refuse(request, door, form, verdict)
    after = await _last_number(door, ticket)
    try:
        await take(door.service, door.channel, body_of(message))
    except StorageUnavailable:
        return await _refuse(request, door, form, "not_stored")
    door.channel.streams.wake(ticket.session)
    if form.wants_json:
        return JSONResponse({"stored": message.id})
    return RedirectResponse(address(form, after=str(after)) + "#latest", 303)


def _message(form: Form, ticket: Ticket) -> Written | None:
    fields = {key: value for key, value in form.fields.items() if value}
    text = fields.get("text", "").replace("\r\n", "\n").replace("\x00", "").strip()
    try:
        return Written(
            session=ticket.session.hex,
            id=fields.get("id", ""),
            text=text,
            choice=fields.get("choice") or None,
            door=as_code(ticket.source),
            at=now(),
        )
    except ValidationError:
        return None


async def _last_number(door: Door, ticket: Ticket) -> int:
    try:
        return await door.last_number(ticket.session)
    except AWAY:
        return 0


async def _refuse(request: Request, door: Door, form: Form, problem: str) -> Response:
    status = _STATUS[problem]
    if form.wants_json:
        return JSONResponse({"problem": problem}, status)
    ticket, seen = ticket_of(request, form.embedded), View([], Cursor())
    if ticket is not None and problem != "over":
        with suppress(*AWAY):
            seen = await door.look(ticket.session, Cursor())
    # The words stay in the field: nothing that was written is lost.
    kept: dict[str, Any] = {"problem": problem, "draft": form.fields.get("text", ""), "status": status}
    response = render(request, door, seen, embedded=form.embedded, **kept)
    if problem == "over":
        keep_ticket(response, door, door.tickets.new(), embedded=form.embedded)
    return response


@router.post("/chat/read", status_code=204)
async def read(request: Request, form: OwnForm) -> Response:
    """The page has shown the replies up to `number` while somebody could see it."""
    door, number = door_of(request), form.fields.get("number", "")
    ticket = ticket_of(request, form.embedded)
    if ticket is not None and number.isascii() and number.isdecimal() and len(number) < 10:
        try:
            await door.read(ticket.session, int(number))
        except AWAY as error:
            raise StorageUnavailable("This could not be noted; nothing is lost.") from error
    return Response(status_code=204)


@router.post("/chat/end")
async def end(request: Request, form: OwnForm) -> Response:
    """End and forget: the talk is deleted, and the browser holds nothing any more."""
    door, ticket = door_of(request), ticket_of(request, form.embedded)
    if ticket is not None:
        try:
            await door.forget(ticket)
        except AWAY:
            return await _refuse(request, door, form, "not_stored")
    response = RedirectResponse(address(form, ended="1"), 303)
    lose_ticket(response, door, embedded=form.embedded)
    return response


@router.post("/chat/exit")
async def leave(request: Request, form: OwnForm) -> Response:
    """Leave quickly: the browser holds nothing any more and shows another page. Nothing may keep it from that."""
    door, ticket = door_of(request), ticket_of(request, form.embedded)
    if ticket is not None:
        with suppress(*AWAY):
            await door.leave(ticket)
    response = RedirectResponse(door.service.settings.chat_exit_url, 303, headers=page_headers(door, embedded=False))
    lose_ticket(response, door, embedded=form.embedded)
    return response


@router.get("/chat/widget.js")
async def widget() -> Response:
    """The script that other sites' pages embed; harmless to anybody, so it may be read from anywhere."""
    headers = {"cross-origin-resource-policy": "cross-origin", "cache-control": "public, max-age=300"}
    return FileResponse(WIDGET, media_type="text/javascript", headers=headers)
