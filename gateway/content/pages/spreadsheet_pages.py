"""Editors' workshop: the spreadsheet for translators, out and in again; nothing is saved before it was looked at."""

import asyncio
import hashlib
import re
import time
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import HTMLResponse, Response

from gateway.bulletins.differences import differences
from gateway.content.pages.desk import AtDesk, Desk
from gateway.content.refusals import ContentRefused
from gateway.content.spreadsheet import export, read_import

router = APIRouter(prefix="/content/spreadsheet", tags=["content"])
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Ours has some hundred kilobytes.
_MOST_BYTES = 8 * 1024 * 1024
# So long may somebody look at what an import would change, in seconds.
_KEPT = 24 * 3600
_NAME = re.compile(r"[0-9a-f]{64}")


@router.get("", response_class=HTMLResponse)
async def read(desk: AtDesk) -> HTMLResponse:
    """How it works, and both ways."""
    return desk.page("spreadsheet.html", {"found": None})


@router.get("/file.xlsx")
async def take(desk: AtDesk) -> Response:
    """The spreadsheet of the draft."""
    content = await asyncio.to_thread(export, desk.copy)
    headers = {"content-disposition": 'attachment; filename="neuvo.xlsx"', "cache-control": "no-store"}
    return Response(content, media_type=_TYPE, headers=headers)


@router.post("", response_class=HTMLResponse)
async def bring(desk: AtDesk, file: UploadFile) -> HTMLResponse:
    """What the file would change, text by text."""
    content = await file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ContentRefused("sheet_too_large", count=len(content))
    found = await asyncio.to_thread(read_import, desk.copy, content)
    name = await asyncio.to_thread(_keep, desk, content)
    context = {
        "found": [(each, differences(each.before, each.after)) for each in found.texts],
        "name": name,
        "titles": desk.titles(),
    }
    return desk.page("spreadsheet.html", context)


@router.post("/save", response_model=None)
async def save(desk: AtDesk, name: Annotated[str, Form(max_length=64)]) -> Response:
    """Save what was shown; where somebody has changed a text meanwhile, the choice is shown."""
    path = _folder(desk) / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise ContentRefused("sheet_gone")
    content = await asyncio.to_thread(path.read_bytes)
    found = await asyncio.to_thread(read_import, desk.copy, content)
    message = desk.words["commits"]["spreadsheet"].format(count=len(found.texts))
    answer = await desk.save(found.changes, message, "/content")
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return answer


def _folder(desk: Desk) -> Path:
    return desk.settings.state_dir / "spreadsheets"


def _keep(desk: Desk, content: bytes) -> str:
    """Keep the file until it is saved or old; its name."""
    folder = _folder(desk)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > _KEPT:
            old.unlink(missing_ok=True)
    name = hashlib.sha256(content).hexdigest()
    (folder / name).write_bytes(content)
    return name
