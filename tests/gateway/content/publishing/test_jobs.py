"""Jobs: one at a time across processes, held under a lease, cancelled in words."""

import asyncio
import datetime as dt

import pytest
from sqlalchemy import update

from gateway.content.errors import ChangedMeanwhile
from gateway.content.models import ContentJob, JobKind
from gateway.content.publishing import jobs
from gateway.content.publishing.publish import Publishing
from gateway.content.publishing.releases import Published
from gateway.content.publishing.runner import JobRunner
from gateway.core.database import now
from gateway.service import Service
from tests.worlds.small_content import MAIJA, OLLI

pytestmark = pytest.mark.anyio
COMMIT = "0" * 40


async def ordered(service: Service, kind: JobKind = JobKind.PUBLISH) -> ContentJob:
    async with service.database.transaction() as session:
        return await jobs.enqueue(session, kind, COMMIT, MAIJA)


async def claimed(service: Service, process: str) -> ContentJob | None:
    async with service.database.transaction() as session:
        return await jobs.take_lease(session, process)


async def read(service: Service, job: ContentJob) -> ContentJob:
    async with service.database.transaction() as session:
        return await jobs.get(session, job.id)


async def let_the_lease_run_out(service: Service) -> None:
    async with service.database.transaction() as session:
        await session.execute(update(ContentJob).values(lease_until=now() - dt.timedelta(seconds=1)))


async def test_a_second_job_is_refused_until_the_first_is_over(service: Service) -> None:
    first = await ordered(service)
    with pytest.raises(ChangedMeanwhile) as refusal:
        await ordered(service, JobKind.TRAIN)
    assert refusal.value.key == "job_running"
    async with service.database.transaction() as session:
        await jobs.cancel(session, first.id)

    await ordered(service, JobKind.TRAIN)
    assert (await read(service, first)).state == "cancelled"


async def test_of_many_orders_at_once_exactly_one_is_taken(service: Service) -> None:
    orders = await asyncio.gather(*(ordered(service) for _ in range(6)), return_exceptions=True)

    assert sum(isinstance(each, ContentJob) for each in orders) == 1
    assert sum(isinstance(each, ChangedMeanwhile) for each in orders) == 5


async def test_exactly_one_process_gets_the_job(service: Service) -> None:
    await ordered(service)
    found = await asyncio.gather(*(claimed(service, f"process {number}") for number in range(6)))

    assert sum(job is not None for job in found) == 1


async def test_a_job_of_a_dead_process_goes_on_in_another_and_the_dead_one_may_not_renew(service: Service) -> None:
    job = await ordered(service)
    await claimed(service, "first")
    assert await claimed(service, "second") is None
    await let_the_lease_run_out(service)
    again = await claimed(service, "second")

    assert again is not None
    assert jobs.outcome(again, "en").startswith("The server was started again.")
    async with service.database.transaction() as session:
        assert not await jobs.renew_lease(session, job.id, "first")
        assert await jobs.renew_lease(session, job.id, "second")


async def test_who_lost_the_lease_leaves_row_and_files_to_the_one_who_has_it(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def train_for_long(publishing: Publishing, first: str | None) -> tuple[str, dict[str, object]]:
        begun.set()
        await asyncio.sleep(60)
        return "job_ended", {}

    monkeypatch.setattr(Publishing, "run", train_for_long)
    monkeypatch.setattr("gateway.content.publishing.runner.RENEW_EVERY", 0.01)
    job = await ordered(service)
    runner = asyncio.create_task(JobRunner(service.settings, service.database).run_next())
    await begun.wait()
    files = Published(service.settings).folder / "work" / job.id.hex
    files.mkdir(parents=True)
    async with service.database.transaction() as session:
        await session.execute(update(ContentJob).values(leased_by="another"))

    assert await asyncio.wait_for(runner, 5)
    assert files.exists()
    found = await read(service, job)
    assert (found.state, found.leased_by) == ("running", "another")


async def test_a_database_that_is_away_for_a_moment_costs_no_lease(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = 0

    async def renew_now_and_then(session: object, job: object, process: str) -> bool:
        nonlocal renewed
        renewed += 1
        if renewed < 3:
            raise OSError("the database is away")
        return True

    async def train_until_renewed(publishing: Publishing, first: str | None) -> tuple[str, dict[str, object]]:
        while renewed < 4:
            await asyncio.sleep(0.01)
        return "job_ended", {}

    monkeypatch.setattr(jobs, "renew_lease", renew_now_and_then)
    monkeypatch.setattr(Publishing, "run", train_until_renewed)
    monkeypatch.setattr("gateway.content.publishing.runner.RENEW_EVERY", 0.01)
    job = await ordered(service)

    assert await asyncio.wait_for(JobRunner(service.settings, service.database).run_next(), 5)
    assert (await read(service, job)).state == "done"


async def test_a_job_that_kills_its_process_each_time_ends_in_words(service: Service) -> None:
    job = await ordered(service)
    for number in range(jobs.MOST_ATTEMPTS):
        assert await claimed(service, f"process {number}") is not None
        await let_the_lease_run_out(service)

    assert await claimed(service, "last") is None
    ended = await read(service, job)
    assert (ended.state, ended.active) == ("failed", None)
    assert "3 kertaa" in jobs.outcome(ended, "fi")


async def test_a_stopped_process_gives_its_job_back_at_once(service: Service) -> None:
    job = await ordered(service)
    await claimed(service, "first")
    async with service.database.transaction() as session:
        await jobs.release_lease(session, job.id, "first")

    assert await claimed(service, "second") is not None
    assert (await read(service, job)).attempts == 1


async def test_a_running_job_that_is_cancelled_loses_its_lease(service: Service) -> None:
    job = await ordered(service)
    await claimed(service, "first")
    async with service.database.transaction() as session:
        await jobs.cancel(session, job.id)
        assert not await jobs.renew_lease(session, job.id, "first")
    await let_the_lease_run_out(service)

    assert await claimed(service, "second") is None
    assert (await read(service, job)).state == "cancelled"


async def test_the_latest_jobs_of_both_lanes_come_first(service: Service) -> None:
    first = await ordered(service)
    async with service.database.transaction() as session:
        await jobs.cancel(session, first.id)
    async with service.database.transaction() as session:
        second = await jobs.enqueue(session, JobKind.TRAIN, COMMIT, OLLI)
    async with service.database.transaction() as session:
        assert [job.id for job in await jobs.latest(session)] == [second.id]
        words = await jobs.enqueue(session, JobKind.WORDS, COMMIT, MAIJA)
    async with service.database.transaction() as session:
        assert [job.id for job in await jobs.latest(session)] == [words.id, second.id]
