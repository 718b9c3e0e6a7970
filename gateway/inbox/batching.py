"""Station 1, batching: deliveries that arrive within the same few milliseconds are stored by one statement.

Each caller waits until its own is committed. Meta sends the statuses of a reply, and the messages of many citizens,
each in a delivery of its own; a statement costs the same for one as for ten.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from gateway.core.database import Database
from gateway.core.tasks import cancel_once, retrieve_error
from gateway.inbox.store import SealedDelivery, store_sealed

BATCH_DELAY = 0.008  # seconds that the first delivery waits for others
STATUS_DELAY = 0.03  # the same where it holds only statuses, for which no citizen waits: a reply brings three
BATCH_SIZE = 50  # deliveries in one statement
_Waiting = tuple[SealedDelivery, asyncio.Future[frozenset[str]]]


class _Spawn(Protocol):
    def __call__(self, work: Coroutine[Any, Any, None], /) -> asyncio.Task[None]: ...


class Batcher:
    """Collects the deliveries of one process and stores them in batches."""

    def __init__(self, database: Database, spawn: _Spawn, timeout: float) -> None:
        self._database, self._spawn, self._timeout = database, spawn, timeout
        self._waiting: list[_Waiting] = []
        self._timer: asyncio.TimerHandle | None = None

    def put(self, delivery: SealedDelivery, *, delay: float = BATCH_DELAY) -> asyncio.Future[frozenset[str]]:
        """Store a delivery with the others of its batch, after `delay` seconds at the latest.

        The future holds the kinds of the new events once they are committed, or the database's error. The attempt is
        cancelled after `timeout` seconds; it may hang in a driver that cannot be interrupted, so the caller should not
        wait longer than that either.
        """
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[frozenset[str]] = loop.create_future()
        stored.add_done_callback(retrieve_error)
        self._waiting.append((delivery, stored))
        if len(self._waiting) >= BATCH_SIZE:
            self._store()
        elif self._timer is None or self._timer.when() > loop.time() + delay:
            self._store_in(delay)
        return stored

    def _store_in(self, delay: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(delay, self._store)

    def _store(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, batch, self._waiting = None, self._waiting, []
        task = self._spawn(self._store_batch(batch))
        cutoff = asyncio.get_running_loop().call_later(self._timeout, cancel_once, task)
        task.add_done_callback(lambda _: cutoff.cancel())

    async def _store_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            kinds = await store_sealed(self._database, [delivery for delivery, _ in batch])
        except Exception as error:  # noqa: BLE001  # it is raised to every caller
            # One that the database refuses, or a deadlock over a duplicate, must not send the others to the spool.
            if len(batch) > 1 and isinstance(error, DataError | IntegrityError | OperationalError):
                for delivery, stored in batch:
                    if not stored.done():  # else its caller has put it into the spool
                        await self._store_batch([(delivery, stored)])
                return
            _fail(batch, error)
        else:
            for _, stored in batch:
                if not stored.done():
                    stored.set_result(kinds)


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    for _, stored in batch:
        if not stored.done():
            stored.set_exception(error)
