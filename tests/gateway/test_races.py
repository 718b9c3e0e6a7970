"""Checks of two at once on PostgreSQL: one holds a talk, the other waits for it, and what was read before is old."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Coroutine
from typing import Any

import pytest
from sqlalchemy import Delete, delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.addresses import recipient_of
from gateway.conversations.contacts import AddressBook
from gateway.conversations.kinds import ChannelName
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Conversation, InboxEvent, Message, Turn
from gateway.core import crypto
from gateway.core.database import now
from gateway.core.leases import acquire, renew_lease
from gateway.handover import ownership
from gateway.handover.blocking import block
from gateway.inbox.process_events import _add, _edit, process_messages
from gateway.inbox.store import store_delivery
from gateway.service import Service
from gateway.turns.pending import pending_conversations
from gateway.turns.run import run_turn
from tests.worlds import officers as desk
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.officers import SARI
from tests.worlds.road import Road, until
from tests.worlds.scripted_engine import ScriptedEngine, answer

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)]
DANGER = answer("112!", topic="emergency_now", danger="emergency", escalation=("emergency",))


async def begun(service: Service, session: AsyncSession, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Work that has come as far as the lock that this transaction holds, or that did not have to wait."""
    await session.flush()
    task = asyncio.create_task(work)

    async def waits() -> bool:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return task.done() or bool((await service.database.execute_autocommit(text(asked)))[0][0])

    await until(waits, 10)
    return task


async def arrives(service: Service, talk: uuid.UUID, words: str) -> None:
    """A message of this talk's citizen is stored, and nobody has sorted it yet."""
    async with service.database.transaction() as session:
        row = await session.get_one(Conversation, talk)
        sender = (await recipient_of(session, service.keyring, row)).phone or ""
        body = bodies.body(bodies.message(body=words, sender=sender))
        await store_delivery(session, service.keyring, service.channels["whatsapp"], body)


async def sort(service: Service) -> None:
    async with service.database.transaction() as session:
        await process_messages(session, service.keyring, service.idle, careful=False)


async def pending(service: Service) -> list[uuid.UUID]:
    async with service.database.transaction() as session:
        return list(await pending_conversations(session, service.process))


async def answer_all(service: Service) -> None:
    """As the loop of turns does, until nobody waits."""
    while waiting := await pending(service):
        for talk in waiting:
            await run_turn(service, talk)


async def talks(service: Service) -> list[uuid.UUID]:
    async with service.database.transaction() as session:
        return list(await session.scalars(select(Conversation.id)))


async def messages(service: Service, talk: uuid.UUID) -> list[bytes]:
    """The sealed names of a talk's messages."""
    async with service.database.transaction() as session:
        wanted = select(Message.external_id_sealed).where(Message.conversation_id == talk)
        return list(await session.scalars(wanted.order_by(Message.id)))


async def _is_asked(engine: ScriptedEngine) -> bool:
    return bool(engine.asked)


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


async def test_an_idle_talk_that_an_officer_takes_at_that_moment_is_not_closed_under_their_hands(
    service: Service,
) -> None:
    talk = await desk.conversation(service)
    await desk.age(service, talk, last_citizen_message_at=service.idle + dt.timedelta(hours=1))
    await arrives(service, talk, "oletteko vielä siellä")
    async with service.database.transaction() as session:
        await ownership.claim(session, service, SARI, talk)
        sorting = await begun(service, session, sort(service))
    await sorting

    row = await desk.row(service, talk)
    assert (row.state, row.officer_id) == ("officer", SARI.id)
    assert await pending(service) == [talk]


