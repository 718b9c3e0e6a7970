"""Bulletins, the officers' pages: write, propose, approve, correct, withdraw."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.access import Person, needs
from gateway.accounts.acting_person import record
from gateway.accounts.staff_page import language_of, see_other, staff_page, translate
from gateway.bulletins import service as bulletin_service
from gateway.bulletins import views, wording
from gateway.bulletins.cache import ActiveBulletin, BulletinsContext
from gateway.bulletins.compose import bulletin_text
from gateway.bulletins.content import MOST_NAMES, NAME, TEXT, TITLE, BulletinContent
from gateway.bulletins.form import content_of, empty_fields, faults, fields_of
from gateway.bulletins.scam_draft import scam_fields
from gateway.bulletins.states import BulletinStatus, VersionState
from gateway.core.actors import Role
from gateway.core.database import now
from gateway.core.errors import GatewayError
from gateway.core.locale import LANGUAGES

router = APIRouter(prefix="/console/bulletins", tags=["bulletins"])
Officer = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR))]
Step = Literal["propose", "send-back", "approve", "publish-alone", "withdraw", "end", "discard"]
_OVER = frozenset({BulletinStatus.ENDED, BulletinStatus.WITHDRAWN, BulletinStatus.DISCARDED})
_LIMITS = {"title": TITLE, "text": TEXT, "name": NAME, "names": MOST_NAMES, "reason": bulletin_service.LONGEST_REASON}


@router.get("", response_class=HTMLResponse)
async def list_page(request: Request, person: Officer) -> HTMLResponse:
    """The bulletins in groups: to approve, in force, coming, drafts, over."""
    at = now()
    async with service_of(request).database.transaction() as session:
        found = await views.list_bulletins(session, person.language, at)
    groups = {
        "to_approve": [each for each in found if each.pending == VersionState.PROPOSED],
        "in_force": [each for each in found if each.status == BulletinStatus.IN_FORCE],
        "coming": [each for each in found if each.status == BulletinStatus.SCHEDULED],
        "drafts": [each for each in found if each.pending == VersionState.DRAFT],
        "over": [each for each in found if each.status in _OVER and not each.pending],
    }
    return staff_page(request, "bulletins/list.html", {"groups": groups, "wording": wording})


@router.get("/new", response_class=HTMLResponse)
async def new_form(request: Request, person: Officer, scam: Annotated[str, Query(max_length=80)] = "") -> HTMLResponse:
    """An empty form, or the draft of a wave of scam messages (`sender:story`)."""
    if scam:
        return _form(request, scam_fields(scam, service_of(request).scam_checks.senders, now()))
    return _form(request, empty_fields(now()))


@router.post("", response_class=HTMLResponse)
async def create(request: Request, person: Officer) -> Response:
    """Store a new bulletin as a draft."""
    fields = await _fields(request)
    try:
        async with service_of(request).database.transaction() as session:
            bulletin_id = await bulletin_service.create(session, person, content_of(fields))
    except GatewayError as error:
        return _form(request, fields, error=error)
    return see_other(f"/console/bulletins/{bulletin_id}", "kept")


@router.get("/{bulletin_id}", response_class=HTMLResponse)
async def detail_page(request: Request, bulletin_id: uuid.UUID, person: Officer) -> HTMLResponse:
    """One bulletin: what citizens read, what is in the making, what was done."""
    return await _page(request, bulletin_id, person)


@router.get("/{bulletin_id}/write", response_class=HTMLResponse)
async def edit_form(request: Request, bulletin_id: uuid.UUID, person: Officer) -> HTMLResponse:
    """The form with the version in the making, or with what is published, for a correction."""
    try:
        async with service_of(request).database.transaction() as session:
            opened = await views.load_detail(session, bulletin_id, person.id, now())
    except bulletin_service.NoSuchBulletin as error:
        return _missing(request, error)
    return _form(request, fields_of(opened.content), opened)


@router.post("/{bulletin_id}/write", response_class=HTMLResponse)
async def save(request: Request, bulletin_id: uuid.UUID, person: Officer) -> Response:
    """Keep what was changed; a proposal becomes a draft again."""
    fields, service = await _fields(request), service_of(request)
    try:
        async with service.database.transaction() as session:
            seen = _seen(fields.get("seen", ""))
            await bulletin_service.revise(session, person, bulletin_id, content_of(fields), seen=seen)
    except bulletin_service.NoSuchBulletin as error:
        return _missing(request, error)
    except GatewayError as error:
        async with service.database.transaction() as session:
            opened = await views.load_detail(session, bulletin_id, person.id, now())
        return _form(request, fields, opened, error)
    return see_other(f"/console/bulletins/{bulletin_id}", "kept")


@router.post("/{bulletin_id}/{step}", response_class=HTMLResponse)
async def take_step(
    request: Request,
    bulletin_id: uuid.UUID,
    step: Step,
    person: Officer,
    reason: Annotated[str, Form(max_length=bulletin_service.LONGEST_REASON)] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Take one step with a bulletin; where the rules refuse it, the page says why."""
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            await _steps(session, person, bulletin_id, reason, seen)[step]()
    except bulletin_service.NoSuchBulletin as error:
        return _missing(request, error)
    except GatewayError as error:
        return await _page(request, bulletin_id, person, error, reason)
    service.bulletins.invalidate()
    return see_other(f"/console/bulletins/{bulletin_id}", step)


