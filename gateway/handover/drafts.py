"""Handover, drafts: what an officer has begun to write, kept for this officer and this conversation alone."""

import uuid

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import Conversation
from gateway.core import crypto
from gateway.core.actors import Officer
from gateway.core.database import now
from gateway.core.errors import ConversationMissing
from gateway.handover.models import ReplyDraft
from gateway.outbox.templates import OutboxContext

MAX_LENGTH = 4096  # characters of one message: Meta's page "Text messages"
DRAFT_CONTEXT = "reply_draft.text"


async def save_draft(
    session: AsyncSession,
    service: OutboxContext,
    officer: Officer,
    conversation_id: uuid.UUID,
    text: str,
    *,
    goes_when_open: bool = False,
) -> None:
    """Save the text of the officer's reply field, cut at `MAX_LENGTH`; an empty one deletes the draft.

    Raises `ConversationMissing`.
    """
    conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ConversationMissing("conversation_missing")
    if not text.strip():
        await delete_draft(session, officer, conversation_id)
        return
    key = service.keyring.unwrap(conversation.wrapped_key)
    sealed = crypto.seal(key, text[:MAX_LENGTH], DRAFT_CONTEXT)
    await session.merge(
        ReplyDraft(
            conversation_id=conversation_id,
            officer_id=officer.id,
            text_sealed=sealed,
            goes_when_open=goes_when_open,
            updated_at=now(),
        )
    )


async def load_draft(
    session: AsyncSession, key: bytes, officer: Officer, conversation_id: uuid.UUID
) -> tuple[str, bool]:
    """The officer's draft in this conversation, or an empty text, and whether it goes when the citizen writes.

    `key` is the conversation's.
    """
    row = await session.get(ReplyDraft, (conversation_id, officer.id))
    return (crypto.unseal(key, row.text_sealed, DRAFT_CONTEXT).decode(), row.goes_when_open) if row else ("", False)


async def delete_draft(session: AsyncSession, officer: Officer, conversation_id: uuid.UUID) -> None:
    """Delete the officer's draft in this conversation: it was sent, or is empty."""
    await session.execute(
        delete(ReplyDraft).where(ReplyDraft.conversation_id == conversation_id, ReplyDraft.officer_id == officer.id)
    )
