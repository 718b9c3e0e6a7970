"""The interfaces of the audit log, for features that must not import accounts."""

import uuid
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession


class Actor(Protocol):
    """A signed-in person who acts; accounts have a richer class."""

    @property
    def id(self) -> uuid.UUID:
        """Our own id of the person."""

    @property
    def name(self) -> str:
        """The name that colleagues see."""


class Record(Protocol):
    """Writes an entry of the audit log in the caller's transaction; `details` hold no text of a citizen."""

    def __call__(
        self, session: AsyncSession, actor: Actor, action: str, subject: str, details: Mapping[str, Any]
    ) -> Awaitable[None]:
        """Write the entry; an error undoes what it records."""
