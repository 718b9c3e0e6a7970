"""Checks of every loop: what is broken in one place is told, and holds nobody else up."""

import asyncio
import datetime as dt
import gc
import os
import resource
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog
from sqlalchemy import func, select, update

from gateway.channels.base import SendFailed
from gateway.conversations.messages import Recipient, Reply
from gateway.conversations.models import Conversation, Message, OutboxItem, Turn
from gateway.conversations.repository import locked
from gateway.core.config.settings import Settings
from gateway.core.crypto import DataKeys, new_key
from gateway.core.database import now
from gateway.handover.models import QueueEntry
from gateway.handover.shifts import end_shift, start_shift
from gateway.handover.timers import run_due_timers
from gateway.privacy.after_erasure import finish_erasures
from gateway.privacy.erased_list import ErasedList
from gateway.privacy.erasure import erase
from gateway.privacy.models import Erasure
from gateway.service import Service
from gateway.worker import Worker
from tests.worlds import officers as desk
from tests.worlds import tiers
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.officers import JAN, SARI
from tests.worlds.outbox import change, conversation, queue, row, texts
from tests.worlds.road import open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
MINUTE = dt.timedelta(minutes=1)


async def break_key(service: Service, talk: uuid.UUID) -> bytes:
    """The data key that wrapped this talk's key is gone; returns what the column held."""
    strange = DataKeys("gone:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=").wrap(new_key())
    async with service.database.transaction() as session:
        mine = Conversation.id == talk
        before = (await session.scalars(select(Conversation.wrapped_key).where(mine))).one()
        await session.execute(update(Conversation).where(mine).values(wrapped_key=strange))
    return before


async def mend_key(service: Service, talk: uuid.UUID, wrapped: bytes) -> None:
    async with service.database.transaction() as session:
        await session.execute(update(Conversation).where(Conversation.id == talk).values(wrapped_key=wrapped))


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file may grow beyond this size; the system takes what fits, as a disk does that fills."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_a_talk_whose_key_is_gone_does_not_stop_the_clock_for_those_behind_it(service: Service) -> None:
    broken, behind = await desk.waiting(service), await desk.owned(service)
    await break_key(service, broken)
    await desk.age(service, broken, danger_at=2 * MINUTE, queued_at=30 * MINUTE)
    await desk.age(service, behind, danger_at=MINUTE)

    await run_due_timers(service)

    assert [said.text[:3] for said in await desk.said(service, behind, author="system")][-1] == "112"


async def test_a_talk_whose_key_is_gone_does_not_keep_an_officer_on_duty_or_others_with_them(service: Service) -> None:
    async with service.database.transaction() as session:
        for officer in (SARI, JAN):
            await start_shift(session, service, officer)
    broken, behind = await desk.owned(service, SARI), await desk.owned(service, JAN)
    for talk in (broken, behind):
        await desk.writes(service, talk, "oletteko siellä")
        await desk.age(service, talk, waiting_since=MINUTE)
    await break_key(service, broken)
    async with service.database.transaction() as session:
        for officer in (SARI, JAN):
            await end_shift(session, service, officer.id)

    await run_due_timers(service)

    assert (await desk.row(service, behind)).state == "waiting"


