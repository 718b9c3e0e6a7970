"""Words at a time: due, not yet due, moved, withdrawn, changed since, of two processes once, and after a restart."""

import asyncio
import datetime as dt
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gateway.accounts.models import AuditEntry
from gateway.content.errors import ContentRefused
from gateway.content.models import ContentJob, JobKind, JobState, ScheduledPublishing
from gateway.content.publishing import jobs, runner, schedule
from gateway.content.publishing.due import MOST_LATE, order_due
from gateway.content.publishing.runner import JobRunner
from gateway.core.config.settings import Settings
from gateway.core.database import Database, now
from gateway.core.locale import HELSINKI
from tests.gateway.content.routes.test_items_on_pages import HERE, approve, live_text, name_in, rename, retitle
from tests.worlds.editors import Editor, Editors, editors
from tests.worlds.small_content import MAIJA

pytestmark = pytest.mark.anyio
SCHEDULE = f"{HERE}/schedule"
RIKU = "contact:riku"
Pair = tuple[Editor, Editor]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop of the real process: the check is a process of its own."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(autouse=True)
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gateway's own look at the clock, at its start, is its last: each test says when."""
    monkeypatch.setattr(runner, "LOOK_EVERY", 3600.0)


@pytest.fixture
async def workshop(settings: Settings, template: Path) -> AsyncIterator[Editors]:
    async with editors(settings, template) as workshop:
        yield workshop


@pytest.fixture
async def pair(workshop: Editors) -> Pair:
    """Elina has renamed a contact, and Ester has approved it."""
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
    rename(workshop, elina, "riku", "Riku nyt")
    assert await approve(ester, RIKU) == 303
    return elina, ester


def in_helsinki(hours: float) -> str:
    return (now() + dt.timedelta(hours=hours)).astimezone(HELSINKI).strftime("%Y-%m-%dT%H:%M")


async def plan(editor: Editor, at: str, *keys: str) -> int:
    page = await editor.get(HERE)
    answer = await editor.post(SCHEDULE, at=at, item=[name_in(page, key) for key in keys])
    return answer.status_code


async def rows(workshop: Editors) -> list[ScheduledPublishing]:
    async with workshop.service.database.transaction() as session:
        return list(await session.scalars(select(ScheduledPublishing)))


async def words(workshop: Editors) -> list[ContentJob]:
    async with workshop.service.database.transaction() as session:
        wanted = select(ContentJob).where(ContentJob.kind == JobKind.WORDS)
        return list(await session.scalars(wanted.order_by(ContentJob.created_at)))


async def let_the_time_come(workshop: Editors, ago: dt.timedelta = dt.timedelta(seconds=1)) -> None:
    async with workshop.service.database.transaction() as session:
        await session.execute(update(ScheduledPublishing).values(at=now() - ago))


async def due(workshop: Editors) -> bool:
    return await order_due(workshop.settings, workshop.service.database)


async def run(workshop: Editors) -> bool:
    return await JobRunner(workshop.settings, workshop.service.database).run_next(jobs.Lane.WORDS)


async def plan_id(editor: Editor) -> str:
    found = re.search(r'name="plan" value="([0-9a-f-]{36})"', await editor.get(HERE))
    assert found
    return found.group(1)


async def told(workshop: Editors) -> list[str]:
    async with workshop.service.database.transaction() as session:
        wanted = select(AuditEntry.action).where(AuditEntry.action.startswith("content_")).order_by(AuditEntry.number)
        return list(await session.scalars(wanted))


async def test_what_was_approved_goes_live_at_its_time_and_not_before(workshop: Editors, pair: Pair) -> None:
    elina, ester = pair
    assert await plan(elina, in_helsinki(2), RIKU) == 303
    page = html.unescape(await ester.get(HERE))
    at = (await rows(workshop))[0].at.astimezone(HELSINKI)
    assert f"goes live {at.day}.{at.month}.{at.year} {at.hour:02}.{at.minute:02}" in page
    assert "Set by Elina Example" in page
    assert "1 publishing waits for its time" in await ester.get("/content")

    assert not await due(workshop)
    assert await words(workshop) == []
    await let_the_time_come(workshop)
    assert await due(workshop)
    assert await run(workshop)

    (job,) = await words(workshop)
    assert job.state == JobState.DONE, jobs.sentences(job, "en")
    assert "At the time that Elina Example has set." in jobs.sentences(job, "en")
    assert "Riku nyt" in live_text(workshop, "contacts.yml")
    assert not await due(workshop), "it is ordered once"
    page = await elina.get(HERE)
    assert 'id="planned"' not in page
    assert "did not go live" not in page
    assert await told(workshop) == ["content_approved", "content_scheduled", "content_publish_ordered"]


