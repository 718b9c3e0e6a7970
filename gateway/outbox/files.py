"""Station 5, files: the pictures and PDFs that officers send, sealed with their conversation's key and gone with it."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.base import SendFailed
from gateway.conversations.attachments import AttachedFile
from gateway.conversations.kinds import FailureClass
from gateway.conversations.messages import Reply
from gateway.conversations.models import Conversation, OutboxFile
from gateway.core import crypto
from gateway.core.context import Context
from gateway.core.database import now
from gateway.core.keyring import Keyring

_CONTEXT = "outbox_file.content"


def keep_file(session: AsyncSession, key: bytes, conversation: Conversation, file: AttachedFile) -> None:
    """Keep the bytes of a file that is about to be queued; `key` is the conversation's."""
    session.add(
        OutboxFile(
            id=file.id,
            conversation_id=conversation.id,
            content_sealed=crypto.seal(key, file.content, _CONTEXT),
            created_at=now(),
        )
    )


async def open_file(
    session: AsyncSession, keyring: Keyring, conversation_id: uuid.UUID, file_id: uuid.UUID
) -> bytes | None:
    """The bytes of a file of this conversation; None where there is none. Raises `CannotOpen`."""
    row = await session.get(OutboxFile, file_id)
    conversation = await session.get(Conversation, conversation_id)
    if row is None or conversation is None or row.conversation_id != conversation_id:
        return None
    return crypto.unseal(keyring.unwrap(conversation.wrapped_key), row.content_sealed, _CONTEXT)


async def with_content(service: Context, key: bytes, reply: Reply) -> Reply:
    """The reply with the bytes of its file, where it has one; raises `SendFailed` where they are gone."""
    if reply.file is None:
        return reply
    async with service.database.transaction() as session:
        row = await session.get(OutboxFile, reply.file.id)
        if row is None:
            raise SendFailed(FailureClass.CONTENT)
        try:
            content = crypto.unseal(key, row.content_sealed, _CONTEXT)
        except crypto.CannotOpen as error:
            raise SendFailed(FailureClass.CONTENT) from error
    return reply.model_copy(update={"file": reply.file.model_copy(update={"content": content})})
