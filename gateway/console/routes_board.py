"""Console: the page of the supervisor's board."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from gateway.accounts.staff_page import staff_page
from gateway.console.access_log import record_list
from gateway.console.board import board
from gateway.console.officer import Supervisor, service_of
from gateway.console.view_context import texts

router = APIRouter(prefix="/console", tags=["console"])
SHOWN = 100  # of those who wait


@router.get("/board", response_class=HTMLResponse)
async def show(request: Request, person: Supervisor) -> Response:
    """Who is on duty, who carries what, who waits how long; it looks again by itself."""
    service = service_of(request)
    async with service.database.transaction() as session:
        found = await board(session, service)
        rows = [*found.left_alone, *found.waiting, *(row for each in found.officers for row in each.carries)]
        await record_list(session, request, person, "board", (row.conversation_id for row in rows))
    return staff_page(request, "console/board.html", {**texts(request), "board": found, "shown": SHOWN})
