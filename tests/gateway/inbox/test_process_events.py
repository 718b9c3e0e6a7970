"""Checks of station 2: people whose addresses change, words that change, statuses in every order."""

import itertools
import json
from typing import Any

import pytest
from sqlalchemy import select

from gateway.conversations.addresses import recipient_of
from gateway.conversations.kinds import OutboxState
from gateway.conversations.messages import Recipient
from gateway.conversations.models import Contact, Conversation, InboxEvent, Message, OutboxItem
from gateway.core.crypto import unseal
from gateway.core.database import now
from gateway.inbox.store import store_delivery
from gateway.service import Service
from tests.gateway.ops.test_tidy import _deliver
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.outbox import put
from tests.worlds.process_events import sort_events
from tests.worlds.row_counts import count

pytestmark = pytest.mark.anyio

OLD, NEW = "358401111111", "358402222222"
OLD_ID, NEW_ID = "FI.1111111111", "FI.2222222222"


async def deliver(service: Service, *messages: dict[str, Any], **more: Any) -> None:
    """One body, stored and sorted."""
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels["whatsapp"], bodies.body(*messages, **more))
    async with service.database.transaction() as session:
        await sort_events(session, service.keyring, service.idle)


def says(body: str, phone: str | None = None, user_id: str | None = None, **more: Any) -> dict[str, Any]:
    content = {**bodies.message(body=body), "from_user_id": user_id, "from": phone, **more}
    return {key: value for key, value in content.items() if value is not None}


def notice(kind: str, sender: str | None = None, **system: str) -> dict[str, Any]:
    """A change as Meta tells it: without `contacts`, and perhaps without `from`."""
    content = bodies.message("system", system={"body": "User changed", "type": kind, **system})
    return {**content, "from": sender} if sender else {key: content[key] for key in content if key != "from"}


async def people(service: Service) -> list[Recipient]:
    """Where each conversation would be answered, in the order in which they began."""
    async with service.database.transaction() as session:
        rows = (await session.scalars(select(Conversation).order_by(Conversation.created_at))).all()
        return [await recipient_of(session, service.keyring, row) for row in rows]


async def ids(service: Service) -> set[Any]:
    async with service.database.transaction() as session:
        return set(await session.scalars(select(Contact.id)))


def at(phone: str | None, user_id: str | None) -> Recipient:
    return Recipient(business_number=bodies.NUMBER, phone=phone, user_id=user_id)


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        ((OLD, None), notice("user_changed_number", OLD, wa_id=NEW), (NEW, None)),
        ((OLD, None), notice("user_changed_number", OLD, new_wa_id=NEW), (NEW, None)),
        ((OLD, None), notice("user_changed_number", OLD, wa_id=NEW, user_id=NEW_ID), (NEW, NEW_ID)),
        (
            (OLD, OLD_ID),
            notice("user_changed_number", OLD, wa_id=NEW, user_id=NEW_ID, previous_user_id=OLD_ID),
            (NEW, NEW_ID),
        ),
        ((OLD, OLD_ID), notice("user_changed_number", OLD, wa_id=NEW), (NEW, None)),
        (
            (None, OLD_ID),
            notice("user_changed_user_id", user_id=NEW_ID, previous_user_id=OLD_ID),
            (None, NEW_ID),
        ),
        ((OLD, OLD_ID), notice("user_changed_user_id", user_id=NEW_ID, previous_user_id=OLD_ID), (None, NEW_ID)),
        (
            (OLD, OLD_ID),
            {**notice("user_changed_number", OLD, wa_id=NEW, user_id=NEW_ID), "from_user_id": NEW_ID},
            (NEW, NEW_ID),
        ),
        ((OLD, OLD_ID), notice("customer_identity_changed", OLD), (OLD, OLD_ID)),
    ],
)
async def test_whose_address_changes_stays_the_same_contact_in_the_same_talk(
    service: Service, before: tuple[str, str], change: dict[str, Any], after: tuple[str, str]
) -> None:
    await deliver(service, says("hei", *before))
    contacts = await ids(service)
    await deliver(service, change)

    assert await people(service) == [at(*after)]
    await deliver(service, says("vielä yks asia", *after))
    assert await ids(service) == contacts
    assert (await count(service, Conversation), await count(service, Message)) == (1, 2)


async def test_a_change_of_somebody_unknown_makes_nobody(service: Service) -> None:
    await deliver(service, notice("user_changed_number", OLD, wa_id=NEW))

    assert (await count(service, Contact), await count(service, Conversation)) == (0, 0)
    async with service.database.transaction() as session:
        (event,) = (await session.scalars(select(InboxEvent))).all()
    assert (event.state, event.reason) == ("done", "unknown_contact")


