"""Web chat: whether a session may write now. A refused message is always answered with the reason.

Token buckets twice: in memory, so that a flood is refused without a query and also while the database is away; and in
the database, so that the limits hold for all processes. A session within its own limit keeps a share
of its own when its address is over the limit, so that danger gets through a crowded school's network.
"""

import asyncio
import datetime as dt
import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import ChannelsContext
from gateway.channels.webchat import limits
from gateway.channels.webchat.sessions import ensure_session, is_over, record_activity
from gateway.conversations.events import CitizenArrived
from gateway.core.database import now
from gateway.core.events import publish
from gateway.core.http.client_ip import client_address, network_of
from gateway.core.models import LimitScope
from gateway.core.networks import Networks
from gateway.core.rate_limit import MemoryBuckets, Rate, take_tokens, timestamp
from gateway.core.tasks import cancel_once
from gateway.webchat.tickets import Ticket

log = structlog.get_logger()


class Problem(StrEnum):
    """Why a message was refused; the page has a sentence for each."""

    TOO_FAST = "too_fast"
    CROWDED = "crowded"
    OVER = "over"
    NOT_UNDERSTOOD = "not_understood"
    NOT_STORED = "not_stored"


class Admission:
    """The rate limits of one process."""

    def __init__(self, service: ChannelsContext, idle: dt.timedelta) -> None:
        self._service = service
        self._idle = idle
        self._buckets = MemoryBuckets()
        self._attempts: set[asyncio.Task[Problem | None]] = set()

    async def admit(self, ticket: Ticket, ends_at: dt.datetime, address: bytes) -> Problem | None:
        """`None` when this session's message is admitted. While the database is away, memory alone decides."""
        if not self._in_memory(ticket, address):
            return Problem.TOO_FAST
        attempt = asyncio.create_task(self._in_database(ticket, ends_at, address))
        self._attempts.add(attempt)  # an abandoned one is referenced until it has ended
        attempt.add_done_callback(self._attempts.discard)
        await asyncio.wait({attempt}, timeout=self._service.settings.storage_timeout)
        if not attempt.done():
            cancel_once(attempt)
            return None
        error = attempt.exception()
        if error is None:
            return attempt.result()
        if not isinstance(error, SQLAlchemyError | OSError):
            raise error
        log.warning("admitted_by_memory", exc_info=error)
        return None

    def _in_memory(self, ticket: Ticket, address: bytes) -> bool:
        chat = ticket.session.hex
        if not self._buckets.take(f"session {chat}", limits.SESSION_MESSAGES):
            return False
        return self._buckets.take(f"address {address.hex()}", limits.ADDRESS_MESSAGES) or self._buckets.take(
            f"always {chat}", limits.SESSION_ALWAYS
        )

    async def _in_database(self, ticket: Ticket, ends_at: dt.datetime, address: bytes) -> Problem | None:
        service = self._service
        if not service.keyring.is_loaded:
            return None  # the database has been away since this process began
        try:
            async with service.database.transaction() as session:
                if await is_over(session, ticket.session, self._idle):
                    return Problem.OVER
                named = ticket.source if ticket.source in service.settings.chat_source_names else None
                if await ensure_session(
                    session, service.keyring, ticket.session, ends_at=ends_at, source=named, network=address
                ):
                    await _take_token(
                        session,
                        LimitScope.ADDRESS,
                        f"sessions {address.hex()}",
                        limits.ADDRESS_SESSIONS,
                        Problem.CROWDED,
                    )
                    if named is not None:  # the code of a link is counted with the first message
                        await publish(session, CitizenArrived("source", named))
                await self._take_message_tokens(session, ticket, address)
                await record_activity(session, ticket.session, changed=True)
        except _Refused as refused:
            return refused.problem
        return None

    async def _take_message_tokens(self, session: AsyncSession, ticket: Ticket, address: bytes) -> None:
        chat = ticket.session.hex
        await _take_token(session, LimitScope.CHAT, chat, limits.SESSION_MESSAGES, Problem.TOO_FAST)
        try:
            await _take_token(
                session, LimitScope.ADDRESS, f"messages {address.hex()}", limits.ADDRESS_MESSAGES, Problem.TOO_FAST
            )
        except _Refused:
            await _take_token(session, LimitScope.CHAT, f"always {chat}", limits.SESSION_ALWAYS, Problem.TOO_FAST)


class _Refused(Exception):
    """Raised to roll back what the refused message has begun and taken."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


async def _take_token(session: AsyncSession, scope: LimitScope, key: str, rate: Rate, otherwise: Problem) -> None:
    if not await take_tokens(session, scope, {key: 1}, rate, timestamp()):
        raise _Refused(otherwise)


class Addresses:
    """Hashes of addresses under a key that changes each day (UTC); the address itself is never kept."""

    def __init__(self, secret: str, proxies: Networks) -> None:
        self._key = hmac.digest(secret.encode(), b"web chat address", hashlib.sha256)
        self._proxies = proxies

    def of(self, peer: str, headers: Mapping[str, str]) -> bytes:
        """The hash of the nearest address that is not one of our own proxies."""
        address = client_address(peer, headers.get("x-forwarded-for", ""), self._proxies)
        return hmac.digest(self._key, f"{now():%Y-%m-%d} {network_of(address)}".encode(), hashlib.sha256)[:16]
