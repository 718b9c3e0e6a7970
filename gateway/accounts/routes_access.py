"""Accounts: the auditor's page of who read which conversations, by person and by conversation."""

import asyncio
import datetime as dt
import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from gateway.accounts import access_report, audit, people
from gateway.accounts.access import Person, needs
from gateway.accounts.access_report import Read, Report
from gateway.accounts.models import AuditEntry
from gateway.accounts.staff_page import service_of, staff_page
from gateway.core.actors import Role
from gateway.core.database import now

router = APIRouter(prefix="/audit", tags=["accounts"])
Auditor = Annotated[Person, Depends(needs(Role.AUDITOR))]
MAX_DAYS = 90
MAX_ENTRIES = 50_000  # the newest; the page says when there are more
SHOWN = 100  # of people, and of conversations


@router.get("/access", response_class=HTMLResponse)
async def access(request: Request, person: Auditor, days: Annotated[int, Query(ge=1, le=MAX_DAYS)] = 7) -> HTMLResponse:
    """What is unusual, then who read how much, then which conversations were read by how many."""
    service = service_of(request)
    columns = (AuditEntry.at, AuditEntry.actor, AuditEntry.action, AuditEntry.subject, AuditEntry.details)
    wanted = select(*columns).where(AuditEntry.action.in_(access_report.READ))
    wanted = wanted.where(AuditEntry.at > now() - dt.timedelta(days=days)).order_by(AuditEntry.number.desc())
    async with service.database.transaction() as session:
        rows = (await session.execute(wanted.limit(MAX_ENTRIES))).all()
        names = {str(key): name for key, name in (await people.names(session, service.keyring)).items()}
        await audit.record(session, person.id, "access_report_read", "audit", {"days": days})

    def summed_up() -> Report:
        return access_report.report(Read(*row[:4], json.loads(row.details)) for row in rows)

    found = await asyncio.to_thread(summed_up)
    context = {"report": found, "days": days, "names": names, "shown": SHOWN, "all_read": len(rows) < MAX_ENTRIES}
    return staff_page(request, "audit/access.html", context)
