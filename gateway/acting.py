"""Beside the road: who does something in the console, and where it is written down."""

import uuid
from collections.abc import Awaitable, Mapping
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession


class Actor(Protocol):
    """A person who acts; whoever signs people in has a richer one."""

    @property
    def id(self) -> uuid.UUID:
        """Our own id of the person."""

    @property
    def name(self) -> str:
        """The name that colleagues see."""


class Record(Protocol):
    """Writes what was done into the audit log, in the transaction of the deed; `details` hold no citizen's words."""

    def __call__(
        self, session: AsyncSession, actor: Actor, action: str, subject: str, details: Mapping[str, Any]
    ) -> Awaitable[None]:
        """Raise, and the deed is undone."""
