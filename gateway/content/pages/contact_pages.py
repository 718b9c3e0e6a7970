"""Editors' workshop: numbers, pages and hours: how sure we are of each, where it stands, and what a change touches."""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from answers.contacts import Contact, Status
from answers.limits import LANGUAGES
from gateway.bulletins.differences import differences
from gateway.content.contacts import CONTACTS, FACTS, ContactChange, FactChange, Use, change_contact, new_contact, uses
from gateway.content.overview import Files
from gateway.content.pages.arranging_pages import name_of
from gateway.content.pages.desk import AtDesk, Desk
from gateway.content.preview import contacts_of, filled
from gateway.content.refusals import ContentRefused
from gateway.content.resolving import packed, unpacked
from gateway.content.working_copy import Change
from gateway.content.yaml_files import YamlFile
from gateway.database import now

router = APIRouter(prefix="/content/contacts", tags=["content"])


@router.get("", response_class=HTMLResponse)
async def everybody(desk: AtDesk) -> HTMLResponse:
    """All contacts, those that nobody has confirmed first."""

    def read() -> list[dict[str, Any]]:
        rows = [
            {"contact": each, "withheld": sorted({status.value for status in each.withheld.values()})}
            for each in desk.contacts.values()
        ]
        return sorted(rows, key=lambda row: (not row["withheld"], row["contact"].name[desk.person.language].casefold()))

    return desk.page("contacts.html", {"rows": await asyncio.to_thread(read)})


@router.get("/{key}", response_class=HTMLResponse)
async def one(desk: AtDesk, key: str) -> HTMLResponse:
    """A contact's form, and every text that names it; `new` is an empty form."""
    return await asyncio.to_thread(_page, desk, key)


def _page(desk: Desk, key: str) -> HTMLResponse:
    contact = desk.contacts.get(key)
    if contact is None and key != "new":
        raise ContentRefused("no_such_contact", contact=key)
    found = uses(desk.copy, key) if contact else []
    context = {
        "contact": contact,
        "key": key,
        "version": desk.copy.read(CONTACTS).version,
        "form": _form_of(contact),
        "facts": FACTS,
        "statuses": [status.value for status in Status],
        "uses": found,
        "titles": desk.titles(),
    }
    return desk.page("contact.html", context)


def _form_of(contact: Contact | None) -> dict[str, str]:
    form: dict[str, str] = {}
    if contact is None:
        return form
    for language in LANGUAGES:
        form[f"name.{language}"] = contact.name[language]
    for part, fact in contact.facts.items():
        same = len(set(fact.value.values())) == 1
        form |= {f"{part}.{each}": fact.value[each] for each in LANGUAGES[: 1 if same else 3]}
        form |= {f"{part}.status": fact.status.value, f"{part}.source": fact.source, f"{part}.date": fact.source_date}
    return form


@router.post("/{key}", response_model=None)
async def change(request: Request, desk: AtDesk, key: str, version: Annotated[str, Form()]) -> Response:
    """Show every answer that the change touches, before and after; nothing is saved before the editor has seen it."""
    form = {name: str(value).strip() for name, value in (await request.form()).items()}
    wanted = _change_of(form, desk.person.name)
    made = await asyncio.to_thread(_made, desk, key, version, wanted, form)
    name = name_of(form.get("name.en", "")) if key == "new" else key
    message = desk.words["commits"]["contact"].format(contact=name)
    touched = await asyncio.to_thread(_touched, desk, name, made)
    if not touched:
        return await desk.save([made], message, f"/content/contacts/{name}")
    context = {
        "touched": touched,
        "key": name,
        "unfinished": packed([made], message, desk.settings),
        "titles": desk.titles(),
    }
    return desk.page("touched.html", context)


@router.post("/{key}/save", response_model=None)
async def save(desk: AtDesk, key: str, unfinished: Annotated[str, Form()]) -> Response:
    """Save what was shown."""
    changes, message = unpacked(unfinished, desk.settings)
    return await desk.save(changes, message, f"/content/contacts/{key}")


def _made(desk: Desk, key: str, version: str, wanted: ContactChange, form: dict[str, str]) -> Change:
    if key == "new":
        return new_contact(desk.copy, name_of(form.get("name.en", "")), version, wanted)
    return change_contact(desk.copy, key, version, wanted)


def _change_of(form: Mapping[str, str], who: str) -> ContactChange:
    checked = form.get("checked") == "today"
    facts = {part: _fact_of(form, part) for part in FACTS}
    return ContactChange(
        name={each: form.get(f"name.{each}", "") for each in LANGUAGES},
        phone=facts["phone"],
        url=facts["url"],
        hours=facts["hours"],
        checked_on=now().date() if checked else None,
        checked_by=who if checked else None,
    )


def _fact_of(form: Mapping[str, str], part: str) -> FactChange | None:
    values = {each: form.get(f"{part}.{each}", "") for each in LANGUAGES}
    if not values["fi"]:
        return None
    alone = not values["sv"] and not values["en"]
    value = values["fi"] if alone else {each: values[each] or values["fi"] for each in LANGUAGES}
    if not alone and len(set(value.values() if isinstance(value, dict) else ())) == 1:
        value = values["fi"]
    status = form.get(f"{part}.status", "")
    known = Status(status) if status in Status.__members__ else Status.UNCONFIRMED
    return FactChange(value, known, form.get(f"{part}.source", ""), form.get(f"{part}.date", ""))


def _touched(desk: Desk, key: str, made: Change) -> list[dict[str, Any]]:
    """Each text that would be different, word by word, in the languages in which it is."""
    before = desk.contacts
    after = _contacts_in(desk, made.text or "")
    found = []
    for use in uses(desk.copy, key):
        for language in use.languages:
            text = _text_of(desk, use, language)
            old, new = (filled(text, language, each, desk.settings.privacy_url) for each in (before, after))
            if old != new:
                found.append({"use": use, "language": language, "parts": differences(old, new)})
    return found


def _text_of(desk: Desk, use: Use, language: str) -> str:
    node: Any = Files().read(desk.copy.folder / use.path, "")
    for part in use.part.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return str(node.get(language) or "") if isinstance(node, dict) else ""


def _contacts_in(desk: Desk, text: str) -> dict[str, Contact]:
    YamlFile(CONTACTS, text)  # refuses, in words, what is no YAML
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / CONTACTS).write_text(text, "utf-8")
        return contacts_of(Path(folder))
