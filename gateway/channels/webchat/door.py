"""The web chat's end of the service: what its pages and streams need, made once per process."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.cancelling import cancel_once, see_error
from gateway.channels.webchat import transcript
from gateway.channels.webchat.address import Addresses
from gateway.channels.webchat.admission import Admission
from gateway.channels.webchat.channel import WebChat
from gateway.channels.webchat.deliveries import Shown, body_of
from gateway.channels.webchat.sessions import end, forget, is_over, tidy, touch
from gateway.channels.webchat.ticket import Ticket, Tickets
from gateway.channels.webchat.transcript import Cursor, View
from gateway.conversations.dialogue import try_to_forget
from gateway.conversations.intake import take
from gateway.errors import StorageUnavailable
from gateway.service import Service

log = structlog.get_logger()
TIDY_EVERY = 60.0
# What a question to the tables raises while the database is away.
AWAY = (SQLAlchemyError, OSError, StorageUnavailable)


class Door:
    """Tickets, admission and the look into the tables."""

    def __init__(self, service: Service, channel: WebChat) -> None:
        settings = service.settings
        secret = settings.secret_key.get_secret_value()
        self.service, self.channel = service, channel
        self.idle = dt.timedelta(minutes=settings.chat_idle_minutes)
        self.tickets = Tickets(secret, dt.timedelta(hours=settings.chat_longest_hours))
        self.addresses = Addresses(secret, settings.proxies)
        self.admission = Admission(service, self.idle)
        self._tidying: asyncio.Task[None] | None = None
        self._attempts: set[asyncio.Task[Any]] = set()  # one that was given up is kept until it has ended

    @classmethod
    def of(cls, service: Service) -> "Door":
        """The door of a service that has the web chat among its channels."""
        channel = service.channels[WebChat.name]
        assert isinstance(channel, WebChat)
        return cls(service, channel)

    def start(self) -> None:
        """Begin to end sessions that have fallen silent."""
        self._tidying = asyncio.create_task(self._tidy_now_and_then())

    async def stop(self) -> None:
        """End the open streams and the tidying."""
        self.channel.streams.close()
        if self._tidying is not None:
            cancel_once(self._tidying)
            await asyncio.gather(self._tidying, return_exceptions=True)

    async def ask[Answer](self, work: Callable[[AsyncSession], Awaitable[Answer]]) -> Answer:
        """Work in a transaction, within the time that a webhook too waits for the database; raises what `AWAY` names.

        What takes too long is given up, not waited for: it may hang in a driver that cannot be interrupted.
        """
        if not self.service.keyring.is_loaded:
            raise StorageUnavailable("The database has been away since this process began.")
        attempt = asyncio.create_task(self._in_transaction(work))
        self._attempts.add(attempt)
        attempt.add_done_callback(self._attempts.discard)
        attempt.add_done_callback(see_error)
        try:
            await asyncio.wait({attempt}, timeout=self.service.settings.storage_timeout)
        finally:
            if not attempt.done():
                cancel_once(attempt)
        if not attempt.done():
            raise StorageUnavailable("The database does not answer.")
        return attempt.result()

    async def _in_transaction[Answer](self, work: Callable[[AsyncSession], Awaitable[Answer]]) -> Answer:
        async with self.service.database.transaction() as session:
            return await work(session)

    async def is_over(self, ticket: Ticket) -> bool:
        """Whether the browser's session may be read no more."""
        return await self.ask(lambda session: is_over(session, ticket.session, self.idle))

    async def look(self, session_id: uuid.UUID, cursor: Cursor) -> View:
        """What is new for a page; that it looks is its sign of life."""

        async def look(session: AsyncSession) -> View:
            await touch(session, session_id)
            return await transcript.view(session, self.service.keyring, self.channel.name, session_id, cursor)

        return await self.ask(look)

    async def learn_hours(self) -> None:
        """Know when officers answer, as the page says it; many pages at once ask once."""
        if not self.service.hours.is_fresh:
            await self.ask(self.service.hours.schedule)

    async def last_number(self, session_id: uuid.UUID) -> int:
        """The number of the session's last reply."""
        return await self.ask(lambda session: transcript.last_number(session, session_id))

    async def delivered(self, session_id: uuid.UUID, shown: Sequence[Shown]) -> None:
        """Replies have been handed over; the road hears of it as of any status.

        Never fails: a page goes on. A page that leaves meanwhile does not undo it, or the road would never hear.
        """
        if shown:
            await asyncio.shield(self.service.spawn(self._note_delivered(session_id, shown)))

    async def _note_delivered(self, session_id: uuid.UUID, shown: Sequence[Shown]) -> None:
        try:
            numbers = [each.number for each in shown]
            await self.ask(lambda session: transcript.note_delivered(session, session_id, numbers))
            await take(self.service, self.channel, body_of(*shown))
        except AWAY as error:
            log.warning("delivery_not_noted", error=type(error).__name__)

    async def read(self, session_id: uuid.UUID, up_to: int) -> None:
        """The page has shown the replies up to this one."""
        shown = await self.ask(lambda session: transcript.note_read(session, session_id, up_to))
        if shown:
            await take(self.service, self.channel, body_of(*shown))

    async def leave(self, ticket: Ticket) -> None:
        """Let nobody at this browser read the talk again; officers keep what they have to do."""
        await self.ask(lambda session: end(session, ticket.session))
        self.channel.streams.wake(ticket.session)

    async def forget(self, ticket: Ticket) -> None:
        """End the session and delete the talk."""
        keyring, name = self.service.keyring, self.channel.name
        dialogues = await self.ask(lambda session: forget(session, keyring, name, ticket.session))
        self.channel.streams.wake(ticket.session)
        for dialogue in dialogues:
            self.service.spawn(try_to_forget(self.service.engine, dialogue))

    async def _tidy_now_and_then(self) -> None:
        while True:
            try:
                async with self.service.database.transaction() as session:
                    ended = await tidy(session, self.idle)
                if ended:
                    log.info("web_sessions_ended", count=ended)
            except (SQLAlchemyError, OSError) as error:
                log.warning("web_sessions_not_tidied", error=type(error).__name__)
            except Exception as error:  # else no session would ever end again
                log.error("web_sessions_not_tidied", exc_info=error)
            await asyncio.sleep(TIDY_EVERY)
