"""Console: disclosure of the phone number, files and the transcript, each for a reason, and all in the audit log.

The reason's text is stored with the conversation and deleted with it; the audit log stores its code alone.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.access import NotAllowed, Person
from gateway.accounts.staff_page import see_other, staff_page, translate
from gateway.channels.base import MediaRefused
from gateway.console import signed_links, wording
from gateway.console.access_log import check_may_read, record_about
from gateway.console.conversation_view import disclose_number
from gateway.console.officer import Reader, officer_of, service_of
from gateway.console.reasons import ReasonToShow, ToShow
from gateway.console.request_context import conversation_path, refused
from gateway.console.routes_queue import console_page
from gateway.conversations.event_reasons import with_reason
from gateway.conversations.kinds import EventKind
from gateway.conversations.models import Conversation, Message
from gateway.conversations.repository import add_event, locked
from gateway.core import crypto
from gateway.core.errors import ConversationMissing, GatewayError
from gateway.core.http.headers import CONTENT_SECURITY_POLICY
from gateway.core.inputs import RowNumber
from gateway.handover.errors import HandoverTextRefused
from gateway.outbox.templates import OutboxContext

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])
# Types that a browser may show inline; everything else is a download.
_SHOWN = ("image/", "audio/", "video/")
_NEVER_SHOWN = frozenset({"image/svg+xml"})  # may contain scripts


@router.post("/number")
async def number(request: Request, person: Reader, conversation_id: uuid.UUID, ground: ToShow) -> Response:
    """Show the citizen's phone number in this one response."""
    service, officer = service_of(request), officer_of(person)
    try:
        async with service.database.transaction() as session:
            await check_may_read(session, request, person, conversation_id)
            found = await disclose_number(session, service, officer, conversation_id, ground.text)
            await record_about(session, request, person, "number_shown", conversation_id, {"ground": ground.code})
    except GatewayError as error:
        return await refused(request, person, conversation_id, error, "reason")
    shown = f"+{found}" if found else translate(request, "There is no number.")
    return await console_page(request, person, conversation_id, more={"number": shown, "side": True})


@router.post("/media/{message_id}")
async def ask_for_media(
    request: Request, person: Reader, conversation_id: uuid.UUID, message_id: RowNumber, ground: ToShow
) -> Response:
    """Record who opens a citizen's file and why; it can then be opened for `signed_links.LIFETIME`."""
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            await _record_access(session, request, person, conversation_id, message_id, ground)
    except HandoverTextRefused as error:
        return _media_form(request, conversation_id, message_id, ground, error)
    except GatewayError as error:
        return await refused(request, person, conversation_id, error, "reason")
    permit = signed_links.issue(service.settings, request.state.staff_session.token, message_id)
    return see_other(f"{conversation_path(conversation_id)}/media/{message_id}", permit=permit)


async def _record_access(
    session: AsyncSession,
    request: Request,
    person: Person,
    conversation_id: uuid.UUID,
    message_id: int,
    ground: ReasonToShow,
) -> None:
    service = service_of(request)
    await check_may_read(session, request, person, conversation_id)
    if not ground.text:
        raise HandoverTextRefused("file_reason_missing")
    conversation = await locked(session, conversation_id)
    kind, _ = await _content(session, service, conversation_id, message_id)
    entry = with_reason(service, conversation, ground.text)
    add_event(session, conversation_id, EventKind.MEDIA_OPENED, f"officer:{person.id}", name=person.name, **entry)
    details = {"ground": ground.code, "kind": kind, "message": message_id}
    await record_about(session, request, person, "media_opened", conversation_id, details)


@router.get("/media/{message_id}/ask", response_class=HTMLResponse)
async def media_form(request: Request, person: Reader, conversation_id: uuid.UUID, message_id: RowNumber) -> Response:
    """The form for the reason."""
    return _media_form(request, conversation_id, message_id)