async def test_an_error_beside_the_road_is_a_line_of_ours_without_the_words_in_it(
    service: Service, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        raise ValueError("mun nimi on Aino")

    await asyncio.wait({service.spawn(work())})
    await asyncio.sleep(0)
    gc.collect()

    told = capsys.readouterr().out
    assert "background_task_failed" in told
    assert "ValueError" in told
    assert "Aino" not in told + caplog.text


async def test_a_process_keeps_only_so_many_talks_in_mind_and_answers_all(
    settings: Settings, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.worker.MAX_TURN_TASKS", 3)
    engine.go_on.clear()
    async with open_road(settings, engine) as road:
        turns = road.app.state.worker._turns
        citizens = [road.citizen() for _ in range(8)]
        for citizen in citizens:
            citizen.writes("mun tili kaapattiin")
        await until(lambda: _all_stored(road.service, len(citizens)))
        await asyncio.sleep(1.2)  # longer than the next look
        assert len(turns) == len(engine.asked) == 3

        engine.go_on.set()
        for citizen in citizens:
            await citizen.next_reply()


async def _all_stored(service: Service, count: int) -> bool:
    async with service.database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(Message)) == count


async def test_an_answer_that_cannot_be_written_is_the_fixed_line_at_once_and_an_officers_matter(
    settings: Settings, engine: ScriptedEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    # A fault of ours, as no engine makes it; what was understood of the danger is not lost with the words.
    engine.next_answer = answer(danger="crisis").model_copy(update={"replies": (None,)})
    async with open_road(settings, engine) as road:
        citizen = road.citizen()
        citizen.writes("mä en jaksa enää")
        heard = (await citizen.next_reply()).text
        assert "112" in heard
        assert "vastaamaan" in heard
        async with road.service.database.transaction() as session:
            waiting = (await session.scalars(select(QueueEntry))).one()
            turn = (await session.scalars(select(Turn))).one()
        assert (waiting.reason, waiting.urgency) == ("danger", "crisis")
        assert (turn.outcome, turn.danger) == ("engine_failure", "crisis")
        assert len(engine.asked) == 1

        engine.next_answer = answer("Olen botti.")
        citizen.writes("kuka sä oot")
        assert (await citizen.next_reply()).text.endswith("Olen botti.")
    assert "answer_not_written" in capfd.readouterr().out


async def test_a_reply_whose_key_is_gone_waits_and_those_behind_it_go(service: Service) -> None:
    broken, other = await conversation(service), await conversation(service)
    held = await queue(service, broken, "ei avaudu")
    await queue(service, other, "lähtee")
    key = await break_key(service, broken.id)

    assert await texts(service) == ["lähtee"]
    assert ((await row(service, held)).state, (await row(service, held)).waits_for) == ("queued", "retry")
    await mend_key(service, broken.id, key)
    await change(service, held, due_at=now())
    assert await texts(service) == ["ei avaudu"]


async def test_a_reply_whose_key_stays_away_ends_with_its_window(service: Service) -> None:
    talk = await conversation(service)
    held = await queue(service, talk, "ei avaudu")
    await break_key(service, talk.id)
    await desk.age(service, talk.id, last_citizen_message_at=dt.timedelta(days=2))

    assert await texts(service) == []
    assert (await row(service, held)).state == "failed"


async def test_a_reply_to_a_citizen_whose_number_somebody_else_has_now_is_undeliverable_and_no_bug(
    service: Service,
) -> None:
    with pytest.raises(SendFailed) as failure:
        await service.channels["whatsapp"].send(Recipient(business_number=bodies.NUMBER), Reply(text="hei"), "x")

    assert failure.value.failure == "undeliverable"


class Forgetful(ScriptedEngine):
    """Breaks at one talk, as no engine should."""

    broken = ""

    async def forget(self, conversation_id: str) -> None:
        if conversation_id == self.broken:
            raise RuntimeError("an engine may be replaced by one that does this")
        await super().forget(conversation_id)


async def test_an_erasure_that_cannot_be_finished_does_not_stop_the_next(service: Service) -> None:
    service.engine = engine = Forgetful()
    for _ in range(2):
        talk = await desk.conversation(service)
        async with service.database.transaction() as session:
            await erase(session, service, await locked(session, talk), now())
    async with service.database.transaction() as session:
        first = (await session.scalars(select(Erasure).order_by(Erasure.erased_at))).first()
        assert first is not None
        engine.broken = first.dialogues[0]

    await finish_erasures(service)
    async with service.database.transaction() as session:
        rows = (await session.scalars(select(Erasure).order_by(Erasure.erased_at))).all()
    assert [each.forgotten_at is not None for each in rows] == [False, True]

    engine.broken = ""
    await finish_erasures(service)
    async with service.database.transaction() as session:
        assert all((await session.scalars(select(Erasure.forgotten_at))).all())


async def test_a_full_disk_loses_no_line_of_the_spool_when_somebody_is_erased(service: Service) -> None:
    for number in range(40):
        body = os.urandom(200).hex()
        await service.spool.append("whatsapp", bodies.body(bodies.message(body=body, sender=f"3584000000{number:02}")))
    (before,) = [path.read_bytes() for path in service.settings.spool_folder.glob("incoming.spool")]
    lines = before.splitlines()
    first = service.spool.open_line(lines[0])

    with full_disk(len(before) // 2), pytest.raises(OSError, match="File too large"):
        service.spool.forget(lambda spooled: spooled == first)

    (segment,) = service.settings.spool_folder.glob("segment-*.spool")
    assert segment.read_bytes().splitlines() == lines
    assert service.spool.forget(lambda spooled: spooled == first) == 1
    assert segment.read_bytes().splitlines() == lines[1:]


async def failed_statuses(service: Service) -> None:
    """Deliveries that failed, each of which takes SQLAlchemy's own session and a savepoint."""
    talk = await conversation(service)
    for number in range(20):
        await change(service, await queue(service, talk, str(number)), state="sent", sent_at=now())
    async with service.database.transaction() as session:
        ids = (await session.scalars(select(OutboxItem.id).where(OutboxItem.conversation_id == talk.id))).all()
    failed = [bodies.status("failed", f"wamid.{each.hex}", biz_opaque_callback_data=str(each)) for each in ids]
    await service.receive(service.channels["whatsapp"], bodies.body(statuses=tuple(failed)))


async def test_a_process_ends_wherever_its_steps_are(service: Service) -> None:
    with structlog.testing.capture_logs() as logs:
        for turn in range(tiers.times(8, 60)):
            await failed_statuses(service)
            worker = Worker(service)
            await worker.start()
            await asyncio.sleep(0.01 + turn % 15 * 0.01)
            async with asyncio.timeout(20):
                await worker.stop()

    assert [each for each in logs if each["event"] == "step_failed"] == []


@pytest.mark.timeout(60, method="thread")  # without the defence it would wait for ever
async def test_a_step_whose_end_breaks_while_the_process_ends_holds_nothing_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = asyncio.Event()

    async def breaks(_: Service) -> bool:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as error:
            raise RuntimeError("what a cancelled step cleans up with may fail") from error
        return False

    monkeypatch.setattr("gateway.worker.run_due_timers", breaks)
    worker = Worker(service)
    await worker.start()
    await began.wait()

    async with asyncio.timeout(5):
        await worker.stop()


def test_an_erasure_of_which_the_disk_took_a_part_is_not_taken_for_listed(tmp_path: Path) -> None:
    listed = ErasedList(tmp_path)
    with full_disk(100), pytest.raises(OSError, match="File too large"):
        listed.append(uuid.uuid4().hex, [uuid.uuid4().hex])
    listed.append("whole", ["one"])

    assert [each.contact for each in listed] == ["whole"]
