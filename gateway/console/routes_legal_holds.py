"""Console: legal holds, which a supervisor places and lifts, and their list."""

import uuid

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from gateway.accounts.staff_page import staff_page
from gateway.console.access_log import record_list
from gateway.console.officer import Supervisor, officer_of, service_of
from gateway.console.reasons import ToHold, ToLift
from gateway.console.request_context import act
from gateway.console.view_context import texts
from gateway.privacy.legal_holds import all_holds, lift_hold, place_hold

router = APIRouter(prefix="/console", tags=["console"])


@router.get("/holds", response_class=HTMLResponse)
async def holds(request: Request, person: Supervisor) -> Response:
    """All legal holds, by whom and why."""
    service = service_of(request)
    async with service.database.transaction() as session:
        found = await all_holds(session, service)
        await record_list(session, request, person, "holds", (each.conversation_id for each in found))
    return staff_page(request, "console/holds.html", {**texts(request), "found": found})


@router.post("/conversations/{conversation_id}/hold")
async def place(request: Request, person: Supervisor, conversation_id: uuid.UUID, ground: ToHold) -> Response:
    """Place a legal hold."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: place_hold(session, service, officer, conversation_id, ground.text),
        said="hold_placed", where="reason", show="side",
    )  # fmt: skip


@router.post("/conversations/{conversation_id}/lift")
async def lift(request: Request, person: Supervisor, conversation_id: uuid.UUID, ground: ToLift) -> Response:
    """Lift a legal hold."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: lift_hold(session, service, officer, conversation_id, ground.text),
        said="hold_lifted", where="reason", show="side",
    )  # fmt: skip
