"""Checks of station 2: messages and statuses sorted in one transaction, for tests that have no worker."""

import contextlib
import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.keys import Keyring
from gateway.conversations.sorting import Sorted, sort_messages
from gateway.conversations.statuses import sort_statuses


async def sort_events(session: AsyncSession, keyring: Keyring, idle: dt.timedelta) -> Sorted:
    """As the worker does: all together, and one by one where that fails."""
    result = None
    with contextlib.suppress(Exception):
        async with session.begin_nested():
            result = await sort_messages(session, keyring, idle, careful=False)
    if result is None:
        result = await sort_messages(session, keyring, idle)
    result.more |= await sort_statuses(session, keyring, result.ticked)
    return result
