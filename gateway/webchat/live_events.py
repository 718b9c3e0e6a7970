"""Web chat: the event stream of a page, which brings what is new after the last event that it has seen."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from gateway.channels.webchat.streams import TooManyStreams
from gateway.core.database import now
from gateway.webchat.requests import address_of, chat_of, ticket_of
from gateway.webchat.service import DATABASE_ERRORS, ChatService
from gateway.webchat.tickets import Ticket
from gateway.webchat.transcript import Cursor, Transcript

log = structlog.get_logger()
router = APIRouter()

# The longest delay after a lost wake-up, and how often an open page counts as activity; seconds.
POLL_INTERVAL = 20.0
ERROR_PAUSE = 1.0
RECONNECT_MILLISECONDS = 1000


@dataclass(frozen=True)
class OpenStream:
    """An admitted stream."""

    chat: ChatService
    ticket: Ticket
    cursor: Cursor
    wakeup: asyncio.Event


async def open_stream(
    request: Request,
    embedded: Annotated[str, Query(max_length=1)] = "",
    after: Annotated[str, Query(max_length=40)] = "",
    last_event_id: Annotated[str, Header(max_length=40)] = "",
) -> AsyncIterator[OpenStream]:
    """Admission, before the first byte: 204 ends a browser's retries for good, 429 and 503 let it try later."""
    chat = chat_of(request)
    ticket = ticket_of(request, embedded == "1")
    try:
        over = ticket is None or await chat.is_over(ticket)
    except DATABASE_ERRORS as error:
        raise HTTPException(503, "The database is away; come back in a moment.") from error
    if ticket is None or over:
        raise HTTPException(204)
    try:
        with chat.channel.streams.listen(ticket.session, address_of(request)) as wakeup:
            yield OpenStream(chat, ticket, Cursor.parse(last_event_id or after), wakeup)
    except TooManyStreams as error:
        raise HTTPException(429, "Too many pages of this chat are open.") from error


@router.get("/chat/events", response_class=EventSourceResponse)
async def events(stream: Annotated[OpenStream, Depends(open_stream)]) -> AsyncIterator[ServerSentEvent]:
    """What is new after `Last-Event-ID` (or `after`), then what becomes new, until the session is over."""
    chat, session_id, cursor = stream.chat, stream.ticket.session, stream.cursor
    ends_at, typing = chat.tickets.ends_at(stream.ticket), False
    yield ServerSentEvent(comment="open", retry=RECONNECT_MILLISECONDS)
    while not chat.channel.streams.closed:
        stream.wakeup.clear()
        try:
            seen = await chat.read_new(session_id, cursor)
        except DATABASE_ERRORS as error:
            log.warning("stream_waits", exc_info=error)
            await asyncio.sleep(ERROR_PAUSE)
            continue
        if seen.over or now() >= ends_at:
            yield ServerSentEvent(event="over", data={})
            return
        if seen.entries or bool(seen.typing) != typing:
            cursor, typing = seen.cursor, bool(seen.typing)
            yield _event(seen)
            await chat.record_delivered(session_id, seen.undelivered)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seen.typing + 0.1, POLL_INTERVAL) if seen.typing else POLL_INTERVAL):
                await stream.wakeup.wait()


def _event(seen: Transcript) -> ServerSentEvent:
    data = {"entries": [entry.as_json() for entry in seen.entries], "typing": round(seen.typing, 1)}
    return ServerSentEvent(event="news", id=str(seen.cursor), data=data)
