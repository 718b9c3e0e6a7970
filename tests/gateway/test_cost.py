"""Checks of what a message costs: how often the database is asked, and in how many trips, by kind; on both databases.

A budget and no target: whoever makes the road shorter lowers it, and to raise it is a decision with a page in
docs/decisions/. Counted is everything from the webhook to the reply's statuses (each a delivery of its own), BEGIN and
COMMIT included, of a citizen who has written before. A trip carries several statements; what it costs is the waiting.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from gateway.conversations.models import InboxEvent, OutboxItem
from simulator.citizen import Citizen
from tests.worlds.road import Road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer
from tests.worlds.statements import asked

pytestmark = pytest.mark.anyio
ANSWER = answer("Tee näin.", buttons=(("topic:scam", "Huijaus"),))
DANGER = answer("112!", topic="emergency_now", danger="emergency", escalation=("emergency",))
SENT: dict[str, Callable[[Citizen], object]] = {
    "text": lambda citizen: citizen.writes("miten saan tilin takaisin"),
    "choice": lambda citizen: citizen.taps("Huijaus"),
    "picture": lambda citizen: citizen.sends("image"),
    "danger": lambda citizen: citizen.writes("hänellä on veitsi"),
}
# Statements and trips by kind. PostgreSQL stores a delivery by one statement; SQLite needs one for each table.
BUDGET = {
    "postgresql": {"text": (41, 18), "choice": (41, 19), "picture": (41, 18), "danger": (62, 39)},
    "sqlite": {"text": (51, 22), "choice": (51, 23), "picture": (51, 22), "danger": (69, 43)},
}


@pytest.mark.parametrize("kind", SENT)
async def test_a_message_asks_the_database_no_more_often_than_its_budget(
    road: Road, engine: ScriptedEngine, kind: str
) -> None:
    engine.next_answer = ANSWER
    citizen = road.citizen()
    citizen.writes("mun tili hakkeroitiin")
    await citizen.next_reply()
    await until(lambda: is_quiet(road, 1))
    engine.next_answer = DANGER if kind == "danger" else ANSWER

    with asked() as found:
        SENT[kind](citizen)
        await citizen.next_reply()
        await until(lambda: is_quiet(road, 2))

    statements, trips = BUDGET["sqlite" if road.service.database.is_sqlite else "postgresql"][kind]
    assert len(found.statements) <= statements, "\n".join(found.statements)
    assert found.trips <= trips


async def is_quiet(road: Road, replies: int) -> bool:
    """Whether so many replies are delivered and nothing waits."""
    await road.simulator.settled()
    async with road.service.database.transaction() as session:
        read = (
            select(func.count())
            .select_from(OutboxItem)
            .where(OutboxItem.state == "sent", OutboxItem.delivery_rank >= 2)
        )
        new = select(func.count()).select_from(InboxEvent).where(InboxEvent.state == "new")
        return await session.scalar(read) == replies and await session.scalar(new) == 0