def _steps(
    session: AsyncSession, person: Person, bulletin: uuid.UUID, reason: str, seen: str
) -> Mapping[str, Callable[[], Awaitable[None]]]:
    return {
        "propose": lambda: bulletin_service.propose(session, person, bulletin),
        "send-back": lambda: bulletin_service.send_back(session, person, bulletin, reason),
        "approve": lambda: bulletin_service.approve(session, person, bulletin, seen=_seen(seen), record=record),
        "publish-alone": lambda: bulletin_service.publish_alone(session, person, bulletin, reason, record),
        "withdraw": lambda: bulletin_service.withdraw(session, person, bulletin, reason, record),
        "end": lambda: bulletin_service.end_now(session, person, bulletin, record),
        "discard": lambda: bulletin_service.discard(session, person, bulletin),
    }


async def _page(
    request: Request, bulletin_id: uuid.UUID, person: Person, error: GatewayError | None = None, reason: str = ""
) -> HTMLResponse:
    at = now()
    try:
        async with service_of(request).database.transaction() as session:
            opened = await views.load_detail(session, bulletin_id, person.id, at)
    except bulletin_service.NoSuchBulletin as missing:
        return _missing(request, missing)
    context: dict[str, Any] = {
        "wording": wording,
        "bulletin": opened,
        "bubbles": {
            "published": _bubbles(request, opened.published, at),
            "pending": _bubbles(request, opened.pending, at) if opened.pending_state or not opened.published else {},
        },
        "limits": _LIMITS,
        "reason": reason,
    }
    if error is not None:
        context["problem"] = " ".join(faults(error, person.language))
    return staff_page(request, "bulletins/one.html", context, status_code=error.status if error else 200)


def _bubbles(request: Request, content: BulletinContent | None, at: dt.datetime) -> dict[str, list[tuple[str, str]]]:
    """The bulletin as a message shows it, in each language: its lines, each with what it is."""
    if content is None:
        return {}
    begun = max(at, content.starts_at)
    bulletin = ActiveBulletin(uuid.UUID(int=0), content, content.starts_at, content.ends_at, begun, None, 0)
    found = {}
    for language in LANGUAGES:
        title, *text, about = bulletin_text(service_of(request).lines, bulletin, language, begun).split("\n")
        found[language] = [("title", title.strip("*")), ("text", "\n".join(text)), ("about", about.strip("_"))]
    return found


def _form(
    request: Request,
    fields: Mapping[str, str],
    opened: views.BulletinDetail | None = None,
    error: GatewayError | None = None,
) -> HTMLResponse:
    seen = fields.get("seen") or (opened.seen.isoformat() if opened else "")
    context = {
        "wording": wording,
        "fields": fields,
        "bulletin": opened,
        "seen": seen,
        "limits": _LIMITS,
        "faults": faults(error, language_of(request)) if error else [],
    }
    return staff_page(request, "bulletins/write.html", context, status_code=error.status if error else 200)


def _missing(request: Request, error: GatewayError) -> HTMLResponse:
    problem = translate(request, wording.PROBLEMS["NoSuchBulletin"])
    context = {"wording": wording, "groups": {}, "problem": problem}
    return staff_page(request, "bulletins/list.html", context, status_code=error.status)


async def _fields(request: Request) -> dict[str, str]:
    return {key: value for key, value in (await request.form()).items() if isinstance(value, str)}


def _seen(text: str) -> dt.datetime:
    """The timestamp in the form; an invalid one becomes the earliest, so that the form counts as out of date."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)


def service_of(request: Request) -> BulletinsContext:
    """The parts of this process that these pages need."""
    service: BulletinsContext = request.app.state.service
    return service
