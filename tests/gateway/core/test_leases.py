"""Checks of several processes on one database: who works on what, and what becomes of the work of the dead."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import func, select, update

from gateway.app import create_service
from gateway.conversations.contacts import AddressBook
from gateway.conversations.kinds import ChannelName
from gateway.conversations.messages import IncomingMessage
from gateway.conversations.models import Contact, Conversation, InboxEvent, Message, OutboxItem, Turn
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.leases import (
    LEASE,
    LeaseLost,
    acquire,
    delete_expired,
    end_lease,
    release,
    renew_lease,
)
from gateway.core.models import ConversationLease, GatewayProcess, ServiceKey
from gateway.inbox.delivery_status import process_statuses
from gateway.inbox.process_events import process_messages
from gateway.inbox.store import store_delivery
from gateway.ops.retention import run_retention
from gateway.outbox.send import LEASE_DURATION, recover, send_due
from gateway.service import Service
from gateway.turns.pending import pending_conversations
from gateway.turns.run import run_turn
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.outbox import change, conversation, queue, row
from tests.worlds.row_counts import count
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
async def other(settings: Settings, service: Service) -> AsyncIterator[Service]:
    """A second process with keys, engine and connections of its own; both live."""
    other = create_service(settings, ScriptedEngine())
    async with other.database.transaction() as session:
        await other.keyring.load(session)
    for each in (service, other):
        async with each.database.transaction() as session:
            await renew_lease(session, each.process)
    yield other
    await other.close()


async def claim(service: Service, talk: uuid.UUID) -> bool:
    return await acquire(service.database, service.process, talk)


async def give(service: Service, talk: uuid.UUID) -> None:
    async with service.database.transaction() as session:
        await release(session, service.process, talk)


async def die(service: Service) -> None:
    """Nothing was heard of the process for a lease."""
    async with service.database.transaction() as session:
        gone = update(GatewayProcess).where(GatewayProcess.id == service.process)
        await session.execute(gone.values(alive_until=now() - dt.timedelta(seconds=0.01)))


async def store(service: Service, *messages: dict[str, Any], **more: Any) -> None:
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels["whatsapp"], bodies.body(*messages, **more))


async def sort(service: Service) -> None:
    async with service.database.transaction() as session:
        await process_messages(session, service.keyring, service.idle)


async def talks(service: Service) -> list[uuid.UUID]:
    async with service.database.transaction() as session:
        return list(await session.scalars(select(Conversation.id)))


async def test_one_process_has_a_conversation_until_it_gives_it_back(service: Service, other: Service) -> None:
    talk = uuid.uuid4()
    assert await claim(service, talk)
    assert await claim(service, talk)  # its own, still
    assert not await claim(other, talk)
    with pytest.raises(LeaseLost):
        await give(other, talk)

    await give(service, talk)
    assert await claim(other, talk)


async def test_what_a_dead_process_held_is_free_and_it_writes_nothing_should_it_live_after_all(
    service: Service, other: Service
) -> None:
    talk = uuid.uuid4()
    assert await claim(service, talk)
    await die(service)
    assert await claim(other, talk)

    async with service.database.transaction() as session:
        await renew_lease(session, service.process)
    with pytest.raises(LeaseLost):
        await give(service, talk)
    assert not await claim(service, talk)


async def test_a_process_that_only_was_silent_keeps_what_nobody_took(service: Service, other: Service) -> None:
    talk = uuid.uuid4()
    assert await claim(service, talk)
    await die(service)
    await give(service, talk)


async def test_a_process_that_says_farewell_holds_nothing(service: Service, other: Service) -> None:
    talk = uuid.uuid4()
    assert await claim(service, talk)
    async with service.database.transaction() as session:
        await end_lease(session, service.process)

    assert await claim(other, talk)


async def test_the_rows_of_the_dead_are_deleted_and_those_of_the_living_stay(service: Service, other: Service) -> None:
    mine, theirs = uuid.uuid4(), uuid.uuid4()
    assert await claim(service, mine)
    assert await claim(other, theirs)
    async with service.database.transaction() as session:
        gone = update(GatewayProcess).where(GatewayProcess.id == other.process)
        await session.execute(gone.values(alive_until=now() - 11 * LEASE))
        await delete_expired(session)

        assert list(await session.scalars(select(ConversationLease.conversation_id))) == [mine]
        assert list(await session.scalars(select(GatewayProcess.id))) == [service.process]


@POSTGRESQL
async def test_of_many_that_claim_at_once_exactly_one_gets_it(service: Service, other: Service) -> None:
    for _ in range(10):
        talk = uuid.uuid4()
        claimed = await asyncio.gather(*(claim(each, talk) for each in (service, other)))
        assert sorted(claimed) == [False, True]


async def test_a_conversation_that_another_process_answers_does_not_wait(service: Service, other: Service) -> None:
    await store(service, bodies.message())
    await sort(service)
    (talk,) = await talks(service)

    async def waits(who: Service) -> bool:
        async with who.database.transaction() as session:
            return list(await pending_conversations(session, who.process)) == [talk]

    assert await claim(service, talk)
    assert (await waits(service), await waits(other)) == (True, False)
    await die(service)
    assert await waits(other)


async def test_who_wrote_first_is_answered_first(service: Service) -> None:
    for number in range(5):
        await store(service, bodies.message(sender=f"35840000000{number}"))
    await sort(service)
    async with service.database.transaction() as session:
        first = select(Message.conversation_id).order_by(Message.id)
        assert list(await pending_conversations(session, service.process)) == list(await session.scalars(first))


@POSTGRESQL
async def test_two_processes_answer_a_turn_once(service: Service, other: Service, engine: ScriptedEngine) -> None:
    engine.delay = 0.2
    await store(service, bodies.message())
    await sort(service)
    (talk,) = await talks(service)
    await asyncio.gather(run_turn(service, talk), run_turn(other, talk))

    assert (await count(service, Turn), await count(service, OutboxItem)) == (1, 1)
    assert len(engine.asked) + len(other.engine.asked) == 1  # type: ignore[attr-defined]  # it is scripted


@POSTGRESQL
async def test_a_turn_whose_claim_was_lost_while_the_engine_thought_is_written_by_the_other_alone(
    service: Service, other: Service, engine: ScriptedEngine
) -> None:
    engine.delay = 0.4
    await store(service, bodies.message())
    await sort(service)
    (talk,) = await talks(service)
    slow = asyncio.create_task(run_turn(service, talk))
    await asyncio.sleep(0.15)
    await die(service)
    assert await run_turn(other, talk) is False

    assert await slow is False
    assert (await count(service, Turn), await count(service, OutboxItem)) == (1, 1)
    assert await count(service, ConversationLease) == 0


async def test_what_comes_while_the_engine_thinks_is_seen_before_the_claim_is_given_back(
    service: Service, engine: ScriptedEngine
) -> None:
    engine.delay = 0.3
    await store(service, bodies.message())
    await sort(service)
    (talk,) = await talks(service)
    turn = asyncio.create_task(run_turn(service, talk))
    await asyncio.sleep(0.1)
    await store(service, bodies.message())
    await sort(service)

    assert await turn is True
    assert await run_turn(service, talk) is False
    assert await count(service, Turn) == 2


@POSTGRESQL
async def test_two_processes_sort_each_message_once_and_in_the_order_of_arrival(
    service: Service, other: Service
) -> None:
    for _ in range(12):
        await store(service, *(bodies.message(sender=f"35840000000{number}") for number in range(4)))
    await asyncio.gather(*(sort(each) for each in (service, other, service, other)))

    async with service.database.transaction() as session:
        assert set(await session.scalars(select(InboxEvent.state))) == {"done"}
        messages = list(await session.scalars(select(Message).order_by(Message.id)))
        prints = list(await session.scalars(select(InboxEvent.external_fingerprint).order_by(InboxEvent.id)))
    assert [message.external_fingerprint for message in messages] == prints
    assert len(await talks(service)) == await count(service, Contact) == 4


@POSTGRESQL
async def test_statuses_that_two_processes_sort_at_once_only_move_up(service: Service, other: Service) -> None:
    items = {}
    for number in range(8):
        item = await queue(service, await conversation(service), "hei")
        wamid = f"wamid.{number}"
        print_ = service.keyring.fingerprint("whatsapp sent", wamid)
        await change(service, item, state="sent", attempts=1, external_fingerprint=print_)
        items[wamid] = item
    for name in ("read", "sent", "delivered"):
        for wamid in items if name != "sent" else reversed(items):
            await store(service, statuses=(bodies.status(name, wamid),))

    async def statuses(who: Service) -> None:
        async with who.database.transaction() as session:
            await process_statuses(session, who.keyring)

    await asyncio.gather(*(statuses(each) for each in (service, other) * 3))
    await statuses(service)

    assert [(await row(service, item)).delivery_rank for item in items.values()] == [3] * 8
    async with service.database.transaction() as session:
        assert set(await session.scalars(select(InboxEvent.state))) == {"done"}


async def test_an_event_under_a_key_that_another_process_has_made_since_is_read(
    service: Service, other: Service
) -> None:
    async with service.database.transaction() as session:
        await session.execute(
            update(ServiceKey).where(ServiceKey.purpose == "inbox").values(created_at=now() - dt.timedelta(hours=7))
        )
    await run_retention(service)
    assert service.keyring.current_inbox_key()[0] != other.keyring.current_inbox_key()[0]
    await store(service, bodies.message(), statuses=(bodies.status("sent", "wamid.X"),))
    await sort(other)
    async with other.database.transaction() as session:
        await process_statuses(session, other.keyring)

    assert await count(service, Message) == 1
    async with service.database.transaction() as session:
        assert set(await session.scalars(select(InboxEvent.state))) == {"done"}


async def test_a_key_whose_transaction_failed_is_never_used(service: Service) -> None:
    before = service.keyring.current_inbox_key()
    async with service.database.transaction() as session:
        await session.execute(
            update(ServiceKey).where(ServiceKey.purpose == "inbox").values(created_at=now() - dt.timedelta(hours=7))
        )
        await service.keyring.load(session)
        await session.rollback()

    assert service.keyring.current_inbox_key() == before


@POSTGRESQL
async def test_processes_that_start_together_on_an_empty_database_agree_on_the_keys(settings: Settings) -> None:
    services = [create_service(settings, ScriptedEngine()) for _ in range(3)]

    async def load(each: Service) -> None:
        async with each.database.transaction() as session:
            await each.keyring.load(session)

    await asyncio.gather(*(load(each) for each in services))
    assert len({each.keyring.fingerprint("a", "b") for each in services}) == 1
    assert len({each.keyring.current_inbox_key() for each in services}) == 1
    for each in services:
        await each.close()


async def test_a_start_leaves_alone_what_a_living_process_is_sending(service: Service, other: Service) -> None:
    items = [await queue(service, await conversation(service), "hei") for _ in range(4)]
    living, dead, unknown, stuck = items
    await change(service, living, state="sending", leased_at=now(), leased_by=other.process)
    await change(service, dead, state="sending", leased_at=now(), leased_by="a" * 32)
    await change(service, unknown, state="sending", leased_at=now(), leased_by=None)
    await change(service, stuck, state="sending", leased_at=now() - LEASE_DURATION * 2, leased_by=other.process)
    async with service.database.transaction() as session:
        await recover(session, 15.0)

    # On SQLite there is no other process: whoever was sending is gone.
    on_sqlite = service.database.is_sqlite
    states = [(await row(service, item)).state for item in items]
    assert states == ["unknown" if on_sqlite else "sending", "unknown", "unknown", "unknown"]
    assert (await row(service, dead)).due_at > now() + dt.timedelta(seconds=10)  # a status is waited for


@POSTGRESQL
async def test_what_a_process_was_sending_when_it_died_is_taken_up_without_a_restart(
    service: Service, other: Service
) -> None:
    item = await queue(service, await conversation(service), "hei")
    await change(service, item, state="sending", leased_at=now(), leased_by=other.process)
    await send_due(service)
    assert (await row(service, item)).state == "sending"

    await die(other)
    service.expired_checked_at = 0.0
    await send_due(service)
    assert (await row(service, item)).state == "unknown"


@POSTGRESQL
async def test_a_contact_that_another_process_made_in_the_same_moment_is_used_and_nothing_is_set_aside(
    service: Service, other: Service
) -> None:
    message = IncomingMessage(
        external_id="x", business_number=bodies.NUMBER, sent_at=now(), kind="text", phone="358401234567"
    )
    await store(service, bodies.message(sender="358401234567"))
    async with service.database.transaction() as session:
        book = AddressBook(session, service.keyring, ChannelName.WHATSAPP, service.idle)
        made = (await book.conversation_for(message)).row.contact_id
        await session.flush()
        sorting = asyncio.create_task(sort(other))
        await asyncio.sleep(0.3)
        assert not sorting.done()  # it waits to see whether the address is taken
    await sorting

    async with service.database.transaction() as session:
        assert set(await session.scalars(select(InboxEvent.state))) == {"done"}
        assert list(await session.scalars(select(Contact.id))) == [made]
    assert await count(service, Message) == 1


@POSTGRESQL
async def test_tidying_takes_no_contact_with_whom_a_conversation_is_just_beginning(
    service: Service, other: Service
) -> None:
    async with service.database.transaction() as session:
        contact = Contact(wrapped_key=service.keyring.wrap(b"k" * 32), created_at=now())
        lonely = Contact(wrapped_key=service.keyring.wrap(b"k" * 32), created_at=now())
        session.add_all([contact, lonely])
    async with service.database.transaction() as session:
        session.add(
            Conversation(
                contact_id=contact.id,
                channel="whatsapp",
                business_number=bodies.NUMBER,
                wrapped_key=b"",
                last_citizen_message_at=now(),
                created_at=now(),
            )
        )
        await session.flush()
        await run_retention(other)

    async with service.database.transaction() as session:
        assert list(await session.scalars(select(Contact.id))) == [contact.id]
    assert len(await talks(service)) == 1


@POSTGRESQL
async def test_all_processes_may_tidy_at_once(service: Service, other: Service) -> None:
    await store(service, bodies.message())
    await sort(service)
    await asyncio.gather(*(run_retention(each) for each in (service, other) * 3))

    assert await count(service, Message) == 1


@POSTGRESQL
async def test_after_a_long_outage_no_process_destroys_the_key_with_which_another_still_seals(
    service: Service, other: Service
) -> None:
    async with service.database.transaction() as session:  # nobody could make a new one for so long
        weekend = {"created_at": now() - dt.timedelta(hours=60)}
        await session.execute(update(ServiceKey).where(ServiceKey.purpose == "inbox").values(weekend))
    await run_retention(service)
    await store(other, bodies.message())  # it has not tidied yet
    await sort(service)

    assert await count(service, Message) == 1
    assert service.keyring.current_inbox_key() != other.keyring.current_inbox_key()


async def test_an_inbox_key_is_destroyed_a_day_after_the_next_was_made(service: Service) -> None:
    first, _ = service.keyring.current_inbox_key()
    for hours in (40, 23, 25):  # ago: the first, and twice its follower
        assert service.keyring.inbox_key(first) is not None
        async with service.database.transaction() as session:
            newest = select(func.max(ServiceKey.id)).where(ServiceKey.purpose == "inbox").scalar_subquery()
            made = {"created_at": now() - dt.timedelta(hours=hours)}
            await session.execute(update(ServiceKey).where(ServiceKey.id == newest).values(made))
        await run_retention(service)

    async with service.database.transaction() as session:
        assert await session.get(ServiceKey, first) is None
    assert service.keyring.inbox_key(first) is None
