"""Station 2, event processing: stored events become messages of a conversation, masked, or change what is there.

An event that cannot be processed is marked as failed with a reason and blocks no other.
"""

import datetime as dt
import itertools
import json
import re
import time
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import structlog
from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from gateway.conversations.addresses import number_key
from gateway.conversations.contacts import AddressBook, OpenConversation
from gateway.conversations.kinds import (
    ChannelName,
    EventKind,
    IgnoreReason,
    InboxEventKind,
    InboxState,
    MessageKind,
    Priority,
)
from gateway.conversations.messages import IncomingEvent, IncomingMessage
from gateway.conversations.models import InboxEvent, Message
from gateway.conversations.repository import GATEWAY, new_event
from gateway.conversations.scam_checks import NO_SENDERS, ScamChecks
from gateway.core import crypto, road_record
from gateway.core.after_commit import after_commit
from gateway.core.compiled import prepare
from gateway.core.database import now
from gateway.core.db_errors import is_database_fault
from gateway.core.keyring import Keyring
from gateway.core.leases import EVENT_PROCESSING, wait_for_lock
from gateway.core.rate_limit import INCOMING_MAX_AGE
from gateway.core.rows import new_row
from gateway.core.traces import trace_of
from gateway.inbox.edited_content import edited_content
from gateway.inbox.originals import ignore_original, original_of, parts_of_quoted
from gateway.inbox.platform_events import apply_platform_event
from gateway.inbox.reactions import record_reaction
from gateway.inbox.store import open_event
from gateway.referrals.codes import extract_referral, record_arrival
from gateway.turns.edits import erase_copies, queue_edit, revoke_answered

log = structlog.get_logger()
BATCH = 50  # in one transaction: 200 would delay the turns that wait for them on a busy process
SMALL_BATCH = 10  # where turns wait already, so that what is urgent waits for no more than this
# The ids of our buttons. A client can send any text as one, and the column is not encrypted.
_OUR_CHOICE = re.compile(r"(?:topic|handover|privacy|bulletin):[a-z0-9_:-]{1,100}")
MAX_ATTEMPTS = 3
_Books = dict[ChannelName, AddressBook]
_NEW = prepare(
    select(InboxEvent)
    .where(InboxEvent.state == InboxState.NEW, InboxEvent.kind != InboxEventKind.STATUS)
    # What may be danger overtakes; a conversation's messages are put in order by when they were sent.
    .order_by(InboxEvent.priority, InboxEvent.id)
    .limit(bindparam("limit"))
)


@dataclass
class Processed:
    """The result of one batch: which conversations have pending messages, `urgent` ones, and whether events wait."""

    conversations: dict[uuid.UUID, ChannelName] = field(default_factory=dict)
    urgent: set[uuid.UUID] = field(default_factory=set)
    received: Counter[str] = field(default_factory=Counter)  # by our number, for its rate limit
    more: bool = False


async def process_messages(
    session: AsyncSession,
    keyring: Keyring,
    idle: dt.timedelta,
    *,
    checks: ScamChecks = NO_SENDERS,
    careful: bool = True,
    limit: int = BATCH,
) -> Processed:
    """Process the oldest new events in the order of arrival; one process at a time, so that this order holds.

    With `careful`, each has a savepoint of its own and one that cannot be processed is marked as failed; without, the
    batch shares a contact cache, the first error is raised, and the caller repeats the batch with `careful`.
    """
    await wait_for_lock(session, EVENT_PROCESSING)
    rows = list(await session.scalars(_NEW, {"limit": limit}))
    result = Processed(more=len(rows) == limit)
    if any(row.priority == Priority.URGENT for row in rows):
        # Alone: the others of the batch may wait for the lock of a talk that floods.
        rows, result.more = [row for row in rows if row.priority == Priority.URGENT], True
    await keyring.learn(session, {row.key_id for row in rows if row.key_id is not None})
    books = {row.channel: AddressBook(session, keyring, row.channel, idle) for row in rows}
    for book in books.values():
        book.checks = checks
    process = _process_each if careful else _process_together
    await process(session, keyring, books, rows, result)
    return result


