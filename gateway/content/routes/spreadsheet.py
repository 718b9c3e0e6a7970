"""Content, the page of the spreadsheet: export and import; nothing is saved before it was reviewed."""

import asyncio
import hashlib
import re
import time
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import HTMLResponse, Response

from gateway.bulletins.word_diff import Part, differences
from gateway.content.editing.spreadsheet import (
    LINE,
    Import,
    TextChange,
    changes_of,
    export,
    is_short_answer,
    place_of_row,
    read_import,
)
from gateway.content.editing.texts import root_of
from gateway.content.errors import ChangedMeanwhile, ContentRefused
from gateway.content.repository.contacts import LINES
from gateway.content.repository.texts import texts_in
from gateway.content.routes import text_wording
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.content.routes.text_names import name_of_text
from gateway.content.routes.wording import FIELDS
from gateway.core.http.middleware import SPREADSHEET_LIMIT
from gateway.core.i18n import named

router = APIRouter(prefix="/content/spreadsheet", tags=["content"])
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MOST_BYTES = SPREADSHEET_LIMIT
# So long may somebody look at what an import would change, in seconds.
_KEPT = 24 * 3600
_NAME = re.compile(r"[0-9a-f]{64}")


@router.get("", response_class=HTMLResponse)
async def read(editing: Editing) -> HTMLResponse:
    """How it works, and both ways."""
    return editing.page("spreadsheet.html", {"found": None})


@router.get("/file.xlsx")
async def take(editing: Editing) -> Response:
    """The spreadsheet of the draft."""
    content = await asyncio.to_thread(export, editing.copy)
    headers = {"content-disposition": 'attachment; filename="neuvo.xlsx"', "cache-control": "no-store"}
    return Response(content, media_type=_TYPE, headers=headers)


@router.post("", response_class=HTMLResponse)
async def bring(editing: Editing, file: UploadFile) -> HTMLResponse:
    """What the file would change, text by text."""
    content = await file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ContentRefused("sheet_too_large", count=len(content))
    found = await asyncio.to_thread(read_import, editing.copy, content)
    name = await asyncio.to_thread(_keep, editing, content)
    return editing.page("spreadsheet.html", {"found": await asyncio.to_thread(_shown, editing, found), "name": name})


@router.post("/save", response_model=None)
async def save(
    editing: Editing, name: Annotated[str, Form(max_length=64)], row: Annotated[list[str] | None, Form()] = None
) -> Response:
    """Save the chosen rows as they were shown; one whose text somebody has changed meanwhile is refused."""
    path = _folder(editing) / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise ContentRefused("sheet_gone")
    content = await asyncio.to_thread(path.read_bytes)
    found = await asyncio.to_thread(read_import, editing.copy, content)
    known = {each.name: each for each in found.texts}
    if not row:
        raise ContentRefused("nothing_chosen")
    if any(each not in known for each in row):
        raise ChangedMeanwhile("draft_changed")
    wanted = [known[each] for each in row]
    message = editing.ngettext("%(num)s text from a spreadsheet", "%(num)s texts from a spreadsheet", len(wanted))
    answer = await editing.save(lambda: changes_of(editing.copy, wanted), message, "/content")
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return answer


def _shown(editing: EditingContext, found: Import) -> list[tuple[TextChange, str, tuple[Part, ...]]]:
    """Each change with its name in words and what differs."""
    return [(each, _name(editing, each), differences(each.before, each.after)) for each in found.texts]


def _name(editing: EditingContext, change: TextChange) -> str:
    """What a text is, without a code."""
    language = editing.person.language
    if is_short_answer(change.topic, change.field):
        where, place = place_of_row(editing.copy, change.topic, change.field)
        texts = texts_in(root_of(editing.copy, where.path), where)
        when = next((each.when for each in texts if each.place == place), ())
        said_to = text_wording.condition_words(language, when, editing.titles()) if when else ""
        part = named(language, text_wording.PARTS_OF_TEXT, place[-1] if place[-1] in text_wording.PARTS_OF_TEXT else "")
        return " · ".join(filter(None, (name_of_text(editing, where.path, place), part, said_to)))
    if change.topic == LINE:
        return name_of_text(editing, LINES, (change.field,))
    return f"{editing.titles().get(change.topic, change.topic)} · {named(language, FIELDS, change.field)}"


def _folder(editing: EditingContext) -> Path:
    return editing.settings.state_dir / "spreadsheets"


def _keep(editing: EditingContext, content: bytes) -> str:
    """Keep the file until it is saved or old; its name."""
    folder = _folder(editing)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > _KEPT:
            old.unlink(missing_ok=True)
    name = hashlib.sha256(content).hexdigest()
    (folder / name).write_bytes(content)
    return name