async def test_only_what_was_approved_is_planned_and_what_others_write_meanwhile_does_not_go_along(
    workshop: Editors, pair: Pair
) -> None:
    elina, ester = pair
    retitle(workshop, elina, "sv", "Ny")
    assert await plan(elina, in_helsinki(2), RIKU, "answer:parcel_sms") == 422
    assert await plan(elina, in_helsinki(2)) == 422
    assert await plan(elina, in_helsinki(2), RIKU) == 303
    assert await plan(ester, in_helsinki(3), RIKU) == 409, "it has a time already"
    rename(workshop, ester, "mll_fi", "MLL nyt")
    await let_the_time_come(workshop)
    assert await due(workshop)
    assert await run(workshop)
    assert "Riku nyt" in live_text(workshop, "contacts.yml")
    assert "MLL nyt" not in live_text(workshop, "contacts.yml")


async def test_what_is_planned_is_not_ticked_for_now_and_goes_now_only_when_withdrawn(
    workshop: Editors, pair: Pair
) -> None:
    elina, _ = pair
    assert re.search(rf'value="{RIKU}@[0-9a-f]+" checked', await elina.get(HERE))
    await plan(elina, in_helsinki(2), RIKU)
    page = await elina.get(HERE)
    assert not re.search(rf'value="{RIKU}@[0-9a-f]+" checked', page)
    refused = await elina.post(f"{HERE}/order", kind="words", item=name_in(page, RIKU))
    assert refused.status_code == 409
    assert "has a time already" in refused.text


async def test_it_is_moved_and_withdrawn_by_any_editor_before_its_time(workshop: Editors, pair: Pair) -> None:
    elina, ester = pair
    await plan(elina, in_helsinki(2), RIKU)
    wanted = {"plan": await plan_id(ester), "at": in_helsinki(5)}
    assert (await ester.post(f"{SCHEDULE}/move", **wanted)).status_code == 303
    (row,) = await rows(workshop)
    assert row.at.astimezone(HELSINKI).strftime("%Y-%m-%dT%H:%M") == wanted["at"]
    assert "Set by Ester Example" in await elina.get(HERE)

    assert (await elina.post(f"{SCHEDULE}/withdraw", plan=wanted["plan"])).status_code == 303
    assert await rows(workshop) == []
    assert not await due(workshop)
    assert (await elina.post(f"{SCHEDULE}/withdraw", plan=wanted["plan"])).status_code == 409
    assert (await elina.post(f"{SCHEDULE}/move", **wanted)).status_code == 409
    assert (await told(workshop))[-2:] == ["content_schedule_moved", "content_schedule_withdrawn"]


async def test_what_is_under_way_is_neither_moved_nor_withdrawn(workshop: Editors, pair: Pair) -> None:
    elina, _ = pair
    await plan(elina, in_helsinki(2), RIKU)
    wanted = {"plan": await plan_id(elina), "at": in_helsinki(5)}
    await let_the_time_come(workshop)
    assert await due(workshop)
    assert (await elina.post(f"{SCHEDULE}/withdraw", plan=wanted["plan"])).status_code == 409
    assert (await elina.post(f"{SCHEDULE}/move", **wanted)).status_code == 409


async def test_a_text_that_was_changed_since_its_approval_does_not_go_and_the_editors_see_why(
    workshop: Editors, pair: Pair
) -> None:
    elina, ester = pair
    retitle(workshop, elina, "sv", "Ny")
    await approve(ester, "answer:parcel_sms")
    await plan(elina, in_helsinki(2), RIKU, "answer:parcel_sms")
    rename(workshop, ester, "riku", "Riku huomenna")
    page = html.unescape(await elina.get(HERE))
    assert re.search(r"taken back since it was approved: [^.,]+\.", page), "one of the two, before the time comes"

    await let_the_time_come(workshop)
    assert await due(workshop)
    assert not await run(workshop), "there is no job"
    assert "Riku huomenna" not in live_text(workshop, "contacts.yml")
    assert ": Ny\n" not in live_text(workshop, "answers/scams/parcel_sms.yml")
    for path in (HERE, "/content"):
        page = html.unescape(await elina.get(path))
        assert "This did not go live at its time" in page
        assert "since it was approved, so nothing of this was published" in page
    assert "content_schedule_refused" in await told(workshop)

    wanted = {"plan": await plan_id(elina), "read": "1"}
    assert (await elina.post(f"{SCHEDULE}/withdraw", **wanted)).status_code == 303
    assert "did not go live" not in await elina.get("/content")


