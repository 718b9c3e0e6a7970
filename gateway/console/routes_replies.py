"""Console: replies to the citizen, drafts, templates and typing."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.exceptions import HTTPException
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.datastructures import FormData, UploadFile

from gateway.accounts.access import Person
from gateway.console.access_log import record_about
from gateway.console.officer import Reader, officer_of, service_of
from gateway.console.request_context import act, done, refused
from gateway.conversations.kinds import ConversationState
from gateway.conversations.repository import locked
from gateway.core.actors import Officer
from gateway.core.errors import ConversationMissing, GatewayError
from gateway.handover import presence, replies
from gateway.handover.attachments import LARGEST, Attached, checked_file, read_place
from gateway.handover.drafts import save_draft
from gateway.handover.errors import HandoverRefused, HandoverTextRefused
from gateway.handover.models import OpeningGround
from gateway.outbox.reengagement import queue_template
from gateway.outbox.templates import OutboxContext

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])
MAX_TEXT = 20_000  # characters of a field
Text = Annotated[str, Form(max_length=MAX_TEXT)]
_OWN = {"ground": OpeningGround.OWN}  # only the owner writes to the citizen
GAP = "gap_"  # prefix of the form fields for a template's gaps


@router.post("/reply")
async def reply(request: Request, person: Reader, conversation_id: uuid.UUID) -> Response:
    """Send a reply, a file or a place to the citizen; where it is refused, the text is saved as the officer's draft."""
    async with request.form() as fields:  # not before the session is known: it may be large
        return await _reply(request, person, conversation_id, fields)


async def _reply(request: Request, person: Person, conversation_id: uuid.UUID, fields: FormData) -> Response:
    service, officer = service_of(request), officer_of(person)
    text, form_id = _written(fields, "text"), _id_of(fields)
    try:
        attached = await _attached(fields)
        details = {**_OWN, **attached.kinds}
        async with service.database.transaction() as session:
            if await replies.reply(
                session, service, officer, conversation_id, text, attached=attached, form_id=form_id
            ):
                await record_about(session, request, person, "reply_sent", conversation_id, details)
    except ConversationMissing as error:
        return await refused(request, person, conversation_id, error)
    except GatewayError as error:
        await _save(service, officer, conversation_id, text)
        return await refused(request, person, conversation_id, error, "length")
    return done(request, conversation_id)


@router.post("/resend/{item_id}")
async def resend(request: Request, person: Reader, conversation_id: uuid.UUID, item_id: uuid.UUID) -> Response:
    """Send a reply that failed once more, as a new one."""
    service, officer = service_of(request), officer_of(person)

    async def work(session: AsyncSession) -> None:
        await replies.resend(session, service, officer, conversation_id, item_id)

    return await act(
        request, person, conversation_id, work,
        said="sent_again", where="resend", action="reply_sent", details=_OWN,
    )  # fmt: skip


def _written(fields: FormData, name: str) -> str:
    """The text of a field; a form with files may hold what no database takes, as others may not."""
    value = fields.get(name)
    text = value if isinstance(value, str) else ""
    if "\x00" in text or len(text) > MAX_TEXT:
        raise HTTPException(422, "A text in this form cannot be stored.")
    return text


def _id_of(fields: FormData) -> uuid.UUID | None:
    try:
        return uuid.UUID(written) if (written := _written(fields, "form_id")) else None
    except ValueError:
        raise HTTPException(422, "This is not the id of a form.") from None


async def _attached(fields: FormData) -> Attached:
    """The file and the place of a form, checked; raises `AttachmentRefused`."""
    file, given = None, fields.get("file")
    if isinstance(given, UploadFile) and (given.filename or given.size):
        content = await given.read(max(LARGEST.values()) + 1)
        file = await checked_file(given.filename or "", content)
    place = read_place(*(_written(fields, f"place_{name}") for name in ("coordinates", "name", "address")))
    return Attached(file, place)


async def _save(service: OutboxContext, officer: Officer, conversation_id: uuid.UUID, text: str) -> None:
    async with service.database.transaction() as session:
        await save_draft(session, service, officer, conversation_id, text)


@router.post("/draft")
async def draft(request: Request, person: Reader, conversation_id: uuid.UUID, text: Text = "") -> Response:
    """Save the draft of this officer in this conversation."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: save_draft(session, service, officer, conversation_id, text), said="draft_kept",
    )  # fmt: skip


@router.post("/typing", status_code=204)
async def typing(request: Request, person: Reader, conversation_id: uuid.UUID) -> None:
    """The officer types: colleagues see it, and the citizen too if the officer is the owner."""
    service, officer = service_of(request), officer_of(person)
    async with service.database.transaction() as session:
        await locked(session, conversation_id)
        indicator = await presence.mark_typing(session, service, officer, conversation_id)
    if indicator is not None:
        service.spawn(presence.show_typing_indicator(service, indicator))


@router.post("/away", status_code=204)
async def away(request: Request, person: Reader, conversation_id: uuid.UUID) -> None:
    """The officer has left the page."""
    service, officer = service_of(request), officer_of(person)
    async with service.database.transaction() as session:
        await presence.mark_absent(session, service, officer, conversation_id)


@router.post("/template")
async def template(
    request: Request, person: Reader, conversation_id: uuid.UUID, name: Annotated[str, Form(max_length=512)] = ""
) -> Response:
    """After the reply window: a template tells the citizen that an answer waits, which goes when they write."""
    service, officer = service_of(request), officer_of(person)
    fields = await request.form()
    text = str(fields.get("answer", ""))
    values = {key.removeprefix(GAP): str(value) for key, value in fields.items() if key.startswith(f"{GAP}{name}_")}
    values = {key.removeprefix(f"{name}_"): value for key, value in values.items()}

    async def work(session: AsyncSession) -> None:
        conversation = await locked(session, conversation_id)
        if conversation.state != ConversationState.OFFICER or conversation.officer_id != officer.id:
            raise HandoverRefused("template_not_owner")
        await replies.promise(session, service, officer, conversation_id, text)
        await queue_template(session, service, conversation, name, values, officer=officer)

    try:
        async with service.database.transaction() as session:
            await work(session)
            await record_about(session, request, person, "template_sent", conversation_id, _OWN)
    except ConversationMissing as error:
        return await refused(request, person, conversation_id, error)
    except GatewayError as error:
        await _save(service, officer, conversation_id, text)
        where = "length" if isinstance(error, HandoverTextRefused) else "told_already"
        return await refused(request, person, conversation_id, error, where)
    return done(request, conversation_id, "template_sent")
