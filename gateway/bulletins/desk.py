"""Beside the road: the officers' pages of bulletins: write, propose, approve, correct, withdraw."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts.access import Person, Role, needs
from gateway.accounts.acting import record
from gateway.bulletins import desk_view, writing
from gateway.bulletins.composing import notice_words
from gateway.bulletins.content import MOST_NAMES, NAME, TEXT, TITLE, BulletinContent
from gateway.bulletins.form import content_of, empty_fields, faults, fields_of
from gateway.bulletins.in_force import Notice
from gateway.conversations.lines import LANGUAGES
from gateway.database import now
from gateway.errors import GatewayError
from gateway.staff_pages import page_words, see_other, service_of, staff_page

router = APIRouter(prefix="/console/bulletins", tags=["bulletins"])
Officer = Annotated[Person, Depends(needs(Role.OFFICER, Role.SUPERVISOR))]
Step = Literal["propose", "send-back", "approve", "publish-alone", "withdraw", "end", "discard"]
_LIMITS = {"title": TITLE, "text": TEXT, "name": NAME, "names": MOST_NAMES, "reason": writing.LONGEST_REASON}


@router.get("", response_class=HTMLResponse)
async def all_of_them(request: Request, person: Officer) -> HTMLResponse:
    """What waits for somebody, what holds, and what is over."""
    at = now()
    async with service_of(request).database.transaction() as session:
        found = await desk_view.listed(session, person.language, at)
    groups = {
        "to_approve": [each for each in found if each.pending == "proposed"],
        "in_force": [each for each in found if each.standing == "in_force"],
        "coming": [each for each in found if each.standing == "scheduled"],
        "drafts": [each for each in found if each.pending == "draft"],
        "over": [each for each in found if each.standing in ("ended", "withdrawn", "discarded") and not each.pending],
    }
    return staff_page(request, "bulletins/list.html", {"groups": groups})


@router.get("/new", response_class=HTMLResponse)
async def new(request: Request, person: Officer) -> HTMLResponse:
    """An empty form."""
    return _form(request, empty_fields(now()))


@router.post("", response_class=HTMLResponse)
async def begin(request: Request, person: Officer) -> Response:
    """Keep a new bulletin as a draft."""
    fields = await _fields(request)
    try:
        async with service_of(request).database.transaction() as session:
            bulletin_id = await writing.begin(session, person, content_of(fields))
    except GatewayError as error:
        return _form(request, fields, error=error)
    return see_other(f"/console/bulletins/{bulletin_id}", "kept")


@router.get("/{bulletin_id}", response_class=HTMLResponse)
async def one(request: Request, bulletin_id: uuid.UUID, person: Officer) -> HTMLResponse:
    """One bulletin: what citizens read, what is in the making, what was done."""
    return await _page(request, bulletin_id, person)


@router.get("/{bulletin_id}/write", response_class=HTMLResponse)
async def write(request: Request, bulletin_id: uuid.UUID, person: Officer) -> HTMLResponse:
    """The form with the version in the making, or with what is published, for a correction."""
    try:
        async with service_of(request).database.transaction() as session:
            opened = await desk_view.opened(session, bulletin_id, person.id, now())
    except writing.NoSuchBulletin as error:
        return _missing(request, error)
    return _form(request, fields_of(opened.content), opened)


@router.post("/{bulletin_id}/write", response_class=HTMLResponse)
async def rewrite(request: Request, bulletin_id: uuid.UUID, person: Officer) -> Response:
    """Keep what was changed; a proposal becomes a draft again."""
    fields, service = await _fields(request), service_of(request)
    try:
        async with service.database.transaction() as session:
            seen = _seen(fields.get("seen", ""))
            await writing.revise(session, person, bulletin_id, content_of(fields), seen=seen)
    except writing.NoSuchBulletin as error:
        return _missing(request, error)
    except GatewayError as error:
        async with service.database.transaction() as session:
            opened = await desk_view.opened(session, bulletin_id, person.id, now())
        return _form(request, fields, opened, error)
    return see_other(f"/console/bulletins/{bulletin_id}", "kept")


@router.post("/{bulletin_id}/{step}", response_class=HTMLResponse)
async def take(
    request: Request,
    bulletin_id: uuid.UUID,
    step: Step,
    person: Officer,
    reason: Annotated[str, Form(max_length=writing.LONGEST_REASON)] = "",
    seen: Annotated[str, Form()] = "",
) -> Response:
    """Take one step with a bulletin; where the rules refuse it, the page says why."""
    service = service_of(request)
    try:
        async with service.database.transaction() as session:
            await _steps(session, person, bulletin_id, reason, seen)[step]()
    except writing.NoSuchBulletin as error:
        return _missing(request, error)
    except GatewayError as error:
        return await _page(request, bulletin_id, person, error, reason)
    service.notices.forget()
    return see_other(f"/console/bulletins/{bulletin_id}", step)


def _steps(
    session: AsyncSession, person: Person, bulletin: uuid.UUID, reason: str, seen: str
) -> Mapping[str, Callable[[], Awaitable[None]]]:
    return {
        "propose": lambda: writing.propose(session, person, bulletin),
        "send-back": lambda: writing.send_back(session, person, bulletin, reason),
        "approve": lambda: writing.approve(session, person, bulletin, seen=_seen(seen), record=record),
        "publish-alone": lambda: writing.publish_alone(session, person, bulletin, reason, record),
        "withdraw": lambda: writing.withdraw(session, person, bulletin, reason, record),
        "end": lambda: writing.end_now(session, person, bulletin, record),
        "discard": lambda: writing.discard(session, person, bulletin),
    }


async def _page(
    request: Request, bulletin_id: uuid.UUID, person: Person, error: GatewayError | None = None, reason: str = ""
) -> HTMLResponse:
    at = now()
    try:
        async with service_of(request).database.transaction() as session:
            opened = await desk_view.opened(session, bulletin_id, person.id, at)
    except writing.NoSuchBulletin as missing:
        return _missing(request, missing)
    words = page_words(request, "bulletins")
    context: dict[str, Any] = {
        "bulletin": opened,
        "bubbles": {
            "published": _bubbles(request, opened.published, at),
            "pending": _bubbles(request, opened.pending, at) if opened.pending_state or not opened.published else {},
        },
        "limits": _LIMITS,
        "reason": reason,
    }
    if error is not None:
        context["problem"] = " ".join(faults(error, words))
    return staff_page(request, "bulletins/one.html", context, status_code=error.status if error else 200)


def _bubbles(request: Request, content: BulletinContent | None, at: dt.datetime) -> dict[str, list[tuple[str, str]]]:
    """The notice as a message shows it, in each language: its lines, each with what it is."""
    if content is None:
        return {}
    begun = max(at, content.starts_at)
    notice = Notice(uuid.UUID(int=0), content, content.starts_at, content.ends_at, begun, None, 0)
    found = {}
    for language in LANGUAGES:
        title, *text, about = notice_words(service_of(request).lines, notice, language, begun).split("\n")
        found[language] = [("title", title.strip("*")), ("text", "\n".join(text)), ("about", about.strip("_"))]
    return found


def _form(
    request: Request,
    fields: Mapping[str, str],
    opened: desk_view.Opened | None = None,
    error: GatewayError | None = None,
) -> HTMLResponse:
    words = page_words(request, "bulletins")
    seen = fields.get("seen") or (opened.seen.isoformat() if opened else "")
    context = {
        "fields": fields,
        "bulletin": opened,
        "seen": seen,
        "limits": _LIMITS,
        "faults": faults(error, words) if error else [],
    }
    return staff_page(request, "bulletins/write.html", context, status_code=error.status if error else 200)


def _missing(request: Request, error: GatewayError) -> HTMLResponse:
    problem = page_words(request, "bulletins")["problems"]["NoSuchBulletin"]
    return staff_page(request, "bulletins/list.html", {"groups": {}, "problem": problem}, status_code=error.status)


async def _fields(request: Request) -> dict[str, str]:
    return {key: value for key, value in (await request.form()).items() if isinstance(value, str)}


def _seen(text: str) -> dt.datetime:
    """The moment that the form carries; one that says nothing is long ago, so that it counts as out of date."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return dt.datetime.min.replace(tzinfo=dt.UTC)
    return at if at.tzinfo else at.replace(tzinfo=dt.UTC)
