"""Content, the pages of texts: fixed lines, ready answers, short answers, replies to acts, templates."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from answers.contacts import Contact
from answers.faq import ASKED_KEY, WHO_KEY
from answers.limits import LANGUAGES, TEXT
from answers.pieces import TOPIC
from gateway.content.editing.preview import Preview
from gateway.content.editing.sources import read_sources, sources_of
from gateway.content.editing.texts import (
    Listed,
    braces_of,
    bubble,
    first_asked,
    limit_of_text,
    listed,
    removed_of,
    root_of,
    title_of_question,
    wanted_of,
)
from gateway.content.errors import ContentRefused
from gateway.content.repository.notes import notes_for, written_note
from gateway.content.repository.texts import (
    OF_TOPICS,
    Document,
    Shelf,
    change_texts,
    document,
    documents,
    has_note,
    notes,
    texts_in,
)
from gateway.content.repository.topics import read_topic
from gateway.content.repository.trilingual import Text, text_at
from gateway.content.repository.variants import Addition, Target, addition, removable, removal, targets
from gateway.content.repository.yaml_files import YamlFile
from gateway.content.routes import text_wording
from gateway.content.routes.request_context import Editing, EditingContext, note_of
from gateway.content.routes.text_names import filling, title_of_document, without_braces
from gateway.content.routes.topics import picks
from gateway.core.database import now
from gateway.core.i18n import N_, gettext, named

WRITTEN = text_wording.WRITTEN_SLOTS
SLOTS = (*text_wording.USUAL_SLOTS, *text_wording.OTHER_SLOTS, *WRITTEN, TOPIC)
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
    sent = await request.form()
    form = {key: str(value) for key, value in sent.items()}
    chosen = {slot: [str(each) for each in sent.getlist(f"when.{slot}") if str(each).strip()] for slot in SLOTS}
    where = await asyncio.to_thread(_document, editing, shelf, name)

    def changes() -> list[Any]:
        seen = editing.copy.version(version)
        root = YamlFile(where.path, seen).root
        texts = texts_in(root, where)
        edits = [removal(where, each) for each in removed_of(form, texts, where)]
        if form.get("add.target"):
            sources = [str(each) for each in root.get("sources") or ()]
            edits.append(addition(where, added_of(form, chosen), sources, now().date()))
        approved = form["approved_by"].strip() if "approved_by" in form else None
        reviewed = now().date() if form.get("reviewed") == "today" else None
        return [
            change_texts(editing.copy, where, version, wanted_of(form, texts), approved, reviewed, edits, note_of(form))
        ]

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
    is_topic = where.shelf in OF_TOPICS
    file = {} if is_topic or where.key else root
    written = written_note(root.get(where.key) if where.key else root)
    comments = [without_braces(each, language, contacts) for each in notes(seen.text, where)]
    context = {
        "where": where,
        "heading": title_of_document(editing, where),
        "version": seen.version,
        "parts_of_text": _parts(editing, where, texts, contacts, braces),
        "braces": braces,
        "notes": [] if is_topic else notes_for(language, written, comments),
        "note": written if has_note(where) else None,
        "sources": sources_of(file.get("sources") or (), read_sources(editing.copy.folder)),
        "file": file,
        "topic": read_topic(editing.copy, where.name) if is_topic else None,
        "place": "questions" if where.shelf == Shelf.TOPIC else where.shelf,
        "titles": editing.titles(),
        "targets": [(each, _target_name(editing, where, each)) for each in targets(root, where)],
        "slots": _slots(language),
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
                "shown": {} if where.shelf == Shelf.PRIVACY or text.place[-1:] == (ASKED_KEY,) else shown,
                "may_go": removable(text, where) is not None,
                "who": _who(editing, where, text),
            }
        )
    return found


def _who(editing: EditingContext, where: Document, text: Text) -> str:
    """Who alone asks a topic's own question, where its answer would be wrong for others; "" for anybody."""
    if where.shelf != Shelf.FAQ or text.place[-1] != ASKED_KEY:
        return ""
    roles = text_at(root_of(editing.copy, where.path), (*text.place[:2], WHO_KEY))
    when = (("role", tuple(map(str, roles))),) if roles else ()
    return text_wording.condition_words(editing.person.language, when, editing.titles()) if when else ""


def added_of(form: Mapping[str, str], chosen: Mapping[str, list[str]]) -> Addition:
    """What a form adds; several names of a bank or service stand in one field."""
    written = {
        slot: [word.strip().lower() for each in chosen[slot] for word in each.split(",") if word.strip()]
        for slot in WRITTEN
    }
    when = {slot: values for slot, values in {**chosen, **written}.items() if values}
    texts, headings = ({each: form.get(f"add.{part}.{each}", "") for each in LANGUAGES} for part in ("text", "heading"))
    return Addition(form["add.target"], when, texts, headings)


def _slots(language: str) -> dict[str, Any]:
    """The conditions that a form offers, with their words."""
    closed = {
        name: [
            (slot, text_wording.name_of_slot(language, slot), text_wording.choices_of_slot(language, slot))
            for slot in slots
        ]
        for name, slots in (("usual", text_wording.USUAL_SLOTS), ("other", text_wording.OTHER_SLOTS))
    }
    return {**closed, "written": [(each, text_wording.name_of_slot(language, each)) for each in WRITTEN]}


def _target_name(editing: EditingContext, where: Document, target: Target) -> str:
    language, place = editing.person.language, target.place
    if place[0] == "channels":
        return named(language, text_wording.CHANNELS, place[1])
    if where.shelf == Shelf.FAQ:
        return gettext(language, N_("A question of this topic alone"))
    if where.shelf == Shelf.TOPIC:
        return title_of_question(editing.copy, place[1], language)
    return title_of_document(editing, where)


def _part_name(editing: EditingContext, where: Document, text: Text) -> str:
    """What a part is; of a topic's short answers, the question that it answers."""
    language, place = editing.person.language, text.place
    last = place[-1] if place else ""
    part = named(language, text_wording.PARTS_OF_TEXT, last if last in text_wording.PARTS_OF_TEXT else "")
    if where.shelf == Shelf.PRIVACY:  # what stands under a heading is no question back
        return named(language, text_wording.PARTS_OF_TEXT, "" if last == "text" else last)
    if where.shelf == Shelf.FAQ:
        return f"{first_asked(root_of(editing.copy, where.path), place[1], language)} · {part}"
    if where.shelf != Shelf.TOPIC:
        return part
    if place[0] == "channels":
        return f"{named(language, text_wording.CHANNELS, last)} · {part}"
    question = title_of_question(editing.copy, place[1], language)
    return f"{question} · {part}" if last != "answer" else question
