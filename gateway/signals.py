"""Under the road: a doorbell that tells listeners of this process what has been committed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

Signal = tuple[str, str]


class Signals:
    """Names and keys of what changed; a listener that is slow loses nothing, for it reads the tables afterwards."""

    def __init__(self) -> None:
        self._listeners: dict[asyncio.Queue[Signal], frozenset[str]] = {}

    def send(self, session: AsyncSession, name: str, key: str = "") -> None:
        """Tell every listener of `name` once this transaction has been committed."""
        event.listen(session.sync_session, "after_commit", lambda _: self._tell((name, key)), once=True)

    def _tell(self, signal: Signal) -> None:
        for queue, names in self._listeners.items():
            if signal[0] in names:
                queue.put_nowait(signal)

    @asynccontextmanager
    async def listen(self, *names: str) -> AsyncIterator[AsyncIterator[Signal]]:
        """Within the block, every signal of these names, in order."""
        queue: asyncio.Queue[Signal] = asyncio.Queue()
        self._listeners[queue] = frozenset(names)
        try:
            yield _all_of(queue)
        finally:
            del self._listeners[queue]


async def _all_of(queue: asyncio.Queue[Signal]) -> AsyncIterator[Signal]:
    while True:
        yield await queue.get()