async def test_words_from_the_new_address_before_the_notice_are_the_same_persons(service: Service) -> None:
    await deliver(service, says("hei", OLD, OLD_ID))
    (contact,) = await ids(service)
    await deliver(service, says("täältä uudesta", NEW, NEW_ID))
    assert await count(service, Contact) == 2
    await deliver(service, notice("user_changed_number", OLD, wa_id=NEW, user_id=NEW_ID, previous_user_id=OLD_ID))

    assert await ids(service) == {contact}
    assert await people(service) == [at(NEW, NEW_ID)] * 2


async def test_who_had_the_number_long_before_is_not_mixed_with_who_has_it_now(service: Service) -> None:
    await deliver(service, says("minulla on tämä numero", NEW, "FI.3333333333"), says("hei", OLD, OLD_ID))
    async with service.database.transaction() as session:
        for contact in await session.scalars(select(Contact)):
            contact.created_at = now().replace(year=2025)
    contacts = await ids(service)
    await deliver(service, notice("user_changed_number", OLD, wa_id=NEW, user_id=NEW_ID, previous_user_id=OLD_ID))

    assert await ids(service) == contacts
    assert sorted(await people(service), key=str) == sorted([at(None, "FI.3333333333"), at(NEW, NEW_ID)], key=str)


async def test_a_new_owner_of_a_number_does_not_get_the_last_owners_talk(service: Service) -> None:
    await deliver(service, says("salaisuus", OLD, OLD_ID))
    await deliver(service, says("kuka siellä", OLD, NEW_ID))

    assert (await count(service, Contact), await count(service, Conversation)) == (2, 2)
    assert sorted(await people(service), key=str) == sorted([at(None, OLD_ID), at(OLD, NEW_ID)], key=str)


async def test_from_number_only_to_both_to_user_id_only_is_one_contact(service: Service) -> None:
    for sender in ((OLD, None), (OLD, OLD_ID), (None, OLD_ID), (OLD, None)):
        await deliver(service, says("hei", *sender))

    assert (await count(service, Contact), await count(service, Conversation)) == (1, 1)
    assert await people(service) == [at(OLD, OLD_ID)]


async def test_two_numbers_of_ours_in_one_body_are_two_talks_and_a_strangers_is_none(service: Service) -> None:
    service.channels["whatsapp"]._numbers = frozenset({bodies.NUMBER, "222"})  # type: ignore[attr-defined]
    document = [bodies.body(says("hei", OLD), number=number) for number in (bodies.NUMBER, "222", "333")]
    whole = json.loads(document[0])
    for each in document[1:]:
        whole["entry"][0]["changes"] += json.loads(each)["entry"][0]["changes"]
    for number, change in enumerate(whole["entry"][0]["changes"]):
        change["value"]["messages"][0]["id"] = f"wamid.NUMBER{number}"
    async with service.database.transaction() as session:
        await store_delivery(session, service.keyring, service.channels["whatsapp"], bodies.encode(whole))
        await sort_events(session, service.keyring, service.idle)
        numbers = list(await session.scalars(select(Conversation.business_number)))

    assert sorted(numbers) == [bodies.NUMBER, "222"]
    assert await count(service, Contact) == 1


@pytest.mark.parametrize(
    "message",
    [
        bodies.message("reaction", reaction={"message_id": "wamid.A", "emoji": "👍"}),
        bodies.message("reaction", reaction={"message_id": "wamid.A"}),
        bodies.message("revoke", revoke={"original_message_id": "wamid.A"}),
        bodies.message(body="kaikille", group_id="G"),
        bodies.message("hologram", hologram={}, group_id="G"),
    ],
)
async def test_what_is_no_word_to_us_begins_no_talk(service: Service, message: dict[str, Any]) -> None:
    await deliver(service, message)

    assert [await count(service, table) for table in (Contact, Conversation, Message)] == [0, 0, 0]
    async with service.database.transaction() as session:
        assert set(await session.scalars(select(InboxEvent.state))) <= {"done", "ignored"}


def revoke(original: dict[str, Any]) -> dict[str, Any]:
    return bodies.message("revoke", revoke={"original_message_id": original["id"]})


def edit(original: dict[str, Any], text: str) -> dict[str, Any]:
    inner = {"type": "text", "text": {"body": text}}
    return bodies.message("edit", edit={"original_message_id": original["id"], "message": inner})


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("revoke_first", [True, False])
async def test_a_revoked_message_is_answered_by_nobody_whichever_came_first(
    service: Service, together: bool, revoke_first: bool
) -> None:
    original = bodies.message(body="en sanonut mitään")
    messages = [revoke(original), original] if revoke_first else [original, revoke(original)]
    if together:
        await deliver(service, *messages)
    else:
        for message in messages:
            await deliver(service, message)

    assert await count(service, Message) == 0


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("edit_first", [True, False])
async def test_an_edited_message_is_one_message_with_the_last_words_whichever_came_first(
    service: Service, together: bool, edit_first: bool
) -> None:
    original = bodies.message(body="mun instq kaapattiin")
    changed = edit(original, "mun insta kaapattiin")
    messages = [changed, original] if edit_first else [original, changed]
    if together:
        await deliver(service, *messages)
    else:
        for message in messages:
            await deliver(service, message)

    async with service.database.transaction() as session:
        (message_row,) = (await session.scalars(select(Message))).all()
        conversation = await session.get_one(Conversation, message_row.conversation_id)
    key = service.keyring.unwrap(conversation.wrapped_key)
    assert b"insta kaapattiin" in unseal(key, message_row.content_sealed or b"", "message.content")


