"""Station 3, numbers: where choices were numbered in the text, a typed number is the choice that it stands for."""

import re
import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.channels.base import Choice, Reply
from gateway.conversations.models import OutboxItem

_NUMBER = re.compile(r"\s*([0-9]{1,2})\s*[.)]?\s*")


def is_number(text: str | None) -> bool:
    """Whether a text may be a typed choice."""
    return _NUMBER.fullmatch(text or "") is not None


async def typed_choice(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, text: str | None
) -> Choice | None:
    """The choice of the last reply that a text names by its number; nothing when it names none."""
    found = _NUMBER.fullmatch(text or "")
    if found is None:
        return None
    sealed = await session.scalar(
        select(OutboxItem.content_sealed)
        .where(OutboxItem.conversation_id == conversation_id, OutboxItem.state.in_(("sent", "unknown")))
        .order_by(OutboxItem.sequence.desc())
        .limit(1)
    )
    if sealed is None:
        return None
    reply = Reply.model_validate_json(encryption.unseal(key, sealed, "outbox_item.content"))
    place = int(found[1])
    return reply.choices[place - 1] if reply.numbered and 1 <= place <= len(reply.choices) else None
