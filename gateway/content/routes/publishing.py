"""Content, the page of publishing: what waits, item by item; approve, publish, follow the jobs, and roll back."""

import asyncio
import datetime as dt
import math
import uuid
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response

from gateway.accounts import audit
from gateway.accounts.access import Person, needs
from gateway.content.command_token import make_token
from gateway.content.editing.preview import contacts_of
from gateway.content.editing.review import Reader, Shown
from gateway.content.errors import ContentRefused
from gateway.content.models import ContentJob, JobKind, JobState
from gateway.content.publishing import approvals, comments, jobs, schedule
from gateway.content.publishing.checks import finding_from_json
from gateway.content.publishing.selection import Waiting, commit_of, name_of, waiting
from gateway.content.repository.changes import FileKind, in_words
from gateway.content.repository.items import Item
from gateway.content.routes.item_names import names_of_items
from gateway.content.routes.request_context import Editing, EditingContext, back
from gateway.content.routes.schedule import standing_of
from gateway.content.routes.text_names import address_of_text, name_of_file, name_of_text
from gateway.content.routes.text_wording import VERDICTS
from gateway.core.actors import Role
from gateway.core.database import now

router = APIRouter(prefix="/content/publishing", tags=["content"])
HERE = "/content/publishing"
_OF_THE_DRAFT = (JobKind.CHECK, JobKind.EVALUATE)
_OF_ITEMS = (JobKind.PUBLISH, JobKind.WORDS)
_SHOWN = 60


@router.get("", response_class=HTMLResponse)
async def read(editing: Editing) -> HTMLResponse:
    """What waits and how far each item is, what runs, and what was published before."""
    # The jobs first: one that ends meanwhile is shown as going on, and its end reads the page anew.
    latest = await _latest(editing)
    found = await asyncio.to_thread(_waiting, editing)
    async with editing.service.database.transaction() as session:
        reviewed = await approvals.reviewed(session, found.items)
        said = await comments.comments_of(session, editing.service.keyring, found.items)
        scheduled = await standing_of(session, editing, found)
    shown = await asyncio.to_thread(_shown, editing, reviewed)
    context = {
        "words": [each for each in shown if not each.reviewed.item.trains],
        "training": [each for each in shown if each.reviewed.item.trains],
        "lines": await asyncio.to_thread(_lines, editing, found),
        "account": editing.editor.account,
        "comments": said,
        "longest_comment": comments.LONGEST,
        "four_eyes": editing.settings.content_four_eyes,
        "name_of": name_of,
        "jobs": latest,
        "live": editing.published.live(),
        "earlier": editing.published.earlier(),
        "titles": editing.titles(),
        "contacts": editing.contacts,
        "name_of_use": lambda use: name_of_text(editing, use.path, use.place),
        "scheduled": scheduled,
        "at_a_time": {key: each["row"].at for each in scheduled["planned"] for key in each["keys"]},
        "longest_ahead": schedule.LONGEST.days,
        "item_names": await asyncio.to_thread(names_of_items, editing, [each.key for each in found.items]),
    }
    return editing.page("publishing.html", context)


def _waiting(editing: EditingContext) -> Waiting:
    return waiting(editing.copy, editing.published.live().commit)


def _shown(editing: EditingContext, reviewed: list[approvals.Reviewed]) -> list[Shown]:
    live = contacts_of(Path(editing.published.live().content))
    reader = Reader(editing.copy, live, editing.contacts, editing.settings.privacy_url)
    return [reader.shown(each) for each in reviewed]


def _lines(editing: EditingContext, found: Waiting) -> dict[str, Any]:
    """What differs of each file that only a training reads."""
    trained = {path for each in found.items if each.trains for path in each.paths}
    compared = editing.copy.compare(found.base, found.draft) if trained else []
    differences = [in_words(each) for each in compared if each.path in trained]
    return {each.path: each for each in differences if each.kind != FileKind.ANSWER}  # an answer is shown text by text


