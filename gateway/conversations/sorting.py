"""Station 2, sorting: stored events become messages of a conversation, masked, or statuses of our replies.

Each event has a savepoint of its own: one that cannot be sorted is set aside with a reason and blocks nobody.
"""

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import IncomingMessage
from gateway.conversations.breaker import place_of
from gateway.conversations.contacts import AddressBook, OpenConversation
from gateway.conversations.inbox import open_event
from gateway.conversations.keys import Keyring
from gateway.conversations.masking import mask
from gateway.conversations.models import InboxEvent, Message
from gateway.conversations.pacing import INCOMING_COUNTS
from gateway.conversations.statuses import apply_status
from gateway.database import now

log = structlog.get_logger()
BATCH = 200


@dataclass
class Sorted:
    """What one step did: which conversations have something to answer, and whether more events wait."""

    conversations: set[uuid.UUID] = field(default_factory=set)
    received: Counter[str] = field(default_factory=Counter)  # by our number; what counts for its rate
    more: bool = False


async def sort_events(session: AsyncSession, keyring: Keyring, idle: dt.timedelta) -> Sorted:
    """Sort the oldest new events, in the order of arrival."""
    rows = list(
        await session.scalars(select(InboxEvent).where(InboxEvent.state == "new").order_by(InboxEvent.id).limit(BATCH))
    )
    books: dict[str, AddressBook] = {}
    result = Sorted(more=len(rows) == BATCH)
    for row in rows:
        book = books.setdefault(row.channel, AddressBook(session, keyring, row.channel, idle))
        try:
            async with session.begin_nested():
                conversation = await _sort_one(session, keyring, book, row, result.received)
            if conversation is not None:
                result.conversations.add(conversation)
        except (ValueError, LookupError, TypeError, IntegrityError, DataError) as error:
            row.state, row.reason = "failed", type(error).__name__
            log.error("event_not_sorted", event_id=row.id, error=type(error).__name__, exc_info=error)
        # The content has served; only the fingerprint stays, against repeats.
        if row.state != "failed":
            row.content_sealed = None
    return result


async def _sort_one(
    session: AsyncSession, keyring: Keyring, book: AddressBook, row: InboxEvent, received: Counter[str]
) -> uuid.UUID | None:
    event = open_event(keyring, row)
    row.state, row.reason = "done", None
    if event is None:
        row.state, row.reason = "failed", "key_gone"
    elif event.status is not None:
        row.reason = await apply_status(session, keyring, row.channel, event.status)
    elif event.message is not None:
        if (now() - event.message.sent_at).total_seconds() < INCOMING_COUNTS:
            received[place_of(row.channel, event.message.business_number)] += 1
        conversation = await book.conversation_for(event.message)
        handler = _CHANGES.get(event.message.kind, _add)
        return await handler(session, keyring, conversation, event.message)
    return None


async def _add(
    session: AsyncSession, keyring: Keyring, conversation: OpenConversation, message: IncomingMessage
) -> uuid.UUID:
    masked = mask(message.text or "")
    content = {"text": masked.text or None, "media_id": message.media_id}
    session.add(
        Message(
            conversation_id=conversation.row.id,
            kind=message.kind,
            choice=message.choice[:128] if message.choice else None,
            content_sealed=_seal(conversation, content),
            masked=list(masked.kinds),
            external_fingerprint=keyring.fingerprint(f"{conversation.row.channel} message", message.external_id),
            external_id_sealed=encryption.seal(conversation.key, message.external_id, "message.external_id"),
            sent_at=message.sent_at,
            received_at=now(),
        )
    )
    conversation.row.last_citizen_message_at = max(conversation.row.last_citizen_message_at, message.sent_at)
    await session.flush()
    return conversation.row.id


async def _edit(
    session: AsyncSession, keyring: Keyring, conversation: OpenConversation, message: IncomingMessage
) -> uuid.UUID | None:
    original = await _original(session, keyring, conversation, message)
    if original is None:
        # We never saw what was changed, so the changed words are all there is to answer.
        return await _add(session, keyring, conversation, message.model_copy(update={"kind": "text"}))
    masked = mask(message.text or "")
    original.content_sealed = _seal(conversation, {"text": masked.text or None, "media_id": message.media_id})
    original.masked = list(dict.fromkeys([*original.masked, *masked.kinds]))
    return conversation.row.id


async def _revoke(
    session: AsyncSession, keyring: Keyring, conversation: OpenConversation, message: IncomingMessage
) -> None:
    original = await _original(session, keyring, conversation, message)
    if original is not None and original.turn_id is None:
        await session.delete(original)
    elif original is not None:
        original.content_sealed = None


async def _ignore(
    session: AsyncSession, keyring: Keyring, conversation: OpenConversation, message: IncomingMessage
) -> None:
    """A reaction or a notice of the platform: kept as a fingerprint, answered by nobody."""


async def _original(
    session: AsyncSession, keyring: Keyring, conversation: OpenConversation, message: IncomingMessage
) -> Message | None:
    if message.about is None:
        return None
    wanted = keyring.fingerprint(f"{conversation.row.channel} message", message.about)
    found: Message | None = await session.scalar(
        select(Message).where(Message.conversation_id == conversation.row.id, Message.external_fingerprint == wanted)
    )
    return found


_Handler = Callable[[AsyncSession, Keyring, OpenConversation, IncomingMessage], Awaitable[uuid.UUID | None]]
_CHANGES: Mapping[str, _Handler] = {"edit": _edit, "revoke": _revoke, "reaction": _ignore, "system": _ignore}


def _seal(conversation: OpenConversation, content: dict[str, str | None]) -> bytes:
    return encryption.seal(conversation.key, json.dumps(content), "message.content")
