"""Content, the page of senders: who really writes, from which addresses, and what they never ask for."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from answers.contacts import Status
from answers.limits import LANGUAGES
from answers.senders import FACTS, SENDERS_FILE, Sender, read_senders
from gateway.content.errors import ContentRefused
from gateway.content.repository.senders import SenderChange, Sourced, change_sender
from gateway.content.routes.arrange import name_of
from gateway.content.routes.request_context import Editing, EditingContext
from gateway.core.database import now

router = APIRouter(prefix="/content/senders", tags=["content"])


def _senders(editing: EditingContext) -> dict[str, Sender]:
    path = editing.copy.folder / SENDERS_FILE
    return read_senders(path)[0] if path.exists() else {}


@router.get("", response_class=HTMLResponse)
async def everybody(editing: Editing) -> HTMLResponse:
    """All senders, those of which nothing may be told first."""
    senders = await asyncio.to_thread(_senders, editing)
    rows = sorted(senders.values(), key=lambda each: (not each.withheld, each.name[editing.person.language].casefold()))
    return editing.page("senders.html", {"rows": rows})


@router.get("/{key}", response_class=HTMLResponse)
async def one(editing: Editing, key: str) -> HTMLResponse:
    """A sender's form; `new` is an empty one."""
    return await asyncio.to_thread(_page, editing, key)


def _page(editing: EditingContext, key: str) -> HTMLResponse:
    sender = _senders(editing).get(key)
    if sender is None and key != "new":
        raise ContentRefused("no_such_sender", sender=key)
    context = {
        "sender": sender,
        "key": key,
        "version": editing.copy.read(SENDERS_FILE).version,
        "form": _form_of(sender),
        "facts": FACTS,
        "statuses": [status.value for status in Status],
    }
    return editing.page("sender.html", context)


def _form_of(sender: Sender | None) -> dict[str, str]:
    if sender is None:
        return {}
    form = {f"name.{each}": sender.name[each] for each in LANGUAGES}
    form |= {"words": ", ".join(sender.words), "domains": ", ".join(sender.domains)}
    form |= {"other_domains": ", ".join(sender.other_domains), "domains.status": sender.status.value}
    form |= {"domains.source": sender.source, "domains.date": sender.source_date}
    for part, fact in sender.facts.items():
        form |= {f"{part}.{each}": fact.value[each] for each in LANGUAGES}
        form |= {f"{part}.status": fact.status.value, f"{part}.source": fact.source, f"{part}.date": fact.source_date}
    return form


@router.post("/{key}", response_model=None)
async def change(request: Request, editing: Editing, key: str, version: Annotated[str, Form()]) -> Response:
    """Save a sender; what is wrong with it is told by the check before publishing."""
    form = {name: str(value).strip() for name, value in (await request.form()).items()}
    name = name_of(form.get("name.en", "")) if key == "new" else key
    if not all(form.get(f"name.{each}") for each in LANGUAGES):
        raise ContentRefused("bad_sender", sender=name)
    made = await asyncio.to_thread(change_sender, editing.copy, name, version, _change_of(form, editing.person.name))
    message = editing.gettext("Sender changed: %(sender)s", sender=name)
    return await editing.save([made], message, f"/content/senders/{name}")


def _change_of(form: Mapping[str, str], who: str) -> SenderChange:
    checked = form.get("checked") == "today"
    facts: dict[str, Any] = {}
    for part in FACTS:
        words = {each: form.get(f"{part}.{each}", "") for each in LANGUAGES}
        if all(words.values()):
            facts[part] = (words, _sourced(form, part))
    return SenderChange(
        name={each: form[f"name.{each}"] for each in LANGUAGES},
        words=_listed(form.get("words", "")),
        domains=_listed(form.get("domains", "")),
        other_domains=_listed(form.get("other_domains", "")),
        of_domains=_sourced(form, "domains"),
        facts=facts,
        checked_on=now().date() if checked else None,
        checked_by=who if checked else None,
    )


def _sourced(form: Mapping[str, str], part: str) -> Sourced:
    status = form.get(f"{part}.status", "")
    known = Status(status) if status in Status.__members__ else Status.UNCONFIRMED
    return Sourced(known, form.get(f"{part}.source", ""), form.get(f"{part}.date", ""))


def _listed(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip().lower() for part in text.replace("\n", ",").split(",") if part.strip()))
