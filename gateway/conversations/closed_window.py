"""Station 5, after the 24 hours: an officer lets the citizen know, by a template, that an answer waits.

Nothing is sent by itself when a window has closed. The citizen who writes back opens the window for the answer.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation, ConversationEvent, OutboxItem
from gateway.conversations.outbox import put
from gateway.conversations.templates import TemplateRefused
from gateway.database import now
from gateway.errors import ChangeNotAllowed
from gateway.service import Service

FALLBACK_LANGUAGE = "fi"  # of a citizen whose language nobody has heard yet


def window_of(service: Service, channel: str, *, officer: bool = True) -> dt.timedelta:
    """How long after a citizen's words a channel takes free text of an officer, or of the bot; none if it is off.

    Some platforms give a person longer than a bot.
    """
    known = service.channels.get(channel)
    if known is None:
        return dt.timedelta(0)
    return known.officer_window if officer else known.reply_window


def window_is_open(service: Service, conversation: Conversation, *, officer: bool = True) -> bool:
    """Whether free text may still go to this citizen: their channel's own window."""
    return now() < conversation.last_citizen_message_at + window_of(service, conversation.channel, officer=officer)


async def queue_template(
    session: AsyncSession,
    service: Service,
    conversation: Conversation,
    name: str,
    parameters: Mapping[str, str],
    *,
    author: Literal["officer", "system"],
    actor: str,
    language: str | None = None,
) -> uuid.UUID:
    """Queue a template in the caller's transaction and return the outbox id; call `service.wake_outbox()` after it.

    `actor` is who ordered it, for the conversation's events; `language` is the citizen's unless another is given.
    Raises `ChangeNotAllowed` while free text may go out, when the conversation is over, and when a template has gone
    since the citizen last wrote: a second one would only press them. Raises `TemplateRefused` for a template that
    is unknown, not approved in the language, or filled with what does not fit.
    """
    conversation = await session.get_one(Conversation, conversation.id, with_for_update=True, populate_existing=True)
    await _refuse_where_it_may_not_go(session, service, conversation)
    reply = service.templates.fill(name, language or conversation.language or FALLBACK_LANGUAGE, parameters)
    assert reply.template is not None
    channel = service.channels.get(conversation.channel)
    if channel is None or not channel.has_templates:
        raise TemplateRefused(f"The channel '{conversation.channel}' has no templates, or is switched off.")
    key = service.keyring.unwrap(conversation.wrapped_key)
    await put(session, channel, conversation, key, reply, author=author, turn_id=None)
    details = {"template": name, "language": reply.template.language}
    session.add(
        ConversationEvent(
            conversation_id=conversation.id, kind="template_queued", actor=actor, details=details, created_at=now()
        )
    )
    await session.flush()
    of_talk = OutboxItem.conversation_id == conversation.id
    return (
        await session.scalars(select(OutboxItem.id).where(of_talk).order_by(OutboxItem.sequence.desc()).limit(1))
    ).one()


async def _refuse_where_it_may_not_go(session: AsyncSession, service: Service, conversation: Conversation) -> None:
    if conversation.state == "closed":
        raise ChangeNotAllowed("This conversation is over; the citizen can begin a new one.")
    if window_is_open(service, conversation):
        raise ChangeNotAllowed("The citizen can still be written to freely; templates are for after the 24 hours.")
    if await _told_since(session, conversation):
        raise ChangeNotAllowed("This citizen has been told already and has not written since; a second would press.")


async def _told_since(session: AsyncSession, conversation: Conversation) -> bool:
    told = await session.scalar(
        select(OutboxItem.id)
        .where(
            OutboxItem.conversation_id == conversation.id,
            OutboxItem.template.is_not(None),
            OutboxItem.state.not_in(("failed", "dropped")),
            OutboxItem.created_at > conversation.last_citizen_message_at,
        )
        .limit(1)
    )
    return told is not None
