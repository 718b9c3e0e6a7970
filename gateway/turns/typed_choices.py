"""Station 3, typed choices: a number or a yes that names a choice of the last reply."""

import re
import uuid
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bulletins.agreement import ANSWERS
from gateway.bulletins.followers import followed_bulletin
from gateway.conversations.kinds import MessageKind, OutboxState
from gateway.conversations.messages import Choice, Reply
from gateway.conversations.models import OutboxItem
from gateway.core import crypto
from gateway.turns.turn_input import PendingMessage, TurnsContext

_NUMBER = re.compile(r"\s*([0-9]{1,2})\s*[.)]?\s*")
_NOT_WORDS = re.compile(r"[^\w\s']+")


def _plain(text: str | None) -> str:
    return " ".join(_NOT_WORDS.sub(" ", (text or "").lower().replace("’", "'")).split())


def may_be_choice(text: str | None) -> bool:
    """Whether a text may be the number of a choice, or a yes to being told of changes."""
    return _NUMBER.fullmatch(text or "") is not None or _plain(text) in ANSWERS


async def typed_choice(
    session: AsyncSession, key: bytes, conversation_id: uuid.UUID, text: str | None
) -> Choice | None:
    """The choice of the last reply that a text names, or None; `key` is the conversation's."""
    sealed = await session.scalar(
        select(OutboxItem.content_sealed)
        .where(
            OutboxItem.conversation_id == conversation_id, OutboxItem.state.in_((OutboxState.SENT, OutboxState.UNKNOWN))
        )
        .order_by(OutboxItem.sequence.desc())
        .limit(1)
    )
    reply = Reply.model_validate_json(crypto.unseal(key, sealed, "outbox_item.content")) if sealed else Reply(text="")
    if (found := _NUMBER.fullmatch(text or "")) is not None:
        number = int(found[1])
        return reply.choices[number - 1] if reply.numbered and 1 <= number <= len(reply.choices) else None
    follow = next((choice for choice in reply.choices if followed_bulletin(choice.id) is not None), None)
    # A yes alone is one to whatever was asked: to this only where there is no other button.
    return follow if ANSWERS[_plain(text)] or len(reply.choices) == 1 else None


async def with_typed_choice(
    service: TurnsContext, key: bytes, message: PendingMessage, conversation_id: uuid.UUID
) -> PendingMessage:
    """A typed number, or a yes to being told of changes, as the choice that it means in the last reply."""
    if message.kind != MessageKind.TEXT or not may_be_choice(message.text):
        return message
    async with service.database.transaction() as session:
        choice = await typed_choice(session, key, conversation_id, message.text)
    return message if choice is None else replace(message, kind=MessageKind.CHOICE, choice=choice.id, text=choice.title)