async def _process_together(
    session: AsyncSession, keyring: Keyring, books: _Books, rows: list[InboxEvent], result: Processed
) -> None:
    opened = [(row, open_event(keyring, row)) for row in rows]
    for are_messages, group in itertools.groupby(opened, lambda each: _adds_message(each[1])):
        run = list(group)
        for channel, book in books.items() if are_messages else ():
            await book.preload(
                event.message for row, event in run if row.channel == channel and event is not None and event.message
            )
        for row, event in run:
            if row.state != InboxState.NEW:
                continue  # revoked by an earlier event
            conversation = await _process_event(session, keyring, books[row.channel], row, event, result)
            if conversation is not None:
                result.conversations[conversation] = row.channel
        for book in books.values():
            await book.flush_and_drop_cache()


async def _process_each(
    session: AsyncSession, keyring: Keyring, books: _Books, rows: list[InboxEvent], result: Processed
) -> None:
    for event_id, channel in [(row.id, row.channel) for row in rows]:
        # From the session, or from the table again where a rolled back savepoint had changed the row.
        row = await session.get_one(InboxEvent, event_id)
        if row.state != InboxState.NEW:
            continue  # revoked by an earlier event
        if (conversation := await _process_carefully(session, keyring, books[channel], row, result)) is not None:
            result.conversations[conversation] = channel


def _adds_message(event: IncomingEvent | None) -> bool:
    message = event.message if event is not None else None
    return message is not None and message.kind not in (MessageKind.SYSTEM, MessageKind.REVOKE, MessageKind.EDIT)


async def _process_carefully(
    session: AsyncSession, keyring: Keyring, book: AddressBook, row: InboxEvent, result: Processed
) -> uuid.UUID | None:
    event_id = row.id
    for attempt in range(1, MAX_ATTEMPTS + 1):
        tried = Processed()
        try:
            async with session.begin_nested():
                event = open_event(keyring, row)
                conversation = await _process_event(session, keyring, book, row, event, tried)
        except Exception as error:  # whatever an event provokes, those behind it are processed
            lost_race = isinstance(error, IntegrityError | StaleDataError)
            if is_database_fault(error) and not lost_race:
                raise
            row = await session.get_one(InboxEvent, event_id)  # the savepoint undid its changes
            if lost_race and attempt < MAX_ATTEMPTS:
                continue  # another transaction was faster: created this contact, say, or erased it
            row.state, row.reason = InboxState.FAILED, type(error).__name__
            road_record.event_failed(event_id, row.kind, error, trace_of(row.external_fingerprint))
            return None
        result.received.update(tried.received)
        result.urgent |= tried.urgent
        return conversation
    return None


async def _process_event(
    session: AsyncSession,
    keyring: Keyring,
    book: AddressBook,
    row: InboxEvent,
    event: IncomingEvent | None,
    result: Processed,
) -> uuid.UUID | None:
    if event is None:
        row.state, row.reason = InboxState.FAILED, IgnoreReason.KEY_GONE
        return None
    row.state, row.reason = InboxState.DONE, None
    row.content_sealed = None  # only the fingerprint stays, to recognise duplicates
    if event.platform_event is not None:
        row.reason = await apply_platform_event(session, keyring, book, row.channel, event.platform_event)
    elif event.message is not None:
        if (now() - event.message.sent_at).total_seconds() < INCOMING_MAX_AGE:
            result.received[number_key(row.channel, event.message.business_number)] += 1
        conversation = await _process_message(session, keyring, book, row, event.message)
        if conversation is not None and event.message.suspected is not None:
            result.urgent.add(conversation)
        return conversation
    return None


