"""Editors' workshop: the overview, and the search over everything."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from answers.likeness import words_of
from gateway.content.changes import kind_of
from gateway.content.overview import MARKS, overview
from gateway.content.pages.desk import AtDesk, Desk
from gateway.content.releases import Published
from gateway.database import now

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
async def read(desk: AtDesk, show: str = "") -> HTMLResponse:
    """All topics at one glance; `show` keeps only those with a mark."""
    published = desk.published
    live, today = Path(published.live().content), now().date()
    seen = await asyncio.to_thread(overview, desk.copy, live, results_of_live(published), today)
    wanted = show if show in MARKS else ""
    groups = {
        group: kept
        for group, rows in seen.groups.items()
        if (kept := [row for row in rows if not wanted or row.has(wanted)])
    }
    context = {"overview": seen, "groups": groups, "counts": seen.counts(), "marks": MARKS, "show": wanted}
    return desk.page("overview.html", context)


@router.get("/search", response_class=HTMLResponse)
async def search(desk: AtDesk, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """Every text that has all of the words, in whatever file."""
    found = await asyncio.to_thread(_search, desk, q) if q.strip() else []
    context = {"q": q, "found": found[:_MOST_FOUND], "more": len(found) > _MOST_FOUND, "titles": desk.titles()}
    return desk.page("search.html", context)


def _search(desk: Desk, q: str) -> list[dict[str, Any]]:
    wanted = words_of(q)
    titles = desk.titles()
    found = []
    for path, content in desk.copy.repository.files().items():
        kind, topic = kind_of(path)
        if kind in ("stories", "other"):
            continue
        in_title = bool(wanted) and all(word in " ".join(words_of(titles.get(topic, topic))) for word in wanted)
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            words = " ".join(words_of(line))
            if wanted and all(word in words for word in wanted):
                clean = line.strip().removeprefix("- ").partition("\t")[0]
                hit = {"kind": kind, "topic": topic, "line": number, "text": clean[:300], "first": in_title}
                found.append({**hit, "address": _address(kind, topic, path)})
    return sorted(found, key=lambda each: (not each["first"], json.dumps(_ORDER.index(each["kind"])), each["topic"]))


_ORDER = ("answer", "contacts", "lines", "examples", "tests")


def _address(kind: str, topic: str, path: str) -> str:
    """Where an editor changes it."""
    if kind == "answer":
        return f"/content/topics/{topic}"
    if topic and kind in ("examples", "tests"):
        return f"/content/topics/{topic}/{kind}"
    return "/content/contacts" if kind == "contacts" else f"/content/history?path={path}"
