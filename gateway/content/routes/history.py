"""Content, the page of the history: who changed what, and the way back."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from gateway.accounts.staff_page import see_other
from gateway.content.errors import ContentRefused
from gateway.content.repository.changes import in_words
from gateway.content.repository.topics import answer_path
from gateway.content.repository.working_copy import Change, WorkingCopy
from gateway.content.routes.request_context import Editing
from gateway.content.routes.text_names import difference_in_words, message_in_words, name_of_file

router = APIRouter(prefix="/content", tags=["content"])
_PAGE = 50
_MOST_FILES = 60


@router.get("/history", response_class=HTMLResponse)
async def read(editing: Editing, path: str = "", topic: str = "") -> HTMLResponse:
    """The latest changes, of everything or of one file."""

    def look() -> dict[str, Any]:
        editing.copy.record_edits_by_hand()
        where = answer_path(editing.copy, topic) if topic else path
        live = editing.published.live().commit
        revisions = editing.copy.history(where or None, _PAGE)
        return {
            "revisions": [(each, message_in_words(editing, each.message)) for each in revisions],
            "name": name_of_file(editing, where) if where else "",
            "live": live,
        }

    context = {**await asyncio.to_thread(look), "remote": bool(editing.settings.content_remote)}
    return editing.page("history.html", context)


@router.get("/history/{commit}", response_class=HTMLResponse)
async def one(editing: Editing, commit: str) -> HTMLResponse:
    """What one change changed, and how one returns to the time before it."""

    def look() -> dict[str, Any]:
        found, before = _with_parent(editing.copy, commit)
        compared = editing.copy.compare(before, commit) if before else []
        return {
            "revision": found,
            "message": message_in_words(editing, found.message),
            "before": before,
            "later": len(editing.copy.after(commit)),
            "files": [difference_in_words(editing, in_words(each)) for each in compared[:_MOST_FILES]],
            "more": max(len(compared) - _MOST_FILES, 0),
            "titles": editing.titles(),
        }

    return editing.page("revision.html", await asyncio.to_thread(look))


def _with_parent(copy: WorkingCopy, commit: str) -> tuple[Any, str]:
    """A revision and the one before it; "" before the first. Raises `ContentRefused` for an unknown one."""
    copy.text_at(commit, "lines.yml")  # refuses an unknown commit in words
    revisions = copy.history(limit=100_000)
    place = next(number for number, each in enumerate(revisions) if each.id == commit)
    before = revisions[place + 1].id if place + 1 < len(revisions) else ""
    return revisions[place], before


@router.post("/history/{commit}/undo", response_model=None)
async def undo(editing: Editing, commit: str, file: Annotated[str, Form()] = "") -> Response:
    """Take one change back, whole or in one file, and leave every later one; where they meet, the choice is shown."""

    def changes() -> list[Change]:
        _, before = _with_parent(editing.copy, commit)
        if not before:
            raise ContentRefused("nothing_earlier_here")
        return [each for each in editing.copy.undone(commit, before) if file in ("", each.path)]

    message = editing.gettext("Taken back: version %(commit)s", commit=commit[:8])
    return await editing.save(changes, message, "/content/history", "undone")


@router.post("/history/{commit}/return", response_model=None)
async def return_to(editing: Editing, commit: str, sure: Annotated[str, Form()] = "") -> Response:
    """Make the whole draft as it was in that revision, without what was changed later; the history keeps everything."""
    message = editing.gettext("Returned to version %(commit)s", commit=commit[:8])
    if sure:
        await asyncio.to_thread(editing.copy.return_to, commit, editing.editor, message)
    return see_other("/content/history", "returned" if sure else None)
