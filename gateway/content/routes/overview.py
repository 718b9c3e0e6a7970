"""Content, the overview page and the search."""

import asyncio
import re
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from answers.likeness import words_of
from answers.limits import LANGUAGES
from gateway.content.editing.overview import Mark, overview, results_of_live
from gateway.content.repository.changes import FileKind, kind_of
from gateway.content.repository.talk_files import is_talk, talk_lines
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.content.routes.schedule import standing_of
from gateway.content.routes.text_names import address_of_text, without_braces
from gateway.core.database import now

router = APIRouter(prefix="/content", tags=["content"])
_MOST_FOUND = 100
# How a file says in which language a text is: nothing that an editor reads.
_LANGUAGE: Final = re.compile(rf"^(?:{'|'.join(LANGUAGES)}):\s+")
# A line of a file that only names something: a topic among the buttons, a condition, who has checked; or a note.
_STRUCTURE: Final = re.compile(
    r"#.*|(?:- )?(?:(?:[a-z0-9_]+: )?[a-z0-9]+(?:_[a-z0-9]+)+:?|[a-z0-9_]+: [\[{].*[\]}]|[a-z0-9]+(?:_[a-z0-9]+)+: .*)"
)


@router.get("", response_class=HTMLResponse)
async def read(editing: Editing, show: str = "") -> HTMLResponse:
    """All topics at one glance; `show` keeps only those with a mark."""
    published = editing.published
    live, today = Path(published.live().content), now().date()
    results = results_of_live(published)
    seen = await asyncio.to_thread(overview, editing.copy, live, results, today)
    wanted = show if show in Mark else ""
    groups = {
        group: kept
        for group, rows in seen.groups.items()
        if (kept := [row for row in rows if not wanted or row.has(wanted)])
    }
    async with editing.service.database.transaction() as session:
        scheduled = await standing_of(session, editing)
    context = {
        "overview": seen,
        "groups": groups,
        "counts": seen.counts(),
        "marks": tuple(Mark),
        "show": wanted,
        "examined": results is not None,
        "scheduled": scheduled,
    }
    return editing.page("overview.html", context)


@router.get("/search", response_class=HTMLResponse)
async def search(editing: Editing, q: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """Every text that has all of the words, in whatever file."""
    found, more = await asyncio.to_thread(_search, editing, q) if q.strip() else ([], False)
    context = {"q": q, "found": found, "more": more, "titles": editing.titles()}
    return editing.page("search.html", context)


def _search(editing: EditingContext, q: str) -> tuple[list[dict[str, Any]], bool]:
    """The first hundred lines with all of the words, and whether there are more."""
    wanted = words_of(q)
    titles, contacts = editing.titles(), editing.contacts
    found: list[dict[str, Any]] = []
    for path, content in editing.copy.repository.files().items():
        kind, topic = kind_of(path)
        if kind in (FileKind.STORIES, FileKind.OTHER):
            continue
        key = ""
        in_title = bool(wanted) and all(word in " ".join(words_of(titles.get(topic, topic))) for word in wanted)
        lines = content.decode("utf-8", "replace").splitlines()
        for number, line in enumerate(talk_lines(lines) if is_talk(path) else lines, start=1):
            words = " ".join(words_of(line))
            key = _key_of(line) or key
            if wanted and all(word in words for word in wanted) and not _STRUCTURE.fullmatch(line.strip()):
                clean = _LANGUAGE.sub("", line.strip().removeprefix("- ")).partition("\t")[0].strip("\"'")
                clean = without_braces(clean, editing.person.language, contacts).replace("*", "")
                hit = {"kind": kind, "topic": topic, "line": number, "text": clean[:300], "first": in_title}
                found.append({**hit, "path": path, "key": key})
    found.sort(key=lambda each: (not each["first"], _ORDER.index(each["kind"]), each["topic"]))
    shown = [
        {**each, "address": _address(editing, each["kind"], each["topic"], each["path"], each["key"])}
        for each in found[:_MOST_FOUND]
    ]
    return shown, len(found) > _MOST_FOUND


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
    if is_talk(path):
        return "/content/try/talks"
    if topic and kind in (FileKind.EXAMPLES, FileKind.TESTS):
        return f"/content/topics/{topic}/{kind}"
    return address_of_text(editing, path, (key,) if key else ())
