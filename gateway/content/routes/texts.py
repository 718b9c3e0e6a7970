"""Content, the pages of texts: fixed lines, ready answers, short answers, replies to acts, templates."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from answers.contacts import Contact
from answers.limits import TEXT
from gateway.content.editing.preview import Preview
from gateway.content.editing.sources import read_sources, sources_of
from gateway.content.editing.texts import (
    Listed,
    braces_of,
    bubble,
    limit_of_text,
    listed,
    title_of_question,
    wanted_of,
)
from gateway.content.errors import ContentRefused
from gateway.content.repository.texts import (
    Document,
    Shelf,
    change_texts,
    document,
    documents,
    notes,
    texts_in,
)
from gateway.content.repository.topics import read_topic
from gateway.content.repository.trilingual import Text
from gateway.content.repository.yaml_files import YamlFile
from gateway.content.routes import text_wording
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.content.routes.text_names import filling, title_of_document
from gateway.content.routes.topics import picks
from gateway.core.database import now
from gateway.core.i18n import named

router = APIRouter(prefix="/content", tags=["content"])


@router.get("/texts", response_class=HTMLResponse)
async def overview(editing: Editing) -> HTMLResponse:
    """Every text that is no topic's answer, shelf by shelf."""
    shelves = await asyncio.to_thread(_shelves, editing)
    return editing.page("texts.html", {"shelves": shelves, "text_wording": text_wording})


def _shelves(editing: EditingContext) -> dict[Shelf, list[Listed]]:
    found: dict[Shelf, list[Listed]] = {}
    every = documents(editing.copy)
    for each in listed(editing.copy, every, filling(editing)):
        found.setdefault(each.where.shelf, []).append(each)
    return found


@router.get("/texts/{shelf}/{name}", response_class=HTMLResponse)
async def read(editing: Editing, shelf: str, name: str) -> HTMLResponse:
    """One document as it stands."""
    where = await asyncio.to_thread(_document, editing, shelf, name)
    return await asyncio.to_thread(_page, editing, where)


@router.post("/texts/{shelf}/{name}", response_model=None)
async def change(
    request: Request, editing: Editing, shelf: str, name: str, version: Annotated[str, Form(max_length=64)]
) -> Response:
    """Save the texts, who has approved them for the force, and that they were compared with their sources."""
    form = {key: str(value) for key, value in (await request.form()).items()}
    where = await asyncio.to_thread(_document, editing, shelf, name)

    def changes() -> list[Any]:
        seen = editing.copy.version(version)
        texts = texts_in(YamlFile(where.path, seen).root, where)
        approved = form["approved_by"].strip() if "approved_by" in form else None
        reviewed = now().date() if form.get("reviewed") == "today" else None
        return [change_texts(editing.copy, where, version, wanted_of(form, texts), approved, reviewed)]

    message = editing.gettext("Text changed: %(name)s", name=await asyncio.to_thread(title_of_document, editing, where))
    return await editing.save(changes, message, address_of(where))


@router.post("/texts/preview", response_class=HTMLResponse)
async def show(
    editing: Editing,
    language: Annotated[str, Form()],
    limit: Annotated[int, Form(ge=1, le=TEXT)],
    text: Annotated[str, Form(max_length=20_000)] = "",
    brace: Annotated[list[str] | None, Form(max_length=40)] = None,
) -> HTMLResponse:
    """One bubble, for the script of the page; `brace`: what the program fills into this document."""
    made = await asyncio.to_thread(_bubble, editing, editing.contacts, text, language, limit, brace or [])
    return editing.page("_bubble.html", {"shown": made})


def _bubble(
    editing: EditingContext,
    contacts: Mapping[str, Contact],
    text: str,
    language: str,
    limit: int,
    braces: Iterable[str],
) -> Preview:
    names = {name: named(language, text_wording.BRACES, name) for name in braces}
    return bubble(text, language, editing.person.language, contacts, editing.settings.privacy_url, limit, names)


def _document(editing: EditingContext, shelf: str, name: str) -> Document:
    if shelf not in Shelf:
        raise ContentRefused("no_such_text")
    return document(editing.copy, Shelf(shelf), name)


def address_of(where: Document) -> str:
    """The page of a document."""
    return f"/content/texts/{where.shelf}/{where.name}"


def _page(editing: EditingContext, where: Document) -> HTMLResponse:
    seen = editing.copy.read(where.path)
    root = YamlFile(where.path, seen.text).root
    texts, contacts, language = texts_in(root, where), editing.contacts, editing.person.language
    braces = braces_of(texts, contacts)
    is_topic = where.shelf == Shelf.TOPIC
    file = {} if is_topic or where.key else root
    context = {
        "where": where,
        "heading": title_of_document(editing, where),
        "version": seen.version,
        "parts_of_text": _parts(editing, where, texts, contacts, braces),
        "braces": braces,
        "notes": [] if is_topic else notes(seen.text, where),
        "sources": sources_of(file.get("sources") or (), read_sources(editing.copy.folder)),
        "file": file,
        "topic": read_topic(editing.copy, where.name) if is_topic else None,
        "place": "questions",
        "titles": editing.titles(),
        "picks": picks(contacts, language),
        "text_wording": text_wording,
    }
    return editing.page("text.html", context)


def _parts(
    editing: EditingContext,
    where: Document,
    texts: Iterable[Text],
    contacts: Mapping[str, Contact],
    braces: Iterable[str],
) -> list[dict[str, Any]]:
    """What the page shows of each text: what it is, when it is said, its limit, and a bubble in each language."""
    reader, titles = editing.person.language, editing.titles()
    found = []
    for text in texts:
        limit = limit_of_text(where, text.place)
        shown = {each: _bubble(editing, contacts, words, each, limit, braces) for each, words in text.texts.items()}
        found.append(
            {
                "text": text,
                "name": _part_name(editing, where, text),
                "when": text_wording.condition_words(reader, text.when, titles),
                "limit": limit,
                "shown": shown,
            }
        )
    return found


def _part_name(editing: EditingContext, where: Document, text: Text) -> str:
    """What a part is; of a topic's short answers, the question that it answers."""
    language, place = editing.person.language, text.place
    last = place[-1] if place else ""
    part = named(language, text_wording.PARTS_OF_TEXT, last if last in text_wording.PARTS_OF_TEXT else "")
    if where.shelf != Shelf.TOPIC:
        return part
    if place[0] == "channels":
        return f"{named(language, text_wording.CHANNELS, last)} · {part}"
    question = title_of_question(editing.copy, place[1], language)
    return f"{question} · {part}" if last != "answer" else question
