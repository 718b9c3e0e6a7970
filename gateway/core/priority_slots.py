"""Slots for work that may run at the same time: whoever waits longest is next, and what is urgent before all others."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager


class PrioritySlots:
    """At most `limit` at a time; urgent work may use `reserve` slots more, so that it never waits for what hangs.

    While urgent work is being done, little else begins: on a busy process every step of it would wait for theirs.
    """

    def __init__(self, limit: int, reserve: int = 0) -> None:
        self._limit, self._reserve = limit, reserve
        self._taken = self._urgent_taken = 0
        self._urgent: deque[tuple[Hashable, asyncio.Future[None]]] = deque()
        self._ordinary: deque[tuple[Hashable, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def slot(self, key: Hashable = None, *, urgent: bool = False) -> AsyncIterator[None]:
        """Hold a slot while the block runs; `key` is the name under which it can be made urgent while it waits."""
        await self._take(key, urgent=urgent)
        self._urgent_taken += urgent
        try:
            yield
        finally:
            self._taken -= 1
            self._urgent_taken -= urgent
            self._admit()

    @property
    def is_full(self) -> bool:
        """Whether work waits that is not urgent."""
        return bool(self._ordinary)

    def hurry(self, key: Hashable) -> None:
        """What waits under this name is urgent from now on."""
        for waiting in [each for each in self._ordinary if each[0] == key]:
            self._ordinary.remove(waiting)
            self._urgent.append(waiting)
        self._admit()

    async def _take(self, key: Hashable, *, urgent: bool) -> None:
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._urgent if urgent else self._ordinary).append((key, admitted))
        self._admit()
        try:
            await admitted
        except asyncio.CancelledError:
            if admitted.done() and not admitted.cancelled():
                self._taken -= 1  # it was admitted in the moment in which it was cancelled
            self._admit()
            raise

    def _admit(self) -> None:
        ordinary = max(self._limit // 8, 1) if self._urgent_taken and self._reserve else self._limit
        for waiting, limit in ((self._urgent, self._limit + self._reserve), (self._ordinary, ordinary)):
            while waiting and self._taken < limit:
                _, admitted = waiting.popleft()
                if not admitted.done():
                    self._taken += 1
                    admitted.set_result(None)
