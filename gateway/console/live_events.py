"""Console: the event stream of changes (SSE). An event only names what has changed; the pages fetch it.

A lost event loses no data: a page fetches everything after each connection, and polls at long intervals.
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
from gateway.console.officer import Watcher, service_of
from gateway.core.pubsub import Signals
from gateway.core.tasks import cancel_once
from gateway.outbox.templates import OutboxContext

router = APIRouter(tags=["console"])
# Seconds after which changes of other processes are found without a signal, and between checks of the session.
RECHECK_INTERVAL = 10.0
# Seconds in which changes are coalesced into one event.
COALESCE_TIME = 0.15
# More conversations at once are sent as "all".
MAX_IDS = 50
RECONNECT_MILLISECONDS = 1000


@dataclass(eq=False)
class Subscription:
    """What one stream has not sent yet, of limited size, however slow the page is."""

    wake: asyncio.Event = field(default_factory=asyncio.Event)
    queue: bool = False
    conversations: set[str] = field(default_factory=set)

    def drain(self) -> dict[str, object]:
        """What has changed since the last call."""
        changed = {"queue": self.queue, "all": len(self.conversations) > MAX_IDS}
        ids = [] if changed["all"] else sorted(self.conversations)
        self.queue, self.conversations = False, set()
        self.wake.clear()
        return {**changed, "conversations": ids}


class LiveEvents:
    """Receives the signals once for this process and passes them to every open stream."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals
        self._subscriptions: set[Subscription] = set()
        self._task: asyncio.Task[None] | None = None
        self.closed = False

    def start(self) -> None:
        """Start receiving."""
        self._task = asyncio.create_task(self._receive())

    async def _receive(self) -> None:
        async with self._signals.listen("conversation", "presence", "duty") as signals:
            async for name, key in signals:
                self.publish(name, key)

    def publish(self, name: str, key: str) -> None:
        """Pass a signal to every stream. Presence concerns the page of its conversation only, not the queue."""
        for subscription in self._subscriptions:
            subscription.queue = subscription.queue or name != "presence"
            if key and len(subscription.conversations) <= MAX_IDS:
                subscription.conversations.add(key)
            subscription.wake.set()

    @contextmanager
    def subscribe(self) -> Iterator[Subscription]:
        """A subscription that ends with the block."""
        subscription = Subscription()
        self._subscriptions.add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions.discard(subscription)

    def close(self) -> None:
        """End the open streams: their pages reconnect, here or to another process."""
        self.closed = True
        for subscription in self._subscriptions:
            subscription.wake.set()

    async def stop(self) -> None:
        """End the streams and stop receiving."""
        self.close()
        if self._task is not None:
            cancel_once(self._task)
            await asyncio.gather(self._task, return_exceptions=True)


async def subscription(request: Request, person: Watcher) -> AsyncIterator[tuple[Request, Subscription]]:
    """The dependency of a stream: the request of a permitted person, and its subscription."""
    live_events: LiveEvents = request.app.state.live_events
    with live_events.subscribe() as opened:
        yield request, opened


@router.get("/console/events", response_class=EventSourceResponse)
async def events(
    stream: Annotated[tuple[Request, Subscription], Depends(subscription)],
) -> AsyncIterator[ServerSentEvent]:
    """Changes, until the session ends, or for `NEUVO_CONSOLE_STREAM_SECONDS`.

    While it is locked the page hears that something has changed, and not in which conversation.
    """
    request, changes = stream
    locked = request.state.staff_session.locked
    service, live_events = service_of(request), request.app.state.live_events
    clock = asyncio.get_running_loop().time
    ends_at, checked_at = clock() + service.settings.console_stream_seconds, clock()
    yield ServerSentEvent(comment="open", retry=RECONNECT_MILLISECONDS)
    while not live_events.closed and (left := ends_at - clock()) > 0:
        # Everything is checked at each `RECHECK_INTERVAL`, also while changes never pause.
        wait = min(max(checked_at + RECHECK_INTERVAL - clock(), 0.0), left)
        with suppress(TimeoutError):
            async with asyncio.timeout(wait):
                await changes.wake.wait()
                await asyncio.sleep(COALESCE_TIME)
        event = changes.drain()
        if clock() - checked_at >= RECHECK_INTERVAL:
            checked_at = clock()
            state = await _state_of(service, request.state.staff_session)
            if state == sessions.SessionState.OVER:
                yield ServerSentEvent(event="over", data={})
                return
            locked = state == sessions.SessionState.LOCKED
            event = {"queue": True, "all": True, "conversations": []}
        if locked:
            event = {"queue": True, "all": False, "conversations": [], "locked": True}
        yield ServerSentEvent(event="changed", data=event)


async def _state_of(service: OutboxContext, current: sessions.CurrentSession) -> sessions.SessionState:
    """The state of the session; open while the database is unavailable, so that streams survive it."""
    try:
        async with service.database.transaction() as session:
            return await sessions.state_of(session, current.id, service.settings)
    except (SQLAlchemyError, OSError):
        return sessions.SessionState.OPEN
