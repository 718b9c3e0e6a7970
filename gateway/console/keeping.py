"""Beside the road, the console: legal holds, which a supervisor places and lifts, and the list of what is kept."""

import uuid

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from gateway.console.acting import act
from gateway.console.display import texts
from gateway.console.grounds import Given
from gateway.console.officer import Leader, officer_of
from gateway.privacy.holds import all_holds, lift_hold, place_hold
from gateway.staff_pages import service_of, staff_page

router = APIRouter(prefix="/console", tags=["console"])


@router.get("/holds", response_class=HTMLResponse)
async def holds(request: Request, person: Leader) -> Response:
    """Every conversation that is kept, by whom and why."""
    service = service_of(request)
    async with service.database.transaction() as session:
        found = await all_holds(session, service)
    return staff_page(request, "console/holds.html", {**texts(request), "found": found})


@router.post("/conversations/{conversation_id}/hold")
async def place(request: Request, person: Leader, conversation_id: uuid.UUID, ground: Given) -> Response:
    """Keep this conversation, whatever its time and its citizen's wish."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: place_hold(session, service, officer, conversation_id, ground.text),
        said="hold_placed", where="reason", show="side",
    )  # fmt: skip


@router.post("/conversations/{conversation_id}/lift")
async def lift(request: Request, person: Leader, conversation_id: uuid.UUID, ground: Given) -> Response:
    """Let this conversation go the way of all others."""
    service, officer = service_of(request), officer_of(person)
    return await act(
        request, person, conversation_id,
        lambda session: lift_hold(session, service, officer, conversation_id, ground.text),
        said="hold_lifted", where="reason", show="side",
    )  # fmt: skip
