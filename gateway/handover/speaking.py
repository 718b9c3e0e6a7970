"""Handover: what officers and the service itself say, through the one outbox and its one gate.

Ownership is checked in the transaction that writes the reply; `may_go_out` is asked again when it is sent.
"""

import uuid

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import Choice, Reply
from gateway.content.noticing import notice_officer
from gateway.conversations.closed_window import window_is_open, window_of
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.outbox import REPLY, URGENT, put
from gateway.errors import ChangeNotAllowed, NothingWritten, WindowClosed
from gateway.handover.blocking import is_blocked
from gateway.handover.ending import LEAVE_CHOICE
from gateway.handover.models import ReplyDraft
from gateway.handover.officers import Officer
from gateway.handover.queue import locked, open_entry
from gateway.service import Service

LONGEST = 4096  # characters of one message: Meta's page "Text messages"


async def reply(
    session: AsyncSession,
    service: Service,
    officer: Officer,
    conversation_id: uuid.UUID,
    text: str,
    *,
    form_id: uuid.UUID | None = None,
) -> bool:
    """Say something to the citizen of this conversation; returns whether it is new.

    `form_id` is made with the form: the same one twice (a second tap, a repeated request) is said once. Raises
    `ChangeNotAllowed` when the officer does not own the conversation now, `WindowClosed`, `NothingWritten`.
    """
    words = text.strip()
    if not 0 < len(words) <= LONGEST:
        raise NothingWritten(f"A reply has 1 to {LONGEST} characters; this one has {len(words)}.")
    conversation = await locked(session, conversation_id)
    if form_id is not None and await session.get(OutboxItem, form_id) is not None:
        return False
    if conversation.state != "officer" or conversation.officer_id != officer.id:
        raise ChangeNotAllowed(_why_not(conversation))
    if not window_is_open(service, conversation):
        hours = window_of(service, conversation.channel).total_seconds() / 3600
        raise WindowClosed(f"The citizen's last message is more than {hours:g} hours old: no free reply goes out.")
    await notice_officer(session, service.keyring, conversation, words)
    channel = service.channels[conversation.channel]
    key = service.keyring.unwrap(conversation.wrapped_key)
    await put(
        session, channel, conversation, key, Reply(text=words),
        author="officer", turn_id=None, officer=officer, first_id=form_id,
    )  # fmt: skip
    await _answered(session, conversation)
    await session.execute(
        delete(ReplyDraft).where(ReplyDraft.conversation_id == conversation_id, ReplyDraft.officer_id == officer.id)
    )
    service.signals.send(session, "conversation", conversation_id.hex)
    return True


async def say_line(
    session: AsyncSession,
    service: Service,
    conversation: Conversation,
    *keys: str,
    priority: int = REPLY,
    choices: tuple[Choice, ...] = (),
    more: str = "",
) -> bool:
    """Queue fixed lines of the service as one message; returns false outside the window, where nothing may be said.

    A blocked contact hears only what is urgent.
    """
    is_open = window_is_open(service, conversation, officer=False)
    if not is_open or (priority > URGENT and await is_blocked(session, conversation)):
        return False
    parts = [service.lines.say(key, conversation.language) for key in keys]
    whole = Reply(text="\n\n".join([*parts, more] if more else parts), choices=choices)
    key = service.keyring.unwrap(conversation.wrapped_key)
    channel = service.channels[conversation.channel]
    await put(session, channel, conversation, key, whole, author="system", turn_id=None, priority=priority)
    return True


def leave_choice(service: Service, conversation: Conversation) -> tuple[Choice, ...]:
    """The button with which the citizen goes back to the bot."""
    return (Choice(id=LEAVE_CHOICE, title=service.lines.say("handover_leave_button", conversation.language or "fi")),)


async def drop_replies_of_the_bot(session: AsyncSession, conversation_id: uuid.UUID) -> None:
    """What the bot had queued is not said any more.

    A row that a sender holds at this moment is not waited for: that sender asks once more before it sends.
    """
    free = (
        select(OutboxItem.id)
        .where(
            OutboxItem.conversation_id == conversation_id,
            OutboxItem.author == "bot",
            OutboxItem.state.in_(("queued", "unknown")),
        )
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        update(OutboxItem)
        .where(OutboxItem.id.in_(list(await session.scalars(free))))
        .values(state="dropped", waits_for=None)
    )


async def _answered(session: AsyncSession, conversation: Conversation) -> None:
    entry = await open_entry(session, conversation)
    if entry is not None:
        entry.waiting_since = entry.danger_at = None


def _why_not(conversation: Conversation) -> str:
    if conversation.state == "officer":
        return f"The reply was not sent: {conversation.officer_name} has this conversation now."
    return f"The reply was not sent: you do not have this conversation any more, it is {conversation.state!r} now."
