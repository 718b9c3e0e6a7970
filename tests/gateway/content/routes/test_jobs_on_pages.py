"""A job on the page Publishing: how long it has run and usually does, which jobs go on, and what each card is of."""

import datetime as dt
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.content.models import ContentJob, JobKind, JobState
from gateway.content.publishing import jobs
from gateway.core.config.settings import Settings
from gateway.core.database import now
from tests.worlds.editors import Editor, Editors, editors
from tests.worlds.small_content import MAIJA

pytestmark = pytest.mark.anyio
HERE = "/content/publishing"


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as made:
        yield made


async def running(workshop: Editors, kind: JobKind, minutes: float, **result: Any) -> ContentJob:
    """A job that another machine has, whose first step began so many minutes ago."""
    began = now() - dt.timedelta(minutes=minutes)
    async with workshop.service.database.transaction() as session:
        job = await jobs.enqueue(session, kind, "0" * 40, MAIJA, result)
        job.created_at = began - dt.timedelta(hours=1)
        job.state, job.leased_by, job.lease_until = JobState.RUNNING, "another", now() + dt.timedelta(hours=1)
        jobs.add_log(job, "step_check")
        job.log = [job.log[0], {**job.log[1], "at": began.isoformat()}]
    return job


async def end(workshop: Editors, job: ContentJob, state: JobState = JobState.DONE, key: str = "job_ended") -> None:
    async with workshop.service.database.transaction() as session:
        jobs.finish(await jobs.get(session, job.id), state, key)


async def elapsed(editor: Editor, path: str = HERE) -> str:
    found = re.search(r"<p[^>]* data-elapsed>(.*?)</p>", await editor.get(path), re.DOTALL)
    assert found, "nothing says how long it has run"
    return html.unescape(" ".join(found.group(1).split()))


@pytest.mark.parametrize("path", [HERE, f"{HERE}/job"])
async def test_a_training_says_how_long_it_has_run_and_usually_does(workshop: Editors, path: str) -> None:
    editor = await workshop.editor("elina")
    await running(workshop, JobKind.EVALUATE, 11.5)
    assert await elapsed(editor, path) == (
        "Running for 11 min; usually 35 min. Training gives way to citizens: on a busy machine it takes longer."
    )


async def test_the_usual_time_is_that_of_the_last_one_here_that_trained_to_its_end(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    await end(workshop, await running(workshop, JobKind.EVALUATE, 21.5, trained=True))
    await end(workshop, await running(workshop, JobKind.EVALUATE, 2, trained=False))
    await end(workshop, await running(workshop, JobKind.EVALUATE, 3, trained=True), JobState.CANCELLED, "cancelled")
    await end(workshop, await running(workshop, JobKind.TRAIN, 6, trained=True))
    await running(workshop, JobKind.EVALUATE, 0)
    assert (await elapsed(editor)).startswith("Running for less than a minute; usually 22 min.")


async def test_what_needs_no_training_promises_no_time(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    await running(workshop, JobKind.EVALUATE, 4, trained=False)
    assert await elapsed(editor) == "Running for 4 min."


async def test_a_page_knows_which_jobs_go_on_so_that_the_end_of_either_reads_it_anew(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    training, words = await running(workshop, JobKind.EVALUATE, 5), await running(workshop, JobKind.WORDS, 0)
    found = re.search(r'data-active="([^"]*)"', await editor.get(HERE))
    assert found
    assert set(found.group(1).split()) == {str(training.id), str(words.id)}
    await end(workshop, words, key="published")
    answer = await editor.client.get(f"{HERE}/job")
    assert answer.headers["x-jobs-active"].split() == [str(training.id)]


async def test_the_card_of_each_lane_says_what_it_is_of(workshop: Editors) -> None:
    editor = await workshop.editor("elina")
    await running(workshop, JobKind.EVALUATE, 5)
    await running(workshop, JobKind.WORDS, 0)
    headings = re.findall(r"<h2 id=\"job-[^>]*>([^:<]+):", await editor.get(HERE))
    assert sorted(headings) == ["Latest job of the bot", "Latest job of words"]
