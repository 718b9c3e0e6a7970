"""Content, the page of contacts: numbers, pages and hours, how sure each is, and what a change touches."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from answers.contacts import Contact, Status
from answers.limits import LANGUAGES
from gateway.content.editing.preview import contacts_of
from gateway.content.editing.review import TouchedText, touched
from gateway.content.editing.sources import read_sources
from gateway.content.errors import ContentRefused
from gateway.content.repository.conflict_resolution import packed, unpacked
from gateway.content.repository.contacts import (
    CONTACTS,
    FACTS,
    ContactChange,
    FactChange,
    change_contact,
    new_contact,
    uses,
)
from gateway.content.repository.working_copy import Change
from gateway.content.repository.yaml_files import YamlFile
from gateway.content.routes.arrange import name_of
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.content.routes.source_field import FormValues, chosen_sources, written_sources
from gateway.content.routes.text_names import address_of_text, name_of_text
from gateway.core.database import now

router = APIRouter(prefix="/content/contacts", tags=["content"])


@router.get("", response_class=HTMLResponse)
async def everybody(editing: Editing) -> HTMLResponse:
    """All contacts, those that nobody has confirmed first."""

    def read() -> list[dict[str, Any]]:
        rows = [
            {"contact": each, "withheld": sorted({status.value for status in each.withheld.values()})}
            for each in editing.contacts.values()
        ]
        return sorted(
            rows, key=lambda row: (not row["withheld"], row["contact"].name[editing.person.language].casefold())
        )

    return editing.page("contacts.html", {"rows": await asyncio.to_thread(read)})


@router.get("/{key}", response_class=HTMLResponse)
async def one(editing: Editing, key: str) -> HTMLResponse:
    """A contact's form, and every text that names it; `new` is an empty form."""
    return await asyncio.to_thread(_page, editing, key)


def _page(editing: EditingContext, key: str) -> HTMLResponse:
    contact = editing.contacts.get(key)
    if contact is None and key != "new":
        raise ContentRefused("no_such_contact", contact=key)
    found = uses(editing.copy, key) if contact else []
    known = read_sources(editing.copy.folder)
    context = {
        "contact": contact,
        "key": key,
        "version": editing.copy.read(CONTACTS).version,
        "form": _form_of(contact),
        "facts": FACTS,
        "statuses": [status.value for status in Status],
        "uses": found,
        "name_of": lambda use: name_of_text(editing, use.path, use.place),
        "address_of": lambda use: address_of_text(editing, use.path, use.place),
        "sources": {part: chosen_sources(fact.source, known) for part, fact in contact.facts.items()}
        if contact
        else {},
        "known_sources": sorted(known.values(), key=lambda each: each.what.casefold()),
    }
    return editing.page("contact.html", context)


def _form_of(contact: Contact | None) -> dict[str, str]:
    form: dict[str, str] = {}
    if contact is None:
        return form
    for language in LANGUAGES:
        form[f"name.{language}"] = contact.name[language]
    for part, fact in contact.facts.items():
        same = len(set(fact.value.values())) == 1
        form |= {f"{part}.{each}": fact.value[each] for each in LANGUAGES[: 1 if same else 3]}
        form |= {f"{part}.status": fact.status.value, f"{part}.date": fact.source_date}
    return form


@router.post("/{key}", response_model=None)
async def change(request: Request, editing: Editing, key: str, version: Annotated[str, Form()]) -> Response:
    """Show every answer that the change touches, before and after; nothing is saved before the editor has seen it."""
    sent = await request.form()
    form = {name: str(value).strip() for name, value in sent.items()}
    wanted = _change_of(form, sent, editing.person.name)
    made = await asyncio.to_thread(_made, editing, key, version, wanted, form)
    name = name_of(form.get("name.en", "")) if key == "new" else key
    message = editing.gettext("Contact changed: %(contact)s", contact=name)
    found = await asyncio.to_thread(_touched, editing, name, made)
    if not found:
        return await editing.save([made], message, f"/content/contacts/{name}")
    context = {
        "touched": found,
        "key": name,
        "unsaved_page": form.get("unsaved_page", ""),
        "unfinished": packed([made], message, editing.settings),
        "name_of": lambda use: name_of_text(editing, use.path, use.place),
    }
    return editing.page("touched.html", context)


@router.post("/{key}/save", response_model=None)
async def save(editing: Editing, key: str, unfinished: Annotated[str, Form()]) -> Response:
    """Save what was shown."""
    changes, message = unpacked(unfinished, editing.settings)
    return await editing.save(changes, message, f"/content/contacts/{key}")


def _made(editing: EditingContext, key: str, version: str, wanted: ContactChange, form: dict[str, str]) -> Change:
    if key == "new":
        return new_contact(editing.copy, name_of(form.get("name.en", "")), version, wanted)
    return change_contact(editing.copy, key, version, wanted)


def _change_of(form: Mapping[str, str], sent: FormValues, who: str) -> ContactChange:
    checked = form.get("checked") == "today"
    facts = {part: _fact_of(form, part, written_sources(sent, part)) for part in FACTS}
    return ContactChange(
        name={each: form.get(f"name.{each}", "") for each in LANGUAGES},
        phone=facts["phone"],
        url=facts["url"],
        hours=facts["hours"],
        checked_on=now().date() if checked else None,
        checked_by=who if checked else None,
        removed=tuple(part for part, wanted in facts.items() if wanted is None),
    )


def _fact_of(form: Mapping[str, str], part: str, source: str) -> FactChange | None:
    values = {each: form.get(f"{part}.{each}", "") for each in LANGUAGES}
    if not any(values.values()):
        return None
    if not values["fi"]:
        raise ContentRefused("fact_without_finnish")
    alone = not values["sv"] and not values["en"]
    value = values["fi"] if alone else {each: values[each] or values["fi"] for each in LANGUAGES}
    if not alone and len(set(value.values() if isinstance(value, dict) else ())) == 1:
        value = values["fi"]
    status = form.get(f"{part}.status", "")
    known = Status(status) if status in Status.__members__ else Status.UNCONFIRMED
    return FactChange(value, known, source, form.get(f"{part}.date", ""))


def _touched(editing: EditingContext, key: str, made: Change) -> list[TouchedText]:
    """Each text that would be different, word by word, in the languages in which it is."""
    after = _contacts_in(editing, made.text or "")
    return touched(editing.copy, key, editing.contacts, after, editing.settings.privacy_url)


def _contacts_in(editing: EditingContext, text: str) -> dict[str, Contact]:
    YamlFile(CONTACTS, text)  # refuses, in words, what is no YAML
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / CONTACTS).write_text(text, "utf-8")
        return contacts_of(Path(folder))
