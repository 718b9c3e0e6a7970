"""Accounts: the auditor's pages: the audit log with filters, its export and its verification."""

import csv
import datetime as dt
import io
import json
import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse
from sqlalchemy import Select, select

from gateway.accounts import approvals, audit, audit_chain, people
from gateway.accounts.access import Person, needs
from gateway.accounts.audit_shown import shown_details, shown_subject
from gateway.accounts.models import ApprovalKind, AuditEntry
from gateway.accounts.staff_page import language_of, see_other, service_of, staff_page
from gateway.core.actors import Role
from gateway.core.context import Context
from gateway.core.inputs import RowNumber, start_of_day

router = APIRouter(prefix="/audit", tags=["accounts"])
Auditor = Annotated[Person, Depends(needs(Role.AUDITOR))]
Confirmed = Annotated[Person, Depends(needs(Role.AUDITOR, fresh=True))]
PAGE = 50
BATCH = 1000
_COLUMNS = ("number", "at", "actor", "actor_name", "action", "subject", "details", "hash")


def formula_safe(value: str) -> str:
    """A cell that no spreadsheet reads as a formula (OWASP, CSV injection)."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value


def _filtered(action: str, who: str, begin: str, end: str) -> Select[AuditEntry]:
    wanted = select(AuditEntry)
    if action:
        wanted = wanted.where(AuditEntry.action == action)
    if who:
        wanted = wanted.where((AuditEntry.actor == who) | (AuditEntry.subject == who))
    if first := start_of_day(begin):
        wanted = wanted.where(AuditEntry.at >= first)
    if last := start_of_day(end):
        wanted = wanted.where(AuditEntry.at < last + dt.timedelta(days=1))
    return wanted


@router.get("", response_class=HTMLResponse)
async def read(
    request: Request,
    person: Auditor,
    action: str = "",
    who: str = "",
    begin: str = "",
    end: str = "",
    talk: Annotated[str, Query(max_length=300)] = "",
    before: RowNumber | None = None,
) -> HTMLResponse:
    """The newest entries first, a page at a time; `talk`: those about one conversation, however it is named."""
    if talk:
        # What is no conversation's has no entries: the page then says so, and shows what was written.
        who = audit.named_conversation(service_of(request).keyring, talk) or talk
    return await _page(request, {"action": action, "who": who, "begin": begin, "end": end}, before)


async def _page(
    request: Request, chosen: dict[str, str], before: int | None = None, verdict: audit_chain.Verdict | None = None
) -> HTMLResponse:
    service, language = service_of(request), language_of(request)
    wanted = _filtered(**chosen)
    if before is not None:
        wanted = wanted.where(AuditEntry.number < before)
    async with service.database.transaction() as session:
        rows = (await session.scalars(wanted.order_by(AuditEntry.number.desc()).limit(PAGE + 1))).all()
        names = {str(key): name for key, name in (await people.names(session, service.keyring)).items()}
        actions = (await session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))).all()
    entries: list[dict[str, Any]] = [
        {
            "number": row.number,
            "at": row.at,
            "actor": shown_subject(language, "", row.actor, names),
            "action": row.action,
            "subject": shown_subject(language, row.action, row.subject, names),
            "details": shown_details(language, json.loads(row.details), names),
        }
        for row in rows[:PAGE]
    ]
    older = rows[PAGE - 1].number if len(rows) > PAGE else None
    chosen_name = shown_subject(language, "", chosen["who"], names)
    context = {"entries": entries, "actions": actions, "names": names, "chosen": chosen, "older": older}
    return staff_page(request, "audit/log.html", {**context, "chosen_name": chosen_name, "verdict": verdict})


@router.post("/verify", response_class=HTMLResponse)
async def verify(request: Request, person: Auditor) -> HTMLResponse:
    """Verify the chain and show the result."""
    service = service_of(request)
    async with service.database.transaction() as session:
        verdict = await audit_chain.verify(session)
        details = {"entries": verdict.entries, "good": verdict.problem is None}
        await audit.record(session, person.id, "audit_verified", "audit", details)
    return await _page(request, {"action": "", "who": "", "begin": "", "end": ""}, verdict=verdict)


@router.post("/export")
async def export(
    request: Request,
    person: Confirmed,
    action: Annotated[str, Form()] = "",
    who: Annotated[str, Form()] = "",
    begin: Annotated[str, Form()] = "",
    end: Annotated[str, Form()] = "",
) -> Response:
    """Ask for the filtered log as CSV; it is fetched once another person has approved it."""
    chosen = {"action": action, "who": who, "begin": begin, "end": end}
    async with service_of(request).database.transaction() as session:
        filled = {key: value for key, value in chosen.items() if value}
        await approvals.ask(session, ApprovalKind.AUDIT_EXPORT, person.id, "audit", content={"filter": filled})
    return see_other("/approvals", said="asked")


@router.post("/export/{request_id}")
async def fetch(request: Request, person: Confirmed, request_id: uuid.UUID) -> Response:
    """The approved export, once, the oldest entry first; it is itself an entry."""
    service = service_of(request)
    async with service.database.transaction() as session:
        approved = await approvals.use(session, person.id, request_id, ApprovalKind.AUDIT_EXPORT)
        filled = approved.content["filter"]
        await audit.record(session, person.id, "audit_exported", "audit", {**filled, "request": str(request_id)})
        names = {str(key): name for key, name in (await people.names(session, service.keyring)).items()}
    headers = {"content-disposition": 'attachment; filename="neuvo-audit.csv"', "cache-control": "no-store"}
    chosen = {key: filled.get(key, "") for key in ("action", "who", "begin", "end")}
    lines = _lines(service, _filtered(**chosen), names)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


async def _lines(service: Context, wanted: Select[AuditEntry], names: dict[str, str]) -> AsyncIterator[str]:
    last = 0
    yield "\ufeff" + _csv([_COLUMNS])  # with the byte order mark by which Excel detects UTF-8
    while True:
        async with service.database.transaction() as session:
            batch = wanted.where(AuditEntry.number > last).order_by(AuditEntry.number).limit(BATCH)
            rows = (await session.scalars(batch)).all()
        if not rows:
            return
        last = rows[-1].number
        yield _csv([_cells(row, names) for row in rows])


def _cells(row: AuditEntry, names: dict[str, str]) -> tuple[str, ...]:
    fixed = (str(row.number), row.at.isoformat(), row.actor, names.get(row.actor, ""), row.action, row.subject)
    return (*fixed, row.details, row.hash.hex())


def _csv(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[formula_safe(cell) for cell in row] for row in rows])
    return text.getvalue()
