"""Station 3, recent turns: what a citizen said today and in the last minute, in one question for all who count."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation, Message, Turn

# Made once: to build it costs more than to run it.
_RECENT = (
    select(
        Turn.outcome,
        Turn.topic,
        Turn.language,
        Turn.danger,
        Turn.created_at,
        Conversation.channel,
        func.count(Message.id).label("messages"),
    )
    .join(Conversation, Conversation.id == Turn.conversation_id)
    .outerjoin(Message, Message.turn_id == Turn.id)
    .where(
        Conversation.contact_id == bindparam("contact"),
        Turn.created_at >= bindparam("since"),
        Turn.id != bindparam("except_turn"),
    )
    .group_by(Turn.id, Conversation.channel)
    # Nothing that is still to be written would be found by it.
    .execution_options(autoflush=False)
)


async def recent_turns(
    session: AsyncSession, contact_id: uuid.UUID, turn_id: uuid.UUID, since: dt.datetime
) -> Sequence[Row[Any]]:
    """The turns of a citizen, in all conversations, since a moment and without this one.

    Each row has `outcome`, `topic`, `language`, `danger`, `created_at`, `channel`, and how many `messages` it answered.
    """
    values = {"contact": contact_id, "since": since, "except_turn": turn_id}
    rows: Sequence[Row[Any]] = (await session.execute(_RECENT, values)).all()  # type: ignore[assignment]  # by name
    return rows
