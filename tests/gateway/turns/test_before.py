"""What the citizen wrote before a message goes to the engine with it, unless it is long ago or taken back."""

import datetime as dt

import pytest
from sqlalchemy import select, update

from gateway.conversations.models import Message
from gateway.core.database import now
from gateway.service import Service
from gateway.turns.edits import revoke_answered
from tests.gateway.handover.test_ownership import turn
from tests.worlds import officers as desk
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio


async def test_the_citizens_own_words_before_it_go_with_a_message(service: Service, engine: ScriptedEngine) -> None:
    talk, other = await desk.conversation(service), await desk.conversation(service)
    await turn(service, talk, "en saa unta")
    await turn(service, other, "mun pyörä vietiin")
    await turn(service, talk, "ei kukaan. vaan mä ja ikkuna")
    await turn(service, other, "eilen illalla")

    assert [(request.text, request.before) for request in engine.asked] == [
        ("en saa unta", None),
        ("mun pyörä vietiin", None),
        ("ei kukaan. vaan mä ja ikkuna", "en saa unta"),
        ("eilen illalla", "mun pyörä vietiin"),
    ]


async def test_it_is_the_latest_that_was_answered_and_not_all_of_a_long_one(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    long = "ja niin edelleen " * 60
    await turn(service, talk, "moi")
    await turn(service, talk, long)
    await turn(service, talk, "se tuli takas")

    assert engine.asked[-1].before == long[:500]


async def test_what_was_written_long_ago_or_taken_back_does_not_belong_to_it(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    await turn(service, talk, "en saa unta")
    async with service.database.transaction() as session:
        await session.execute(update(Message).values(sent_at=now() - dt.timedelta(minutes=61)))
    await turn(service, talk, "moi taas")
    assert engine.asked[-1].before is None

    async with service.database.transaction() as session:
        for message in await session.scalars(select(Message)):
            await revoke_answered(session, service.keyring, message)
    await turn(service, talk, "kiitos")
    assert engine.asked[-1].before is None
