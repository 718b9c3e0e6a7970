"""Content, unsaved forms, for the script of the pages: keep what is typed, give it back, forget it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.content.editing import unsaved
from gateway.content.routes.request_context import Editing, EditingContext

router = APIRouter(prefix="/content/unsaved", tags=["content"])
_HEADERS = {"cache-control": "no-store"}
Page = Annotated[str, Query(max_length=200, pattern="^/content")]


@router.get("")
async def read(editing: Editing, page: Page) -> JSONResponse:
    """What was typed on the page and not saved, and who else writes there; empty when there is nothing."""
    async with editing.service.database.transaction() as session:
        found = await unsaved.kept(session, editing.service.keyring, editing.editor.account, page)
        told = await _others(editing, session, page)
    if found:
        told |= {"fields": found.fields, "at": found.saved_at.isoformat()}
    return JSONResponse(told, headers=_HEADERS)


@router.put("")
async def keep(editing: Editing, page: Page, fields: Annotated[dict[str, list[str]], Body()]) -> JSONResponse:
    """Keep what is typed; the answer names who else writes there."""
    kept = {name: values for name, values in fields.items() if name != "csrf_token"}
    async with editing.service.database.transaction() as session:
        await unsaved.keep(session, editing.service.keyring, editing.editor.account, page, kept)
        told = await _others(editing, session, page)
    return JSONResponse(told, headers=_HEADERS)


async def _others(editing: EditingContext, session: AsyncSession, page: str) -> dict[str, Any]:
    found = await unsaved.others(session, editing.service.keyring, editing.editor.account, page)
    return {"others": found} if found else {}


@router.delete("")
async def forget(editing: Editing, page: Page) -> JSONResponse:
    """The editor begins anew."""
    async with editing.service.database.transaction() as session:
        await unsaved.forget(session, editing.editor.account, page)
    return JSONResponse({}, headers=_HEADERS)
