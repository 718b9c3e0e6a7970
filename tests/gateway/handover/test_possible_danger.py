"""Whoever was asked whether somebody is in danger and does not answer is seen by officers, and hears nothing of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from gateway.conversations.kinds import ConversationState, HandoverReason
from gateway.conversations.models import Conversation, OutboxItem
from gateway.core.config.settings import Settings
from gateway.handover.models import QueueEntry
from gateway.handover.timers import run_due_timers
from tests.worlds.road import Road, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = pytest.mark.anyio

ASKED = answer("Onko joku nyt vaarassa?", possible_danger="emergency")


@pytest.fixture
async def road(settings: Settings, engine: ScriptedEngine) -> AsyncIterator[Road]:
    """A gateway that waits a second for the answer."""
    short = settings.model_copy(update={"danger_question_minutes": 1 / 60})
    async with open_road(short, engine, pair_limit=False) as road:
        yield road


async def _entries(road: Road) -> list[QueueEntry]:
    async with road.service.database.transaction() as session:
        return list(await session.scalars(select(QueueEntry)))


async def _conversation(road: Road) -> Conversation:
    async with road.service.database.transaction() as session:
        return (await session.scalars(select(Conversation))).one()


async def test_silence_after_the_question_brings_officers_without_a_word(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = ASKED
    citizen = road.citizen()
    citizen.writes("se on tuolla ulkona")
    await citizen.next_reply()
    assert await _entries(road) == []
    await until(lambda: _has_entry(road))
    (entry,) = await _entries(road)
    assert (entry.reason, entry.urgency) == (HandoverReason.POSSIBLE_DANGER, None)
    conversation = await _conversation(road)
    assert (conversation.state, conversation.danger_asked_at) == (ConversationState.WAITING, None)
    async with road.service.database.transaction() as session:
        assert len(list(await session.scalars(select(OutboxItem.id)))) == 1, "the citizen was told of an officer"


async def test_whoever_writes_on_is_not_queued(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = ASKED
    citizen = road.citizen()
    citizen.writes("se on tuolla ulkona")
    await citizen.next_reply()
    engine.next_answer = answer("Selvä.")
    citizen.writes("siis kissa")
    await citizen.next_reply()
    assert (await _conversation(road)).danger_asked_at is None
    await asyncio.sleep(1.2)
    await run_due_timers(road.service)
    assert await _entries(road) == []


async def test_clear_danger_needs_no_question(road: Road, engine: ScriptedEngine) -> None:
    engine.next_answer = answer("112", danger="emergency", possible_danger="crisis")
    citizen = road.citizen()
    citizen.writes("apua")
    await citizen.next_reply()
    (entry,) = await _entries(road)
    assert entry.reason == HandoverReason.DANGER
    assert (await _conversation(road)).danger_asked_at is None


async def _has_entry(road: Road) -> bool:
    await run_due_timers(road.service)
    return bool(await _entries(road))
