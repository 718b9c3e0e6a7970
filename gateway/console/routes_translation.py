"""Console: machine translations, of a citizen's message for the officer and of an officer's reply for the citizen."""

import json
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.staff_page import language_of, staff_page
from gateway.console.access_log import check_may_read, record_about
from gateway.console.officer import Reader, officer_of, service_of, wants_fragment
from gateway.console.request_context import refused
from gateway.console.view_context import texts
from gateway.conversations.models import Conversation, Message, Turn
from gateway.core import crypto
from gateway.core.errors import ConversationMissing, GatewayError
from gateway.core.inputs import RowNumber
from gateway.dialogue.translator import TranslatorUnavailable
from gateway.handover.drafts import save_draft
from gateway.outbox.reengagement import FALLBACK_LANGUAGE
from gateway.outbox.templates import OutboxContext

router = APIRouter(prefix="/console/conversations/{conversation_id}/translation", tags=["console"])


@router.get("/{message_id}", response_class=HTMLResponse)
async def of_message(request: Request, person: Reader, conversation_id: uuid.UUID, message_id: RowNumber) -> Response:
    """A message of the citizen in the officer's language; that it was translated is recorded."""
    service, target = service_of(request), language_of(request)
    try:
        async with service.database.transaction() as session:
            await check_may_read(session, request, person, conversation_id)
            text, source = await _words_of(session, service, conversation_id, message_id)
            await record_about(session, request, person, "message_translated", conversation_id, {"to": target})
        translated = await _translate(service, text, source, target)
    except GatewayError as error:
        return await refused(request, person, conversation_id, error)
    return _shown(request, conversation_id, text, translated, target)


@router.post("")
async def of_reply(
    request: Request, person: Reader, conversation_id: uuid.UUID, text: Annotated[str, Form(max_length=20_000)] = ""
) -> Response:
    """What the officer has written, in the citizen's language; the text stays their draft."""
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            await check_may_read(session, request, person, conversation_id)
            await save_draft(session, service, officer_of(person), conversation_id, text)
            target = (await session.get_one(Conversation, conversation_id)).language or FALLBACK_LANGUAGE
            await record_about(session, request, person, "reply_translated", conversation_id, {"to": target})
        translated = await _translate(service, text, language_of(request), target) if text.strip() else ""
    except GatewayError as error:
        return await refused(request, person, conversation_id, error)
    mark = service.lines.say("machine_translated", target)
    return _shown(request, conversation_id, text, translated, target, ready=f"{mark} {translated}")


async def _words_of(
    session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID, message_id: int
) -> tuple[str, str | None]:
    """The masked text of a message and its language; raises `ConversationMissing` where there is none."""
    message = await session.get(Message, message_id)
    if message is None or message.conversation_id != conversation_id or message.content_sealed is None:
        raise ConversationMissing("conversation_missing")
    key = service.keyring.unwrap((await session.get_one(Conversation, conversation_id)).wrapped_key)
    content = json.loads(crypto.unseal(key, message.content_sealed, "message.content"))
    turn = await session.get(Turn, message.turn_id) if message.turn_id else None
    return str(content.get("text") or ""), turn.language if turn else None


async def _translate(service: OutboxContext, text: str, source: str | None, target: str) -> str:
    if service.translator is None:
        raise TranslatorUnavailable("translator_off")
    return await service.translator.translate(text, source, target)


def _shown(
    request: Request, conversation_id: uuid.UUID, text: str, translated: str, target: str, ready: str = ""
) -> Response:
    context: dict[str, Any] = {
        "conversation_id": conversation_id,
        "original": text,
        "translated": translated,
        "target": target,
        "ready": ready,
    }
    name = "console/_translation.html" if wants_fragment(request) else "console/translation.html"
    return staff_page(request, name, {**texts(request), **context})
