"""Station 5, re-engagement: after the reply window an officer can send a template that tells that an answer waits.

Nothing is sent automatically when a window has closed. A citizen who writes back opens the window for the answer.
"""

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import Author, ChannelName, ConversationState, EventKind, OutboxState, UnaskedKind
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.repository import add_event
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed
from gateway.core.locale import Language
from gateway.outbox.gate import HeldBack, permit
from gateway.outbox.queue import enqueue
from gateway.outbox.templates import OutboxContext, TemplateRefused

FALLBACK_LANGUAGE = Language.FI  # of a citizen whose language is unknown


def window_of(service: OutboxContext, channel: ChannelName, *, officer: bool = True) -> dt.timedelta:
    """How long after a citizen's message a channel accepts free text of an officer, or of the bot; 0 if it is off."""
    known = service.channels.get(channel)
    if known is None:
        return dt.timedelta(0)
    return known.officer_window if officer else known.reply_window


def window_is_open(service: OutboxContext, conversation: Conversation, *, officer: bool = True) -> bool:
    """Whether free text may still be sent to this citizen: within their channel's own window."""
    return now() < conversation.last_citizen_message_at + window_of(service, conversation.channel, officer=officer)


async def queue_template(
    session: AsyncSession,
    service: OutboxContext,
    conversation: Conversation,
    name: str,
    parameters: Mapping[str, str],
    *,
    officer: Officer,
    language: str | None = None,
) -> uuid.UUID:
    """Queue a template in the caller's transaction and return the outbox id; call `service.wake_outbox()` after it.

    `language` is the citizen's unless another is given. Raises `HeldBack` where the gate of the outbox is shut: nobody
    asked for an officer, or the phone may be watched.
    Raises `ChangeNotAllowed` while free text may be sent, when the conversation is closed, and when a template was sent
    since the citizen last wrote: a second one would press them. Raises `TemplateRefused` for a template that
    is unknown, not approved in the language, or filled with what does not fit.
    """
    conversation = await session.get_one(Conversation, conversation.id, with_for_update=True, populate_existing=True)
    await _check_allowed(session, service, conversation)
    reply = service.templates.fill(name, language or conversation.language or FALLBACK_LANGUAGE, parameters)
    assert reply.template is not None
    channel = service.channels.get(conversation.channel)
    if channel is None or not channel.has_templates:
        raise TemplateRefused("channel_without_templates", channel=conversation.channel)
    permitted = permit(session, service, conversation, UnaskedKind.ANSWER_WAITS)
    if permitted is None:
        raise HeldBack("held_back")
    key = service.keyring.unwrap(conversation.wrapped_key)
    await enqueue(session, channel, conversation, key, reply, permitted, author=Author.OFFICER, officer=officer)
    details = {"template": name, "language": reply.template.language}
    add_event(session, conversation.id, EventKind.TEMPLATE_QUEUED, officer.actor, **details)
    await session.flush()
    return await _last_id(session, conversation)


async def _last_id(session: AsyncSession, conversation: Conversation) -> uuid.UUID:
    of_conversation = OutboxItem.conversation_id == conversation.id
    newest = select(OutboxItem.id).where(of_conversation).order_by(OutboxItem.sequence.desc()).limit(1)
    return (await session.scalars(newest)).one()


async def _check_allowed(session: AsyncSession, service: OutboxContext, conversation: Conversation) -> None:
    if conversation.state == ConversationState.CLOSED:
        raise ChangeNotAllowed("conversation_closed")
    if window_is_open(service, conversation):
        raise ChangeNotAllowed("window_open")
    if await _template_sent_since(session, conversation):
        raise ChangeNotAllowed("template_sent")


async def _template_sent_since(session: AsyncSession, conversation: Conversation) -> bool:
    sent = await session.scalar(
        select(OutboxItem.id)
        .where(
            OutboxItem.conversation_id == conversation.id,
            OutboxItem.template.is_not(None),
            OutboxItem.state.not_in((OutboxState.FAILED, OutboxState.DROPPED)),
            OutboxItem.created_at > conversation.last_citizen_message_at,
        )
        .limit(1)
    )
    return sent is not None
