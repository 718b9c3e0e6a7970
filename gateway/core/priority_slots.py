"""Slots for work that may run at the same time: what is urgent first, else the sources in turn.

Of each, whoever waits longest is next: a flood from one source, the web chat, say, delays its own and nobody else's.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

_Waiting = tuple[Hashable, asyncio.Future[None]]


class PrioritySlots:
    """At most `limit` at a time; urgent work may use `reserve` slots more, so that it never waits for what hangs.

    While urgent work is being done, little else begins: on a busy process every step of it would wait for theirs.
    """

    def __init__(self, limit: int, reserve: int = 0) -> None:
        self._limit, self._reserve = limit, reserve
        self._taken = self._urgent_taken = 0
        self._urgent: deque[_Waiting] = deque()
        self._ordinary = _Turns()

    @asynccontextmanager
    async def slot(self, key: Hashable = None, *, urgent: bool = False, source: Hashable = None) -> AsyncIterator[None]:
        """Hold a slot while the block runs; `key` is the name under which it can be made urgent while it waits."""
        await self._take(key, source, urgent=urgent)
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
        self._urgent.extend(self._ordinary.taken_out(key))
        self._admit()

    async def _take(self, key: Hashable, source: Hashable, *, urgent: bool) -> None:
        admitted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if urgent:
            self._urgent.append((key, admitted))
        else:
            self._ordinary.append(source, (key, admitted))
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


class _Turns:
    """What waits, by source; the source whose turn it is comes first."""

    def __init__(self) -> None:
        self._sources: dict[Hashable, deque[_Waiting]] = {}

    def __bool__(self) -> bool:
        return bool(self._sources)

    def append(self, source: Hashable, waiting: _Waiting) -> None:
        """The last of its source."""
        self._sources.setdefault(source, deque()).append(waiting)

    def popleft(self) -> _Waiting:
        """The next; its source is the last from here on."""
        source = next(iter(self._sources))
        queue = self._sources.pop(source)
        found = queue.popleft()
        if queue:
            self._sources[source] = queue
        return found

    def taken_out(self, key: Hashable) -> list[_Waiting]:
        """Everything that waits under this name, which waits here no more."""
        found = [each for queue in self._sources.values() for each in queue if each[0] == key]
        rest = {source: deque(each for each in queue if each[0] != key) for source, queue in self._sources.items()}
        self._sources = {source: queue for source, queue in rest.items() if queue}
        return found
