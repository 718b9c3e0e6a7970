"""Web chat: what its pages and event streams need of the service, made once per process."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.webchat.channel import WebChat
from gateway.channels.webchat.deliveries import ReplyStatus, body_of
from gateway.channels.webchat.sessions import end_idle_sessions, end_session, is_over, record_activity
from gateway.conversations.kinds import ChannelName, ConversationState, EventKind
from gateway.conversations.models import Conversation, ConversationEvent
from gateway.conversations.states import ActorRole
from gateway.core.database import now
from gateway.core.errors import StorageUnavailable
from gateway.core.tasks import cancel_once, end_if_cancelled, retrieve_error
from gateway.outbox.templates import OutboxContext
from gateway.privacy.erasure import erase_silently
from gateway.referrals.codes import parse_code
from gateway.webchat import transcript
from gateway.webchat.admission import Addresses, Admission
from gateway.webchat.tickets import Ticket, Tickets
from gateway.webchat.transcript import Cursor, Transcript, contact_of

log = structlog.get_logger()
CLEANUP_INTERVAL = 60.0  # seconds
# What a query raises while the database is away.
DATABASE_ERRORS = (SQLAlchemyError, OSError, StorageUnavailable)


class ChatService:
    """Session tickets, admission, and the transcript of each session."""

    def __init__(self, service: OutboxContext, channel: WebChat) -> None:
        settings = service.settings
        secret = settings.secret_key.get_secret_value()
        self.service, self.channel = service, channel
        self.idle = dt.timedelta(minutes=settings.chat_idle_minutes)
        self.tickets = Tickets(secret, dt.timedelta(hours=settings.chat_longest_hours))
        self.addresses = Addresses(secret, settings.proxies)
        self.admission = Admission(service, self.idle)
        self._cleanup: asyncio.Task[None] | None = None
        self._attempts: set[asyncio.Task[Any]] = set()  # an abandoned one is referenced until it has ended

    @classmethod
    def of(cls, service: OutboxContext) -> "ChatService":
        """For a service that has the web chat among its channels."""
        channel = service.channels[WebChat.name]
        assert isinstance(channel, WebChat)
        return cls(service, channel)

    def new_ticket(self, source: str = "") -> Ticket:
        """A new session; of where it came from only what is known here is kept: a code of a link, or a named page."""
        name = source.lower()
        known = parse_code(name) is not None or name in self.service.settings.chat_source_names
        return self.tickets.new(name if known else "")

    def start(self) -> None:
        """Start the task that ends idle sessions."""
        self._cleanup = asyncio.create_task(self._end_idle_sessions())

    async def stop(self) -> None:
        """End the open streams and the cleanup task."""
        self.channel.streams.close()
        if self._cleanup is not None:
            cancel_once(self._cleanup)
            await asyncio.gather(self._cleanup, return_exceptions=True)

    async def in_transaction[Answer](self, work: Callable[[AsyncSession], Awaitable[Answer]]) -> Answer:
        """Run `work` in a transaction, for at most `storage_timeout` seconds; raises one of `DATABASE_ERRORS`.

        What takes longer is abandoned, not awaited: it may hang in a driver that cannot be interrupted.
        """
        if not self.service.keyring.is_loaded:
            raise StorageUnavailable("keys_not_loaded")
        attempt = asyncio.create_task(self._run(work))
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempts.discard)
        attempt.add_done_callback(retrieve_error)
        try:
            await asyncio.wait({attempt}, timeout=self.service.settings.storage_timeout)
        finally:
            if not attempt.done():
                cancel_once(attempt)
        if not attempt.done():
            raise StorageUnavailable("The database does not answer.")
        return attempt.result()

    async def _run[Answer](self, work: Callable[[AsyncSession], Awaitable[Answer]]) -> Answer:
        async with self.service.database.transaction() as session:
            return await work(session)

    async def is_over(self, ticket: Ticket) -> bool:
        """Whether the browser's session may be read no more."""
        return await self.in_transaction(lambda session: is_over(session, ticket.session, self.idle))

    async def read_new(self, session_id: uuid.UUID, cursor: Cursor) -> Transcript:
        """What is new for a page; its request counts as activity of the session."""

        async def read(session: AsyncSession) -> Transcript:
            await record_activity(session, session_id)
            return await transcript.read_transcript(
                session, self.service.keyring, self.channel.name, session_id, cursor
            )

        return await self.in_transaction(read)

    async def refresh_hours(self) -> None:
        """Load the service hours that the page shows, unless they are fresh."""
        if not self.service.hours.is_fresh:
            await self.in_transaction(self.service.hours.schedule)

    async def last_number(self, session_id: uuid.UUID) -> int:
        """The number of the session's last reply."""
        return await self.in_transaction(lambda session: transcript.last_number(session, session_id))

    async def record_delivered(self, session_id: uuid.UUID, shown: Sequence[ReplyStatus]) -> None:
        """Store that replies were delivered, and pass it to the inbox as a status of any channel.

        Never raises, so that the page goes on; and goes on itself when the page leaves meanwhile.
        """
        if shown:
            await asyncio.shield(self.service.spawn(self._store_delivered(session_id, shown)))

    async def _store_delivered(self, session_id: uuid.UUID, shown: Sequence[ReplyStatus]) -> None:
        try:
            numbers = [each.number for each in shown]
            await self.in_transaction(lambda session: transcript.mark_delivered(session, session_id, numbers))
            await self.service.receive(self.channel, body_of(*shown))
        except DATABASE_ERRORS as error:
            log.warning("delivery_not_stored", exc_info=error)

    async def record_read(self, session_id: uuid.UUID, up_to: int) -> None:
        """Store that the page has shown the replies up to this number."""
        shown = await self.in_transaction(lambda session: transcript.mark_read(session, session_id, up_to))
        if shown:
            await self.service.receive(self.channel, body_of(*shown))

    async def end_session(self, ticket: Ticket) -> None:
        """End the session, so that nobody reads it in this browser again; the conversation stays for officers."""
        await self.in_transaction(lambda session: end_session(session, ticket.session))
        self.channel.streams.wake(ticket.session)

    async def delete_conversation(self, ticket: Ticket) -> None:
        """End the session and erase the conversation."""
        await self.in_transaction(
            lambda session: delete_conversation(session, self.service, self.channel.name, ticket.session)
        )
        self.channel.streams.wake(ticket.session)

    async def _end_idle_sessions(self) -> None:
        while True:
            try:
                async with self.service.database.transaction() as session:
                    ended = await end_idle_sessions(session, self.idle)
                if ended:
                    log.info("web_sessions_ended", count=ended)
            except (SQLAlchemyError, OSError) as error:
                log.warning("web_session_cleanup_failed", exc_info=error)
            except Exception as error:  # else no session would ever end again
                log.error("web_session_cleanup_failed", exc_info=error)
            end_if_cancelled()
            await asyncio.sleep(CLEANUP_INTERVAL)


async def delete_conversation(
    session: AsyncSession, service: OutboxContext, channel: ChannelName, session_id: uuid.UUID
) -> None:
    """End the session and erase its conversation, as any citizen's wish to be erased is carried out.

    A conversation that an officer has claimed or that waits as danger stays with the officers: somebody's life may be
    at stake, and whoever pressed the button may not be the one who wrote.
    """
    await end_session(session, session_id)
    contact_id = await contact_of(session, service.keyring, channel, session_id)
    if contact_id is None:
        return
    for conversation in await erase_silently(session, service, contact_id, now(), is_kept=_stays_with_officers):
        session.add(
            ConversationEvent(
                conversation_id=conversation.id,
                kind=EventKind.CITIZEN_LEFT,
                actor=ActorRole.CITIZEN,
                details={},
                created_at=now(),
            )
        )


def _stays_with_officers(conversation: Conversation) -> bool:
    return conversation.state == ConversationState.OFFICER or conversation.urgency is not None
