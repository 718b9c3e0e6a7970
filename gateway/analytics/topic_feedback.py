"""Analytics, topic feedback: whether an answer helped, counted per topic, language and day for the editors.

Counts only: no row leads back to a conversation, so they may outlive it.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.analytics.models import TopicFeedback, Verdict
from gateway.conversations.events import TurnFinished
from gateway.conversations.models import Turn
from gateway.core.database import now, upsert
from gateway.core.events import Write

_FOLLOW_UP = "follow_up_"
_UNSURE = "nlu_fallback"
# What the engine calls a citizen's word about the last answer -> what is counted.
VERDICTS = {
    f"{_FOLLOW_UP}helped": Verdict.HELPED,
    f"{_FOLLOW_UP}not_helped": Verdict.NOT_HELPED,
    f"{_FOLLOW_UP}wrong_guess": Verdict.WRONG_GUESS,
}


async def on_turn_finished(session: AsyncSession, event: TurnFinished) -> Iterable[Write]:
    """Count what the turn says about the answer before it, if it says anything."""
    turn = event.turn
    verdict = VERDICTS.get(turn.topic or "")
    topic = await _answered_before(session, turn) if verdict else None
    if verdict is None or topic is None:
        return ()
    counted = upsert(session, TopicFeedback).values(
        topic=topic, language=turn.language or "", verdict=verdict, day=now().date(), count=1
    )
    one_more = {"count": TopicFeedback.count + 1}
    return [counted.on_conflict_do_update(index_elements=["topic", "language", "verdict", "day"], set_=one_more)]


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
