"""Conversations: in which trace a reply is, by the messages that it answers."""

import uuid
from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Message
from gateway.core import traces
from gateway.core.compiled import prepare

_OF_TURNS = prepare(
    select(Message.turn_id, Message.external_fingerprint)
    .where(Message.turn_id.in_(bindparam("turns", expanding=True)))
    .order_by(Message.sent_at.desc(), Message.id.desc())
)
_Reply = tuple[uuid.UUID, uuid.UUID | None]  # its id and its turn


async def traces_of(session: AsyncSession, replies: Iterable[_Reply]) -> dict[uuid.UUID, str]:
    """The trace of each reply: that of the first message of its turn, or, of words to no message, one of its own.

    Nothing is looked up while no spans are recorded.
    """
    replies = list(replies)
    turns = {turn for _, turn in replies if turn is not None} if traces.is_on() else set()
    found = (await session.execute(_OF_TURNS, {"turns": sorted(turns)})).all() if turns else []
    first = {row.turn_id: traces.trace_of(row.external_fingerprint) for row in found}  # the last one said is the first
    return {reply: first.get(turn) or traces.trace_of(reply.bytes) for reply, turn in replies}
