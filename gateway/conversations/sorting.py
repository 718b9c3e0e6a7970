"""Station 2, sorting: stored events become messages of a conversation, masked, or statuses of our replies.

An event that cannot be sorted is set aside with a reason and blocks nobody.
"""

import datetime as dt
import itertools
import json
import re
import uuid
from collections import Counter
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from gateway import encryption
from gateway.channels.base import IncomingEvent, IncomingMessage
from gateway.conversations.breaker import place_of
from gateway.conversations.claims import SORTING, wait_for_lock
from gateway.conversations.contacts import AddressBook, OpenConversation
from gateway.conversations.faults import is_of_the_database
from gateway.conversations.inbox import open_event
from gateway.conversations.keys import Keyring
from gateway.conversations.masking import mask
from gateway.conversations.models import Conversation, InboxEvent, Message
from gateway.conversations.notices import apply_notice
from gateway.conversations.pacing import INCOMING_COUNTS
from gateway.conversations.rereading import forget_copies_with, read_again, unsay
from gateway.database import now
from gateway.doors.arriving import come_by, without_mark
from gateway.handover.queue import locked

log = structlog.get_logger()
BATCH = 50  # in one transaction: on a busy process 200 take so long that those who wait for them notice
# The ids of buttons that we give out. A page can be made to send any words as one, and the column is not sealed.
_OUR_CHOICE = re.compile(r"(?:topic|handover|privacy|bulletin):[a-z0-9_:-]{1,100}")
ATTEMPTS = 3
_NEW = (
    select(InboxEvent)
    .where(InboxEvent.state == "new", InboxEvent.kind != "status")
    .order_by(InboxEvent.id)
    .limit(BATCH)
)


@dataclass
class Sorted:
    """What one step did: which conversations have something to answer, and whether more events wait."""

    conversations: set[uuid.UUID] = field(default_factory=set)
    received: Counter[str] = field(default_factory=Counter)  # by our number; what counts for its rate
    more: bool = False
    # Conversations whose replies of officers got another tick, for the consoles.
    ticked: set[uuid.UUID] = field(default_factory=set)


async def sort_messages(session: AsyncSession, keyring: Keyring, idle: dt.timedelta, *, careful: bool = True) -> Sorted:
    """Sort the oldest new messages in the order of arrival; one process at a time, so that this order holds.

    With `careful`, each has a savepoint of its own and one that cannot be sorted is set aside; without, the tables are
    asked for all at once, the first error is raised, and the caller begins again with it.
    """
    await wait_for_lock(session, SORTING)
    rows = list(await session.scalars(_NEW))
    await keyring.learn(session, {row.key_id for row in rows if row.key_id is not None})
    books = {row.channel: AddressBook(session, keyring, row.channel, idle) for row in rows}
    result = Sorted(more=len(rows) == BATCH)
    sort = _each_carefully if careful else _all_together
    await sort(session, keyring, books, rows, result)
    return result


async def _all_together(
    session: AsyncSession, keyring: Keyring, books: dict[str, AddressBook], rows: list[InboxEvent], result: Sorted
) -> None:
    opened = [(row, open_event(keyring, row)) for row in rows]
    for are_words, some in itertools.groupby(opened, lambda each: _says_words(each[1])):
        run = list(some)
        for channel, book in books.items() if are_words else ():
            await book.read_ahead(
                event.message for row, event in run if row.channel == channel and event is not None and event.message
            )
        for row, event in run:
            if row.state != "new":
                continue  # revoked by an event that was sorted before it
            conversation = await _sort_event(session, keyring, books[row.channel], row, event, result)
            if conversation is not None:
                result.conversations.add(conversation)
        for book in books.values():
            await book.write_and_forget()


async def _each_carefully(
    session: AsyncSession, keyring: Keyring, books: dict[str, AddressBook], rows: list[InboxEvent], result: Sorted
) -> None:
    for event_id, channel in [(row.id, row.channel) for row in rows]:
        # From memory, and from the table again where a savepoint that was undone had touched the row.
        row = await session.get_one(InboxEvent, event_id)
        if row.state != "new":
            continue  # revoked by an event that was sorted before it
        if (conversation := await _sort_carefully(session, keyring, books[channel], row, result)) is not None:
            result.conversations.add(conversation)


def _says_words(event: IncomingEvent | None) -> bool:
    message = event.message if event is not None else None
    return message is not None and message.kind not in ("system", "revoke", "edit")


async def _sort_carefully(
    session: AsyncSession, keyring: Keyring, book: AddressBook, row: InboxEvent, result: Sorted
) -> uuid.UUID | None:
    event_id = row.id
    for attempt in range(1, ATTEMPTS + 1):
        tried = Sorted()
        try:
            async with session.begin_nested():
                event = open_event(keyring, row)
                conversation = await _sort_event(session, keyring, book, row, event, tried)
        except Exception as error:  # whatever an event provokes, those behind it go on
            gone_meanwhile = isinstance(error, IntegrityError | StaleDataError)
            if is_of_the_database(error) and not gone_meanwhile:
                raise
            row = await session.get_one(InboxEvent, event_id)  # the savepoint took its changes back
            if gone_meanwhile and attempt < ATTEMPTS:
                continue  # somebody was faster: made this contact, say, or erased it
            row.state, row.reason = "failed", type(error).__name__
            log.error("event_not_sorted", event_id=event_id, error=type(error).__name__, exc_info=error)
            return None
        result.received.update(tried.received)
        return conversation
    return None


