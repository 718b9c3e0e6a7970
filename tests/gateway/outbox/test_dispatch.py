"""Checks of station 5: who may go now and in which order, and what the others wait for."""

import datetime as dt
import uuid

import pytest
from sqlalchemy import select, update

from gateway.conversations.kinds import FailureClass, Priority
from gateway.conversations.messages import IncomingStatus, Reply
from gateway.conversations.models import Conversation, ConversationEvent, OutboxItem, SuspendedNumber, Turn
from gateway.core import crypto
from gateway.core.config.settings import Settings
from gateway.core.database import now
from gateway.core.rate_limit import count_incoming, number_rate
from gateway.handover.models import QueueEntry
from gateway.inbox.delivery_status import apply_status
from gateway.inbox.receive import drain
from gateway.inbox.store import store_delivery
from gateway.outbox.failures import record_failure
from gateway.outbox.suspension import resume, suspend, waiting_replies
from gateway.service import Service
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.outbox import change, conversation, look, queue, row, texts
from tests.worlds.process_events import sort_events

pytestmark = pytest.mark.anyio
OTHER = "106540352242999"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A small bucket for each number, so that its end can be seen."""
    return settings.model_copy(update={"number_rate": 10.0, "pair_burst": 2.0, "pair_seconds": 60.0})


async def test_urgent_replies_go_first_then_replies_then_bulk_each_in_the_order_of_time(service: Service) -> None:
    for text, priority in (
        ("bulk", Priority.BULK),
        ("one", Priority.REPLY),
        ("urgent", Priority.URGENT),
        ("two", Priority.REPLY),
    ):
        await queue(service, await conversation(service), text, priority)

    assert await texts(service) == ["urgent", "one", "two", "bulk"]


async def test_a_number_sends_what_its_bucket_holds_and_the_rest_waits_for_tokens(service: Service) -> None:
    rest = [await queue(service, await conversation(service), f"{place}") for place in range(12)][10:]
    first = await look(service)

    assert [item.reply.text for item in first.items] == [f"{place}" for place in range(10)]
    assert first.wait is not None
    assert 0 < first.wait <= 0.2
    assert [(each.state, each.waits_for) for each in [await row(service, item) for item in rest]] == [
        ("queued", "number_rate")
    ] * 2


async def test_a_number_at_its_limit_holds_nobody_else_back(service: Service) -> None:
    for place in range(30):
        await queue(service, await conversation(service), f"{place}")
    await queue(service, await conversation(service, OTHER), "other")
    async with service.database.transaction() as session:
        await count_incoming(session, {f"whatsapp {bodies.NUMBER}": 1000}, number_rate(service.settings))

    assert await texts(service, room=20) == ["other"]


async def test_a_flood_that_keeps_a_number_at_its_limit_does_not_hold_danger_back(service: Service) -> None:
    await queue(service, await conversation(service), "reply")
    await queue(service, await conversation(service), "112", Priority.URGENT)
    async with service.database.transaction() as session:
        await count_incoming(session, {f"whatsapp {bodies.NUMBER}": 1000}, number_rate(service.settings))

    assert await texts(service) == ["112"]


async def test_a_number_that_is_stopped_or_paused_by_its_platform_holds_danger_back_too(service: Service) -> None:
    refused = await queue(service, await conversation(service), "reply")
    async with service.database.transaction() as session:
        await record_failure(session, await session.get_one(OutboxItem, refused), FailureClass.THROTTLE_NUMBER, 130429)
    await queue(service, await conversation(service), "112", Priority.URGENT)

    assert await texts(service) == []


async def test_bulk_leaves_half_of_the_bucket_for_replies(service: Service) -> None:
    for place in range(12):
        await queue(service, await conversation(service), f"bulk {place}", Priority.BULK)
    assert len(await texts(service)) == 5
    await queue(service, await conversation(service), "reply")

    assert "reply" in await texts(service)


async def test_a_large_bulk_backlog_delays_no_reply_of_anybody(service: Service) -> None:
    """Two thousand messages that nobody waits for, and replies that come one by one: each goes at the next look."""
    talks = [await conversation(service) for _ in range(20)]
    async with service.database.transaction() as session:
        for talk in talks:
            key = service.keyring.unwrap(talk.wrapped_key)
            for _ in range(100):
                content = crypto.seal(key, Reply(text="bulk").model_dump_json(), "outbox_item.content")
                session.add(_bulk(talk, content))
    for number in range(5):
        await queue(service, await conversation(service), f"reply {number}")
        taken = await texts(service, room=10)
        assert taken[0] == f"reply {number}", taken
        assert len(taken) <= 6  # and half of the bucket stays free for whoever comes next


async def test_bulk_that_waits_for_its_share_is_looked_at_when_there_is_a_token_and_not_without_a_pause(
    service: Service,
) -> None:
    for place in range(9):
        await queue(service, await conversation(service), f"reply {place}")
    for place in range(6):
        await queue(service, await conversation(service), f"bulk {place}", Priority.BULK)
    # All is queued before: on a busy machine the bucket would fill again meanwhile.
    assert await texts(service, room=9) == [f"reply {place}" for place in range(9)]
    found = await look(service, room=5)

    assert (found.items, found.more) == ([], False)
    assert found.wait is not None
    assert 0 < found.wait < 1


def _bulk(talk: Conversation, content: bytes) -> OutboxItem:
    return OutboxItem(
        sequence=1,
        conversation_id=talk.id,
        author="system",
        reply_kind="erased",
        content_sealed=content,
        state="queued",
        priority=Priority.BULK,
        due_at=now() - dt.timedelta(hours=1),
        created_at=now() - dt.timedelta(hours=1),
    )


async def test_a_reply_does_not_wait_behind_bulk_of_its_own_conversation(service: Service) -> None:
    talk = await conversation(service)
    bulk = await queue(service, talk, "bulk", Priority.BULK)
    await change(service, bulk, due_at=now() + dt.timedelta(hours=1))
    await queue(service, talk, "reply")
    await queue(service, talk, "next reply")

    assert await texts(service) == ["reply"]


async def test_one_citizen_waits_for_a_token_of_the_pair_and_another_does_not(service: Service) -> None:
    talk, other = await conversation(service), await conversation(service)
    began = now()
    items = [await queue(service, talk, text) for text in ("a", "b", "c")]
    seen = []
    for item in items[:2]:
        seen += await texts(service)
        await change(service, item, state="sent", sent_at=now(), delivery_rank=2)
    await queue(service, other, "other")
    seen += await texts(service)
    waiting = await row(service, items[2])

    assert seen == ["a", "b", "other"]
    assert (waiting.state, waiting.waits_for) == ("queued", "pair_rate")
    assert began + dt.timedelta(seconds=50) < waiting.due_at <= now() + dt.timedelta(seconds=60)


async def test_two_conversations_of_one_citizen_share_the_pair(service: Service) -> None:
    first, second = await conversation(service), await conversation(service)
    async with service.database.transaction() as session:
        await session.execute(
            update(Conversation).where(Conversation.id == second.id).values(contact_id=first.contact_id)
        )
    for talk in (first, first, second):
        await queue(service, talk, "x")
    await change(service, await queue(service, first, "gone"), state="failed")

    assert [len(await texts(service)) for _ in range(3)] == [1, 1, 0]


async def test_a_stopped_number_keeps_its_outbox_and_goes_on_in_order_when_it_is_started(service: Service) -> None:
    talks = [await conversation(service) for _ in range(3)]
    for place, talk in enumerate(talks):
        await queue(service, talk, f"{place}")
    await queue(service, await conversation(service, OTHER), "other")
    async with service.database.transaction() as session:
        await suspend(session, talks[0], FailureClass.AUTH, 190)
        await suspend(session, talks[1], FailureClass.AUTH, 190)

    assert await texts(service) == ["other"]
    assert await texts(service) == []
    async with service.database.transaction() as session:
        waiting = await waiting_replies(session)
        started = await resume(session)
    assert [(each.business_number, each.reason, each.count) for each in waiting] == [
        (bodies.NUMBER, "number_suspended", 3)
    ]
    assert started == [bodies.NUMBER]
    assert await texts(service) == ["0", "1", "2"]


async def test_one_number_can_be_started_alone(service: Service) -> None:
    async with service.database.transaction() as session:
        for number in (bodies.NUMBER, OTHER):
            await suspend(
                session, Conversation(channel="whatsapp", business_number=number), FailureClass.POLICY, 131031
            )
        assert await resume(session, OTHER) == [OTHER]
        assert await resume(session, "not ours") == []
        left = (await session.scalars(select(SuspendedNumber))).one()

    assert (left.business_number, left.failure, left.code) == (bodies.NUMBER, "policy", 131031)


async def test_a_throttled_number_pauses_whole_and_a_throttled_citizen_alone(service: Service) -> None:
    first, second = await conversation(service), await conversation(service)
    refused = [await queue(service, first, "a"), await queue(service, second, "b")]
    await queue(service, await conversation(service), "c")
    await queue(service, await conversation(service, OTHER), "d")
    async with service.database.transaction() as session:
        await record_failure(session, await session.get_one(OutboxItem, refused[0]), FailureClass.THROTTLE_PAIR, 131056)
    assert await texts(service, room=1) == ["b"]
    async with service.database.transaction() as session:
        await record_failure(
            session, await session.get_one(OutboxItem, refused[1]), FailureClass.THROTTLE_NUMBER, 130429
        )

    assert await texts(service) == ["d"]
    states = [(each.state, each.waits_for, each.error_code) for each in [await row(service, item) for item in refused]]
    assert states == [("queued", "pair_rate", 131056), ("queued", "number_rate", 130429)]


async def test_an_unknown_sending_waits_for_statuses_that_nobody_has_read_yet(service: Service) -> None:
    item = await queue(service, await conversation(service), "a")
    content = bodies.body(statuses=(bodies.status("sent", "wamid.X", biz_opaque_callback_data=str(item)),))
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels["whatsapp"], content)
    await change(service, item, state="unknown", due_at=now())
    assert await texts(service) == []
    async with service.database.transaction() as session:
        await sort_events(session, service.keyring, service.idle)

    assert ((await row(service, item)).state, await texts(service)) == ("sent", [])


async def test_an_unknown_sending_waits_while_the_status_that_tells_may_still_be_in_the_spool(service: Service) -> None:
    talk = await conversation(service)
    item = await queue(service, talk, "a")
    content = bodies.body(statuses=(bodies.status("sent", "wamid.X", biz_opaque_callback_data=str(item)),))
    await service.spool.append("whatsapp", content)
    await change(service, item, state="unknown", due_at=now())
    assert await texts(service) == []
    other = await queue(service, await conversation(service), "b")
    assert await texts(service) == ["b"]  # nobody else waits for it

    while await drain(service):
        pass
    async with service.database.transaction() as session:
        await sort_events(session, service.keyring, service.idle)
    assert ((await row(service, item)).state, await texts(service)) == ("sent", [])
    assert (await row(service, other)).state == "sending"


async def test_an_unknown_sending_of_which_nobody_told_goes_again(service: Service) -> None:
    item = await queue(service, await conversation(service), "a")
    await change(service, item, state="unknown", due_at=now())

    assert await texts(service) == ["a"]


async def test_the_second_part_of_an_answer_waits_until_the_first_has_arrived(service: Service) -> None:
    talk = await conversation(service)
    turn = uuid.uuid4()
    async with service.database.transaction() as session:
        session.add(Turn(id=turn, conversation_id=talk.id, outcome="answered", created_at=now()))
    first, second = await queue(service, talk, "first"), await queue(service, talk, "second")
    for item in (first, second):
        await change(service, item, turn_id=turn)
    await change(service, first, state="sent", sent_at=now(), delivery_rank=1)
    assert await texts(service) == []
    await change(service, first, delivery_rank=2)

    assert await texts(service) == ["second"]


async def test_a_first_part_that_never_arrives_does_not_hold_the_second_for_ever(service: Service) -> None:
    talk = await conversation(service)
    turn = uuid.uuid4()
    async with service.database.transaction() as session:
        session.add(Turn(id=turn, conversation_id=talk.id, outcome="answered", created_at=now()))
    first, second = await queue(service, talk, "first"), await queue(service, talk, "second")
    for item in (first, second):
        await change(service, item, turn_id=turn)
    await change(service, first, state="sent", sent_at=now() - dt.timedelta(seconds=6), delivery_rank=1)

    assert await texts(service) == ["second"]


async def told(service: Service, item: uuid.UUID, code: int | None, wamid: str = "wamid.A") -> str | None:
    """A `failed` status arrives for a reply."""
    from gateway.channels.whatsapp.errors import classify_status

    status = IncomingStatus(
        external_id=wamid,
        business_number=bodies.NUMBER,
        occurred_at=now(),
        status="failed",
        reference=str(item),
        error_code=code,
        failure=classify_status(code),
    )
    async with service.database.transaction() as session:
        named = service.keyring.fingerprint("whatsapp sent", wamid)
        return await apply_status(session, await session.get_one(OutboxItem, item), status, named)


async def sent(service: Service, wamid: str = "wamid.A") -> tuple[Conversation, uuid.UUID]:
    talk = await conversation(service)
    item = await queue(service, talk, "a")
    print_ = service.keyring.fingerprint("whatsapp sent", wamid)
    await change(service, item, state="sent", sent_at=now(), attempts=1, external_fingerprint=print_)
    return talk, item


@pytest.mark.parametrize(
    ("code", "state", "waits_for", "failure"),
    [
        (131000, "queued", "retry", "retry"),
        (131056, "queued", "pair_rate", "throttle_pair"),
        (130429, "queued", "number_rate", "throttle_number"),
        (131042, "queued", "retry", "policy"),
        (131047, "failed", None, "window_closed"),
        (131026, "failed", None, "undeliverable"),
        (131009, "failed", None, "content"),
        (None, "failed", None, "undeliverable"),
    ],
)
async def test_a_failed_status_has_the_same_consequences_as_a_refusal(
    service: Service, code: int | None, state: str, waits_for: str | None, failure: str
) -> None:
    _, item = await sent(service)
    assert await told(service, item, code) is None
    found = await row(service, item)

    assert (found.state, found.waits_for, found.error_class, found.error_code) == (state, waits_for, failure, code)
    async with service.database.transaction() as session:
        stopped = [each.failure for each in await session.scalars(select(SuspendedNumber))]
        events = [each.details for each in await session.scalars(select(ConversationEvent)) if each.kind != "begun"]
        reasons = [each.reason for each in await session.scalars(select(QueueEntry))]
    assert stopped == (["policy"] if failure == "policy" else [])
    assert ({"failure": failure, "code": code} in events) == (state == "failed")
    assert reasons == {"window_closed": ["window_closed"], "content": ["reply_failed"]}.get(failure, [])


async def test_a_failed_status_of_an_earlier_try_does_not_touch_the_later_one(service: Service) -> None:
    _, item = await sent(service, "wamid.B")

    assert await told(service, item, 131026, "wamid.A") == "another_attempt"
    assert (await row(service, item)).state == "sent"


async def test_a_failed_status_that_comes_before_our_own_record_ends_the_sending(service: Service) -> None:
    item = await queue(service, await conversation(service), "a")
    await look(service)
    await told(service, item, 131026)

    assert (await row(service, item)).state == "failed"
    assert await told(service, item, 131047) == "already_ended"


async def test_a_reply_that_would_only_be_tried_after_the_window_is_given_up(service: Service) -> None:
    talk, item = await sent(service)
    async with service.database.transaction() as session:
        await session.execute(
            update(Conversation)
            .where(Conversation.id == talk.id)
            .values(last_citizen_message_at=now() - dt.timedelta(hours=23, minutes=59, seconds=59, milliseconds=500))
        )
    await told(service, item, 131000)

    assert (await row(service, item)).state == "failed"
    async with service.database.transaction() as session:
        (entry,) = await session.scalars(select(QueueEntry))
    assert (entry.conversation_id, entry.reason) == (talk.id, "window_closed")


@pytest.mark.parametrize("code", [131047, 131009])
async def test_a_bulk_message_that_fails_calls_no_officer(service: Service, code: int) -> None:
    _, item = await sent(service)
    await change(service, item, priority=Priority.BULK)
    await told(service, item, code)

    assert (await row(service, item)).state == "failed"
    async with service.database.transaction() as session:
        assert list(await session.scalars(select(QueueEntry))) == []


async def test_a_dropped_reply_that_had_arrived_all_the_same_is_not_shown_as_dropped(service: Service) -> None:
    _, item = await sent(service)
    await change(service, item, state="dropped", sent_at=None)  # an officer came while its sending was unknown
    arrived = IncomingStatus(
        external_id="wamid.A", business_number=bodies.NUMBER, occurred_at=now(), status="delivered"
    )
    async with service.database.transaction() as session:
        named = service.keyring.fingerprint("whatsapp sent", "wamid.A")
        await apply_status(session, await session.get_one(OutboxItem, item), arrived, named)

    assert ((await row(service, item)).state, (await row(service, item)).sent_at) == ("sent", arrived.occurred_at)
