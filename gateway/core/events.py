"""Publish and subscribe: what happens in the pipeline is passed to the features that subscribe to it.

A station publishes an event within its own transaction. Each subscriber returns what is to be written; the station
writes it, so that a feature never decides when, and a batch can write for many at once. All subscriptions are made in
`gateway.service`.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.core.database import Base

# A row, a statement, or a prepared statement with its values.
Write = Base | Executable | tuple[Executable, Mapping[str, Any]]
Subscriber = Callable[[AsyncSession, Any], Awaitable[Iterable[Write]]]

_subscribers: dict[type, tuple[Subscriber, ...]] = {}


def subscribe[Event](
    kind: type[Event], *subscribers: Callable[[AsyncSession, Event], Awaitable[Iterable[Write]]]
) -> None:
    """Set the subscribers of a kind of event, in this order; replaces earlier ones."""
    _subscribers[kind] = subscribers


async def publish(session: AsyncSession, event: object) -> None:
    """Call the subscribers and write what they return, in the caller's transaction.

    Raises `LookupError` for an event without subscribers: a request for an officer must not be lost in silence.
    """
    for subscriber in _subscribers[type(event)]:
        for write in await subscriber(session, event):
            if isinstance(write, Base):
                session.add(write)
            elif isinstance(write, tuple):
                await session.execute(*write)
            else:
                await session.execute(write)
