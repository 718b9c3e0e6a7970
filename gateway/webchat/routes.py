"""Web chat: the page `/chat`, its forms, and the script that other sites embed.

Everything works as forms and links; the page's script only saves the reloading.
"""

import asyncio
from contextlib import suppress
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse
from pydantic import ValidationError
from starlette.background import BackgroundTask

from gateway.channels.webchat.deliveries import SubmittedMessage, body_of
from gateway.channels.webchat.streams import TooManyStreams
from gateway.core.database import now
from gateway.core.errors import StorageUnavailable
from gateway.referrals.codes import parse_code
from gateway.webchat.admission import Problem
from gateway.webchat.requests import Form, OwnForm, address_of, chat_of, ticket_of
from gateway.webchat.service import DATABASE_ERRORS, ChatService
from gateway.webchat.tickets import Ticket
from gateway.webchat.transcript import Cursor, Transcript
from gateway.webchat.views import WIDGET, address, clear_ticket, page_headers, render, set_ticket

log = structlog.get_logger()
router = APIRouter(tags=["web chat"])

# How long a page without script waits for the answer before it is sent; seconds.
ANSWER_WAIT = 8.0
_STATUS = {
    Problem.TOO_FAST: 429,
    Problem.CROWDED: 429,
    Problem.OVER: 409,
    Problem.NOT_UNDERSTOOD: 400,
    Problem.NOT_STORED: 503,
}


@router.get("/chat")
async def page(
    request: Request,
    embedded: Annotated[str, Query(max_length=1)] = "",
    source: Annotated[str, Query(max_length=64)] = "",
    after: Annotated[str, Query(max_length=12)] = "",
    ended: Annotated[str, Query(max_length=1)] = "",
) -> Response:
    """The conversation of this browser; a first visit gets a session, which is stored with its first message only."""
    chat, in_frame = chat_of(request), embedded == "1"
    ticket, seen = ticket_of(request, in_frame), Transcript([], Cursor())
    try:
        if ticket is None or await chat.is_over(ticket):
            ticket = chat.new_ticket(source)
        else:
            if after.isascii() and after.isdecimal():
                await _wait_for_answer(request, chat, ticket, int(after))
            seen = await chat.read_new(ticket.session, Cursor())
        await chat.refresh_hours()
    except DATABASE_ERRORS as error:
        log.warning("page_without_transcript", exc_info=error)
        ticket = ticket or chat.new_ticket(source)
    response = render(request, chat, seen, embedded=in_frame, ended=ended == "1", waited=bool(after))
    response.background = BackgroundTask(chat.record_delivered, ticket.session, seen.undelivered)
    set_ticket(response, chat, ticket, embedded=in_frame)
    return response


async def _wait_for_answer(request: Request, chat: ChatService, ticket: Ticket, after: int) -> None:
    with (
        suppress(TimeoutError, TooManyStreams),
        chat.channel.streams.listen(ticket.session, address_of(request)) as wakeup,
    ):
        async with asyncio.timeout(ANSWER_WAIT):
            while await chat.last_number(ticket.session) <= after:
                await wakeup.wait()
                wakeup.clear()


@router.post("/chat/messages")
async def write(request: Request, form: OwnForm) -> Response:
    """Take a message in: durably stored, or answered with a sentence that says what to do."""
    chat = chat_of(request)
    ticket = ticket_of(request, form.embedded)
    if ticket is None:
        return await _refuse(request, chat, form, Problem.OVER)
    message = _message(form, ticket)
    if message is None:
        return await _refuse(request, chat, form, Problem.NOT_UNDERSTOOD)
    problem = await chat.admission.admit(ticket, chat.tickets.ends_at(ticket), address_of(request))
    if problem is not None:
        return await _refuse(request, chat, form, problem)
    after = await _last_number(chat, ticket)
    try:
        await chat.service.receive(chat.channel, body_of(message))
    except StorageUnavailable:
        return await _refuse(request, chat, form, Problem.NOT_STORED)
    chat.channel.streams.wake(ticket.session)
    if form.wants_json:
        return JSONResponse({"stored": message.id})
    return RedirectResponse(address(form, after=str(after)) + "#latest", 303)


def _message(form: Form, ticket: Ticket) -> SubmittedMessage | None:
    fields = {key: value for key, value in form.fields.items() if value}
    text = fields.get("text", "").replace("\r\n", "\n").replace("\x00", "").strip()
    try:
        return SubmittedMessage(
            session=ticket.session.hex,
            id=fields.get("id", ""),
            text=text,
            choice=fields.get("choice") or None,
            referral=parse_code(ticket.source),
            at=now(),
        )
    except ValidationError:
        return None


async def _last_number(chat: ChatService, ticket: Ticket) -> int:
    try:
        return await chat.last_number(ticket.session)
    except DATABASE_ERRORS:
        return 0


async def _refuse(request: Request, chat: ChatService, form: Form, problem: Problem) -> Response:
    status = _STATUS[problem]
    if form.wants_json:
        return JSONResponse({"problem": problem}, status)
    ticket, seen = ticket_of(request, form.embedded), Transcript([], Cursor())
    if ticket is not None and problem != Problem.OVER:
        with suppress(*DATABASE_ERRORS):
            seen = await chat.read_new(ticket.session, Cursor())
    # The text stays in the field, so that it is not lost.
    kept: dict[str, Any] = {"problem": problem, "draft": form.fields.get("text", ""), "status": status}
    response = render(request, chat, seen, embedded=form.embedded, **kept)
    if problem == Problem.OVER:
        set_ticket(response, chat, chat.tickets.new(), embedded=form.embedded)
    return response


@router.post("/chat/read", status_code=204)
async def read(request: Request, form: OwnForm) -> Response:
    """The page has shown the replies up to `number` while somebody could see it."""
    chat, number = chat_of(request), form.fields.get("number", "")
    ticket = ticket_of(request, form.embedded)
    if ticket is not None and number.isascii() and number.isdecimal() and len(number) < 10:
        try:
            await chat.record_read(ticket.session, int(number))
        except DATABASE_ERRORS as error:
            raise StorageUnavailable("This could not be stored; no message is lost.") from error
    return Response(status_code=204)


@router.post("/chat/end")
async def end(request: Request, form: OwnForm) -> Response:
    """End and delete: the conversation is deleted, and the browser keeps nothing."""
    chat, ticket = chat_of(request), ticket_of(request, form.embedded)
    if ticket is not None:
        try:
            await chat.delete_conversation(ticket)
        except DATABASE_ERRORS:
            return await _refuse(request, chat, form, Problem.NOT_STORED)
    response = RedirectResponse(address(form, ended="1"), 303)
    clear_ticket(response, chat, embedded=form.embedded)
    return response


@router.post("/chat/exit")
async def leave(request: Request, form: OwnForm) -> Response:
    """Leave quickly: the browser keeps nothing and shows another page; an absent database does not prevent it."""
    chat, ticket = chat_of(request), ticket_of(request, form.embedded)
    if ticket is not None:
        with suppress(*DATABASE_ERRORS):
            await chat.end_session(ticket)
    response = RedirectResponse(chat.service.settings.chat_exit_url, 303, headers=page_headers(chat, embedded=False))
    clear_ticket(response, chat, embedded=form.embedded)
    return response


@router.get("/chat/widget.js")
async def widget() -> Response:
    """The script that other sites' pages embed; it contains no secret and may be read from anywhere."""
    headers = {"cross-origin-resource-policy": "cross-origin", "cache-control": "public, max-age=300"}
    return FileResponse(WIDGET, media_type="text/javascript", headers=headers)