async def test_words_that_come_while_an_officer_closes_the_talk_are_answered_in_a_new_one(
    service: Service, engine: ScriptedEngine
) -> None:
    engine.next_answer = DANGER
    talk = await desk.owned(service)
    await arrives(service, talk, "hän tulee sisään veitsi kädessä")
    async with service.database.transaction() as session:
        await ownership.close(session, service, SARI, talk, "asia selvä")
        sorting = await begun(service, session, sort(service))
    await sorting
    await answer_all(service)

    (new,) = [each for each in await talks(service) if each != talk]
    assert [said.text[:4] for said in await desk.said(service, new, author="bot")] == ["112!"]
    assert ((await desk.entry(service, new)).urgency, (await desk.row(service, new)).state) == ("emergency", "waiting")
    assert (await desk.row(service, talk)).state == "closed"


async def test_an_edit_and_a_new_message_do_not_stand_in_each_others_way_with_the_turn(service: Service) -> None:
    talk = await desk.conversation(service)
    await arrives(service, talk, "mun tili kaapattiin")
    await sort(service)
    (written,) = await messages(service, talk)
    async with service.database.transaction() as session:
        row = await session.get_one(Conversation, talk)
        book = AddressBook(session, service.keyring, ChannelName.WHATSAPP, service.idle)
        phone = (await recipient_of(session, service.keyring, row)).phone
        wamid = crypto.unseal(service.keyring.unwrap(row.wrapped_key), written, "message.external_id").decode()
        edit = IncomingMessage(
            external_id="edit", business_number=bodies.NUMBER, sent_at=now(), kind="edit", phone=phone,
            text="mun insta kaapattiin", about=wamid,
        )  # fmt: skip
        await _edit(session, service.keyring, book, edit)
        answering = await begun(service, session, run_turn(service, talk))
        new = edit.model_copy(update={"kind": "text", "external_id": "new", "sent_at": now()})
        await _add(session, service.keyring, book, await book.conversation_for(new), new)
    await answering
    await answer_all(service)

    assert len(await messages(service, talk)) == 2
    assert (await pending(service), set(await outcomes(service, talk))) == ([], {"answered"})


async def _vanishes_while_it_is_read(service: Service, engine: ScriptedEngine, talk: uuid.UUID, gone: Delete) -> None:
    await desk.writes(service, talk, "mun tili kaapattiin")
    engine.go_on.clear()
    answering = asyncio.create_task(run_turn(service, talk))
    await until(lambda: _is_asked(engine), 10)
    async with service.database.transaction() as session:
        await renew_lease(session, service.process)
        await session.execute(gone)
    engine.go_on.set()

    assert await answering is False


async def test_what_a_process_held_for_words_that_were_taken_back_is_free_for_the_others(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    await _vanishes_while_it_is_read(service, engine, talk, delete(Message).where(Message.conversation_id == talk))

    assert await acquire(service.database, "another process", talk)


async def test_a_talk_that_is_erased_while_the_engine_reads_it_leaves_nothing_behind(
    service: Service, engine: ScriptedEngine
) -> None:
    talk = await desk.conversation(service)
    await _vanishes_while_it_is_read(service, engine, talk, delete(Conversation).where(Conversation.id == talk))

    assert engine.forgotten == [engine.asked[0].conversation_id]
    assert await acquire(service.database, "another process", talk)


async def test_statuses_do_not_wait_for_a_long_step_of_messages(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many of both waiting, each step of messages would let a few statuses pass, and they would pile up."""
    begun = asyncio.Event()

    async def for_long(*_: object, **__: object) -> object:
        begun.set()
        await asyncio.sleep(60)
        raise AssertionError

    monkeypatch.setattr("gateway.worker.process_messages", for_long)
    assert await road.post(bodies.body(bodies.message(body="apua"))) == 200
    await asyncio.wait_for(begun.wait(), 5)
    assert await road.post(bodies.body(statuses=(bodies.status("delivered", "wamid.unknown"),))) == 200

    async def is_sorted() -> bool:
        async with road.service.database.transaction() as session:
            kinds = select(InboxEvent.kind, InboxEvent.state)
            return ("status", "done") in {tuple(row) for row in await session.execute(kinds)}

    await until(is_sorted, 10)
