"""Operations, probes: a question to a part that may be silent, answered within a time limit all the same.

Whoever asks never waits for a driver that cannot be interrupted: the question goes on behind, one at a time, and ends
by its own deadline.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from gateway.core.tasks import cancel_once

log = structlog.get_logger()
DEADLINE = 5.0  # seconds after which a question is cancelled, which itself may take a driver several seconds


class Probe[Answer]:
    """One question; `fresh_for` seconds an answer is given again without asking.

    `name` is what the log calls it.
    """

    def __init__(self, name: str, question: Callable[[], Awaitable[Answer]], fresh_for: float = 0.0) -> None:
        self._name, self._question, self._fresh_for = name, question, fresh_for
        self._asking: asyncio.Task[None] | None = None
        self._asked_at = float("-inf")
        self._answer: Answer | None = None
        self._answered_at = float("-inf")
        self._failed = False  # whether the last question failed

    async def ask(self, seconds: float) -> Answer | None:
        """The answer, or None when there is none within so many seconds, or the question failed."""
        if time.monotonic() - self._answered_at < self._fresh_for:
            return self._answer
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name=f"probe {self._name}")
            self._asked_at = time.monotonic()
        asking = self._asking
        # Of a question that hangs already, whoever asks next waits only for what is left.
        await asyncio.wait({asking}, timeout=max(self._asked_at + seconds - time.monotonic(), 0))
        return self._answer if asking.done() and not self._failed else None

    def last(self) -> tuple[Answer | None, float]:
        """The last answer, however old and whatever came after it, and its age in seconds."""
        return self._answer, time.monotonic() - self._answered_at

    async def close(self) -> None:
        """Cancel a question that goes on; does not wait for a driver that hangs."""
        if self._asking is not None and not self._asking.done():
            cancel_once(self._asking)
            await asyncio.wait({self._asking}, timeout=1.0)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(DEADLINE):
                answer = await self._question()
        except Exception as error:  # whatever the part does, its probe says that it gave no answer
            if not self._failed:  # once for each outage: whoever asks, asks every second
                log.warning("part_does_not_answer", part=self._name, exc_info=error)
            self._failed = True
        else:
            self._answer, self._answered_at, self._failed = answer, time.monotonic(), False
