"""Beside the road, the console: what is shown only expressly and for a reason: number, files, transcript; all logged.

The reason's own words stand with the conversation and go with it; the audit log keeps the chosen ground alone.
"""

import json
import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway import encryption
from gateway.accounts import audit
from gateway.accounts.access import NotAllowed
from gateway.channels.base import MediaRefused
from gateway.console import permits
from gateway.console.acting import refused, talk_path
from gateway.console.grounds import Given, Ground
from gateway.console.officer import Reader, officer_of
from gateway.console.pages import console_page
from gateway.conversations.models import Conversation, Message
from gateway.errors import ConversationMissing, GatewayError, NothingWritten
from gateway.handover.conversation_view import show_number
from gateway.handover.queue import add_event, locked
from gateway.handover.reasons import with_reason
from gateway.handover.transcript import transcript
from gateway.security import CONTENT_SECURITY_POLICY
from gateway.service import Service
from gateway.staff_pages import language_of, page_words, see_other, service_of, staff_page

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])
# What a browser may show in place; everything else is handed over as a file.
_SHOWN = ("image/", "audio/", "video/")
_NEVER_SHOWN = frozenset({"image/svg+xml"})  # may hold code


@router.post("/number")
async def number(request: Request, person: Reader, conversation_id: uuid.UUID, ground: Given) -> Response:
    """Show the citizen's phone number on this one page."""
    service, officer = service_of(request), officer_of(person)
    try:
        async with service.database.transaction() as session:
            found = await show_number(session, service, officer, conversation_id, ground.text)
            await audit.record(session, person.id, "number_shown", str(conversation_id), {"ground": ground.code})
    except GatewayError as error:
        return await refused(request, person, conversation_id, error, "reason")
    words = page_words(request, "console")
    shown = f"+{found}" if found else words["no_number"]
    return await console_page(request, person, conversation_id, more={"number": shown, "side": True})


@router.post("/transcript")
async def export(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    ground: Given,
    with_notes: Annotated[bool, Form()] = False,
) -> Response:
    """The conversation as a text file."""
    service, officer = service_of(request), officer_of(person)
    try:
        async with service.database.transaction() as session:
            text = await transcript(
                session, service, officer, conversation_id, ground.text,
                language=language_of(request), with_notes=with_notes,
            )  # fmt: skip
            details = {"ground": ground.code, "notes": with_notes}
            await audit.record(session, person.id, "transcript_exported", str(conversation_id), details)
    except GatewayError as error:
        return await refused(request, person, conversation_id, error, "reason")
    headers = {
        "content-disposition": f'attachment; filename="neuvo-{conversation_id}.txt"',
        "cache-control": "no-store",
    }
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)


@router.post("/media/{message_id}")
async def ask_for_media(
    request: Request, person: Reader, conversation_id: uuid.UUID, message_id: int, ground: Given
) -> Response:
    """Write down who opens a citizen's file and why; then it may be opened for some minutes."""
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            await _ask(session, service, person.id, person.name, conversation_id, message_id, ground)
    except GatewayError as error:
        return await refused(request, person, conversation_id, error, "reason")
    permit = permits.issue(service.settings, request.state.staff_session.token, message_id)
    return see_other(f"{talk_path(conversation_id)}/media/{message_id}", permit=permit)


async def _ask(
    session: AsyncSession,
    service: Service,
    person_id: uuid.UUID,
    name: str,
    conversation_id: uuid.UUID,
    message_id: int,
    ground: Ground,
) -> None:
    if not ground.text:
        raise NothingWritten("The file was not opened: give a reason.")
    conversation = await locked(session, conversation_id)
    kind, _ = await _reference(session, service, conversation_id, message_id)
    why = with_reason(service, conversation, ground.text)
    add_event(session, conversation_id, "media_opened", f"officer:{person_id}", name=name, **why)
    details = {"ground": ground.code, "kind": kind, "message": message_id}
    await audit.record(session, person_id, "media_opened", str(conversation_id), details)


@router.get("/media/{message_id}/ask", response_class=HTMLResponse)
async def media_form(request: Request, person: Reader, conversation_id: uuid.UUID, message_id: int) -> Response:
    """Ask why the file is to be opened."""
    back = talk_path(conversation_id)
    return staff_page(request, "console/ask_media.html", {"back": back, "action": f"{back}/media/{message_id}"})


@router.get("/media/{message_id}", response_class=HTMLResponse)
async def media_page(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    message_id: int,
    permit: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """The file, blurred until it is pressed once more."""
    service = service_of(request)
    if not permits.holds(service.settings, request.state.staff_session.token, message_id, permit):
        return see_other(talk_path(conversation_id))
    async with service.database.transaction() as session:
        kind, _ = await _reference(session, service, conversation_id, message_id)
    file = f"{talk_path(conversation_id)}/media/{message_id}/file?permit={permit}"
    response = staff_page(
        request, "console/media.html", {"kind": kind, "file": file, "back": talk_path(conversation_id)}
    )
    response.headers["content-security-policy"] = f"{CONTENT_SECURITY_POLICY}; media-src 'self'"
    return response


@router.get("/media/{message_id}/file")
async def media_file(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    message_id: int,
    permit: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """The bytes, fetched from the platform at this moment, kept by nobody, with nothing in them that could run."""
    service = service_of(request)
    if not permits.holds(service.settings, request.state.staff_session.token, message_id, permit):
        raise NotAllowed("Say first why the file is opened.")
    async with service.database.transaction() as session:
        talk = await session.get(Conversation, conversation_id)
        if talk is None:
            raise ConversationMissing("This conversation does not exist any more.")
        _, reference = await _reference(session, service, conversation_id, message_id)
        channel = service.channels.get(talk.channel)
    if channel is None:
        raise MediaRefused("The platform of this conversation is switched off, so its files cannot be opened.")
    kind, content = await channel.open_media(reference)
    shown = kind.startswith(_SHOWN) and kind not in _NEVER_SHOWN
    headers = {
        "content-disposition": f'{"inline" if shown else "attachment"}; filename="neuvo-{message_id}"',
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return Response(content, media_type=kind if shown else "application/octet-stream", headers=headers)


async def _reference(
    session: AsyncSession, service: Service, conversation_id: uuid.UUID, message_id: int
) -> tuple[str, str]:
    """The kind of a message and where its file is; raises `MediaRefused`."""
    wanted = select(Message, Conversation).join(Conversation, Conversation.id == Message.conversation_id)
    row = (
        await session.execute(wanted.where(Message.id == message_id, Conversation.id == conversation_id))
    ).one_or_none()
    if row is None or row.Message.content_sealed is None:
        raise MediaRefused("This message has no file any more.")
    key = service.keyring.unwrap(row.Conversation.wrapped_key)
    content = json.loads(encryption.unseal(key, row.Message.content_sealed, "message.content"))
    if not content.get("media_id"):
        raise MediaRefused("This message has no file.")
    return row.Message.kind, content["media_id"]
