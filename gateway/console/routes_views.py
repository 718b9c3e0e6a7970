"""Console: views of the queue that an officer keeps under a name."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator

from gateway.accounts.access import Person
from gateway.accounts.staff_page import see_other, staff_page, translate
from gateway.console import wording
from gateway.console.officer import Reader, service_of
from gateway.console.view_context import texts
from gateway.content.routes.wording import GROUPS
from gateway.core.locale import LANGUAGES
from gateway.handover import saved_views
from gateway.handover.areas import all_areas
from gateway.handover.errors import HandoverTextRefused
from gateway.handover.teams import all_teams

router = APIRouter(prefix="/console/views", tags=["console"])
_PATH = "/console/views"
Code = Annotated[str, Form(max_length=32)]


def _given(value: str | None) -> str | None:
    """A form sends an empty word for what is not chosen."""
    return value or None


@router.get("", response_class=HTMLResponse)
async def views(request: Request, person: Reader) -> Response:
    """The officer's views, and the form for a new one."""
    return await _page(request, person)


@router.post("")
async def keep(
    request: Request,
    person: Reader,
    name: Annotated[str, Form(max_length=1000)] = "",
    language: Code = "",
    channel: Code = "",
    skill: Code = "",
    team: Annotated[uuid.UUID | None, BeforeValidator(_given), Form()] = None,
    area: Annotated[uuid.UUID | None, BeforeValidator(_given), Form()] = None,
    for_me: Annotated[bool, Form()] = False,
) -> Response:
    """Keep a view; what is not one of the choices does not matter."""
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            teams = {each.id for each in await all_teams(session)}
            areas = {each.id for each in await all_areas(session)}
            kept = saved_views.QueueFilter(
                language if language in LANGUAGES else "",
                channel if channel in wording.CHANNELS else "",
                skill if skill in GROUPS else "",
                team if team in teams else None,
                area if area in areas else None,
                for_me,
            )
            await saved_views.keep_view(session, person.id, name, kept)
    except HandoverTextRefused as error:
        return await _page(request, person, translate(request, wording.PROBLEMS[error.code]), error.status)
    return see_other(_PATH, said="view_kept")


@router.post("/delete")
async def delete(request: Request, person: Reader, view: Annotated[uuid.UUID, Form()]) -> Response:
    """Delete one of the officer's own views."""
    async with service_of(request).database.transaction() as session:
        await saved_views.delete_view(session, person.id, view)
    return see_other(_PATH, said="view_deleted")


async def _page(request: Request, person: Person, problem: str | None = None, status: int = 200) -> Response:
    async with service_of(request).database.transaction() as session:
        context: dict[str, Any] = {
            "found": await saved_views.views_of(session, person.id),
            "teams": await all_teams(session),
            "areas": await all_areas(session),
        }
    context |= {"groups": GROUPS, "problem": problem}
    return staff_page(request, "console/views.html", {**texts(request), **context}, status_code=status)