async def _sort_event(
    session: AsyncSession,
    keyring: Keyring,
    book: AddressBook,
    row: InboxEvent,
    event: IncomingEvent | None,
    result: Sorted,
) -> uuid.UUID | None:
    if event is None:
        row.state, row.reason = "failed", "key_gone"
        return None
    row.state, row.reason = "done", None
    row.content_sealed = None  # it will have served; only the fingerprint stays, against repeats
    if event.notice is not None:
        row.reason = await apply_notice(session, keyring, book, row.channel, event.notice)
    elif event.message is not None:
        if (now() - event.message.sent_at).total_seconds() < INCOMING_COUNTS:
            result.received[place_of(row.channel, event.message.business_number)] += 1
        return await _sort_message(session, keyring, book, row, event.message)
    return None


async def _sort_message(
    session: AsyncSession, keyring: Keyring, book: AddressBook, row: InboxEvent, message: IncomingMessage
) -> uuid.UUID | None:
    """Only words begin a conversation; what accompanies or changes words belongs to those that are there."""
    message = await without_mark(session, message)
    if await book.was_erased(message):
        row.state, row.reason = "ignored", "erased"
    elif message.kind == "system":
        row.reason = await book.change(message)
    elif message.kind == "revoke":
        await _revoke(session, keyring, book, row.channel, message)
    elif message.kind == "edit":
        return await _edit(session, keyring, book, row.channel, message)
    elif message.kind != "reaction":  # a reaction is kept as a fingerprint and answered by nobody
        return await _add(session, keyring, book, await book.conversation_for(message), message)
    return None


async def _add(
    session: AsyncSession,
    keyring: Keyring,
    book: AddressBook,
    conversation: OpenConversation,
    message: IncomingMessage,
) -> uuid.UUID:
    masked = mask(message.text or "")
    content = {"text": masked.text or None, "media_id": message.media_id}
    book.add(
        Message(
            conversation_id=conversation.row.id,
            kind=message.kind,
            choice=message.choice if message.choice and _OUR_CHOICE.fullmatch(message.choice) else None,
            content_sealed=_seal(conversation, content),
            masked=list(masked.kinds),
            external_fingerprint=keyring.fingerprint(f"{conversation.row.channel} message", message.external_id),
            external_id_sealed=encryption.seal(conversation.key, message.external_id, "message.external_id"),
            sent_at=message.sent_at,
            received_at=now(),
        )
    )
    conversation.row.last_citizen_message_at = max(conversation.row.last_citizen_message_at, message.sent_at)
    if message.referral is not None:
        await book.write()
        await come_by(session, conversation.row, message.referral)
    return conversation.row.id


async def _edit(
    session: AsyncSession, keyring: Keyring, book: AddressBook, channel: str, message: IncomingMessage
) -> uuid.UUID | None:
    original = await _original(session, keyring, book, channel, message)
    if original is None:
        # We never saw what was changed, so the changed words are all there is to answer.
        await _refuse_later(session, keyring, channel, message, "edited")
        conversation = await book.conversation_for(message)
        return await _add(session, keyring, book, conversation, message.model_copy(update={"kind": "text"}))
    if original.turn_id is not None:
        await forget_copies_with(session, keyring, original)  # while the old words can still be read
    conversation = await book.reopened(original.conversation_id)
    masked = mask(message.text or "")
    original.content_sealed = _seal(conversation, {"text": masked.text or None, "media_id": message.media_id})
    original.masked = list(dict.fromkeys([*original.masked, *masked.kinds]))
    if original.turn_id is not None:
        read_again(session, original)
    return conversation.row.id


async def _revoke(
    session: AsyncSession, keyring: Keyring, book: AddressBook, channel: str, message: IncomingMessage
) -> None:
    original = await _original(session, keyring, book, channel, message)
    if original is None:
        await _refuse_later(session, keyring, channel, message, "revoked")
    elif original.turn_id is None:
        await session.delete(original)
    else:
        await unsay(session, keyring, original)


async def _original(
    session: AsyncSession, keyring: Keyring, book: AddressBook, channel: str, message: IncomingMessage
) -> Message | None:
    """The message that is changed, in whichever conversation of this citizen it stands: that may be over by now."""
    contact = await book.find(message)
    if message.about is None or contact is None:
        return None
    wanted = keyring.fingerprint(f"{channel} message", message.about)
    of_citizen = (
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.contact_id == contact.id, Message.external_fingerprint == wanted)
    )
    talk = await session.scalar(of_citizen.with_only_columns(Message.conversation_id))
    if talk is None:
        return None
    await session.flush()
    await locked(session, talk)  # the talk before its words, as a turn does: else each might wait for the other
    # Whether it has been answered must not change while this is decided.
    mine = of_citizen.with_for_update(of=Message).execution_options(populate_existing=True)
    found: Message | None = await session.scalar(mine)
    return found


async def _refuse_later(
    session: AsyncSession, keyring: Keyring, channel: str, message: IncomingMessage, reason: str
) -> None:
    """The original has not been sorted yet, for no order is promised: when it comes, it is not to be answered."""
    if message.about is None:
        return
    wanted = keyring.fingerprint(f"{channel} message", message.about)
    known = await session.scalar(
        select(InboxEvent).where(
            InboxEvent.channel == channel, InboxEvent.kind == "message", InboxEvent.external_fingerprint == wanted
        )
    )
    if known is None:
        # Under the original's own id, so that it will count as a repeat.
        moment = now()
        session.add(
            InboxEvent(
                channel=channel,
                kind="message",
                external_fingerprint=wanted,
                state="ignored",
                reason=reason,
                occurred_at=message.sent_at,
                received_at=moment,
            )
        )
        await session.flush()
    elif known.state == "new":
        known.state, known.reason, known.content_sealed = "ignored", reason, None


def _seal(conversation: OpenConversation, content: dict[str, str | None]) -> bytes:
    return encryption.seal(conversation.key, json.dumps(content), "message.content")
