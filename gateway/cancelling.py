"""Under the road: a task is interrupted once, and may then clean up."""

import asyncio
from typing import Any


def cancel_once(task: asyncio.Task[Any]) -> None:
    """Cancel a task unless that has been asked of it already.

    A second interruption reaches a database driver that is closing its connection: SQLite's would wait for ever, and
    the process with it.
    """
    if not task.cancelling():
        task.cancel()
