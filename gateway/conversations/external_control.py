"""Handover: conversations that a person or program beside this service answers on the platform, without the bot.

A colleague who answers in the platform's own inbox, or another application, does not tell us when they have finished.
So external control ends by itself a day after their last message, or as soon as the platform gives control back to us.
"""

import datetime as dt
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import EventKind
from gateway.conversations.models import Conversation
from gateway.conversations.repository import add_event
from gateway.core.database import now

LASTS = dt.timedelta(hours=24)
_PLATFORM = "platform"  # the actor of these events


def is_externally_controlled(conversation: Conversation | Row[Any]) -> bool:
    """Whether the bot must be silent; of a row it needs `external_control_until`."""
    return conversation.external_control_until is not None and conversation.external_control_until > now()


async def begin_external_control(
    session: AsyncSession, conversation: Conversation, since: dt.datetime, why: str
) -> None:
    """Silence the bot for a day from `since`; `why` is recorded in the conversation's events."""
    until = since + LASTS
    if until <= now():
        return  # reported too late to matter
    if not is_externally_controlled(conversation):
        add_event(session, conversation.id, EventKind.EXTERNAL_CONTROL_BEGUN, _PLATFORM, why=why)
    conversation.external_control_until = max(until, conversation.external_control_until or until)


async def end_external_control(session: AsyncSession, conversation: Conversation) -> None:
    """The platform gives control back: the bot may answer the next message."""
    if is_externally_controlled(conversation):
        add_event(session, conversation.id, EventKind.EXTERNAL_CONTROL_ENDED, _PLATFORM, why="given_back")
    conversation.external_control_until = None