def _media_form(
    request: Request,
    conversation_id: uuid.UUID,
    message_id: int,
    given: ReasonToShow | None = None,
    error: GatewayError | None = None,
) -> Response:
    back = conversation_path(conversation_id)
    action = f"{back}/media/{message_id}"
    context = {
        "wording": wording,
        "back": back,
        "action": action,
        "stay": f"{action}/ask",
        "given": given.code if given else "",
        "problem": translate(request, wording.PROBLEMS["reason"]) if error else None,
    }
    return staff_page(request, "console/ask_media.html", context, status_code=error.status if error else 200)


@router.get("/media/{message_id}", response_class=HTMLResponse)
async def media_page(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    message_id: RowNumber,
    permit: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """The page of the file, blurred until it is pressed."""
    service = service_of(request)
    if not signed_links.is_valid(service.settings, request.state.staff_session.token, message_id, permit):
        return see_other(conversation_path(conversation_id))
    try:
        async with service.database.transaction() as session:
            kind, content = await _content(session, service, conversation_id, message_id)
    except MediaRefused as error:
        return await refused(request, person, conversation_id, error)
    file = f"{conversation_path(conversation_id)}/media/{message_id}/file?permit={permit}"
    response = staff_page(
        request,
        "console/media.html",
        {
            "wording": wording,
            "kind": kind,
            "file": file,
            "details": content.get("details"),
            "place": _place(content),
            "back": conversation_path(conversation_id),
        },
    )
    response.headers["content-security-policy"] = f"{CONTENT_SECURITY_POLICY}; media-src 'self'"
    return response


@router.get("/media/{message_id}/file")
async def media_file(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    message_id: RowNumber,
    permit: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """The bytes, fetched from the platform for this request and stored nowhere, with scripts disabled."""
    service = service_of(request)
    if not signed_links.is_valid(service.settings, request.state.staff_session.token, message_id, permit):
        raise NotAllowed("file_reason_missing")
    async with service.database.transaction() as session:
        conversation = await session.get(Conversation, conversation_id)
        if conversation is None:
            raise ConversationMissing("conversation_missing")
        _, content = await _content(session, service, conversation_id, message_id)
        channel = service.channels.get(conversation.channel)
    if channel is None:
        raise MediaRefused("The platform of this conversation is switched off, so its files cannot be opened.")
    if not content.get("media_id"):
        raise MediaRefused("This message has no file.")
    kind, file = await channel.open_media(content["media_id"])
    shown = kind.startswith(_SHOWN) and kind not in _NEVER_SHOWN
    headers = {
        "content-disposition": f'{"inline" if shown else "attachment"}; filename="neuvo-{message_id}"',
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return Response(file, media_type=kind if shown else "application/octet-stream", headers=headers)


def _place(content: Mapping[str, Any]) -> str | None:
    """Latitude and longitude as a map's search takes them; no address is opened from here."""
    known = dict(content.get("details") or ())
    return f"{known['latitude']}, {known['longitude']}" if {"latitude", "longitude"} <= known.keys() else None


async def _content(
    session: AsyncSession, service: OutboxContext, conversation_id: uuid.UUID, message_id: RowNumber
) -> tuple[str, Mapping[str, Any]]:
    """The kind of a message and its decrypted content: a file, a place or a card. Raises `MediaRefused`."""
    query = select(Message, Conversation).join(Conversation, Conversation.id == Message.conversation_id)
    row = (
        await session.execute(query.where(Message.id == message_id, Conversation.id == conversation_id))
    ).one_or_none()
    if row is None or row.Message.content_sealed is None:
        raise MediaRefused("This message has no file any more.")
    key = service.keyring.unwrap(row.Conversation.wrapped_key)
    content: Mapping[str, Any] = json.loads(crypto.unseal(key, row.Message.content_sealed, "message.content"))
    if not content.get("media_id") and not content.get("details"):
        raise MediaRefused("This message has no file.")
    return row.Message.kind, content
