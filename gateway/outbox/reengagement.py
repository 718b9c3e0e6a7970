"""Station 5, re-engagement: after the reply window a template tells that an answer, or the request, waits.

The first is an officer's to send, the second goes to who asked for an officer while officers are there
(`gateway.handover.invitations`). A citizen who writes back opens the window for the answer.
"""

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import (
    Author,
    ChannelName,
    ConversationState,
    EventKind,
    OutboxState,
    Priority,
    UnaskedKind,
)
from gateway.conversations.models import Conversation, OutboxItem
from gateway.conversations.repository import GATEWAY, add_event
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.errors import ChangeNotAllowed
from gateway.core.i18n import day
from gateway.core.locale import Language
from gateway.outbox.gate import HeldBack, permit
from gateway.outbox.queue import enqueue
from gateway.outbox.templates import OutboxContext, TemplateRefused

FALLBACK_LANGUAGE = Language.FI  # of a citizen whose language is unknown
INVITATION = "request_waits"  # the name of the template that the service sends by itself


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
    Raises `ChangeNotAllowed` while free text may be sent, when the conversation is closed, and when one was sent
    since the citizen last wrote: a second one would press them; an invitation does not count, it told of no answer.
    Raises `TemplateRefused` for a template that is unknown, not approved in the language, or filled with what does not
    fit.
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


async def queue_invitation(session: AsyncSession, service: OutboxContext, conversation: Conversation) -> bool:
    """Queue the template that invites the citizen to write again, in the caller's transaction; returns whether it was.

    It is not, with an event that officers see, where the gate is shut; nor where a template was sent since the citizen
    last wrote. It goes as bulk: nobody waits for it as for a reply. `conversation` is locked, and its window closed.
    Raises `TemplateRefused` where the template is not approved in the language.
    """
    if await _template_sent_since(session, conversation, UnaskedKind.ANSWER_WAITS, UnaskedKind.INVITED):
        return False
    language = conversation.language or FALLBACK_LANGUAGE
    gaps = service.templates.gaps(INVITATION, language)
    reply = service.templates.fill(INVITATION, language, dict.fromkeys(gaps, day(conversation.last_citizen_message_at)))
    permitted = permit(session, service, conversation, UnaskedKind.INVITED)
    if permitted is None:
        return False
    channel, key = service.channels[conversation.channel], service.keyring.unwrap(conversation.wrapped_key)
    await enqueue(
        session, channel, conversation, key, reply, permitted, author=Author.SYSTEM, priority=Priority.BULK
    )  # fmt: skip
    add_event(session, conversation.id, EventKind.INVITED, GATEWAY, language=language)
    return True


def invitation_languages(service: OutboxContext) -> frozenset[Language]:
    """The languages in which citizens can be invited now: approved by Meta, and with no gap but that for the date."""
    approved = service.templates.languages(INVITATION)
    filled = (each for each in approved if set(service.templates.gaps(INVITATION, each)) <= {"date"})
    return frozenset(Language(each) for each in filled)


async def _last_id(session: AsyncSession, conversation: Conversation) -> uuid.UUID:
    of_conversation = OutboxItem.conversation_id == conversation.id
    newest = select(OutboxItem.id).where(of_conversation).order_by(OutboxItem.sequence.desc()).limit(1)
    return (await session.scalars(newest)).one()


async def _check_allowed(session: AsyncSession, service: OutboxContext, conversation: Conversation) -> None:
    if conversation.state == ConversationState.CLOSED:
        raise ChangeNotAllowed("conversation_closed")
    if window_is_open(service, conversation):
        raise ChangeNotAllowed("window_open")
    if await _template_sent_since(session, conversation, UnaskedKind.ANSWER_WAITS):
        raise ChangeNotAllowed("template_sent")


async def _template_sent_since(session: AsyncSession, conversation: Conversation, *kinds: UnaskedKind) -> bool:
    sent = await session.scalar(
        select(OutboxItem.id)
        .where(
            OutboxItem.conversation_id == conversation.id,
            OutboxItem.unasked_kind.in_(kinds),
            OutboxItem.state.not_in((OutboxState.FAILED, OutboxState.DROPPED)),
            OutboxItem.created_at > conversation.last_citizen_message_at,
        )
        .limit(1)
    )
    return sent is not None
