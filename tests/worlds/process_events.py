"""Messages and statuses processed in one transaction, for tests that have no worker."""

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.core.keyring import Keyring
from gateway.inbox.delivery_status import process_statuses
from gateway.inbox.process_events import Processed, process_messages


async def sort_events(
    session: AsyncSession, keyring: Keyring, idle: dt.timedelta, *, poisoned: bool = False
) -> Processed:
    """As the worker does: all together; one by one where something among them is known to be poisoned."""
    result = await process_messages(session, keyring, idle, careful=poisoned)
    result.more |= await process_statuses(session, keyring)
    return result
