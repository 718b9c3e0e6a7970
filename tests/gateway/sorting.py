"""Checks of station 2: messages and statuses sorted in one transaction, for tests that have no worker."""

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.keys import Keyring
from gateway.conversations.sorting import Sorted, sort_messages
from gateway.conversations.statuses import sort_statuses


async def sort_events(session: AsyncSession, keyring: Keyring, idle: dt.timedelta, *, poisoned: bool = False) -> Sorted:
    """As the worker does: all together; one by one where something among them is known to be poisoned."""
    result = await sort_messages(session, keyring, idle, careful=poisoned)
    result.more |= await sort_statuses(session, keyring, result.ticked)
    return result
