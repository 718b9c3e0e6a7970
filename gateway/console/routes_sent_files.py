"""Console: the pictures and PDFs that officers have sent, for who may read the conversation."""

import uuid

from fastapi import APIRouter, Request, Response

from gateway.console.access_log import check_may_read, record_refresh
from gateway.console.officer import Refresher, service_of
from gateway.conversations.attachments import AttachmentKind
from gateway.conversations.messages import Reply
from gateway.conversations.models import Conversation, OutboxItem
from gateway.core import crypto
from gateway.core.errors import ConversationMissing
from gateway.core.http.files import file_answer
from gateway.outbox.files import open_file

router = APIRouter(prefix="/console/conversations/{conversation_id}/sent", tags=["console"])


@router.get("/{item_id}")
async def sent_file(request: Request, person: Refresher, conversation_id: uuid.UUID, item_id: uuid.UUID) -> Response:
    """The file of one reply, as the citizen got it; a part of the page: an opening where none is recorded yet."""
    service = service_of(request)
    async with service.database.transaction() as session:
        ground = await check_may_read(session, request, person, conversation_id)
        await record_refresh(session, request, person, conversation_id, ground)
        item = await session.get(OutboxItem, item_id)
        if item is None or item.conversation_id != conversation_id or item.content_sealed is None:
            raise ConversationMissing("conversation_missing")
        key = service.keyring.unwrap((await session.get_one(Conversation, conversation_id)).wrapped_key)
        file = Reply.model_validate_json(crypto.unseal(key, item.content_sealed, "outbox_item.content")).file
        content = await open_file(session, service.keyring, conversation_id, file.id) if file is not None else None
    if file is None or content is None:
        raise ConversationMissing("conversation_missing")
    return file_answer(content, file.media_type, file.name, shown=file.kind == AttachmentKind.PICTURE)
