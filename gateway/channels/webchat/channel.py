"""The web chat as a channel of the gateway: verify, read, split, send; sending is writing where the page looks."""

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import IncomingEvent, MediaRefused, Recipient, Reply, SendFailed
from gateway.channels.webchat.deliveries import PLACE, external_id_of, read_events
from gateway.channels.webchat.models import WebMessage, WebSession
from gateway.channels.webchat.same_origin import is_same_origin
from gateway.channels.webchat.sessions import ensure
from gateway.channels.webchat.streams import CHANGED, Streams
from gateway.conversations.keys import Keyring
from gateway.database import Database, now
from gateway.settings import Settings
from gateway.signals import Signals

NAME = "web"
# As on WhatsApp: the dots go away when the answer comes, at latest after this.
TYPING = dt.timedelta(seconds=25)


class WebChat:
    """The page `/chat`. No provider limits its pace, and its reply window ends with the session."""

    name = NAME
    pace = None
    keeps_order = True
    has_templates = False

    def __init__(self, settings: Settings, database: Database, keyring: Keyring, signals: Signals) -> None:
        self.reply_window = self.officer_window = dt.timedelta(hours=settings.chat_longest_hours)
        self.streams = Streams(database, signals)
        self._public_url = settings.public_url
        self._database = database
        self._signals = signals
        self._keyring = keyring

    def verify(self, headers: Mapping[str, str], body: bytes) -> bool:
        """A page of ours sent it."""
        return is_same_origin(headers, self._public_url)

    def read(self, body: bytes) -> list[IncomingEvent]:
        """What our own door wrote."""
        return read_events(body)

    def is_ours(self, business_number: str) -> bool:
        """There is one place."""
        return business_number == PLACE

    def split(self, reply: Reply) -> list[Reply]:
        """A page has room for everything."""
        return [reply]

    async def send(self, recipient: Recipient, reply: Reply, reference: str) -> str:
        """Put the reply where the page's stream finds it; a repeat of the same reference is one message."""
        session_id = _session_of(recipient)
        try:
            async with self._database.transaction() as session:
                number = await self._write(session, session_id, reply, uuid.UUID(reference))
        except IntegrityError as error:
            raise SendFailed("undeliverable") from error  # the conversation was deleted meanwhile
        except (SQLAlchemyError, OSError) as error:
            raise SendFailed("retry") from error  # nothing was committed, or the reference tells that it was
        return external_id_of(session_id.hex, number)

    async def show_typing(self, recipient: Recipient, external_id: str) -> None:
        """Three dots until the answer comes."""
        session_id = _session_of(recipient)
        try:
            async with self._database.transaction() as session:
                await session.execute(
                    update(WebSession)
                    .where(WebSession.id == session_id, WebSession.ended_at.is_(None))
                    .values(typing_until=now() + TYPING, version=WebSession.version + 1)
                )
                self._signals.send(session, CHANGED, session_id.hex)
        except (SQLAlchemyError, OSError) as error:
            raise SendFailed("retry") from error

    async def open_media(self, reference: str) -> tuple[str, bytes]:
        """The page takes words only."""
        raise MediaRefused("The web chat has no pictures or files.")

    async def close(self) -> None:
        """End the open streams, so that their pages go elsewhere."""
        self.streams.close()

    async def _write(self, session: AsyncSession, session_id: uuid.UUID, reply: Reply, reference: uuid.UUID) -> int:
        # A message that came through the spool met no database at the door: its session is made here.
        await ensure(session, self._keyring, session_id, ends_at=now() + self.reply_window)
        # The row's lock makes the order of numbers the order of commits: a stream never passes one by.
        moved = await session.execute(
            update(WebSession)
            .where(WebSession.id == session_id, WebSession.ended_at.is_(None), WebSession.ends_at > now())
            .values(typing_until=None, version=WebSession.version + 1)
            .returning(WebSession.last_number, WebSession.wrapped_key)
        )
        if (row := moved.one_or_none()) is None:
            raise SendFailed("undeliverable")
        known = await session.scalar(select(WebMessage.number).where(WebMessage.outbox_id == reference))
        if known is not None:
            return int(known)
        number = int(row.last_number) + 1
        await session.execute(update(WebSession).where(WebSession.id == session_id).values(last_number=number))
        key = self._keyring.unwrap(row.wrapped_key)
        session.add(
            WebMessage(
                session_id=session_id,
                number=number,
                outbox_id=reference,
                content_sealed=encryption.seal(key, reply.model_dump_json(), "web_message.content"),
                created_at=now(),
            )
        )
        await session.flush()
        self._signals.send(session, CHANGED, session_id.hex)
        return number


def _session_of(recipient: Recipient) -> uuid.UUID:
    try:
        return uuid.UUID(recipient.user_id or "")
    except ValueError as error:
        raise SendFailed("undeliverable") from error
