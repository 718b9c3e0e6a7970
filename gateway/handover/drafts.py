"""Handover: what an officer has begun to write, bound to the conversation and to the officer, and kept."""

import uuid

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.conversations.models import Conversation
from gateway.database import now
from gateway.errors import ConversationMissing
from gateway.handover.models import ReplyDraft
from gateway.handover.officers import Officer
from gateway.handover.speaking import LONGEST
from gateway.service import Service

_CONTEXT = "reply_draft.text"


async def keep_draft(
    session: AsyncSession, service: Service, officer: Officer, conversation_id: uuid.UUID, text: str
) -> None:
    """Keep the words in the officer's field; an empty field keeps none. Raises `ConversationMissing`."""
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("This conversation does not exist any more.")
    if not text.strip():
        await session.execute(
            delete(ReplyDraft).where(ReplyDraft.conversation_id == conversation_id, ReplyDraft.officer_id == officer.id)
        )
        return
    key = service.keyring.unwrap(conversation.wrapped_key)
    sealed = encryption.seal(key, text[:LONGEST], _CONTEXT)
    await session.merge(
        ReplyDraft(conversation_id=conversation_id, officer_id=officer.id, text_sealed=sealed, updated_at=now())
    )


async def draft_of(session: AsyncSession, key: bytes, officer: Officer, conversation_id: uuid.UUID) -> str:
    """What this officer had begun to write in this conversation; empty when nothing. `key` is the conversation's."""
    row = await session.get(ReplyDraft, (conversation_id, officer.id))
    return encryption.unseal(key, row.text_sealed, _CONTEXT).decode() if row else ""
