"""The web chat's end of the service: what its pages and streams need, made once per process."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from gateway.channels.webchat import transcript
from gateway.channels.webchat.address import Addresses
from gateway.channels.webchat.admission import Admission
from gateway.channels.webchat.channel import WebChat
from gateway.channels.webchat.deliveries import Shown, body_of
from gateway.channels.webchat.sessions import end, forget, is_over, tidy, touch
from gateway.channels.webchat.ticket import Ticket, Tickets
from gateway.channels.webchat.transcript import Cursor, View
from gateway.conversations.dialogue import DialogueUnavailable
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
            self._tidying.cancel()
            await asyncio.gather(self._tidying, return_exceptions=True)

    async def is_over(self, ticket: Ticket) -> bool:
        """Whether the browser's session may be read no more."""
        async with self.service.database.transaction() as session:
            return await is_over(session, ticket.session, self.idle)

    async def look(self, session_id: uuid.UUID, cursor: Cursor) -> View:
        """What is new for a page; that it looks is its sign of life. Raises what `AWAY` names."""
        if not self.service.keyring.is_loaded:
            raise StorageUnavailable("The database has been away since this process began.")
        async with self.service.database.transaction() as session:
            await touch(session, session_id)
            return await transcript.view(session, self.service.keyring, self.channel.name, session_id, cursor)

    async def last_number(self, session_id: uuid.UUID) -> int:
        """The number of the session's last reply."""
        async with self.service.database.transaction() as session:
            return await transcript.last_number(session, session_id)

    async def delivered(self, session_id: uuid.UUID, shown: Sequence[Shown]) -> None:
        """Replies have been handed over; the road hears of it as of any status. Never fails: a page goes on."""
        if not shown:
            return
        try:
            async with self.service.database.transaction() as session:
                await transcript.note_delivered(session, session_id, [each.number for each in shown])
            await take(self.service, self.channel, body_of(*shown))
        except AWAY as error:
            log.warning("delivery_not_noted", error=type(error).__name__)

    async def read(self, session_id: uuid.UUID, up_to: int) -> None:
        """The page has shown the replies up to this one."""
        async with self.service.database.transaction() as session:
            shown = await transcript.note_read(session, session_id, up_to)
        if shown:
            await take(self.service, self.channel, body_of(*shown))

    async def leave(self, ticket: Ticket) -> None:
        """Let nobody at this browser read the talk again; officers keep what they have to do."""
        async with self.service.database.transaction() as session:
            await end(session, ticket.session)
        self.channel.streams.wake(ticket.session)

    async def forget(self, ticket: Ticket) -> None:
        """End the session and delete the talk."""
        async with self.service.database.transaction() as session:
            dialogues = await forget(session, self.service.keyring, self.channel.name, ticket.session)
        self.channel.streams.wake(ticket.session)
        for dialogue in dialogues:
            self.service.spawn(self._engine_forgets(dialogue))

    async def _engine_forgets(self, dialogue: uuid.UUID) -> None:
        try:
            await self.service.engine.forget(dialogue.hex)
        except DialogueUnavailable as error:
            log.warning("engine_did_not_forget", why=str(error))  # its tracker ends by itself

    async def _tidy_now_and_then(self) -> None:
        while True:
            try:
                async with self.service.database.transaction() as session:
                    ended = await tidy(session, self.idle)
                if ended:
                    log.info("web_sessions_ended", count=ended)
            except (SQLAlchemyError, OSError) as error:
                log.warning("web_sessions_not_tidied", error=type(error).__name__)
            await asyncio.sleep(TIDY_EVERY)
