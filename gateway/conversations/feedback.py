"""Station 4, beside the reply: whether an answer helped, counted per topic, language and day for the editors.

Counts only: no row leads back to a conversation, so they may outlive it.
"""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import TopicFeedback, Turn
from gateway.database import now

_FOLLOW_UP = "follow_up_"
_UNSURE = "nlu_fallback"
# What the engine calls a citizen's word about the last answer -> what is counted.
VERDICTS = {
    f"{_FOLLOW_UP}helped": "helped",
    f"{_FOLLOW_UP}not_helped": "not_helped",
    f"{_FOLLOW_UP}wrong_guess": "wrong_guess",
}


async def note_feedback(session: AsyncSession, turn: Turn) -> None:
    """Count what the turn says about the answer before it, if it says anything."""
    verdict = VERDICTS.get(turn.topic or "")
    topic = await _answered_before(session, turn) if verdict else None
    if verdict is None or topic is None:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    counted = dialect.insert(TopicFeedback).values(
        topic=topic, language=turn.language or "", verdict=verdict, day=now().date(), count=1
    )
    await session.execute(
        counted.on_conflict_do_update(
            index_elements=["topic", "language", "verdict", "day"], set_={"count": TopicFeedback.count + 1}
        )
    )


async def _answered_before(session: AsyncSession, turn: Turn) -> str | None:
    return await session.scalar(
        select(Turn.topic)
        .where(
            Turn.conversation_id == turn.conversation_id,
            Turn.id != turn.id,
            Turn.topic.is_not(None),
            Turn.topic != _UNSURE,
            ~Turn.topic.startswith(_FOLLOW_UP, autoescape=True),
        )
        .order_by(Turn.created_at.desc())
        .limit(1)
    )
