"""Checks of figures on the road and on the pages: what is counted, what outlives, and what each view may show."""

import asyncio
import datetime as dt

import pytest
import time_machine
from sqlalchemy import delete, func, insert, select

from gateway.analytics.counts import FOLDED_AT_ONCE, bucket, fold, tallies
from gateway.analytics.models import CountIncrement, DailyCount, Measure
from gateway.app import create_service
from gateway.conversations.models import Contact, Conversation
from gateway.core.config.settings import Settings
from gateway.handover.ownership import claim
from gateway.handover.replies import reply
from gateway.service import Service
from tests.worlds.officers import SARI
from tests.worlds.road import Road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio
Cell = tuple[str, str]
TODAY = dt.date(2026, 11, 24)


async def counts(service: Service) -> dict[Cell, int]:
    """The exact counts of all days together, once everything is folded."""
    async with service.database.transaction() as session:
        while await fold(session):
            pass
        rows = await session.execute(
            select(DailyCount.measure, DailyCount.part, func.sum(DailyCount.count)).group_by(
                DailyCount.measure, DailyCount.part
            )
        )
        return {(measure, part): int(count) for measure, part, count in rows}


async def test_a_citizen_counts_once_a_day_in_each_cell_and_their_messages_up_to_ten(
    road: Road, engine: ScriptedEngine
) -> None:
    aino, veli = road.citizen("Aino"), road.citizen("Veli")
    for topic in ("account_hacked", "account_hacked", "grooming", "nlu_fallback", "follow_up_helped"):
        engine.next_answer = answer("Vastaus.", topic=topic)
        aino.writes(topic)
        await aino.next_reply()
    engine.next_answer = answer("Soita 112.", topic="emergency_now", danger="emergency", language="sv")
    veli.writes("hjälp")
    await veli.next_reply()
    engine.next_answer = answer("Vastaus.", topic="grooming")
    for number in range(12):
        aino.writes(f"ja {number}")
    await until(lambda: _has(road.service, ("messages", ""), 11))

    found = await counts(road.service)
    assert {cell: found.get(cell, 0) for cell in EXPECTED} == EXPECTED


EXPECTED: dict[Cell, int] = {
    ("people", ""): 2,
    ("messages", ""): 11,
    ("topic", "account_hacked"): 1,
    ("topic", "grooming"): 1,
    ("topic", "emergency_now"): 1,
    ("topic", "follow_up_helped"): 0,
    ("miss", "nlu_fallback"): 1,
    ("helpfulness", "helped"): 1,
    ("danger", "emergency"): 1,
    ("language", "fi"): 1,
    ("language", "sv"): 1,
    ("channel", "whatsapp"): 2,
    ("outcome", "answered"): 2,
    ("handed_over", ""): 1,
}


async def _has(service: Service, cell: Cell, count: int) -> bool:
    return (await counts(service)).get(cell, 0) >= count


async def test_a_silent_engine_and_an_officers_first_word_are_counted_once(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = None
    aino = road.citizen()
    aino.writes("hei")
    await aino.next_reply()
    async with road.service.database.transaction() as session:
        talk = (await session.scalars(select(Conversation.id))).one()
    async with road.service.database.transaction() as session:
        await claim(session, road.service, SARI, talk)
    for words in ("Hei, Sari tässä.", "Mitä tapahtui?"):
        async with road.service.database.transaction() as session:
            await reply(session, road.service, SARI, talk, words)

    found = await counts(road.service)
    assert found["miss", "engine_failure"] == found["outcome", "engine_failure"] == 1
    assert found["handed_over", ""] == found["first_word", "1m"] == 1


async def test_counts_hold_nobody_and_outlive_the_talk(road: Road, engine: ScriptedEngine) -> None:
    aino = road.citizen()
    aino.writes("mun tili on hakkeroitu")
    await aino.next_reply()
    before = await counts(road.service)
    async with road.service.database.transaction() as session:
        await session.execute(delete(Conversation))
        await session.execute(delete(Contact))

    assert await counts(road.service) == before
    assert before["topic", "account_hacked"] == 1
    kinds = {str(column.type) for table in (CountIncrement, DailyCount) for column in table.__table__.columns}
    assert kinds <= {"BIGINT", "DATE", "INTEGER", "VARCHAR(32)", "VARCHAR(64)"}
    assert not DailyCount.__table__.foreign_keys


async def test_what_is_undone_is_not_counted(service: Service) -> None:
    async def fails() -> None:
        async with service.database.transaction() as session:
            session.add_all(tallies([(Measure.PEOPLE, "")]))
            raise LookupError("the turn failed")

    with pytest.raises(LookupError):
        await fails()
    assert await counts(service) == {}


async def test_processes_that_fold_at_once_count_everything_once(service: Service, settings: Settings) -> None:
    others = [create_service(settings, ScriptedEngine()) for _ in range(2)]
    rows = FOLDED_AT_ONCE + 500
    async with service.database.transaction() as session:
        tallies = [{"day": TODAY, "measure": "topic", "part": str(number % 7), "count": 1} for number in range(rows)]
        await session.execute(insert(CountIncrement), tallies)

    async def fold_all(each: Service) -> None:
        for _ in range(3):
            async with each.database.transaction() as session:
                await fold(session)

    await asyncio.gather(*(fold_all(each) for each in (service, *others)))
    found = await counts(service)
    for other in others:
        await other.close()

    assert sum(found.values()) == rows
    async with service.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(CountIncrement)) == 0


async def test_a_day_is_one_in_finland(service: Service) -> None:
    with time_machine.travel(dt.datetime(2026, 7, 1, 21, 30, tzinfo=dt.UTC), tick=False):
        async with service.database.transaction() as session:
            session.add_all(tallies([(Measure.PEOPLE, "")]))
            await session.flush()
            assert await session.scalar(select(CountIncrement.day)) == dt.date(2026, 7, 2)


def test_the_end_of_a_bucket_belongs_to_it() -> None:
    waits = [dt.timedelta(seconds=seconds) for seconds in (0, 60, 60.1, 86400, 86401)]
    assert [bucket(wait) for wait in waits] == ["1m", "1m", "5m", "24h", "later"]
