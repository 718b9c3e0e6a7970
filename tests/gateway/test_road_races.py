"""Checks of two at once on PostgreSQL: one holds a talk, the other waits for it, and what was read before is old."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Coroutine
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.contacts import AddressBook
from gateway.conversations.models import Conversation, Turn
from gateway.conversations.sorting import sort_messages
from gateway.conversations.turns import run_turn
from gateway.database import now
from gateway.handover import owning
from gateway.handover.blocking import block
from gateway.service import Service
from tests.gateway import desk
from tests.gateway.desk import SARI
from tests.gateway.engine import ScriptedEngine, answer
from tests.gateway.road import until

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
DANGER = answer("112!", topic="emergency_now", danger="emergency", escalation=("emergency",))


async def begun(service: Service, session: AsyncSession, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Work that has come as far as the lock that this transaction holds."""
    await session.flush()
    task = asyncio.create_task(work)

    async def waits() -> bool:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return bool((await service.database.alone(text(asked)))[0][0])

    await until(waits, 10)
    return task


async def outcomes(service: Service, talk: uuid.UUID) -> list[str]:
    async with service.database.transaction() as session:
        wanted = select(Turn.outcome).where(Turn.conversation_id == talk).order_by(Turn.created_at)
        return list(await session.scalars(wanted))


async def test_who_is_blocked_while_their_turn_waits_for_the_talk_is_not_answered(service: Service) -> None:
    talk = await desk.conversation(service)
    await desk.writes(service, talk, "ootteko siellä")
    async with service.database.transaction() as session:
        await block(session, service, SARI, talk, "uhkailee")
        answering = await begun(service, session, run_turn(service, talk))
    await answering

    assert (await outcomes(service, talk), await desk.said(service, talk)) == (["not_answered"], [])


async def test_danger_is_answered_also_where_the_block_came_while_the_turn_waited(
    service: Service, engine: ScriptedEngine
) -> None:
    engine.next_answer = DANGER
    talk = await desk.conversation(service)
    await desk.writes(service, talk, "hänellä on veitsi")
    async with service.database.transaction() as session:
        await block(session, service, SARI, talk, "uhkailee")
        answering = await begun(service, session, run_turn(service, talk))
    await answering

    assert [said.text[:4] for said in await desk.said(service, talk, author="bot")] == ["112!"]
    assert (await desk.row(service, talk)).state == "waiting"
