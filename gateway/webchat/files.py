"""Web chat: a picture or PDF that an officer has sent, for the browser whose conversation it is."""

import uuid
from typing import Annotated, ClassVar

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.channels.webchat.models import WebMessage, WebSession
from gateway.conversations.attachments import AttachedFile, AttachmentKind
from gateway.conversations.messages import Reply
from gateway.conversations.models import OutboxItem
from gateway.core import crypto
from gateway.core.errors import GatewayError
from gateway.core.http.files import file_answer
from gateway.core.keyring import Keyring
from gateway.outbox.files import open_file
from gateway.webchat.requests import chat_of, ticket_of
from gateway.webchat.service import DATABASE_ERRORS, ChatService
from gateway.webchat.tickets import Ticket

router = APIRouter()
Number = Annotated[int, Path(ge=1, le=2**31 - 1)]


class NoSuchFile(GatewayError):
    """The session is over, or none of its replies has this number and a file."""

    status = 404
    texts: ClassVar[dict[str, str]] = {"no_such_file": "This file is not there any more."}


@router.get("/chat/files/{number}")
async def file(request: Request, number: Number, embedded: Annotated[str, Query(max_length=1)] = "") -> Response:
    """The file of one reply of this browser's session."""
    chat, ticket = chat_of(request), ticket_of(request, embedded == "1")
    try:
        found = await _found(chat, ticket, number)
    except DATABASE_ERRORS as error:
        raise HTTPException(503, "The database is away; come back in a moment.") from error
    if found is None:
        raise NoSuchFile("no_such_file")
    about, content = found
    return file_answer(content, about.media_type, about.name, shown=about.kind == AttachmentKind.PICTURE)


async def _found(chat: ChatService, ticket: Ticket | None, number: int) -> tuple[AttachedFile, bytes] | None:
    if ticket is None or await chat.is_over(ticket):
        return None
    session_id = ticket.session
    return await chat.in_transaction(lambda session: read_file(session, chat.service.keyring, session_id, number))


async def read_file(
    session: AsyncSession, keyring: Keyring, session_id: uuid.UUID, number: int
) -> tuple[AttachedFile, bytes] | None:
    """The file of a session's reply and its bytes, or None where there is none."""
    row = (
        await session.execute(
            select(WebMessage.content_sealed, WebSession.wrapped_key, OutboxItem.conversation_id)
            .join(WebSession, WebSession.id == WebMessage.session_id)
            .join(OutboxItem, OutboxItem.id == WebMessage.outbox_id)
            .where(WebMessage.session_id == session_id, WebMessage.number == number, WebSession.ended_at.is_(None))
        )
    ).one_or_none()
    if row is None:
        return None
    key = keyring.unwrap(row.wrapped_key)
    about = Reply.model_validate_json(crypto.unseal(key, row.content_sealed, "web_message.content")).file
    content = await open_file(session, keyring, row.conversation_id, about.id) if about is not None else None
    return (about, content) if about is not None and content is not None else None
