"""Dialogue: one message of a conversation at a time, in the order they came, without polling."""

import asyncio
import os
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from rasa.core.lock_store import LOCK_LIFETIME, LockError, LockStore
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig


class FairLockStore(LockStore):  # type: ignore[misc]
    """A queue per conversation within this process; an idle conversation has no queue.

    Rasa's own stores look again each second, which makes the second message of a burst wait that long. Raises
    RasaException when Rasa is configured with several workers: they would not see each other's locks or trackers.
    """

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        if os.environ.get("SANIC_WORKERS", "1") != "1":
            raise RasaException("SANIC_WORKERS must be 1: locks and trackers live in one process. Remove the variable.")
        self._queues: dict[str, deque[asyncio.Future[None]]] = {}

    def __len__(self) -> int:
        """The number of conversations that hold or wait for their lock."""
        return len(self._queues)

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 1
    ) -> AsyncGenerator[None, None]:
        """Hold the conversation's lock. Raises `LockError` after waiting `lock_lifetime` seconds for it."""
        ticket = asyncio.get_running_loop().create_future()
        queue = self._queues.setdefault(conversation_id, deque())
        queue.append(ticket)
        if len(queue) == 1:
            ticket.set_result(None)
        try:
            await asyncio.wait({ticket}, timeout=lock_lifetime)
            if not ticket.done():
                raise LockError(f"The conversation was busy for {lock_lifetime} seconds; try again.")
            yield
        finally:
            self._leave(conversation_id, queue, ticket)

    def _leave(
        self, conversation_id: str, queue: "deque[asyncio.Future[None]]", ticket: "asyncio.Future[None]"
    ) -> None:
        queue.remove(ticket)
        if not queue:
            del self._queues[conversation_id]
        elif not queue[0].done():
            queue[0].set_result(None)
