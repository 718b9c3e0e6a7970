"""Content, the overview page and the search."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from answers.likeness import words_of
from gateway.content.editing.overview import Mark, overview
from gateway.content.publishing.releases import Published
from gateway.content.repository.changes import FileKind, kind_of
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.content.routes.text_names import address_of_text
from gateway.core.database import now

router = APIRouter(prefix="/content", tags=["content"])
_MOST_FOUND = 100


def results_of_live(published: Published) -> Path | None:
    """The examination's results of the live model, when it has been examined."""
    model = Path(published.live().model)
    for path in (model.with_name(model.name.removesuffix(".tar.gz") + ".results.json"),):
        if path.exists():
            return path
    kept = sorted(published.models.glob("first-*.results.json"), key=lambda each: each.stat().st_mtime)
    return kept[-1] if kept and published.live().number == 0 else None


@router.get("", response_class=HTMLResponse)
async def read(editing: Editing, show: str = "") -> HTMLResponse:
    """All topics at one glance; `show` keeps only those with a mark."""
    published = editing.published
    live, today = Path(published.live().content), now().date()
    seen = await asyncio.to_thread(overview, editing.copy, live, results_of_live(published), today)
    wanted = show if show in Mark else ""
    groups = {
        group: kept
        for group, rows in seen.groups.items()
        if (kept := [row for row in rows if not wanted or row.has(wanted)])
    }
    context = {"overview": seen, "groups": groups, "counts": seen.counts(), "marks": tuple(Mark), "show": wanted}
    return editing.page("overview.html", context)


@router.get("/search", response_class=HTMLResponse)
async def search(editing: Editing, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """Every text that has all of the words, in whatever file."""
    found = await asyncio.to_thread(_search, editing, q) if q.strip() else []
    context = {"q": q, "found": found[:_MOST_FOUND], "more": len(found) > _MOST_FOUND, "titles": editing.titles()}
    return editing.page("search.html", context)


def _search(editing: EditingContext, q: str) -> list[dict[str, Any]]:
    wanted = words_of(q)
    titles = editing.titles()
    found = []
    for path, content in editing.copy.repository.files().items():
        kind, topic = kind_of(path)
        if kind in (FileKind.STORIES, FileKind.OTHER):
            continue
        key = ""
        in_title = bool(wanted) and all(word in " ".join(words_of(titles.get(topic, topic))) for word in wanted)
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            words = " ".join(words_of(line))
            key = _key_of(line) or key
            if wanted and all(word in words for word in wanted):
                clean = line.strip().removeprefix("- ").partition("\t")[0]
                hit = {"kind": kind, "topic": topic, "line": number, "text": clean[:300], "first": in_title}
                found.append({**hit, "address": _address(editing, kind, topic, path, key)})
    return sorted(found, key=lambda each: (not each["first"], json.dumps(_ORDER.index(each["kind"])), each["topic"]))


_ORDER = (
    FileKind.ANSWER,
    FileKind.TEXTS,
    FileKind.CONTACTS,
    FileKind.SENDERS,
    FileKind.LINES,
    FileKind.EXAMPLES,
    FileKind.TESTS,
)


def _key_of(line: str) -> str:
    """The key that begins in a line at the edge of a file; "" for any other line."""
    key, colon, _ = line.partition(":")
    return key if colon and key.isidentifier() else ""


def _address(editing: EditingContext, kind: FileKind, topic: str, path: str, key: str) -> str:
    """Where an editor changes it."""
    if kind == FileKind.SENDERS:
        return "/content/senders"
    if topic and kind in (FileKind.EXAMPLES, FileKind.TESTS):
        return f"/content/topics/{topic}/{kind}"
    return address_of_text(editing, path, (key,) if key else ())
