"""Console: the areas that officers know, and of which a waiting conversation is."""

import uuid
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.accounts.staff_page import see_other, staff_page, translate
from gateway.console import wording
from gateway.console.officer import Reader, Supervisor, officer_of, service_of
from gateway.console.request_context import act
from gateway.console.view_context import texts
from gateway.handover import areas, assignment
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.team_models import MAX_NAME
from gateway.referrals import service as referrals

router = APIRouter(prefix="/console", tags=["console"])
_PATH = "/console/teams/areas"


@dataclass(frozen=True)
class AreaForm:
    """The submitted form of an area."""

    name: Annotated[str, Form(max_length=1000)] = ""
    places: Annotated[str, Form(max_length=10_000)] = ""
    area: Annotated[uuid.UUID | None, Form()] = None


@router.get("/teams/areas", response_class=HTMLResponse)
async def show(request: Request, person: Supervisor) -> Response:
    """The areas, and the form for a new one."""
    return await _page(request)


@router.post("/teams/areas")
async def keep(
    request: Request,
    person: Supervisor,
    form: Annotated[AreaForm, Depends()],
    codes: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Make an area or change one; recorded."""
    try:
        async with service_of(request).database.transaction() as session:
            known = {each.code for each in await referrals.list_all(session)}
            wanted = areas.AreaSettings(form.name, areas.read_places(form.places), frozenset(codes) & known)
            await areas.keep_area(session, form.area, wanted)
            details = {"places": len(wanted.places), "links": len(wanted.codes)}
            await audit.record(session, person.id, "area_changed", wanted.name[:MAX_NAME], details)
    except HandoverTextRefused as error:
        problem = translate(request, wording.PROBLEMS[error.code])
        return await _page(request, form, frozenset(codes), problem=problem, status=error.status)
    return see_other(_PATH, said="area_kept")


@router.post("/teams/areas/delete")
async def delete(request: Request, person: Supervisor, area: Annotated[uuid.UUID, Form()]) -> Response:
    """Delete an area; recorded."""
    async with service_of(request).database.transaction() as session:
        await areas.delete_area(session, area)
        await audit.record(session, person.id, "area_deleted", str(area))
    return see_other(_PATH, said="area_deleted")


@router.post("/conversations/{conversation_id}/area")
async def set_area(
    request: Request, person: Reader, conversation_id: uuid.UUID, area: Annotated[uuid.UUID | None, Form()] = None
) -> Response:
    """Say of which area a waiting conversation is."""
    service = service_of(request)

    async def work(session: AsyncSession) -> None:
        await assignment.set_area(session, service, officer_of(person), conversation_id, area or uuid.UUID(int=0))

    return await act(
        request, person, conversation_id, work, said="area_set", where="area", action="conversation_assigned"
    )


async def _page(
    request: Request,
    written: AreaForm | None = None,
    codes: frozenset[str] = frozenset(),
    *,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    async with service_of(request).database.transaction() as session:
        known = [(each.id, each.settings.name, each.settings.places, each.settings.codes)
                 for each in await areas.all_areas(session)]  # fmt: skip
        links = [(each.code, each.name) for each in await referrals.list_all(session)]
    written = written or AreaForm()
    context: dict[str, Any] = {
        "found": known,
        "links": links,
        "written": written,
        "written_codes": codes,
        "problem": problem,
    }
    return staff_page(request, "console/areas.html", {**texts(request), **context}, status_code=status)
