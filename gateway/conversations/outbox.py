"""Station 5, the outbox: a reply is a row before it is a request."""

import datetime as dt
import random
import uuid

import structlog
from sqlalchemy import Insert, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from gateway import encryption
from gateway.channels.base import Channel, Reply
from gateway.conversations.models import Conversation, OutboxItem
from gateway.database import now
from gateway.handover.officers import Officer

log = structlog.get_logger()

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
    await session.flush()  # what the rows refer to
    parts = channel.split(reply)
    for place, part in enumerate(parts):
        values = {
            "id": first_id if place == 0 and first_id else uuid.uuid4(),
            "conversation": conversation.id,
            "turn_id": turn_id,
            "author": author,
            "template": part.template.name if part.template is not None else None,
            "officer_id": officer.id if officer else None,
            "officer_name": officer.name if officer else None,
            "content_sealed": encryption.seal(key, part.model_dump_json(), "outbox_item.content"),
            "priority": priority,
            "moment": now(),
        }
        await session.execute(_PUT, values)
    return len(parts)


def _put_statement() -> Insert:
    table = OutboxItem.__table__
    behind = aliased(OutboxItem)
    # The conversation is locked, so that nobody else counts on from the same row.
    last = select(func.max(behind.sequence)).where(behind.conversation_id == bindparam("conversation"))
    names = ("id", "turn_id", "author", "template", "officer_id", "officer_name", "content_sealed", "priority")
    return insert(table).values(  # type: ignore[arg-type]  # of every declared class it is a Table
        **{name: bindparam(name) for name in names},
        conversation_id=bindparam("conversation"),
        sequence=func.coalesce(last.scalar_subquery(), 0) + 1,
        state="queued",
        due_at=bindparam("moment"),
        created_at=bindparam("moment"),
    )


# Made once: to build it costs more than to run it.
_PUT = _put_statement()


def retry_pause(attempts: int) -> dt.timedelta:
    """How long to wait after so many failed attempts: 1, 4, 16 … seconds, at most an hour, and up to a quarter less.

    What failed together, when a platform was down, is not tried again together.
    """
    longest = min(4.0 ** max(attempts - 1, 0), 3600.0)
    return dt.timedelta(seconds=longest * random.uniform(0.75, 1.0))  # noqa: S311  # nobody gains by guessing it


async def put_back(session: AsyncSession, item: OutboxItem, attempts: int, why: Exception, *, in_time: bool) -> None:
    """A claimed reply that does not open waits until an operator has put the missing key back, or its time is over."""
    log.error("reply_not_opened", outbox_id=str(item.id), error=type(why).__name__)
    later = {"state": "queued", "waits_for": "retry", "due_at": now() + retry_pause(attempts)}
    ended = {"state": "failed", "waits_for": None, "error_class": "content"}
    changed = update(OutboxItem).where(OutboxItem.id == item.id).values(later if in_time else ended)
    await session.execute(changed, execution_options={"synchronize_session": False})
