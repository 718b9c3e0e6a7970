"""Under the road: a task is interrupted once, and may then clean up; and whoever waited for it may leave."""

import asyncio
from typing import Any


def cancel_once(task: asyncio.Task[Any]) -> None:
    """Cancel a task unless that has been asked of it already.

    A second interruption reaches a database driver that is closing its connection: SQLite's would wait for ever, and
    the process with it.
    """
    if not task.cancelling():
        task.cancel()


def see_error(ended: asyncio.Future[Any]) -> None:
    """For `add_done_callback`: whoever waited may have left, and an error that nobody has seen is told as a fault."""
    if not ended.cancelled():
        ended.exception()
