"""Handover: talks that somebody beside this service leads on the platform itself, and where the bot is silent.

A colleague who answers in the platform's own inbox, or another application, does not tell us when they have finished.
So the silence ends by itself, a day after their last word, or as soon as the platform gives the talk back to us.
"""

import datetime as dt
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation, ConversationEvent
from gateway.database import now

SILENCE = dt.timedelta(hours=24)


def is_led_elsewhere(conversation: Conversation | Row[Any]) -> bool:
    """Whether the bot must leave the talk to somebody else; of a row it needs `silenced_until`."""
    return conversation.silenced_until is not None and conversation.silenced_until > now()


async def lead_elsewhere(session: AsyncSession, conversation: Conversation, since: dt.datetime, why: str) -> None:
    """Silence the bot for a day from `since`; `why` is for the conversation's events."""
    until = since + SILENCE
    if until <= now():
        return  # told too late to matter
    if not is_led_elsewhere(conversation):
        session.add(_event(conversation, "led_elsewhere", why))
    conversation.silenced_until = max(until, conversation.silenced_until or until)


async def lead_again(session: AsyncSession, conversation: Conversation) -> None:
    """The platform gives the talk back: the bot may answer the next words."""
    if is_led_elsewhere(conversation):
        session.add(_event(conversation, "led_by_us", "given_back"))
    conversation.silenced_until = None


def _event(conversation: Conversation, kind: str, why: str) -> ConversationEvent:
    return ConversationEvent(
        conversation_id=conversation.id, kind=kind, actor="platform", details={"why": why}, created_at=now()
    )
