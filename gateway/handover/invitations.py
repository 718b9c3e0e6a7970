"""Handover, invitations: who asked for an officer and waits past the reply window is invited to write again.

After the window (WhatsApp: 24 hours) no officer can answer in free words until the citizen has written, so whoever
asked on Friday evening would wait on Monday for what cannot come. `timers` runs this beside the other due times.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, false, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import ConversationState
from gateway.conversations.models import Contact, Conversation
from gateway.conversations.repository import is_externally_controlled, locked
from gateway.core.database import now
from gateway.handover.blocking import is_blocked
from gateway.handover.models import QueueEntry
from gateway.handover.queue import find_open_entry
from gateway.handover.shifts import anybody_on_duty
from gateway.hours.schedule import is_open
from gateway.outbox.reengagement import FALLBACK_LANGUAGE, invitation_languages, queue_invitation, window_is_open
from gateway.outbox.templates import OutboxContext

# Of one step, which comes once a second: the outbox should not fill with what nobody waits for as for a reply.
BATCH_SIZE = 20


async def silent_past_window(session: AsyncSession, service: OutboxContext) -> Sequence[uuid.UUID]:
    """The conversations to invite now, `BATCH_SIZE` at most, in the order of the queue: rank, then the longest wait.

    None outside the service hours, or while no officer is on duty: who writes begins 24 hours, in which somebody must
    be there. Whose window is still open needs no template and gets none, also where it closes before the next opening:
    the queue puts them before all others of their rank, because an officer can answer them now. If nobody does, they
    are invited once it has closed. Where the template is not approved in a language nobody is marked, so that they are
    invited once it is.
    """
    schedule = await service.hours.schedule(session)
    if schedule is None or not is_open(schedule, now()):
        return []
    if not await anybody_on_duty(session, service.settings.officer_lost_seconds):
        return []
    found = await session.scalars(
        select(QueueEntry.conversation_id)
        .join(Conversation, Conversation.id == QueueEntry.conversation_id)
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(QueueEntry.resolved_at.is_(None), QueueEntry.snoozed_until.is_(None), _not_invited())
        .where(Conversation.state == ConversationState.WAITING, Contact.blocked_at.is_(None))
        .where(_can_be_invited(service, now()))
        .order_by(QueueEntry.rank, func.coalesce(QueueEntry.waiting_since, QueueEntry.queued_at), QueueEntry.id)
        .limit(BATCH_SIZE)
    )
    return list(found)


def _not_invited() -> ColumnElement[bool]:
    """Nobody has invited them since they last wrote; and they wait for an answer, which a follow-up does not."""
    invited = QueueEntry.invited_at
    return and_(QueueEntry.waiting_since.is_not(None), invited.is_(None) | (invited < _WROTE))


def _can_be_invited(service: OutboxContext, at: dt.datetime) -> ColumnElement[bool]:
    """The channel has templates and its window has closed, and the template is approved in their language."""
    closed = [
        and_(Conversation.channel == name, at - channel.officer_window >= _WROTE)
        for name, channel in service.channels.items()
        if channel.has_templates
    ]
    languages, elsewhere = invitation_languages(service), Conversation.external_control_until
    unknown = true() if FALLBACK_LANGUAGE in languages else false()
    spoken = Conversation.language.in_(languages) | and_(Conversation.language.is_(None), unknown)
    return and_(or_(false(), *closed), spoken, elsewhere.is_(None) | (elsewhere <= at))


_WROTE = Conversation.last_citizen_message_at


async def invite(session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID) -> None:
    """Invite one citizen, once since they last wrote; nothing where another process was faster, or they have written.

    What the gate refuses is not asked again until they write: the event that says so stands once.
    """
    conversation = await locked(session, conversation_id)
    entry = await find_open_entry(session, conversation)
    if entry is None or conversation.state != ConversationState.WAITING or window_is_open(service, conversation):
        return
    if entry.invited_at is not None and entry.invited_at >= conversation.last_citizen_message_at:
        return
    if is_externally_controlled(conversation) or await is_blocked(session, conversation):
        return
    entry.invited_at = now()
    await queue_invitation(session, service, conversation)
    service.signals.send(session, "conversation", conversation_id.hex)
