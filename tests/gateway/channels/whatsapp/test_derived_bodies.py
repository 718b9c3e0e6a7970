"""Checks of stations 0 to 2: whole bodies as Meta may send them are 200, stored once and processed once."""

import datetime as dt
import itertools
import json
import os
import random
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from gateway.app import create_app
from gateway.channels.whatsapp.payloads import read_events
from gateway.conversations import pii_masking
from gateway.conversations.models import Contact, Conversation, InboxEvent, Message, OutboxItem
from gateway.core.config.settings import PROJECT
from gateway.core.database import now
from gateway.service import Service
from tests.worlds import outbox, tiers
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.mutated_updates import every_kind
from tests.worlds.process_events import sort_events
from tests.worlds.row_counts import count
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
PATH = "/webhooks/whatsapp"
OTHER = "106540352242923"
FOLDER = Path(os.environ.get("NEUVO_PAYLOADS", PROJECT.parent / "shared" / "payloads"))


@pytest.fixture
async def client(service: Service, engine: ScriptedEngine) -> AsyncIterator[httpx2.AsyncClient]:
    """The door of a gateway whose loops stand still."""
    app = create_app(service.settings.model_copy(update={"simulator": False}), engine)
    app.state.service = service
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def post(client: httpx2.AsyncClient, content: bytes, times: int = 1) -> None:
    for _ in range(times):
        answer = await client.post(PATH, content=content, headers=bodies.signed(content))
        assert (answer.status_code, answer.content) == (200, b"")


async def sort_all(service: Service, *, poisoned: bool = False) -> None:
    more = True
    while more:
        async with service.database.transaction() as session:
            more = (await sort_events(session, service.keyring, service.idle, poisoned=poisoned)).more


async def states(service: Service) -> Counter[str]:
    async with service.database.transaction() as session:
        return Counter(await session.scalars(select(InboxEvent.state)))


