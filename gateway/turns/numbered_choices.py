"""Station 3, numbered choices: a typed number that names a choice of the last reply, where buttons are not shown."""

import re
import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.kinds import OutboxState
from gateway.conversations.messages import Choice, Reply
from gateway.conversations.models import OutboxItem
from gateway.core import crypto

_NUMBER = re.compile(r"\s*([0-9]{1,2})\s*[.)]?\s*")


def is_number(text: str | None) -> bool:
    """Whether a text may be the number of a choice."""
    return _NUMBER.fullmatch(text or "") is not None


async def typed_choice(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, text: str | None
) -> Choice | None:
    """The choice of the last reply that a text names by its number, or None."""
    found = _NUMBER.fullmatch(text or "")
    if found is None:
        return None
    sealed = await session.scalar(
        select(OutboxItem.content_sealed)
        .where(
            OutboxItem.conversation_id == conversation_id, OutboxItem.state.in_((OutboxState.SENT, OutboxState.UNKNOWN))
        )
        .order_by(OutboxItem.sequence.desc())
        .limit(1)
    )
    if sealed is None:
        return None
    reply = Reply.model_validate_json(crypto.unseal(key, sealed, "outbox_item.content"))
    number = int(found[1])
    return reply.choices[number - 1] if reply.numbered and 1 <= number <= len(reply.choices) else None
