"""Station 5, the outbox: a reply is a row before it is a request."""

import datetime as dt
import uuid

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import Channel, Reply
from gateway.conversations.models import Conversation, OutboxItem
from gateway.database import now
from gateway.handover.officers import Officer

# What goes first when not everything can: danger, then replies, then what nobody waits for.
URGENT, REPLY, BULK = 0, 1, 2


async def put(
    session: AsyncSession,
    channel: Channel,
    conversation: Conversation,
    key: bytes,
    reply: Reply,
    *,
    author: str,
    turn_id: uuid.UUID | None,
    priority: int = REPLY,
    officer: Officer | None = None,
    first_id: uuid.UUID | None = None,
) -> int:
    """Queue a reply in as few messages as the channel allows; returns how many.

    `officer` is who says it, when the author is one; `first_id` the id of the first message, when it was given before.
    """
    of_talk = OutboxItem.conversation_id == conversation.id
    last = await session.scalar(select(func.max(OutboxItem.sequence)).where(of_talk))
    parts = channel.split(reply)
    for place, part in enumerate(parts):
        moment = now()
        session.add(
            OutboxItem(
                id=first_id if place == 0 and first_id else uuid.uuid4(),
                sequence=(last or 0) + 1 + place,
                conversation_id=conversation.id,
                turn_id=turn_id,
                author=author,
                template=part.template.name if part.template is not None else None,
                officer_id=officer.id if officer else None,
                officer_name=officer.name if officer else None,
                content_sealed=encryption.seal(key, part.model_dump_json(), "outbox_item.content"),
                state="queued",
                priority=priority,
                due_at=moment,
                created_at=moment,
            )
        )
    return len(parts)


def retry_pause(attempts: int) -> dt.timedelta:
    """How long to wait after so many failed attempts: 1, 4, 16 … seconds, at most an hour."""
    return dt.timedelta(seconds=min(4.0 ** max(attempts - 1, 0), 3600.0))
