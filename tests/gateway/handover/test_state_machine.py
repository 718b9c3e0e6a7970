"""Checks of handover under pressure: many races of two claims, and any order of real changes on a database."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from gateway.app import create_service
from gateway.conversations.kinds import HandoverReason
from gateway.conversations.models import Conversation, ConversationEvent, OutboxItem
from gateway.conversations.repository import locked
from gateway.conversations.states import ActorRole, may_go_out
from gateway.core.actors import Officer
from gateway.core.config.settings import Settings
from gateway.core.crypto import new_key
from gateway.core.database import now
from gateway.core.errors import GatewayError
from gateway.handover import ownership
from gateway.handover.models import QueueEntry
from gateway.handover.queue import request_officer
from gateway.handover.replies import reply
from gateway.handover.shifts import start_shift
from gateway.service import Service
from gateway.turns.run import run_turn
from tests.worlds import officers as desk
from tests.worlds import outbox, tiers
from tests.worlds.officers import CHIEF, JAN, SARI
from tests.worlds.scripted_engine import ScriptedEngine, answer

RACES, AT_ONCE = tiers.times(100, 300), 5
PEOPLE = (SARI, JAN, CHIEF)
WHO = st.sampled_from(PEOPLE)


async def _many_waiting(service: Service, count: int) -> list[uuid.UUID]:
    first = await outbox.conversation(service)
    moment, made = now(), [uuid.uuid4() for _ in range(count)]
    wrapped = service.keyring.wrap(new_key())
    async with service.database.transaction() as session:
        for each in made:
            session.add(
                Conversation(
                    id=each,
                    contact_id=first.contact_id,
                    channel="whatsapp",
                    business_number=first.business_number,
                    wrapped_key=wrapped,
                    dialogue_id=uuid.uuid4(),
                    state="waiting",
                    last_citizen_message_at=moment,
                    created_at=moment,
                )
            )
        await session.flush()
        session.add_all(
            QueueEntry(
                conversation_id=each,
                reason=HandoverReason.ASKED,
                created_at=moment,
                queued_at=moment,
                waiting_since=moment,
            )
            for each in made
        )
    return made


@pytest.mark.anyio
async def test_of_many_races_of_two_claims_each_has_one_winner(service: Service) -> None:
    made = await _many_waiting(service, RACES)
    room, results = asyncio.Semaphore(AT_ONCE), dict[uuid.UUID, list[str]]()

    async def claims(officer: Officer, talk: uuid.UUID) -> str:
        try:
            async with service.database.transaction() as session:
                await ownership.claim(session, service, officer, talk)
        except GatewayError:
            return "lost"
        return officer.name

    async def race(talk: uuid.UUID) -> None:
        async with room:
            results[talk] = list(await asyncio.gather(claims(SARI, talk), claims(JAN, talk)))

    await asyncio.gather(*(race(talk) for talk in made))

    winners = {talk: [name for name in names if name != "lost"] for talk, names in results.items()}
    assert [len(names) for names in winners.values()] == [1] * RACES
    async with service.database.transaction() as session:
        owners = await session.execute(
            select(Conversation.id, Conversation.officer_name).where(Conversation.id.in_(made))
        )
        assert {row.id: [row.officer_name] for row in owners} == winners
        claimed = select(func.count()).select_from(ConversationEvent).where(ConversationEvent.kind == "claimed")
        assert await session.scalar(claimed) == RACES


class RealHandover(RuleBasedStateMachine):
    """Officers, a citizen and the bot do anything in any order, through the functions that the pages call."""

    run: Callable[[Coroutine[Any, Any, Any]], Any]
    service: Service
    engine: ScriptedEngine

    @initialize()
    def begin(self) -> None:
        self.talk: uuid.UUID = self.run(desk.conversation(self.service))
        self.events = 0

    def _try(self, change: Callable[..., Any], *arguments: object) -> bool:
        async def once() -> None:
            async with self.service.database.transaction() as session:
                await change(session, self.service, *arguments)

        try:
            self.run(once())
        except GatewayError:
            return False
        return True

    @rule(danger=st.booleans(), words=st.sampled_from(["apua", "lopeta", "kiitos"]))
    def the_citizen_writes(self, danger: bool, words: str) -> None:
        self.engine.next_answer = answer("x", topic="grooming", danger="emergency" if danger else None)
        self._turn(words)

    @rule()
    def the_citizen_asks_for_a_person(self) -> None:
        async def ask() -> None:
            async with self.service.database.transaction() as session:
                row = await locked(session, self.talk)
                if row.state == "bot":
                    await request_officer(
                        session, row, reason=HandoverReason.ASKED, urgency=None, topic=None, by=ActorRole.CITIZEN
                    )

        self.run(ask())

    def _turn(self, words: str) -> None:
        async def turn() -> None:
            if (await desk.row(self.service, self.talk)).state != "closed":
                await desk.writes(self.service, self.talk, words)
                await run_turn(self.service, self.talk)

        self.run(turn())

    @rule(who=WHO)
    def somebody_claims(self, who: Officer) -> None:
        before = self.run(desk.row(self.service, self.talk)).state
        assert self._try(ownership.claim, who, self.talk) == (before in ("waiting", "bot"))

    @rule(who=WHO)
    def somebody_takes_over(self, who: Officer) -> None:
        self._try(ownership.take_over, who, self.talk)

    @rule(who=WHO, to=WHO)
    def somebody_hands_on(self, who: Officer, to: Officer) -> None:
        self._try(ownership.hand_on, who, self.talk, to)

    @rule(who=WHO)
    def somebody_gives_back(self, who: Officer) -> None:
        self._try(ownership.give_back, who, self.talk)

    @rule(who=WHO)
    def somebody_releases(self, who: Officer) -> None:
        self._try(ownership.release, who, self.talk, "tauko")

    @rule(who=WHO)
    def somebody_closes(self, who: Officer) -> None:
        self._try(ownership.close, who, self.talk, "valmis")

    @rule(who=WHO)
    def somebody_replies(self, who: Officer) -> None:
        row = self.run(desk.row(self.service, self.talk))
        owns = row.state == "officer" and row.officer_id == who.id
        assert self._try(reply, who, self.talk, "Hei") == owns

    @invariant()
    def owner_state_and_queue_agree(self) -> None:
        row, open_entries, events, items = self.run(self._look())
        assert (row.state == "officer") == (row.officer_id is not None) == (row.officer_name is not None)
        assert open_entries == (1 if row.state in ("waiting", "officer") else 0)
        assert len(events) >= self.events, "events only grow"
        self.events = len(events)
        stretches = sum(kind == "claimed" for kind in events) - sum(kind == "human_stretch_ended" for kind in events)
        assert stretches == (1 if row.state == "officer" else 0)
        if row.state == "officer":
            assert not [item for item in items if item.author == "bot" and item.state == "queued" and _goes(item, row)]

    async def _look(self) -> tuple[Conversation, int, list[str], list[OutboxItem]]:
        async with self.service.database.transaction() as session:
            row = await session.get_one(Conversation, self.talk)
            entries = await session.scalars(
                select(QueueEntry.id).where(QueueEntry.conversation_id == self.talk, QueueEntry.resolved_at.is_(None))
            )
            kinds = select(ConversationEvent.kind).where(ConversationEvent.conversation_id == self.talk)
            items = await session.scalars(select(OutboxItem).where(OutboxItem.conversation_id == self.talk))
            return row, len(list(entries)), list(await session.scalars(kinds)), list(items)


def _goes(item: OutboxItem, row: Conversation) -> bool:
    return may_go_out(
        item.author,
        item.officer_id,
        item.created_at,
        state=row.state,
        owner=row.officer_id,
        owner_changed_at=row.owner_changed_at,
    )


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


def test_whatever_people_do_in_any_order_owner_queue_and_events_agree(
    settings: Settings, engine: ScriptedEngine, runner: asyncio.Runner
) -> None:
    async def begin() -> Service:
        service = create_service(settings, engine)
        async with service.database.transaction() as session:
            await service.keyring.load(session)
            for officer in PEOPLE:
                await start_shift(session, service, officer)
        return service

    made = runner.run(begin())

    class OnThisDatabase(RealHandover):
        service = made

        def run(self, work: Coroutine[Any, Any, Any]) -> Any:
            return runner.run(work)

    OnThisDatabase.engine = engine
    try:
        run_state_machine_as_test(
            OnThisDatabase,
            settings=hypothesis_settings(
                deadline=None,
                max_examples=tiers.times(5, 60),
                stateful_step_count=20,
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        runner.run(made.close())