async def _latest(editing: EditingContext) -> list[dict[str, Any]]:
    """What a page shows of the latest job of each lane."""
    async with editing.service.database.transaction() as session:
        latest = await jobs.latest(session)
        usual = {each.kind: await jobs.usual_time(session, each.kind) for each in latest if each.active}
    return [_job(editing, each, usual.get(each.kind)) for each in latest]


def _job(editing: EditingContext, job: ContentJob, usual: dt.timedelta | None) -> dict[str, Any]:
    """What a page shows of a job; `usual`: how long one of its kind takes, where that is known."""
    language = editing.person.language
    steps = jobs.STEPS[job.kind]
    done = steps.index(job.step) if job.step in steps else 0
    findings = [finding_from_json(each) for each in job.result.get("findings", ())]
    last = job.log[-1]["key"]
    places = {
        each.path: {"name": name_of_file(editing, each.path), "address": _page_of(editing, each.path)}
        for each in findings
        if each.topic not in editing.titles()
    }
    return {
        "row": job,
        "sentences": jobs.sentences(job, language),
        "outcome": jobs.outcome(job, language),
        "steps": [
            (step, "done" if job.state == JobState.DONE or number < done else "now" if number == done else "later")
            for number, step in enumerate(steps)
        ],
        "share": round(100 * jobs.share_done(job)),
        "minutes": int((now() - jobs.began_at(job)).total_seconds() // 60),
        # What was trained already is not trained again: then the usual time says nothing.
        "usual": math.ceil(usual.total_seconds() / 60) if usual and job.result.get("trained") is not False else None,
        "findings": [(each, each.sentence(language)) for each in findings if each.refused or job.kind == JobKind.CHECK][
            :_SHOWN
        ],
        "places": places,
        "verdicts": VERDICTS,
        "comparison": job.result.get("comparison"),
        "shadow": job.result.get("shadow"),
        "asks_consent": last in ("danger_lost", "look_first"),
        "dangers_lost": job.result.get("dangers_lost", 0),
    }


def _page_of(editing: EditingContext, path: str) -> str:
    """The page on which a file is written; "" where it has none."""
    address = address_of_text(editing, path)
    return "" if address.startswith("/content/history") else address


@router.get("/job", response_class=HTMLResponse)
async def follow(editing: Editing) -> HTMLResponse:
    """The latest jobs alone, for the script of the page; the header names those that go on."""
    shown = await _latest(editing)
    # Titles are read from every file of a topic; a job that goes on is asked about every second and names none.
    titles = editing.titles() if any(each["findings"] or each["comparison"] for each in shown) else {}
    answer = editing.page("_jobs.html", {"jobs": shown, "titles": titles})
    answer.headers["x-jobs-active"] = " ".join(str(each["row"].id) for each in shown if each["row"].active)
    return answer


@router.post("/order", response_model=None)
async def order(
    request: Request,
    editing: Editing,
    kind: Annotated[str, Form()] = "",
    item: Annotated[list[str] | None, Form()] = None,
    approve: Annotated[str, Form()] = "",
    review: Annotated[str, Form()] = "",
    comment: Annotated[str, Form()] = "",
) -> Response:
    """Approve one item, ask for its approval, say something of it, or publish the chosen ones; or begin a job."""
    found = await asyncio.to_thread(_waiting, editing)
    if approve:
        return await _approve(editing, found.chosen([approve]))
    if review:
        async with editing.service.database.transaction() as session:
            await approvals.ask_for_review(session, found.chosen([review]), editing.editor)
        return back(HERE, "review_asked")
    if comment:
        (item_said_of,) = found.chosen([comment])
        text = str((await request.form()).get(f"said:{item_said_of.key}") or "")
        async with editing.service.database.transaction() as session:
            await comments.say(session, editing.service.keyring, item_said_of, editing.editor, text)
        return back(HERE, "commented")
    if kind in _OF_ITEMS:
        return await _publish(editing, JobKind(kind), found, found.chosen(item or []))
    if kind not in _OF_THE_DRAFT:
        raise ContentRefused("no_such_job")
    async with editing.service.database.transaction() as session:
        await jobs.enqueue(session, JobKind(kind), found.draft, editing.editor)
    return back(HERE, "ordered")


async def _approve(editing: EditingContext, chosen: list[Item]) -> Response:
    """The second pair of eyes has read what citizens will read."""
    async with editing.service.database.transaction() as session:
        for each in await approvals.approve(session, chosen, editing.editor):
            details = {"fingerprint": each.fingerprint[:16]}
            await audit.record(session, editing.person.id, "content_approved", each.key[:64], details)
    return back(HERE, "approved")


async def _publish(editing: EditingContext, kind: JobKind, found: Waiting, chosen: list[Item]) -> Response:
    if kind == JobKind.WORDS:
        chosen = [each for each in chosen if not each.trains]
    if not chosen:
        raise ContentRefused("nothing_chosen")
    commit = await asyncio.to_thread(commit_of, editing.copy, found, chosen, editing.editor)
    result = {"base": found.base, "items": [each.key for each in chosen]}
    async with editing.service.database.transaction() as session:
        if editing.settings.content_four_eyes:
            await approvals.require_approval(session, chosen)
        await schedule.require_unplanned(session, chosen)
        await jobs.enqueue(session, kind, commit, editing.editor, result)
        details = {"items": len(chosen)}
        await audit.record(session, editing.person.id, "content_publish_ordered", commit, details)
    return back(HERE, "words_ordered" if kind == JobKind.WORDS else "ordered")


@router.post("/consent", response_model=None)
async def consent(
    editing: Editing, job: Annotated[uuid.UUID, Form()], seen: Annotated[str, Form(max_length=64)]
) -> Response:
    """Somebody has read which messages the new bot gets wrong, and takes it upon them to publish it."""
    async with editing.service.database.transaction() as session:
        stopped = await jobs.get(session, job)
        if stopped.kind != JobKind.PUBLISH or stopped.active or stopped.result.get("consent_needed") != seen:
            raise ContentRefused("no_such_job")
        result: dict[str, Any] = {name: stopped.result[name] for name in ("base", "items") if name in stopped.result}
        result |= {"consent": seen, "consent_by": editing.person.name}
        await jobs.enqueue(session, JobKind.PUBLISH, stopped.commit, editing.editor, result)
        details = {"dangers_lost": int(stopped.result.get("dangers_lost", 0))}
        await audit.record(session, editing.person.id, "content_consented", stopped.commit, details)
    return back(HERE, "ordered")


@router.post("/cancel", response_model=None)
async def cancel(editing: Editing, job: Annotated[uuid.UUID, Form()]) -> Response:
    """End the job; what is live is not touched."""
    async with editing.service.database.transaction() as session:
        await jobs.cancel(session, job)
    return back(HERE, "cancelling")


@router.post("/return", response_model=None)
async def return_to(editing: Editing, number: Annotated[int, Form()], sure: Annotated[str, Form()] = "") -> Response:
    """Make an earlier release live again, in seconds; the draft stays as it is."""
    if not sure:
        raise ContentRefused("not_sure")
    release = await asyncio.to_thread(editing.published.release, number)
    async with editing.service.database.transaction() as session:
        await jobs.enqueue(session, JobKind.ROLLBACK, release.commit, editing.editor, {"to": release.number})
        await audit.record(session, editing.person.id, "content_return_ordered", str(release.number))
    return back(HERE, "ordered")


@router.post("/token", response_class=HTMLResponse)
async def token(editing: Editing, _: Annotated[Person, Depends(needs(Role.EDITOR, fresh=True))]) -> HTMLResponse:
    """A token with which a command acts as this person for some hours; it is shown once."""
    made = make_token(editing.settings, editing.person.id)
    async with editing.service.database.transaction() as session:
        await audit.record(session, editing.person.id, "content_token_made", "command line")
    return editing.page("token.html", {"token": made})
