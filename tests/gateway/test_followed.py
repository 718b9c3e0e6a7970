"""Checks that a message can be followed through the log by ids, and that the log says nothing of a person."""

import contextlib
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from gateway.conversations.kinds import DeliveryRank
from gateway.conversations.models import Message, OutboxItem, Turn
from gateway.core.after_commit import after_commit
from gateway.core.config.settings import Settings
from gateway.service import Service
from tests.worlds.log_lines import configure_logs
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
WORDS = "salaisuus jonka kukaan ei saa tietää"


@pytest.fixture
def at_level(request: pytest.FixtureRequest) -> Iterator[None]:
    """Logs as in production, at the level of the parameter."""
    configure_logs(as_json=True, level=request.param)
    yield
    configure_logs(as_json=False)


async def answered(settings: Settings, engine: ScriptedEngine) -> tuple[Road, dict[str, Any], list[str]]:
    """A message that was answered and arrived, with the ids under which it is stored, and what is a person's."""
    async with open_road(settings, engine) as road:
        citizen = road.citizen("Aino")
        citizen.writes(WORDS)
        await citizen.next_reply()

        async def has_arrived() -> bool:
            async with road.service.database.transaction() as session:
                return await session.scalar(select(OutboxItem.delivery_rank)) == DeliveryRank.DELIVERED

        await until(has_arrived)
        async with road.service.database.transaction() as session:
            message = (await session.scalars(select(Message))).one()
            turn = (await session.scalars(select(Turn))).one()
            item = (await session.scalars(select(OutboxItem))).one()
        ids = {
            "message": message.id,
            "conversation": message.conversation_id.hex,
            "turn": turn.id.hex,
            "outbox_id": str(item.id),
        }
        return road, ids, [WORDS, "salaisuus", "Aino", str(citizen.phone.number), citizen.phone.user_id]


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]


@pytest.mark.parametrize("at_level", [logging.DEBUG], indirect=True)
async def test_an_id_follows_a_message_through_every_station(
    at_level: None, settings: Settings, engine: ScriptedEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    _, ids, personal = await answered(settings, engine)
    said = lines(capfd)
    of = {name: [line for line in said if line["event"] == name] for name in {line["event"] for line in said}}

    (processed,), (turn,), (sent,) = of["message_processed"], of["turn_written"], of["reply_sent"]
    assert (processed["event_id"] > 0, processed["conversation"]) == (True, ids["conversation"])
    assert (turn["turn"], turn["conversation"], turn["messages"]) == (
        ids["turn"],
        ids["conversation"],
        [ids["message"]],
    )
    assert (sent["outbox_id"], sent["conversation"]) == (ids["outbox_id"], ids["conversation"])
    assert {line["delivery"] for line in of["status_processed"]} == {"sent", "delivered"}
    assert {line["outbox_id"] for line in of["status_processed"]} == {ids["outbox_id"]}
    assert [each for each in personal if each in json.dumps(said, ensure_ascii=False)] == []
    assert not re.search(r"wamid", json.dumps(said))


@pytest.mark.parametrize("at_level", [logging.INFO], indirect=True)
async def test_by_default_a_message_has_one_line(
    at_level: None, settings: Settings, engine: ScriptedEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    _, ids, _ = await answered(settings, engine)
    of_it = [line for line in lines(capfd) if any(str(each) in json.dumps(line) for each in list(ids.values())[1:])]

    assert [(line["event"], line["level"], line["outcome"]) for line in of_it] == [("turn_written", "info", "answered")]


@pytest.mark.parametrize("at_level", [logging.INFO], indirect=True)
async def test_what_the_engine_failed_at_names_the_conversation(
    at_level: None, settings: Settings, engine: ScriptedEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    engine.next_answer = None
    async with open_road(settings, engine) as road:
        citizen = road.citizen()
        citizen.writes("hei")
        await citizen.next_reply()
        async with road.service.database.transaction() as session:
            talk = await session.scalar(select(Turn.conversation_id))
    found = [line for line in lines(capfd) if line["event"] in ("dialogue_unavailable", "turn_written")]

    assert talk is not None
    assert {line["event"]: line["conversation"] for line in found} == {
        "dialogue_unavailable": talk.hex,
        "turn_written": talk.hex,
    }


async def test_what_is_undone_is_not_recorded_and_a_record_that_fails_undoes_nothing(service: Service) -> None:
    called: list[str] = []

    def failing() -> None:
        called.append("failing")
        raise ValueError("a bug of a record")

    with contextlib.suppress(RuntimeError):
        async with service.database.transaction() as session:
            after_commit(session, lambda: called.append("undone"))
            raise RuntimeError
    async with service.database.transaction() as session:
        after_commit(session, failing)
        after_commit(session, lambda: called.append("done"))
        with contextlib.suppress(RuntimeError):
            async with session.begin_nested():
                after_commit(session, lambda: called.append("undone in a savepoint"))
                raise RuntimeError
        async with session.begin_nested():
            after_commit(session, lambda: called.append("done in a savepoint"))
        assert called == []

    assert called == ["failing", "done", "done in a savepoint"]
