"""Station 3, who waits: conversations with messages that have no turn, and that no living process is answering."""

import uuid

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.claims import lives
from gateway.conversations.models import ConversationClaim, Message
from gateway.database import now

# Made once: to build these costs more than to run them.
_OF_OTHERS = select(ConversationClaim.conversation_id).where(
    ConversationClaim.claimed_by != bindparam("process"), lives(ConversationClaim.claimed_by)
)
_WAITING = (
    select(Message.conversation_id)
    .where(Message.turn_id.is_(None), Message.conversation_id.not_in(_OF_OTHERS))
    .group_by(Message.conversation_id)
    .order_by(func.min(Message.id))
)


async def waiting_conversations(session: AsyncSession, process: str) -> list[uuid.UUID]:
    """Those that this process may claim; who wrote first comes first."""
    return list((await session.scalars(_WAITING, {"process": process, "alive_at": now()})).all())
