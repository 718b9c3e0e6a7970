"""Station 1, gathering: deliveries that come within the same few milliseconds are stored by one statement.

Each caller waits until its own is committed. Meta sends the statuses of a reply, and the messages of many citizens,
each in a delivery of its own; a statement costs the same for one as for ten.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from gateway.cancelling import cancel_once, see_error
from gateway.conversations.inbox import SealedDelivery, store_sealed
from gateway.database import Database

GATHER = 0.008  # seconds that the first delivery waits for others
MOST = 50  # deliveries in one statement
_Waiting = tuple[SealedDelivery, asyncio.Future[frozenset[str]]]


class _Spawn(Protocol):
    def __call__(self, work: Coroutine[Any, Any, None], /) -> asyncio.Task[None]: ...


class Gathering:
    """The deliveries of one process that are about to be stored."""

    def __init__(self, database: Database, spawn: _Spawn, patience: float) -> None:
        self._database, self._spawn, self._patience = database, spawn, patience
        self._waiting: list[_Waiting] = []
        self._alarm: asyncio.TimerHandle | None = None

    def put(self, delivery: SealedDelivery) -> asyncio.Future[frozenset[str]]:
        """Store it with its neighbours.

        The future holds the kinds of what was new once it is committed, or the database's error. After `patience` the
        try is given up: it may hang in a driver that cannot be interrupted, so whoever waits should not wait longer.
        """
        loop = asyncio.get_running_loop()
        stored: asyncio.Future[frozenset[str]] = loop.create_future()
        stored.add_done_callback(see_error)
        self._waiting.append((delivery, stored))
        if len(self._waiting) >= MOST:
            self._store()
        elif self._alarm is None:
            self._alarm = loop.call_later(GATHER, self._store)
        return stored

    def _store(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm, batch, self._waiting = None, self._waiting, []
        task = self._spawn(self._store_batch(batch))
        given_up = asyncio.get_running_loop().call_later(self._patience, cancel_once, task)
        task.add_done_callback(lambda _: given_up.cancel())

    async def _store_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            kinds = await store_sealed(self._database, [delivery for delivery, _ in batch])
        except Exception as error:  # noqa: BLE001  # it is raised to whoever waits
            # One that the database refuses, or a deadlock over a repeat, must not send its neighbours to the spool.
            if len(batch) > 1 and isinstance(error, DataError | IntegrityError | OperationalError):
                for delivery, stored in batch:
                    if not stored.done():  # else whoever waited has put it into the spool
                        await self._store_batch([(delivery, stored)])
                return
            _end(batch, error)
        else:
            for _, stored in batch:
                if not stored.done():
                    stored.set_result(kinds)


def _end(batch: Sequence[_Waiting], error: Exception) -> None:
    for _, stored in batch:
        if not stored.done():
            stored.set_exception(error)
