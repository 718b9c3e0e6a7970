"""The web chat as a channel: verify, read, split, send; to send is to write the row that the page's stream reads."""

import datetime as dt
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import MediaRefused, SendFailed
from gateway.channels.webchat.deliveries import BUSINESS_NUMBER, external_id_of, read_events
from gateway.channels.webchat.models import WebMessage, WebSession
from gateway.channels.webchat.sessions import ensure_session
from gateway.channels.webchat.streams import SESSION_CHANGED, Streams
from gateway.conversations.attachments import AttachmentKind
from gateway.conversations.kinds import ChannelName, FailureClass
from gateway.conversations.messages import IncomingEvent, Recipient, Reply
from gateway.core import crypto
from gateway.core.config.settings import Settings
from gateway.core.database import Database, now
from gateway.core.keyring import Keyring
from gateway.core.pubsub import Signals

# As on WhatsApp: shown until the answer comes, at most for this long.
TYPING = dt.timedelta(seconds=25)


class WebChat:
    """The page `/chat`. It has no rate limit of a provider, and its reply window ends with the session."""

    name = ChannelName.WEB
    pace = None
    keeps_order = True
    has_templates = False
    attachments = frozenset(AttachmentKind)

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
        """The deliveries that our own routes made."""
        return read_events(body)

    def is_ours(self, business_number: str) -> bool:
        """There is one account."""
        return business_number == BUSINESS_NUMBER

    def split(self, reply: Reply) -> list[Reply]:
        """A page has room for everything."""
        return [reply]

    async def send(self, recipient: Recipient, reply: Reply, reference: str) -> str:
        """Store the reply for the page's stream; a repeat of the same reference is one message."""
        session_id = _session_of(recipient)
        try:
            async with self._database.transaction() as session:
                number = await self._write(session, session_id, reply, uuid.UUID(reference))
        except IntegrityError as error:
            raise SendFailed(FailureClass.UNDELIVERABLE) from error  # the conversation was deleted meanwhile
        except (SQLAlchemyError, OSError) as error:
            raise SendFailed(FailureClass.RETRY) from error  # nothing was committed, or the reference shows that it was
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
                self._signals.send(session, SESSION_CHANGED, session_id.hex)
        except (SQLAlchemyError, OSError) as error:
            raise SendFailed(FailureClass.RETRY) from error

    async def open_media(self, reference: str) -> tuple[str, bytes]:
        """The page takes text only: raises `MediaRefused`."""
        raise MediaRefused("none_in_web_chat")

    async def close(self) -> None:
        """End the open streams, so that their pages connect to another process."""
        self.streams.close()

    async def _write(self, session: AsyncSession, session_id: uuid.UUID, reply: Reply, reference: uuid.UUID) -> int:
        # A message that came through the spool had no database when it arrived: its session is made here.
        await ensure_session(session, self._keyring, session_id, ends_at=now() + self.reply_window)
        # The row's lock makes the order of numbers the order of commits: a stream never skips one.
        moved = await session.execute(
            update(WebSession)
            .where(WebSession.id == session_id, WebSession.ended_at.is_(None), WebSession.ends_at > now())
            .values(typing_until=None, version=WebSession.version + 1)
            .returning(WebSession.last_number, WebSession.wrapped_key)
        )
        if (row := moved.one_or_none()) is None:
            raise SendFailed(FailureClass.UNDELIVERABLE)
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
                content_sealed=crypto.seal(key, reply.model_dump_json(), "web_message.content"),
                created_at=now(),
            )
        )
        await session.flush()
        self._signals.send(session, SESSION_CHANGED, session_id.hex)
        return number


def _session_of(recipient: Recipient) -> uuid.UUID:
    try:
        return uuid.UUID(recipient.user_id or "")
    except ValueError as error:
        raise SendFailed(FailureClass.UNDELIVERABLE) from error


def is_same_origin(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a browser says that a page of ours sent this.

    `Sec-Fetch-Site` where it is (every current browser, on https and localhost), else `Origin`; a page cannot forge
    either. A request with neither comes from no browser of these years and is refused.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = urlsplit(headers.get("origin", "")).netloc
    return bool(origin) and origin in (headers.get("host", ""), urlsplit(public_url).netloc)
