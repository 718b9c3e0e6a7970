"""Content, words at a time: set it, move it, or withdraw it; and how it stands on the pages."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.accounts import audit
from gateway.content.errors import ContentRefused
from gateway.content.publishing import approvals, jobs, schedule
from gateway.content.publishing.schedule import Standing
from gateway.content.publishing.selection import Waiting, waiting
from gateway.content.repository.items import Item
from gateway.content.routes.item_names import names_of_items
from gateway.content.routes.request_context import Editing, EditingContext, back
from gateway.content.wording import say
from gateway.core.locale import HELSINKI

router = APIRouter(prefix="/content/publishing/schedule", tags=["content"])
_PAGE = "/content/publishing"
Moment = Annotated[str, Form(max_length=32)]


@router.post("", response_model=None)
async def set_time(editing: Editing, at: Moment = "", item: Annotated[list[str] | None, Form()] = None) -> Response:
    """The chosen words, which are approved, go live then."""
    when = schedule.moment_of(at)
    found = await asyncio.to_thread(waiting, editing.copy, editing.published.live().commit)
    chosen = [each for each in found.chosen(item or []) if not each.trains]
    if not chosen:
        raise ContentRefused("nothing_chosen")
    async with editing.service.database.transaction() as session:
        if editing.settings.content_four_eyes:
            await approvals.require_approval(session, chosen)
        row = await schedule.plan(session, chosen, when, editing.editor)
        details = {"items": len(chosen), "at": when.isoformat()}
        await audit.record(session, editing.person.id, "content_scheduled", str(row.id), details)
    return back(_PAGE, "scheduled")


@router.post("/move", response_model=None)
async def move(editing: Editing, plan: Annotated[uuid.UUID, Form()], at: Moment = "") -> Response:
    """Another time."""
    when = schedule.moment_of(at)
    async with editing.service.database.transaction() as session:
        await schedule.move(session, plan, when, editing.editor)
        details = {"at": when.isoformat()}
        await audit.record(session, editing.person.id, "content_schedule_moved", str(plan), details)
    return back(_PAGE, "scheduled")


@router.post("/withdraw", response_model=None)
async def withdraw(
    editing: Editing, plan: Annotated[uuid.UUID, Form()], read: Annotated[str, Form(max_length=1)] = ""
) -> Response:
    """It does not go live; or somebody has `read` why it did not."""
    async with editing.service.database.transaction() as session:
        await schedule.withdraw(session, plan)
        await audit.record(session, editing.person.id, "content_schedule_withdrawn", str(plan))
    return back(_PAGE, "put_away" if read else "withdrawn")


async def standing_of(session: AsyncSession, editing: EditingContext, found: Waiting | None = None) -> dict[str, Any]:
    """What a page shows of them: `planned`, the next one first, and those that were `missed`, each with why."""
    known = await schedule.standing(session)
    keys = dict.fromkeys(key for each in known for key in each.keys)
    names = await asyncio.to_thread(names_of_items, editing, keys)
    waiting_items = found.items if found else None
    shown = [_shown(each, names, editing.person.language, waiting_items) for each in known]
    return {
        "planned": [each for each in shown if each["planned"]],
        "missed": [each for each in shown if not each["planned"]],
    }


def _shown(
    each: Standing, names: Mapping[str, str], language: str, waiting_items: Iterable[Item] | None
) -> dict[str, Any]:
    row, why, different = each.row, "", list[str]()
    if each.is_planned:
        different = [] if waiting_items is None else each.changed(waiting_items)
    elif each.job is not None:
        why = jobs.outcome(each.job, language)
    else:
        why, different = say(row.refusal["key"], language, **row.refusal["parameters"]), row.refusal["changed"]
    return {
        "row": row,
        "planned": each.is_planned,
        "keys": each.keys,
        "names": ", ".join(names[key] for key in each.keys),
        "changed": ", ".join(names[key] for key in different),
        "local": row.at.astimezone(HELSINKI).strftime("%Y-%m-%dT%H:%M"),
        "why": why,
    }
