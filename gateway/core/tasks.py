"""Asyncio tasks: cancelling at most once, and errors of tasks whose caller has left."""

import asyncio
import weakref
from typing import Any, Final

_CANCELLED: Final = weakref.WeakSet[asyncio.Task[Any]]()


def cancel_once(task: asyncio.Task[Any]) -> None:
    """Cancel a task unless that was done already.

    A second cancellation would reach a database driver that is closing its connection; SQLite's would then hang, and
    the process with it. `task.cancelling()` does not tell: it counts a time-out of the task's own too, which is taken
    back when it is over, and the task would go on for ever.
    """
    if task not in _CANCELLED:
        _CANCELLED.add(task)
        task.cancel()


def end_if_cancelled() -> None:
    """Raise `CancelledError` in a task that was cancelled and heard of an error instead.

    For whatever goes on after every error: one that happens while a cancelled step cleans up takes the place of the
    cancellation, and as nobody cancels twice, whoever waits for the end of the task would wait for ever.
    """
    task = asyncio.current_task()
    if task is not None and (task.cancelling() or task in _CANCELLED):
        raise asyncio.CancelledError


def retrieve_error(ended: asyncio.Future[Any]) -> None:
    """For `add_done_callback`: mark the error of a future as retrieved, as its caller may have stopped waiting."""
    if not ended.cancelled():
        ended.exception()


async def wait_at_most(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, or until so much time has passed."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
