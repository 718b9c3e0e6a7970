"""The web chat, on the way out: the stream that brings a page what is new, from wherever it had read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Header, HTTPException, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from gateway.channels.webchat.door import AWAY, Door
from gateway.channels.webchat.requests import address_of, door_of, ticket_of
from gateway.channels.webchat.streams import TooManyStreams
from gateway.channels.webchat.ticket import Ticket
from gateway.channels.webchat.transcript import Cursor, View
from gateway.database import now

log = structlog.get_logger()
router = APIRouter()

# A bell that was lost costs no more than this; it is also how often an open page gives a sign of life.
LOOK_AGAIN = 20.0
AFTER_ERROR = 1.0
RECONNECT_MILLISECONDS = 1000


@dataclass(frozen=True)
class Opened:
    """A stream that may begin."""

    door: Door
    ticket: Ticket
    cursor: Cursor
    bell: asyncio.Event


async def opened(
    request: Request,
    embedded: Annotated[str, Query(max_length=1)] = "",
    after: Annotated[str, Query(max_length=40)] = "",
    last_event_id: Annotated[str, Header(max_length=40)] = "",
) -> AsyncIterator[Opened]:
    """Before the first byte: 204 ends a browser's tries for good, 429 and 503 ask it to come back later."""
    door = door_of(request)
    ticket = ticket_of(request, embedded == "1")
    try:
        over = ticket is None or await door.is_over(ticket)
    except AWAY as error:
        raise HTTPException(503, "The database is away; come back in a moment.") from error
    if ticket is None or over:
        raise HTTPException(204)
    try:
        with door.channel.streams.listen(ticket.session, address_of(request)) as bell:
            yield Opened(door, ticket, Cursor.parse(last_event_id or after), bell)
    except TooManyStreams as error:
        raise HTTPException(429, "Too many pages of this chat are open.") from error


@router.get("/chat/events", response_class=EventSourceResponse)
async def events(stream: Annotated[Opened, Depends(opened)]) -> AsyncIterator[ServerSentEvent]:
    """What is new after `Last-Event-ID` (or `after`), then what becomes new, until the session is over."""
    door, session_id, cursor = stream.door, stream.ticket.session, stream.cursor
    ends_at, typing = door.tickets.ends_at(stream.ticket), False
    yield ServerSentEvent(comment="open", retry=RECONNECT_MILLISECONDS)
    while not door.channel.streams.closed:
        stream.bell.clear()
        try:
            seen = await door.look(session_id, cursor)
        except AWAY as error:
            log.warning("stream_waits", error=type(error).__name__)
            await asyncio.sleep(AFTER_ERROR)
            continue
        if seen.over or now() >= ends_at:
            yield ServerSentEvent(event="over", data={})
            return
        if seen.entries or bool(seen.typing) != typing:
            cursor, typing = seen.cursor, bool(seen.typing)
            yield _event(seen)
            await door.delivered(session_id, seen.undelivered)
        with suppress(TimeoutError):
            async with asyncio.timeout(min(seen.typing + 0.1, LOOK_AGAIN) if seen.typing else LOOK_AGAIN):
                await stream.bell.wait()


def _event(seen: View) -> ServerSentEvent:
    data = {"entries": [entry.as_json() for entry in seen.entries], "typing": round(seen.typing, 1)}
    return ServerSentEvent(event="news", id=str(seen.cursor), data=data)
