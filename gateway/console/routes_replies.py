"""Console: replies to the citizen, drafts, templates and typing."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.console.access_log import record_about
from gateway.console.officer import Reader, officer_of, service_of
from gateway.console.request_context import act, done, refused
from gateway.conversations.kinds import ConversationState
from gateway.conversations.repository import locked
from gateway.core.actors import Officer
from gateway.core.errors import ConversationMissing, GatewayError
from gateway.handover import presence, replies
from gateway.handover.errors import HandoverRefused, HandoverTextRefused
from gateway.handover.models import OpeningGround
from gateway.handover.replies import save_draft
from gateway.outbox.reengagement import queue_template
from gateway.outbox.templates import OutboxContext

router = APIRouter(prefix="/console/conversations/{conversation_id}", tags=["console"])
Text = Annotated[str, Form(max_length=20_000)]
_OWN = {"ground": OpeningGround.OWN}  # only the owner writes to the citizen
GAP = "gap_"  # prefix of the form fields for a template's gaps


@router.post("/reply")
async def reply(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    text: Text = "",
    form_id: Annotated[uuid.UUID | None, Form()] = None,
) -> Response:
    """Send a reply to the citizen; where it is refused, the text is saved as the officer's draft."""
    service, officer = service_of(request), officer_of(person)
    try:
        async with service.database.transaction() as session:
            if await replies.reply(session, service, officer, conversation_id, text, form_id=form_id):
                await record_about(session, request, person, "reply_sent", conversation_id, _OWN)
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
        text = await replies.text_to_resend(session, service, conversation_id, item_id)
        await replies.reply(session, service, officer, conversation_id, text, form_id=uuid.uuid5(item_id, "resend"))

    return await act(
        request, person, conversation_id, work,
        said="sent_again", where="resend", action="reply_sent", details=_OWN,
    )  # fmt: skip


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
