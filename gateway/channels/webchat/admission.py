"""The web chat, at the door: whether a session may write now. Refused words are answered, never met with silence.

Two rows of buckets: in memory, so that a flood is turned away without a question to the database and also while that
is away; and in the database, so that the limits hold for all processes. A session within its own limit keeps a share
of its own when its address is over the limit, so that danger gets through a crowded school's network.
"""

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.cancelling import cancel_once
from gateway.channels.webchat import limits
from gateway.channels.webchat.sessions import ensure, is_over, touch
from gateway.channels.webchat.ticket import Ticket
from gateway.conversations.pacing import Rate, Scope, moment, spend
from gateway.service import Service

log = structlog.get_logger()

Verdict = Literal["welcome", "too_fast", "crowded", "over"]
_MOST_BUCKETS = 20_000


@dataclass
class Buckets:
    """Token buckets of this process; the fullest are forgotten first."""

    rows: dict[str, float] = field(default_factory=dict)

    def take(self, key: str, rate: Rate) -> bool:
        """Take a token, if there is one."""
        at = moment()
        full_at = max(self.rows.get(key, at), at) + rate.seconds
        if full_at > at + rate.size:
            return False
        self.rows[key] = full_at
        if len(self.rows) > _MOST_BUCKETS:
            self._forget_fullest(at)
        return True

    def _forget_fullest(self, at: float) -> None:
        emptiest = sorted(self.rows.items(), key=lambda row: row[1])[_MOST_BUCKETS // 2 :]
        self.rows = {key: full_at for key, full_at in emptiest if full_at > at}


class Admission:
    """The rules of one process."""

    def __init__(self, service: Service, idle: dt.timedelta) -> None:
        self._service = service
        self._idle = idle
        self._buckets = Buckets()
        self._attempts: set[asyncio.Task[Verdict]] = set()

    async def admit(self, ticket: Ticket, ends_at: dt.datetime, address: bytes) -> Verdict:
        """Whether this session's message is let in. While the database is away, memory alone decides."""
        if not self._in_memory(ticket, address):
            return "too_fast"
        attempt = asyncio.create_task(self._in_database(ticket, ends_at, address))
        self._attempts.add(attempt)  # one that is given up is kept until it has ended
        attempt.add_done_callback(self._attempts.discard)
        await asyncio.wait({attempt}, timeout=self._service.settings.storage_timeout)
        if not attempt.done():
            cancel_once(attempt)
            return "welcome"
        error = attempt.exception()
        if error is None:
            return attempt.result()
        if not isinstance(error, SQLAlchemyError | OSError):
            raise error
        log.warning("admitted_by_memory", error=type(error).__name__)
        return "welcome"

    def _in_memory(self, ticket: Ticket, address: bytes) -> bool:
        chat = ticket.session.hex
        if not self._buckets.take(f"session {chat}", limits.SESSION_MESSAGES):
            return False
        return self._buckets.take(f"address {address.hex()}", limits.ADDRESS_MESSAGES) or self._buckets.take(
            f"always {chat}", limits.SESSION_ALWAYS
        )

    async def _in_database(self, ticket: Ticket, ends_at: dt.datetime, address: bytes) -> Verdict:
        service = self._service
        if not service.keyring.is_loaded:
            return "welcome"  # the database has been away since this process began
        try:
            async with service.database.transaction() as session:
                if await is_over(session, ticket.session, self._idle):
                    return "over"
                if await ensure(session, service.keyring, ticket.session, ends_at=ends_at, source=ticket.source):
                    await _pay(session, "address", f"sessions {address.hex()}", limits.ADDRESS_SESSIONS, "crowded")
                await self._pay_for_words(session, ticket, address)
                await touch(session, ticket.session, changed=True)
        except _Refused as refused:
            return refused.verdict
        return "welcome"

    async def _pay_for_words(self, session: AsyncSession, ticket: Ticket, address: bytes) -> None:
        chat = ticket.session.hex
        await _pay(session, "chat", chat, limits.SESSION_MESSAGES, "too_fast")
        try:
            await _pay(session, "address", f"messages {address.hex()}", limits.ADDRESS_MESSAGES, "too_fast")
        except _Refused:
            await _pay(session, "chat", f"always {chat}", limits.SESSION_ALWAYS, "too_fast")


class _Refused(Exception):
    """Undoes what the refused message would have begun or paid."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.verdict: Verdict = verdict


async def _pay(session: AsyncSession, scope: Scope, key: str, rate: Rate, otherwise: Verdict) -> None:
    if not await spend(session, scope, {key: 1}, rate, moment()):
        raise _Refused(otherwise)
