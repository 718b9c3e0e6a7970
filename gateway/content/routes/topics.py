"""Content, the page of a topic's answer in three languages, with a live preview of the message."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from answers.contacts import Contact
from answers.limits import LANGUAGES, REPLY_BUTTON_TITLE, REPLY_BUTTONS
from answers.topics import ESCALATIONS
from gateway.content.editing.freshness import left_behind, mark_reviewed
from gateway.content.editing.preview import Preview, limit_of, preview
from gateway.content.editing.sources import read_sources, sources_of
from gateway.content.repository.notes import Note, notes_for
from gateway.content.repository.topics import AnswerChange, Topic, change_answer, read_topic
from gateway.content.repository.yaml_files import notes_of
from gateway.content.routes import text_wording
from gateway.content.routes.request_context import Editing, EditingContext, back, note_of
from gateway.content.routes.text_names import without_braces

router = APIRouter(prefix="/content", tags=["content"])
FIELDS = ("title", "answer", "in_short", "why")


@router.get("/topics/{topic}", response_class=HTMLResponse)
async def read(editing: Editing, topic: str) -> HTMLResponse:
    """The topic as it stands."""
    seen = await asyncio.to_thread(read_topic, editing.copy, topic)
    return await asyncio.to_thread(topic_page, editing, seen, texts_of(seen), list(seen.buttons))


@router.post("/topics/{topic}", response_model=None)
async def change(
    request: Request, editing: Editing, topic: str, version: Annotated[str, Form()], do: Annotated[str, Form()] = "save"
) -> Response:
    """Save, or show the page again with a contact put in or the preview renewed; then nothing is saved."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    seen = await asyncio.to_thread(read_topic, editing.copy, topic)
    texts = {field: {each: form.get(f"{field}.{each}", "") for each in LANGUAGES} for field in FIELDS}
    approved_by = form["approved_by"].strip() if "approved_by" in form else seen.approved_by
    buttons = [form[f"button.{number}"] for number in range(REPLY_BUTTONS) if form.get(f"button.{number}")]
    note = note_of(form) or seen.note
    if do.startswith("insert."):
        language = do.removeprefix("insert.")
        texts["answer"][language] = f"{texts['answer'].get(language, '')}{form.get(f'pick.{language}', '')}"
    if do != "save":
        return await asyncio.to_thread(topic_page, editing, seen, texts, buttons, version, approved_by, note)
    wanted = AnswerChange(
        title=texts["title"],
        answer=texts["answer"],
        in_short=texts["in_short"],
        why=texts["why"],
        buttons=buttons,
        escalation=[each for each in ESCALATIONS if form.get(f"escalation.{each}")],
        approved_by=approved_by,
        note=note,
    )
    message = editing.gettext("Answer changed: %(topic)s", topic=topic)
    return await editing.save(
        lambda: [change_answer(editing.copy, topic, version, wanted)], message, f"/content/topics/{topic}"
    )


@router.post("/topics/{topic}/reviewed", response_model=None)
async def reviewed(editing: Editing, topic: str, version: Annotated[str, Form()]) -> Response:
    """The editor has looked at all three languages and found them right."""
    message = editing.gettext("Looked at: %(topic)s", topic=topic)
    await asyncio.to_thread(mark_reviewed, editing.copy, topic, editing.editor, message)
    return back(f"/content/topics/{topic}", "reviewed")


@router.post("/preview", response_class=HTMLResponse)
async def show(
    editing: Editing,
    language: Annotated[str, Form()],
    text: Annotated[str, Form(max_length=20_000)] = "",
    field: Annotated[str, Form()] = "answer",
    button: Annotated[list[str] | None, Form()] = None,
) -> HTMLResponse:
    """One bubble, for the script of the page: asked again with every pause of the editor."""
    wanted = [each for each in button or [] if each]
    made = await asyncio.to_thread(_bubble, editing, editing.contacts, language, field, text, wanted)
    return editing.page("_bubble.html", {"shown": made, "key": f"{field}.{language}"})


def texts_of(topic: Topic) -> dict[str, dict[str, str]]:
    """What stands in the form: field, language, text."""
    return {field: {each: getattr(topic, field).get(each, "") for each in LANGUAGES} for field in FIELDS}


def topic_page(
    editing: EditingContext,
    topic: Topic,
    texts: Mapping[str, Mapping[str, str]],
    buttons: list[str],
    version: str | None = None,
    approved_by: str | None = None,
    note: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page with these texts in its form."""
    contacts = editing.contacts
    context = {
        "topic": topic,
        "texts": texts,
        "buttons": buttons,
        "version": version or topic.version,
        "previews": {
            f"{field}.{each}": _bubble(editing, contacts, each, field, texts[field][each], buttons)
            for field in ("answer", "in_short", "why")
            for each in LANGUAGES
        },
        "picks": picks(contacts, editing.person.language),
        "titles": editing.titles(),
        "behind": left_behind(editing.copy).get(topic.name, frozenset()),
        "notes": _notes(editing, topic, contacts),
        "note": topic.note if note is None else note,
        "escalations": ESCALATIONS,
        "title_limit": REPLY_BUTTON_TITLE,
        "place": "answer",
        "approved_by": topic.approved_by if approved_by is None else approved_by,
        "sources": sources_of(topic.sources, read_sources(editing.copy.folder)),
        "braces": list(text_wording.BRACES),
        "text_wording": text_wording,
    }
    return editing.page("topic.html", context)


def _notes(editing: EditingContext, topic: Topic, contacts: Mapping[str, Contact]) -> list[Note]:
    reader = editing.person.language
    comments = [without_braces(each, reader, contacts) for each in notes_of(editing.copy.read(topic.path).text)]
    return notes_for(reader, topic.note, comments)


def picks(contacts: Mapping[str, Contact], reader: str) -> list[dict[str, Any]]:
    """What may be put into a text by picking: each contact, and each of its parts; with whether it may be shown."""
    found = []
    for key, contact in contacts.items():
        parts = [("", _value(contact, "", reader))] if {"phone", "url"} & contact.facts.keys() else []
        parts += [("name", contact.name[reader]), *((name, _value(contact, name, reader)) for name in contact.facts)]
        choices = [(f"{{{key}.{part}}}" if part else f"{{{key}}}", part, value) for part, value in parts]
        shown = all(fact.status.renders for fact in contact.facts.values())
        found.append({"key": key, "name": contact.name[reader], "choices": choices, "confirmed": shown})
    return sorted(found, key=lambda each: str(each["name"]).casefold())


def _value(contact: Contact, part: str, language: str) -> str:
    fact = contact.facts.get(part)
    if fact is not None:
        return fact.value[language]
    first = contact.phone or contact.url
    return f"{contact.name[language]} {first.value[language]}" if first else contact.name[language]


def _bubble(
    editing: EditingContext, contacts: Mapping[str, Contact], language: str, field: str, text: str, buttons: list[str]
) -> Preview:
    titles = [_title(editing, each, language) for each in buttons] if field == "answer" else []
    limit = limit_of(field, buttons=bool(buttons))
    return preview(
        text, language, editing.person.language, contacts, editing.settings.privacy_url, limit=limit, buttons=titles
    )


def _title(editing: EditingContext, topic: str, language: str) -> str:
    return editing.titles_in(language).get(topic, topic)
