"""Console: the transcript of a conversation, which one asks for, a supervisor approves, and the asker fetches once."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import approvals, audit
from gateway.accounts.models import ApprovalKind
from gateway.accounts.staff_page import language_of, see_other
from gateway.console.access_log import check_may_read, record_about
from gateway.console.officer import Reader, officer_of, service_of
from gateway.console.reasons import ToShow
from gateway.console.request_context import act
from gateway.console.transcript import transcript
from gateway.conversations.event_reasons import opened_details, with_reason
from gateway.conversations.repository import locked
from gateway.core.errors import GatewayError
from gateway.handover.errors import HandoverTextRefused

router = APIRouter(prefix="/console", tags=["console"])


@router.post("/conversations/{conversation_id}/transcript")
async def ask(
    request: Request,
    person: Reader,
    conversation_id: uuid.UUID,
    ground: ToShow,
    with_notes: Annotated[bool, Form()] = False,
) -> Response:
    """Ask for the transcript; the reason's words stay encrypted with the conversation's key."""
    service = service_of(request)

    async def work(session: AsyncSession) -> None:
        await check_may_read(session, request, person, conversation_id)
        if not ground.text:
            raise HandoverTextRefused("export_reason_missing")
        conversation = await locked(session, conversation_id)
        subject = audit.conversation_subject(service.keyring, conversation_id)
        content = {"ground": ground.code, "notes": with_notes, **with_reason(service, conversation, ground.text)}
        await approvals.ask(
            session, ApprovalKind.TRANSCRIPT, person.id, subject, conversation_id=conversation_id, content=content
        )

    return await act(request, person, conversation_id, work, said="export_asked", where="reason", show="side")


@router.post("/exports/{request_id}")
async def fetch(request: Request, person: Reader, request_id: uuid.UUID) -> Response:
    """The transcript as a text file, once it is approved."""
    service, officer = service_of(request), officer_of(person)
    try:
        async with service.database.transaction() as session:
            approved = await approvals.use(session, person.id, request_id, ApprovalKind.TRANSCRIPT)
            assert approved.conversation_id is not None, "it goes with its conversation"
            conversation = await locked(session, approved.conversation_id)
            reason = opened_details(service.keyring.unwrap(conversation.wrapped_key), approved.content)["reason"]
            notes = bool(approved.content["notes"])
            text = await transcript(
                session, service, officer, conversation.id, reason, language=language_of(request), with_notes=notes
            )
            details = {"ground": approved.content["ground"], "notes": notes, "approved_by": str(approved.decided_by)}
            await record_about(session, request, person, "transcript_exported", conversation.id, details)
    except GatewayError:
        return see_other("/approvals")
    headers = {
        "content-disposition": f'attachment; filename="neuvo-{conversation.id}.txt"',
        "cache-control": "no-store",
    }
    return Response(text, media_type="text/plain; charset=utf-8", headers=headers)
