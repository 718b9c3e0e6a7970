"""Checks of station 2: a batch sorted all together becomes what it becomes one by one, with far fewer questions."""

import datetime as dt
import itertools
import random
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import delete, event, select, text

from gateway.conversations.addresses import recipient_of
from gateway.conversations.contact_cache import HOLDERS, ContactCache, ErasedMeanwhile, load_cache
from gateway.conversations.models import Contact, Conversation, ConversationEvent, ErasedAddress, InboxEvent, Message
from gateway.conversations.repository import locked
from gateway.core.crypto import unseal
from gateway.core.database import Database, now
from gateway.inbox.process_events import BATCH, process_messages
from gateway.inbox.store import store_delivery
from gateway.privacy.erasure import erase
from gateway.privacy.models import LegalHold
from gateway.service import Service
from tests.gateway.inbox.test_process_events import notice, says
from tests.worlds import tiers
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.whatsapp_bodies import NUMBER

pytestmark = pytest.mark.anyio

PHONES = ["358401111111", "358402222222", "358403333333"]
IDS = ["FI.1111111111", "FI.2222222222", None]


# Enough that PostgreSQL finds an index worth its while.
SOME_PEOPLE = (
    """INSERT INTO contact (id, wrapped_key, created_at)
       SELECT md5('c' || n)::uuid, '', now() FROM generate_series(1, 5000) n""",
    """INSERT INTO contact_address (contact_id, channel, kind, value_fingerprint, value_sealed)
       SELECT md5('c' || n)::uuid, 'whatsapp', 'phone', decode(md5('p' || n), 'hex'), ''
       FROM generate_series(1, 5000) n""",
    "ANALYZE contact_address",
)


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Every statement that goes to the database within the block."""
    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


def story(seed: int) -> list[dict[str, Any]]:
    """What a few people do who share, change and lose their addresses; mostly words, some of them days old."""
    chance = random.Random(seed)
    said: list[dict[str, Any]] = []  # in the order in which it comes
    for number in range(chance.randint(5, 30)):
        phone, user_id = chance.choice(PHONES), chance.choice(IDS)
        known = [each for each in said if each["type"] == "text"]
        kind = chance.choices(["words", "number", "id", "edit", "revoke", "reaction"], [14, 1, 1, 1, 1, 1])[0]
        if kind == "number":
            said.append(notice("user_changed_number", phone, wa_id=chance.choice(PHONES)))
        elif kind == "id":
            said.append(notice("user_changed_user_id", user_id="FI.3333333333", previous_user_id=IDS[0] or ""))
        elif kind == "words" or not known:
            late = {"timestamp": str(int(time.time()) - 172_800)} if chance.random() < 0.15 else {}
            said.append(says(f"sana {number}", phone, user_id, **late))
        else:
            about = chance.choice(known)
            sender = {key: about[key] for key in ("from", "from_user_id") if key in about}
            content: dict[str, Any] = {"original_message_id": about["id"]}
            if kind == "edit":
                content["message"] = {"type": "text", "text": {"body": f"muutettu {number}"}}
            elif kind == "reaction":
                content = {"message_id": about["id"], "emoji": "👍"}
            said.append(bodies.message(kind) | {kind: content} | sender)
    return said


async def outcome(service: Service) -> list[Any]:
    """Everything that sorting leaves, without what chance gives it."""
    async with service.database.transaction() as session:
        talks = list(await session.scalars(select(Conversation)))
        people: dict[Any, list[Any]] = {each: [] for each in await session.scalars(select(Contact.id))}
        for talk in talks:
            where = await recipient_of(session, service.keyring, talk)
            rows = await session.scalars(select(Message).where(Message.conversation_id == talk.id).order_by(Message.id))
            key = service.keyring.unwrap(talk.wrapped_key)
            words = [unseal(key, row.content_sealed or b"", "message.content").decode() for row in rows]
            kinds = await session.scalars(
                select(ConversationEvent.kind).where(ConversationEvent.conversation_id == talk.id)
            )
            last = talk.last_citizen_message_at.isoformat()
            people[talk.contact_id].append((last, talk.state, where, words, sorted(kinds)))
        left = [tuple(row) for row in await session.execute(
            select(InboxEvent.kind, InboxEvent.state, InboxEvent.reason).order_by(InboxEvent.id)
        )]  # fmt: skip
        return [sorted((sorted(each, key=repr) for each in people.values()), key=repr), left]


async def arrive(service: Service, said: Iterable[dict[str, Any]]) -> None:
    """These are stored, each in a body of its own."""
    async with service.database.transaction() as session:
        for each in said:
            await store_delivery(session, service.keyring, service.channels["whatsapp"], bodies.body(each))


async def sort(service: Service, *, careful: bool) -> None:
    async with service.database.transaction() as session:
        await process_messages(session, service.keyring, service.idle, careful=careful)


async def sorted_as(service: Service, said: list[dict[str, Any]], *, careful: bool) -> list[Any]:
    """The same story from empty tables, in two batches: the second is of people who are known."""
    async with service.database.transaction() as session:
        for table in (InboxEvent, Contact):
            await session.execute(delete(table))
    for batch in (said[: len(said) // 2], said[len(said) // 2 :]):
        await arrive(service, batch)
        await sort(service, careful=careful)
    return await outcome(service)


async def test_all_together_becomes_what_it_becomes_one_by_one(service: Service) -> None:
    for seed in range(tiers.times(8, 40)):
        said = story(seed)
        together = await sorted_as(service, said, careful=False)
        assert together == await sorted_as(service, said, careful=True), seed


async def test_words_from_before_a_wish_to_be_erased_are_not_taken_in_with_the_others(service: Service) -> None:
    late = {"timestamp": str(int(time.time()) - 3600)}
    await arrive(service, [says("vanha", PHONES[0], **late), says("uusi", PHONES[0]), says("muu", PHONES[1])])
    async with service.database.transaction() as session:
        address = service.keyring.fingerprint("whatsapp phone", PHONES[0])
        session.add(ErasedAddress(fingerprint=address, before=now() - dt.timedelta(minutes=5)))

    with pytest.raises(ErasedMeanwhile):
        await sort(service, careful=False)
    await sort(service, careful=True)

    people, left = await outcome(service)
    assert sorted("vanha" in repr(each) or "uusi" in repr(each) for each in people) == [False, True]
    assert [each for each in left if each[1] == "ignored"] == [("message", "ignored", "erased")]
    assert "vanha" not in repr(people)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_erasure_that_ends_while_a_batch_is_sorted_is_seen(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(service, [says("ennen", PHONES[0])])
    await sort(service, careful=False)
    async with service.database.transaction() as session:
        talk = await session.scalar(select(Conversation))
        assert talk is not None
        session.add(
            LegalHold(conversation_id=talk.id, reason_sealed=b"", placed_by=uuid.uuid4(), placed_at=now())
        )  # it stays, so that nothing but the question shows
    await arrive(service, [says("juuri ennen toivetta", PHONES[0])])

    async def read_and_meanwhile(*given: Any) -> ContactCache:
        ahead = await load_cache(*given)
        async with service.database.transaction() as other:
            await erase(other, service, await locked(other, talk.id), now() + dt.timedelta(minutes=1))
        return ahead

    monkeypatch.setattr("gateway.conversations.contacts.load_cache", read_and_meanwhile)
    with pytest.raises(ErasedMeanwhile):
        await sort(service, careful=False)


@pytest.mark.parametrize("known", [False, True], ids=["strangers", "known"])
async def test_a_full_batch_asks_hardly_more_than_one_message(service: Service, known: bool) -> None:
    numbers = itertools.count(358_500_000_000)
    senders = [str(next(numbers)) for _ in range(BATCH)]

    async def statements(people: list[str]) -> int:
        async with service.database.transaction() as session:
            for each in people:
                body = bodies.body(bodies.message(sender=each), number=NUMBER)
                await store_delivery(session, service.keyring, service.channels["whatsapp"], body)
        with counted(service.database) as asked:
            async with service.database.transaction() as session:
                await process_messages(session, service.keyring, service.idle, careful=False)
        return len(asked)

    if known:
        await statements(senders)
    one = await statements([senders[0] if known else str(next(numbers))])
    # SQLite gives out numbers of rows one by one, within this process.
    inserts = (1 if known else 3) * BATCH if service.database.is_sqlite else 0
    assert await statements(senders) <= one + 2 + inserts


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_address_is_found_without_reading_the_index_from_end_to_end(service: Service) -> None:
    given = {"channel": "whatsapp", "fingerprints": [b"1", b"2"]}
    async with service.database.transaction() as session:
        for statement in SOME_PEOPLE:
            await session.execute(text(statement))
        literal = HOLDERS.params(given).compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(await session.scalars(text(f"EXPLAIN {literal}")))

    (condition,) = [line for line in plan.splitlines() if "Index Cond" in line]
    assert all(column in condition for column in ("channel", "kind", "value_fingerprint")), plan
