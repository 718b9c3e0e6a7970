"""Station 3, floods: one citizen's turns are answered at most so often a minute; then one kind line, and danger always.

The engine is asked about every turn all the same, for only so is danger found in a flood. What a citizen asks an
officer for, and what the engine could not read, is answered too: either may be a call for help.
"""

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation, Turn

WINDOW = dt.timedelta(minutes=1)
SAID, SILENT = "slowed_down", "too_many"  # outcomes of a turn: answered with the kind line, or not at all


async def flood_outcome(session: AsyncSession, conversation: Conversation, turn: Turn, most: int) -> str | None:
    """The outcome of a turn of a citizen who floods; nothing while there are at most `most` turns a minute.

    Counted over all conversations of the citizen, the turn itself left out.
    """
    recent = (
        select(Turn.outcome, func.count().label("turns"))
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(
            Conversation.contact_id == conversation.contact_id,
            Turn.created_at > turn.created_at - WINDOW,
            Turn.id != turn.id,
        )
        .group_by(Turn.outcome)
    )
    counts = {row.outcome: row.turns for row in await session.execute(recent)}
    if sum(count for outcome, count in counts.items() if outcome not in (SAID, SILENT)) < most:
        return None
    return SILENT if SAID in counts else SAID