async def test_a_check_that_fails_at_the_time_keeps_it_back_and_the_editors_see_why(workshop: Editors) -> None:
    elina, ester = await workshop.editor("elina"), await workshop.editor("ester", "fi")
    retitle(workshop, elina, "sv", "Ett alldeles för långt paket")
    await approve(ester, "answer:parcel_sms")
    await plan(elina, in_helsinki(2), "answer:parcel_sms")
    await let_the_time_come(workshop)
    assert await due(workshop)
    assert await run(workshop)

    (job,) = await words(workshop)
    assert job.state == JobState.REFUSED
    assert "långt paket" not in live_text(workshop, "answers/scams/parcel_sms.yml")
    for path in (HERE, "/content"):
        page = html.unescape(await ester.get(path))
        assert "Tämä ei tullut käyttöön ajallaan" in page
        assert "virheitä (1)" in page


async def test_of_many_processes_exactly_one_orders_it(workshop: Editors, pair: Pair) -> None:
    await plan(pair[0], in_helsinki(2), RIKU)
    await let_the_time_come(workshop)
    databases = [Database(workshop.settings.database_url) for _ in range(5)]
    found = await asyncio.gather(*(order_due(workshop.settings, each) for each in databases))
    for each in databases:
        await each.close()
    assert sum(found) == 1
    assert len(await words(workshop)) == 1


async def test_it_waits_while_other_words_are_published_and_goes_then(workshop: Editors, pair: Pair) -> None:
    await plan(pair[0], in_helsinki(2), RIKU)
    await let_the_time_come(workshop)
    async with workshop.service.database.transaction() as session:
        other = await jobs.enqueue(session, JobKind.WORDS, workshop.copy.head, MAIJA)
    assert not await due(workshop)
    assert (await rows(workshop))[0].state == "planned"
    async with workshop.service.database.transaction() as session:
        await jobs.cancel(session, other.id)
    assert await due(workshop)


async def test_a_process_that_starts_later_finds_it_and_publishes_it_by_itself(
    settings: Settings, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with editors(settings, template) as workshop:
        elina, ester = await workshop.editor("elina"), await workshop.editor("ester")
        rename(workshop, elina, "riku", "Riku nyt")
        await approve(ester, RIKU)
        await plan(elina, in_helsinki(2), RIKU)
        await let_the_time_come(workshop, dt.timedelta(hours=1))
    # The process has ended. Another one begins.
    database = Database(settings.database_url)
    another = JobRunner(settings, database)
    monkeypatch.setattr(runner, "LOOK_EVERY", 0.1)
    another.start()
    try:
        async with asyncio.timeout(60):
            while "Riku nyt" not in live_text(workshop, "contacts.yml"):
                await asyncio.sleep(0.1)
    finally:
        await another.stop()
        await database.close()


async def test_a_service_that_stood_still_for_a_day_says_so_instead(workshop: Editors, pair: Pair) -> None:
    await plan(pair[0], in_helsinki(2), RIKU)
    await let_the_time_come(workshop, MOST_LATE + dt.timedelta(minutes=1))
    assert await due(workshop)
    assert await words(workshop) == []
    assert "The service was not running at that time" in await pair[0].get(HERE)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("", "schedule_no_time"),
        ("tomorrow", "schedule_no_time"),
        ("2000-01-01T10:00", "schedule_over"),
        ("2199-01-01T10:00", "schedule_too_far"),
        ("9999-12-31T23:59", "schedule_too_far"),
        ("0001-01-01T00:00", "schedule_no_time"),
    ],
)
def test_a_time_that_nobody_can_mean_is_refused(written: str, key: str) -> None:
    with pytest.raises(ContentRefused) as refusal:
        schedule.moment_of(written)
    assert refusal.value.key == key


def test_an_hour_that_the_clocks_leave_out_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "now", lambda: dt.datetime(2027, 3, 1, tzinfo=dt.UTC))
    with pytest.raises(ContentRefused) as refusal:
        schedule.moment_of("2027-03-28T03:30")
    assert refusal.value.key == "schedule_no_such_hour"
    assert schedule.moment_of("2027-03-28T04:00") == dt.datetime(2027, 3, 28, 1, tzinfo=dt.UTC)
    assert schedule.moment_of("2027-03-28T02:59") == dt.datetime(2027, 3, 28, 0, 59, tzinfo=dt.UTC)
