"""Beside the road, the console: the doorbell. It says only what has changed; the pages fetch it by themselves.

Nothing is lost when a bell is: after every connection a page fetches everything, and it looks again by itself.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from sqlalchemy.exc import SQLAlchemyError

from gateway.accounts import sessions
from gateway.cancelling import cancel_once
from gateway.console.officer import Watcher
from gateway.service import Service
from gateway.signals import Signals
from gateway.staff_pages import service_of

router = APIRouter(tags=["console"])
# A change that only another process saw is noticed after this; it is also how often a session is looked at.
LOOK_AGAIN = 10.0
# Changes that come together are told together.
GATHER = 0.15
# More at once are told as "everything".
MOST_NAMED = 50
RECONNECT_MILLISECONDS = 1000


@dataclass(eq=False)
class Ear:
    """What one stream has not told yet; its size has a limit, however slow the page is."""

    bell: asyncio.Event = field(default_factory=asyncio.Event)
    queue: bool = False
    conversations: set[str] = field(default_factory=set)

    def take(self) -> dict[str, object]:
        """What has changed since the last time."""
        told = {"queue": self.queue, "all": len(self.conversations) > MOST_NAMED}
        names = [] if told["all"] else sorted(self.conversations)
        self.queue, self.conversations = False, set()
        self.bell.clear()
        return {**told, "conversations": names}


class Doorbell:
    """Hears the signals once for this process and rings at every open stream."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._ears: set[Ear] = set()
        self._task: asyncio.Task[None] | None = None
        self.closed = False

    def start(self) -> None:
        """Begin to hear."""
        self._task = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        async with self._signals.listen("conversation", "presence", "duty") as signals:
            async for name, key in signals:
                self.ring(name, key)

    def ring(self, name: str, key: str) -> None:
        """Tell every stream. Who looks at or types in a conversation concerns that conversation's page only."""
        for ear in self._ears:
            ear.queue = ear.queue or name != "presence"
            if key and len(ear.conversations) <= MOST_NAMED:
                ear.conversations.add(key)
            ear.bell.set()

    @contextmanager
    def listen(self) -> Iterator[Ear]:
        """Within the block, what changes."""
        ear = Ear()
        self._ears.add(ear)
        try:
            yield ear
        finally:
            self._ears.discard(ear)

    def close(self) -> None:
        """End the open streams: their pages connect again, here or elsewhere."""
        self.closed = True
        for ear in self._ears:
            ear.bell.set()

    async def stop(self) -> None:
        """Hear no more."""
        self.close()
        if self._task is not None:
            cancel_once(self._task)
            await asyncio.gather(self._task, return_exceptions=True)


async def watched(request: Request, person: Watcher) -> AsyncIterator[tuple[Request, Ear]]:
    """A stream that may begin."""
    doorbell: Doorbell = request.app.state.doorbell
    with doorbell.listen() as ear:
        yield request, ear


@router.get("/console/events", response_class=EventSourceResponse)
async def events(stream: Annotated[tuple[Request, Ear], Depends(watched)]) -> AsyncIterator[ServerSentEvent]:
    """Rings at changes until the session ends or locks, or the stream is as old as it may become."""
    request, ear = stream
    service, doorbell = service_of(request), request.app.state.doorbell
    clock = asyncio.get_running_loop().time
    ends_at, looked_at = clock() + service.settings.console_stream_seconds, clock()
    yield ServerSentEvent(comment="open", retry=RECONNECT_MILLISECONDS)
    while not doorbell.closed and (left := ends_at - clock()) > 0:
        # The whole look is waited for once in ten seconds, also where the bell never rests.
        wait = min(max(looked_at + LOOK_AGAIN - clock(), 0.0), left)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await ear.bell.wait()
                await asyncio.sleep(GATHER)
        told = ear.take()
        if clock() - looked_at >= LOOK_AGAIN:
            looked_at = clock()
            if not await _lives(service, request.state.staff_session):
                yield ServerSentEvent(event="over", data={})
                return
            told = {"queue": True, "all": True, "conversations": []}
        yield ServerSentEvent(event="changed", data=told)


async def _lives(service: Service, found: sessions.Found) -> bool:
    """Whether somebody may still be shown anything; a database that is away says no more than that."""
    try:
        async with service.database.transaction() as session:
            return await sessions.lives(session, found.id, service.settings)
    except (SQLAlchemyError, OSError):
        return True
