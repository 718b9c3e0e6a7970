"""Handover: replies of officers, their drafts, and fixed texts of the service, queued in the outbox.

Ownership is checked in the transaction that writes the reply; `states.may_go_out` is checked again before sending.
"""

import datetime as dt
import re
import uuid

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.events import OfficerReplied
from gateway.conversations.kinds import Author, ConversationState, OutboxState, Priority, UnaskedKind
from gateway.conversations.messages import Choice, Reply
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.repository import locked
from gateway.core import crypto
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.errors import ConversationMissing, GatewayError
from gateway.core.events import publish
from gateway.core.locale import Language
from gateway.handover.attachments import NOTHING, Attached, check_channel
from gateway.handover.blocking import is_blocked
from gateway.handover.drafts import DRAFT_CONTEXT, MAX_LENGTH, delete_draft, save_draft
from gateway.handover.errors import HandoverRefused, HandoverTextRefused, ReplyWindowClosed
from gateway.handover.leave import LEAVE_CHOICE
from gateway.handover.models import QueueEntry, ReplyDraft
from gateway.handover.queue import find_open_entry
from gateway.outbox.files import keep_file
from gateway.outbox.gate import permit
from gateway.outbox.queue import ReplyTo, enqueue
from gateway.outbox.reengagement import window_is_open, window_of
from gateway.outbox.templates import OutboxContext

BATCH_SIZE = 50
# A gap of a ready answer or a template that nobody has filled: {officer_presence}, {{date}}, {päivä ja aika}.
_UNFILLED = re.compile(r"\{\{?\s*[^\W\d_][\w ,.:-]{0,60}\}?\}")


async def reply(
    session: AsyncSession,
    service: OutboxContext,
    officer: Officer,
    conversation_id: uuid.UUID,
    text: str,
    *,
    attached: Attached = NOTHING,
    form_id: uuid.UUID | None = None,
) -> bool:
    """Queue an officer's reply to the citizen, and what goes along with it; returns whether it is new.

    `form_id` identifies the form: a reply with the same id twice (a second tap, a repeated request) is queued once.
    Raises `HandoverRefused` when the officer does not own the conversation now, `ReplyWindowClosed`,
    `AttachmentRefused`, and `HandoverTextRefused` for an empty or too long text, or one with an unfilled gap; with an
    attachment the text may be empty.
    """
    words = text.strip()
    if words or not attached:
        _check_words(words)
    conversation = await locked(session, conversation_id)
    if form_id is not None and await session.get(OutboxItem, form_id) is not None:
        return False
    if conversation.state != ConversationState.OFFICER or conversation.officer_id != officer.id:
        raise _refusal(conversation)
    if not window_is_open(service, conversation):
        hours = window_of(service, conversation.channel).total_seconds() / 3600
        raise ReplyWindowClosed("reply_window_closed", hours=hours)
    check_channel(service.channels[conversation.channel], attached)
    await _say(session, service, officer, conversation, words, attached=attached, form_id=form_id)
    await _stop_waiting_clock(session, conversation)
    await delete_draft(session, officer, conversation_id)
    service.signals.send(session, "conversation", conversation_id.hex)
    return True


def _check_words(words: str) -> None:
    if not 0 < len(words) <= MAX_LENGTH:
        raise HandoverTextRefused("reply_length", longest=MAX_LENGTH, length=len(words))
    if unfilled := _UNFILLED.search(words):
        raise HandoverTextRefused("reply_unfilled", gap=unfilled.group())


async def _say(
    session: AsyncSession,
    service: OutboxContext,
    officer: Officer,
    conversation: Conversation,
    words: str,
    *,
    attached: Attached = NOTHING,
    form_id: uuid.UUID | None = None,
) -> None:
    waiting_time = await _waiting_time(session, await find_open_entry(session, conversation))
    await publish(session, OfficerReplied(service.keyring, conversation, words, waiting_time))
    channel = service.channels[conversation.channel]
    key = service.keyring.unwrap(conversation.wrapped_key)
    if attached.file is not None and attached.file.content:  # one that is sent again is kept already
        keep_file(session, key, conversation, attached.file)
    message = Reply(text=words, file=attached.file, place=attached.place)
    await enqueue(
        session, channel, conversation, key, message, ReplyTo.typed_by(officer),
        author=Author.OFFICER, first_id=form_id,
    )  # fmt: skip


async def promise(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, text: str
) -> None:
    """Keep a finished reply until the citizen writes, behind a template that says that an answer waits.

    The citizen waits for no officer any more: it is their turn. Raises `HandoverTextRefused` as `reply` does.
    """
    _check_words(text.strip())
    await save_draft(session, service, officer, conversation_id, text, goes_when_open=True)
    await _stop_waiting_clock(session, await locked(session, conversation_id))


async def send_promised(service: OutboxContext) -> int:
    """Send the finished replies whose citizens have written since; returns how many conversations that were."""
    async with service.database.transaction() as session:
        rows = await session.execute(
            select(ReplyDraft.officer_id, Conversation)
            .join(Conversation, Conversation.id == ReplyDraft.conversation_id)
            .where(ReplyDraft.goes_when_open, Conversation.state != ConversationState.CLOSED)
            .where(Conversation.officer_id.is_(None) | (Conversation.officer_id == ReplyDraft.officer_id))
            .order_by(Conversation.last_citizen_message_at.desc())
            .limit(BATCH_SIZE)
        )
        # It was closed when the reply was promised: only the citizen's own words open it.
        due = [(row.id, officer_id) for officer_id, row in rows if window_is_open(service, row)]
    for conversation_id, officer_id in due:
        async with service.database.transaction() as session:
            await _send_promised(session, service, conversation_id, officer_id)
    if due:
        service.wake_outbox()
    return len(due)


