"""Content, the page of publishing: check, approve, publish, follow the job, and roll back."""

import asyncio
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from gateway.accounts import audit
from gateway.content.errors import ChangedMeanwhile, ContentRefused
from gateway.content.models import ContentApproval, ContentJob, JobKind, JobState
from gateway.content.publishing import jobs
from gateway.content.publishing.approvals import ToApprove, approve, signed_account, to_approve
from gateway.content.publishing.checks import finding_from_json
from gateway.content.routes.history import differences_since
from gateway.content.routes.request_context import Editing, EditingContext, back

router = APIRouter(prefix="/content/publishing", tags=["content"])
HERE = "/content/publishing"
_ORDERS = (JobKind.CHECK, JobKind.EVALUATE, JobKind.PUBLISH)
_SHOWN = 60


@router.get("", response_class=HTMLResponse)
async def read(editing: Editing) -> HTMLResponse:
    """What waits, who must look at it, what runs, and what was published before."""
    waiting, wanted = await asyncio.to_thread(_waiting, editing)
    published = editing.published
    async with editing.service.database.transaction() as session:
        approvals = list(await session.scalars(select(ContentApproval).where(ContentApproval.commit == wanted.commit)))
        latest = await jobs.recent(session, 1)
    approved = {each.account for each in approvals} - wanted.authors
    context = {
        "files": waiting[:_SHOWN],
        "more": max(len(waiting) - _SHOWN, 0),
        "wanted": wanted,
        "approvals": [each for each in approvals if each.account in approved],
        "needs_approval": editing.settings.content_four_eyes and bool(wanted.paths) and not approved,
        "own": signed_account(editing.editor) in wanted.authors,
        "job": _job(editing, latest[0]) if latest else None,
        "live": published.live(),
        "earlier": published.earlier(),
        "titles": editing.titles(),
    }
    return editing.page("publishing.html", context)


def _waiting(editing: EditingContext) -> tuple[list[Any], ToApprove]:
    commit = editing.copy.record_edits_by_hand()
    live = editing.published.live().commit
    base = live or editing.copy.history(limit=100_000)[-1].id
    return differences_since(editing.copy, base), to_approve(editing.copy, live, commit)


def _job(editing: EditingContext, job: ContentJob) -> dict[str, Any]:
    """What a page shows of a job."""
    language = editing.person.language
    steps = jobs.STEPS[job.kind]
    done = steps.index(job.step) if job.step in steps else 0
    findings = [finding_from_json(each) for each in job.result.get("findings", ())]
    return {
        "row": job,
        "sentences": jobs.sentences(job, language),
        "outcome": jobs.outcome(job, language),
        "steps": [
            (step, "done" if job.state == JobState.DONE or number < done else "now" if number == done else "later")
            for number, step in enumerate(steps)
        ],
        "share": round(100 * (done + job.progress) / len(steps)) if job.active else 100,
        "findings": [(each, each.sentence(language)) for each in findings if each.refused or job.kind == JobKind.CHECK][
            :_SHOWN
        ],
        "comparison": job.result.get("comparison"),
    }


@router.get("/job", response_class=HTMLResponse)
async def follow(editing: Editing) -> HTMLResponse:
    """The latest job alone, for the script of the page; the header says whether it goes on."""
    async with editing.service.database.transaction() as session:
        latest = await jobs.recent(session, 1)
    job = _job(editing, latest[0]) if latest else None
    # Titles are read from every file of a topic; a job that goes on is asked about every second and names none.
    titles = editing.titles() if job is not None and (job["findings"] or job["comparison"]) else {}
    answer = editing.page("_job.html", {"job": job, "titles": titles})
    answer.headers["x-job-active"] = "1" if latest and latest[0].active else "0"
    return answer


@router.post("/order", response_model=None)
async def order(editing: Editing, kind: Annotated[str, Form()], commit: Annotated[str, Form()]) -> Response:
    """Begin a job with exactly the draft that the editor saw."""
    if kind not in _ORDERS:
        raise ContentRefused("no_such_job")
    await asyncio.to_thread(_same_draft, editing, commit)
    async with editing.service.database.transaction() as session:
        await jobs.enqueue(session, JobKind(kind), commit, editing.editor)
        if kind == JobKind.PUBLISH:
            await audit.record(session, editing.person.id, "content_publish_ordered", commit)
    return back(HERE, "ordered")


@router.post("/approve", response_model=None)
async def approve_draft(editing: Editing, commit: Annotated[str, Form()]) -> Response:
    """The second pair of eyes has read what citizens will read."""
    await asyncio.to_thread(_same_draft, editing, commit)
    wanted = await asyncio.to_thread(to_approve, editing.copy, editing.published.live().commit, commit)
    async with editing.service.database.transaction() as session:
        await approve(session, wanted, editing.editor)
        await audit.record(session, editing.person.id, "content_approved", commit)
    return back(HERE, "approved")


@router.post("/cancel", response_model=None)
async def cancel(editing: Editing, job: Annotated[uuid.UUID, Form()]) -> Response:
    """End the job; what is live is not touched."""
    async with editing.service.database.transaction() as session:
        await jobs.cancel(session, job)
    return back(HERE, "cancelling")


@router.post("/return", response_model=None)
async def return_to(editing: Editing, number: Annotated[int, Form()]) -> Response:
    """Make an earlier release live again, in seconds; the draft stays as it is."""
    release = await asyncio.to_thread(editing.published.release, number)
    async with editing.service.database.transaction() as session:
        await jobs.enqueue(session, JobKind.ROLLBACK, release.commit, editing.editor, {"to": release.number})
        await audit.record(session, editing.person.id, "content_return_ordered", str(release.number))
    return back(HERE, "ordered")


def _same_draft(editing: EditingContext, commit: str) -> None:
    """Raises `ChangedMeanwhile` when the draft is not any more what the editor has read."""
    if editing.copy.record_edits_by_hand() != commit:
        raise ChangedMeanwhile("draft_changed")
