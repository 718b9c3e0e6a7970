"""Console: every citizen who is blocked, erased ones too, and how a supervisor lifts a block."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse

from gateway.accounts import audit
from gateway.accounts.staff_page import see_other, staff_page
from gateway.console.access_log import record_list
from gateway.console.officer import Supervisor, officer_of, service_of
from gateway.console.view_context import texts
from gateway.handover.blocking import all_blocks, lift_block

router = APIRouter(prefix="/console/blocks", tags=["console"])
_PATH = "/console/blocks"


@router.get("", response_class=HTMLResponse)
async def blocks(request: Request, person: Supervisor) -> Response:
    """All blocks, the newest first: since when, why, until when."""
    async with service_of(request).database.transaction() as session:
        found = await all_blocks(session)
        shown = (each.conversation_id for each in found if each.conversation_id is not None)
        await record_list(session, request, person, "blocks", shown)
    return staff_page(request, "console/blocks.html", {**texts(request), "found": found})


@router.post("/lift")
async def lift(
    request: Request, person: Supervisor, address: Annotated[str, Form(pattern="^[0-9a-f]{32}$")]
) -> Response:
    """Answer the citizen with this address again; one who is not blocked any more is answered already."""
    service, officer = service_of(request), officer_of(person)
    async with service.database.transaction() as session:
        if (lifted := await lift_block(session, service, officer, bytes.fromhex(address))) is not None:
            subject = (
                audit.conversation_subject(service.keyring, lifted.conversation_id) if lifted.conversation_id else ""
            )
            await audit.record(session, person.id, "citizen_unblocked", subject, {"ground": lifted.ground})
    return see_other(_PATH)