async def _process_message(
    session: AsyncSession, keyring: Keyring, book: AddressBook, row: InboxEvent, message: IncomingMessage
) -> uuid.UUID | None:
    """Add, edit or revoke; only a message that adds something begins a conversation."""
    message = await extract_referral(session, message)
    if await book.was_erased(message):
        row.state, row.reason = InboxState.IGNORED, IgnoreReason.ERASED
    elif message.kind == MessageKind.SYSTEM:
        row.reason = await book.change_address(message)
    elif message.kind == MessageKind.REVOKE:
        await _revoke(session, keyring, book, message)
    elif message.kind == MessageKind.EDIT:
        return await _edit(session, keyring, book, message, row.id)
    elif message.kind == MessageKind.REACTION:
        return await record_reaction(session, keyring, book, message)
    else:
        return await _add(session, keyring, book, await book.conversation_for(message), message, row.id)
    return None


async def _add(
    session: AsyncSession,
    keyring: Keyring,
    book: AddressBook,
    conversation: OpenConversation,
    message: IncomingMessage,
    event_id: int | None = None,
) -> uuid.UUID:
    read = book.checks.read(message)
    if read.asks and (read.parts is None or read.parts.told) and message.about is not None:
        read = replace(read, parts=await parts_of_quoted(session, keyring, book, message) or read.parts)
    content = read.content(message.media_id)
    if message.details:
        content["details"] = message.details
    if message.about is not None:
        content["about"] = message.about
    added = new_row(
        Message,
        conversation_id=conversation.row.id,
        kind=message.kind,
        choice=message.choice if message.choice and _OUR_CHOICE.fullmatch(message.choice) else None,
        content_sealed=_seal(conversation, content),
        masked=list(read.masked),
        suspected=message.suspected,
        warned_at=now() if message.warned else None,
        external_fingerprint=keyring.fingerprint(f"{book.channel} message", message.external_id),
        external_id_sealed=crypto.seal(conversation.key, message.external_id, "message.external_id"),
        sent_at=message.sent_at,
        received_at=now(),
    )
    book.add(added)
    trace, began = trace_of(added.external_fingerprint), time.time_ns()
    after_commit(session, partial(road_record.message_processed, event_id, conversation.row.id.hex, trace, began))
    if message.warned:  # while the database was away
        book.add(new_event(conversation.row.id, EventKind.DANGER_LINE, GATEWAY, said=True))
    conversation.row.last_citizen_message_at = max(conversation.row.last_citizen_message_at, message.sent_at)
    if message.referral is not None:
        await book.flush()
        await record_arrival(session, conversation.row, message.referral)
    return conversation.row.id


async def _edit(
    session: AsyncSession,
    keyring: Keyring,
    book: AddressBook,
    message: IncomingMessage,
    event_id: int | None = None,
) -> uuid.UUID | None:
    original = await original_of(session, keyring, book, message)
    if original is None:
        # The original is unknown, so the edited text is all there is to answer.
        await ignore_original(session, keyring, book.channel, message, IgnoreReason.EDITED)
        conversation = await book.conversation_for(message)
        as_text = message.model_copy(update={"kind": MessageKind.TEXT})
        return await _add(session, keyring, book, conversation, as_text, event_id)
    if original.turn_id is not None:
        await erase_copies(session, keyring, original)  # while the old text can still be decrypted
    conversation = await book.conversation_by_id(original.conversation_id)
    read = book.checks.read(message)
    original.content_sealed = edited_content(conversation.key, original, read.content(message.media_id))
    original.masked = list(dict.fromkeys([*original.masked, *read.masked]))
    original.suspected, original.warned_at = message.suspected, None
    if original.turn_id is not None:
        queue_edit(session, original)
    return conversation.row.id


async def _revoke(session: AsyncSession, keyring: Keyring, book: AddressBook, message: IncomingMessage) -> None:
    original = await original_of(session, keyring, book, message)
    if original is None:
        await ignore_original(session, keyring, book.channel, message, IgnoreReason.REVOKED)
    elif original.turn_id is None:
        await session.delete(original)
    else:
        await revoke_answered(session, keyring, original)


def _seal(conversation: OpenConversation, content: Mapping[str, Any]) -> bytes:
    return crypto.seal(conversation.key, json.dumps(content), "message.content")