async def test_a_thousand_updates_with_poison_in_the_middle_lose_none_but_the_poison(
    client: httpx2.AsyncClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever an event provokes in our own code, and were it no error that anybody thought of."""

    def mask(text: str) -> Any:
        if text == "poison":
            raise OverflowError("date value out of range")
        return pii_masking.mask(text)

    monkeypatch.setattr("gateway.conversations.scam_checks.mask", mask)
    many = tiers.times(200, 1000)
    people = [f"35840{number:07d}" for number in range(50)]
    messages = [bodies.message(body=f"viesti {n}", sender=people[n % 50]) for n in range(many)]
    for place in (0, many // 2, many - 1):
        messages[place]["text"]["body"] = "poison"
    content = bodies.body(*messages)
    begun = time.perf_counter()
    await post(client, content)
    seconds = time.perf_counter() - begun
    await post(client, content, times=2)
    await sort_all(service, poisoned=True)

    assert await states(service) == {"done": many - 3, "failed": 3}
    assert (await count(service, Message), await count(service, Conversation)) == (many - 3, 50)
    print(f"a body of {many} updates was stored in {seconds * 1000:.0f} ms")
    assert seconds < 8  # a broken index or a loop of statements; the figure itself is measured by itself


async def test_every_kind_of_update_with_neighbours_is_done_once_in_any_order(
    client: httpx2.AsyncClient, service: Service
) -> None:
    updates = list(every_kind().values())
    neighbours = [bodies.message(body="naapuri", sender=f"3584500000{n:02d}") for n in range(len(updates))]
    everything = [update for pair in zip(updates, neighbours, strict=True) for update in pair]
    random.Random(7).shuffle(everything)
    messages = [each for each in everything if "status" not in each]
    await post(client, bodies.body(*messages, statuses=tuple(each for each in everything if "status" in each)), 3)
    await sort_all(service)

    # Ignored: the group's words, and a row that refuses the original of the revoke, should it still come.
    assert await states(service) == {"done": len(everything) - 1, "ignored": 2}
    async with service.database.transaction() as session:
        stored = set(await session.scalars(select(Message.external_fingerprint)))
    expected = {service.keyring.fingerprint("whatsapp message", each["id"]) for each in neighbours}
    assert expected <= stored


def outcome(statuses: tuple[str, ...]) -> tuple[str, int]:
    """What the facts say: move up only; `failed` only while nothing was delivered."""
    ranks = {"sent": 1, "delivered": 2, "read": 3, "played": 4}
    state, rank = "sent", 0
    for name in statuses:
        if name == "failed":
            state = "failed" if rank < 2 else state
        else:
            rank = max(rank, ranks[name])
            state = "sent" if ranks[name] >= 2 else state
    return state, rank


async def test_all_325_orders_of_the_statuses_of_one_message_end_as_the_facts_say(
    client: httpx2.AsyncClient, service: Service
) -> None:
    names = ("sent", "delivered", "read", "played", "failed")
    orders = [order for length in range(1, 6) for order in itertools.permutations(names, length)]
    talk = await outbox.conversation(service)
    rows = [(uuid.uuid4(), f"wamid.ORDER{number}", order) for number, order in enumerate(orders)]
    async with service.database.transaction() as session:
        for number, (key, wamid, _) in enumerate(rows, 1):
            session.add(_sent(service, key, wamid, talk, number))
    for place in range(5):
        step = [
            bodies.status(order[place], wamid, errors=[{"code": 131026}] if order[place] == "failed" else [])
            for _, wamid, order in rows
            if len(order) > place
        ]
        await post(client, bodies.body(statuses=tuple(step)), times=2)
        await sort_all(service)

    async with service.database.transaction() as session:
        found = {row.id: (row.state, row.delivery_rank) for row in await session.scalars(select(OutboxItem))}
    assert len(orders) == 325
    assert {order: found[key] for key, _, order in rows} == {order: outcome(order) for order in orders}


def _sent(service: Service, key: uuid.UUID, wamid: str, talk: Conversation, sequence: int) -> OutboxItem:
    return OutboxItem(
        id=key,
        sequence=sequence,
        conversation_id=talk.id,
        author="bot",
        reply_kind="erased",
        state="sent",
        due_at=now(),
        created_at=now(),
        sent_at=now(),
        attempts=1,
        external_fingerprint=service.keyring.fingerprint("whatsapp sent", wamid),
    )


async def test_both_eras_two_numbers_and_parent_ids_in_one_body_are_the_right_people(
    client: httpx2.AsyncClient, service: Service
) -> None:
    """Three people and two numbers of ours: an old phone, a user id alone, and somebody with both and a parent id."""
    service.channels["whatsapp"]._numbers = frozenset({bodies.NUMBER, OTHER})  # type: ignore[attr-defined]
    old, both = "358401110000", {"from_user_id": "FI.222", "from_parent_user_id": "FI.ENT.9"}

    def says(number: str, *messages: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(bodies.body(*messages, number=number))["entry"][0]["changes"][0]
        return found

    hidden = {key: value for key, value in bodies.message(from_user_id="FI.111").items() if key != "from"}
    later = {key: value for key, value in bodies.message(**both).items() if key != "from"}
    changes = [
        says(bodies.NUMBER, bodies.message(sender=old), bodies.message(sender="358402220000", **both)),
        says(OTHER, bodies.message(sender=old), hidden),
        says(bodies.NUMBER, later),
    ]
    document = {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}
    await post(client, bodies.encode(document), times=2)
    await sort_all(service)

    assert (await count(service, Contact), await count(service, Message)) == (3, 5)
    async with service.database.transaction() as session:
        talks = Counter(await session.scalars(select(Conversation.business_number)))
    assert talks == {bodies.NUMBER: 2, OTHER: 2}


def test_errors_are_read_in_all_three_places() -> None:
    value = {"metadata": {"phone_number_id": bodies.NUMBER}, "errors": [{"code": 130429, "title": "Rate limit hit"}]}
    value["messages"] = [bodies.message("unsupported", errors=[{"code": 131051}])]
    value["statuses"] = [bodies.status("failed", "wamid.A", errors=[{"code": 131026}])]
    document = {"entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
    message, status, account = read_events(bodies.encode(document))

    assert message.message is not None
    assert status.status is not None
    assert (message.message.kind, status.status.failure, account.name) == (
        "unsupported",
        "undeliverable",
        "errors 130429",
    )


@pytest.mark.parametrize(
    "stamp",
    ["-62135596800", "253402300799", "253402300799000", "99999999999", "1e400", "nan", "0", str(int(4e9)), -1, True],
)
async def test_a_moment_outside_of_all_reason_is_the_moment_of_arrival(stamp: Any) -> None:
    """The end of the calendar plus 24 hours would break every look into the outbox."""
    (event,) = read_events(bodies.body({**bodies.message(), "timestamp": stamp}))

    assert abs(event.occurred_at - now()) < dt.timedelta(minutes=1)


async def test_a_body_of_three_megabytes_is_taken(client: httpx2.AsyncClient, service: Service) -> None:
    messages = [bodies.message(body="ä" * 500, sender=f"35840{n:07d}") for n in range(1000)]
    content = bodies.body(*messages)
    assert 2.9 < len(content) / 2**20 < 4
    await post(client, content)

    assert await count(service, InboxEvent) == 1000


async def test_every_captured_body_of_any_channel_is_taken_and_no_stranger_is_answered(
    client: httpx2.AsyncClient, service: Service
) -> None:
    paths = sorted(FOLDER.rglob("*.json"))
    if not paths:
        pytest.skip("The captured webhook bodies are not here (NEUVO_PAYLOADS), so this part was not checked.")
    for path in paths:
        await post(client, path.read_bytes(), times=2)
    await sort_all(service)

    assert set(await states(service)) <= {"done", "ignored"}
    assert await count(service, OutboxItem) == 0