async def test_a_revoke_takes_the_words_also_from_a_talk_that_is_over(service: Service) -> None:
    original = bodies.message(body="salaisuus")
    await deliver(service, original)
    async with service.database.transaction() as session:
        (conversation,) = (await session.scalars(select(Conversation))).all()
        conversation.last_citizen_message_at = now().replace(year=2025)
    await deliver(service, bodies.message(body="uusi asia"))
    assert await count(service, Conversation) == 2
    await deliver(service, revoke(original))

    assert (await count(service, Conversation), await count(service, Message)) == (2, 1)


async def reply(service: Service, *, state: OutboxState, external_id: str | None = None) -> OutboxItem:
    """A reply of ours as it stands in the outbox."""
    await deliver(service, says("hei", OLD))
    async with service.database.transaction() as session:
        conversation = (await session.scalars(select(Conversation))).one()
        await put(session, service, conversation, "Hei!")
        await session.flush()
        item = (await session.scalars(select(OutboxItem))).one()
        item.state = state
        if external_id:
            item.external_fingerprint = service.keyring.fingerprint("whatsapp sent", external_id)
    return item


async def outcome(service: Service) -> tuple[str, int]:
    async with service.database.transaction() as session:
        item = (await session.scalars(select(OutboxItem))).one()
        return item.state, item.delivery_rank


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "read", "played"])))
async def test_statuses_that_beat_our_own_record_are_found_by_reference_in_any_order(
    service: Service, order: tuple[str, ...]
) -> None:
    item = await reply(service, state=OutboxState.SENDING)
    for name in order:
        status = bodies.status(name, "wamid.OUT", biz_opaque_callback_data=str(item.id))
        await deliver(service, statuses=(status,))

    assert await outcome(service) == ("sent", 4)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (("failed",), ("failed", 0)),
        (("sent", "failed"), ("failed", 1)),
        (("failed", "sent"), ("failed", 1)),
        (("delivered", "failed"), ("sent", 2)),
        (("failed", "delivered"), ("sent", 2)),
        (("read", "failed", "sent"), ("sent", 3)),
        (("deleted", "warning"), ("sent", 0)),
    ],
)
@pytest.mark.parametrize("together", [True, False])
async def test_failed_counts_only_while_nothing_was_delivered(
    service: Service, order: tuple[str, ...], expected: tuple[str, int], together: bool
) -> None:
    await reply(service, state=OutboxState.SENT, external_id="wamid.OUT")
    statuses = [bodies.status(name, "wamid.OUT", errors=[{"code": 131026}]) for name in order]  # without `contacts`
    for batch in [statuses] if together else [[status] for status in statuses]:
        await deliver(service, statuses=tuple(batch))

    assert await outcome(service) == expected


async def test_a_failed_first_attempt_does_not_undo_the_second(service: Service) -> None:
    item = await reply(service, state=OutboxState.SENT, external_id="wamid.SECOND")
    late = bodies.status("failed", "wamid.FIRST", biz_opaque_callback_data=str(item.id), errors=[{"code": 131000}])
    await deliver(service, statuses=(late,))

    assert await outcome(service) == ("sent", 0)


@pytest.mark.parametrize("reference", ["", "not a uuid", "00000000-0000-0000-0000-000000000000", None])
async def test_a_status_of_nothing_of_ours_changes_nothing(service: Service, reference: str | None) -> None:
    await reply(service, state=OutboxState.SENT, external_id="wamid.OUT")
    await deliver(service, statuses=(bodies.status("read", "wamid.X", biz_opaque_callback_data=reference),))

    assert await outcome(service) == ("sent", 0)


@pytest.mark.anyio
async def test_an_event_that_cannot_be_sorted_is_set_aside_and_blocks_nobody(service: Service) -> None:
    await _deliver(service)
    async with service.database.transaction() as session:
        (event,) = (await session.scalars(select(InboxEvent))).all()
        event.content_sealed = b"\x00" * 40
    await _deliver(service)
    async with service.database.transaction() as session:
        await sort_events(session, service.keyring, service.idle, poisoned=True)
        states = list(await session.scalars(select(InboxEvent.state).order_by(InboxEvent.id)))

    assert states == ["failed", "done"]
    assert json.dumps(states)
