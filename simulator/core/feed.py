"""The live feed of open pages: every change is published to all listeners."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# A page that is this far behind is told to fetch anew instead.
BACKLOG = 1000


class Feed:
    """Listeners of changes; each has a queue of its own and a slow one never holds up the others."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[dict[str, Any] | None]] = set()

    def publish(self, kind: str, **content: Any) -> None:
        """Tell all listeners that something changed."""
        for queue in self._queues:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait({"kind": "refetch"})
            else:
                queue.put_nowait({"kind": kind, **content})

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[dict[str, Any] | None]]:
        """A queue of the changes from now on; `None` means that the simulator closes."""
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(BACKLOG)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)

    def close(self) -> None:
        """End every stream, so that a server can stop."""
        for queue in self._queues:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)