async def _send_promised(
    session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID, officer_id: uuid.UUID
) -> None:
    conversation = await locked(session, conversation_id)
    draft = await session.get(ReplyDraft, (conversation_id, officer_id), with_for_update=True)
    if draft is None or not draft.goes_when_open or not window_is_open(service, conversation):
        return  # another process was faster
    if conversation.officer_id not in (None, officer_id):
        return
    named = select(OutboxItem.officer_name).where(
        OutboxItem.conversation_id == conversation_id, OutboxItem.officer_id == officer_id
    )
    name = await session.scalar(named.order_by(OutboxItem.sequence.desc()).limit(1))
    key = service.keyring.unwrap(conversation.wrapped_key)
    words = crypto.unseal(key, draft.text_sealed, DRAFT_CONTEXT).decode().strip()
    await _say(session, service, Officer(officer_id, name or ""), conversation, words)
    await _stop_waiting_clock(session, conversation)
    await session.delete(draft)
    service.signals.send(session, "conversation", conversation_id.hex)


async def resend(
    session: AsyncSession, service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, item_id: uuid.UUID
) -> None:
    """Queue an officer's reply that failed once more, with its file; raises `HandoverTextRefused` for anything else."""
    item = await session.get(OutboxItem, item_id)
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("conversation_missing")
    failed = item is not None and item.state == OutboxState.FAILED and item.conversation_id == conversation_id
    if item is None or not failed or item.author != Author.OFFICER or item.template or item.content_sealed is None:
        raise HandoverTextRefused("nothing_to_resend")
    key = service.keyring.unwrap(conversation.wrapped_key)
    failed_one = Reply.model_validate_json(crypto.unseal(key, item.content_sealed, "outbox_item.content"))
    attached, form_id = Attached(failed_one.file, failed_one.place), uuid.uuid5(item_id, "resend")
    await reply(session, service, officer, conversation_id, failed_one.text, attached=attached, form_id=form_id)


async def queue_line(
    session: AsyncSession,
    service: OutboxContext,
    conversation: Conversation,
    line: str,
    origin: ReplyTo | UnaskedKind,
    *,
    priority: Priority = Priority.REPLY,
    choices: tuple[Choice, ...] = (),
    more: str = "",
) -> bool:
    """Queue a fixed text of the service, and `more` below it, as one message; returns false where it may not be sent.

    That is outside the reply window, for a blocked contact unless it is urgent, and, where it is no reply, what the
    gate of the outbox does not let through.
    """
    is_open = window_is_open(service, conversation, officer=False)
    if not is_open or (priority > Priority.URGENT and await is_blocked(session, conversation)):
        return False
    permitted = permit(session, service, conversation, origin) if isinstance(origin, UnaskedKind) else origin
    if permitted is None:
        return False
    words = service.lines.say(line, conversation.language)
    message = Reply(text=f"{words}\n\n{more}" if more else words, choices=choices)
    key = service.keyring.unwrap(conversation.wrapped_key)
    channel = service.channels[conversation.channel]
    await enqueue(session, channel, conversation, key, message, permitted, author=Author.SYSTEM, priority=priority)
    return True


def leave_choice(service: OutboxContext, conversation: Conversation) -> tuple[Choice, ...]:
    """The button with which the citizen leaves the queue or the officer."""
    return (
        Choice(id=LEAVE_CHOICE, title=service.lines.say("handover_leave_button", conversation.language or Language.FI)),
    )


async def drop_bot_replies(session: AsyncSession, conversation_id: uuid.UUID) -> None:
    """Drop the replies of the bot that are not sent yet.

    A row that a sender has locked is skipped: the sender checks again before it sends.
    """
    unlocked = (
        select(OutboxItem.id)
        .where(
            OutboxItem.conversation_id == conversation_id,
            OutboxItem.author == Author.BOT,
            OutboxItem.state.in_((OutboxState.QUEUED, OutboxState.UNKNOWN)),
        )
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(OutboxItem)
        .where(OutboxItem.id.in_(list(await session.scalars(unlocked))))
        .values(state=OutboxState.DROPPED, waits_for=None)
    )


async def _waiting_time(session: AsyncSession, entry: QueueEntry | None) -> dt.timedelta | None:
    """How long the citizen has waited for an officer's first reply; None where one has replied since the request."""
    if entry is None:
        return None
    replied = select(OutboxItem.id).where(
        OutboxItem.conversation_id == entry.conversation_id,
        OutboxItem.author == Author.OFFICER,
        OutboxItem.created_at >= entry.created_at,
    )
    return None if await session.scalar(select(exists(replied))) else now() - entry.created_at


async def _stop_waiting_clock(session: AsyncSession, conversation: Conversation) -> None:
    entry = await find_open_entry(session, conversation)
    if entry is not None:
        entry.waiting_since = entry.danger_at = None


def _refusal(conversation: Conversation) -> GatewayError:
    if conversation.state == ConversationState.OFFICER:
        return HandoverRefused("reply_owned_by_other", owner=conversation.officer_name)
    return HandoverRefused("reply_not_owner", state=conversation.state.value)
