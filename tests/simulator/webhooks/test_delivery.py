"""The simulator's webhooks: bytes, signatures, repetition, and every fault that a test may switch on."""

import asyncio
import hashlib
import hmac
import json

import httpx2
import pytest
from fastapi import FastAPI, Request

from simulator import Citizen, Faults, GraphFault, Simulator
from tests.worlds.simulator_stage import SECRET, TOKEN, MakeStage, Receiver, Stage, config_for, served

pytestmark = pytest.mark.anyio

HELLO = {"messaging_product": "whatsapp", "to": "+358500000001", "type": "text", "text": {"body": "hei"}}


async def test_the_bytes_are_metas_and_the_signature_is_over_them(stage: Stage, receiver: Receiver) -> None:
    stage.citizen().writes("ä/😀")
    await stage.simulator.settled()
    body = receiver.bodies[0]
    assert rb'"body":"\u00e4\/\ud83d\ude00"' in body
    assert b" " not in body
    assert body.isascii()
    expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert receiver.headers[0]["x-hub-signature-256"] == f"sha256={expected}"
    assert receiver.headers[0]["user-agent"].startswith("facebookexternalua")
    assert receiver.headers[0]["content-type"] == "application/json"


async def test_a_webhook_is_brought_again_until_it_is_taken(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = [503, 404]
    message = stage.citizen().writes("hei")
    await stage.simulator.settled()
    assert len(receiver.bodies) == 3
    assert len(set(receiver.bodies)) == 1
    assert stage.simulator.state.messages[message.id].status == "delivered"
    assert [record.attempt for record in stage.simulator.traffic.records] == [1, 2, 3]


async def test_a_webhook_that_is_never_taken_is_given_up_with_one_tick(stage: Stage, receiver: Receiver) -> None:
    receiver.answers = [500] * 4
    message = stage.citizen().writes("hei")
    await stage.simulator.settled()
    assert len(receiver.bodies) == 4
    assert stage.simulator.webhooks.given_up == 1
    assert stage.simulator.state.messages[message.id].status == "sent"


async def test_nobody_at_home_is_tried_again_too(make_stage: MakeStage) -> None:
    stage = make_stage(webhook_url="http://127.0.0.1:9/webhook")
    stage.citizen().writes("hei")
    await stage.simulator.settled()
    assert [record.status for record in stage.simulator.traffic.records] == [None] * 4


async def test_the_handshake_accepts_only_its_own_challenge(stage: Stage) -> None:
    assert await stage.simulator.webhooks.handshake("verify-token")
    assert not await stage.simulator.webhooks.handshake("another")


async def test_duplicates_are_the_same_bytes_twice(stage: Stage, receiver: Receiver) -> None:
    stage.simulator.faults.set(Faults(duplicate_share=1))
    stage.citizen().writes("hei")
    await stage.simulator.settled()
    assert len(receiver.bodies) == 2
    assert receiver.bodies[0] == receiver.bodies[1]


async def test_disorder_lets_later_messages_overtake_and_loses_none(stage: Stage, receiver: Receiver) -> None:
    stage.simulator.faults.set(Faults(disorder_seconds=0.3, seed=7))
    aino = stage.citizen()
    written = [aino.writes(str(position)).id for position in range(12)]
    await stage.simulator.settled()
    arrived = [message["id"] for message in receiver.messages]
    assert arrived != written
    assert sorted(arrived) == sorted(written)


@pytest.mark.parametrize("count", [3, 7])
async def test_batches_carry_many_updates_of_many_people_and_lose_none(
    stage: Stage, receiver: Receiver, count: int
) -> None:
    stage.simulator.faults.set(Faults(batch_size=count, batch_wait=0.05))
    citizens = [stage.citizen(f"Kansalainen {position}") for position in range(10)]
    written = {citizen.writes("hei").id for citizen in citizens}
    await stage.simulator.settled()
    assert {message["id"] for message in receiver.messages} == written
    assert len(receiver.bodies) == -(-10 // count)


async def test_batches_come_in_all_of_metas_shapes(stage: Stage, receiver: Receiver) -> None:
    stage.simulator.faults.set(Faults(batch_size=3, batch_wait=5))
    citizens = [stage.citizen(f"Kansalainen {position}") for position in range(3)]
    for _ in range(3):
        for citizen in citizens:
            citizen.writes("hei")
        await stage.simulator.settled()
    shapes = set()
    for document in receiver.documents:
        changes = [change for entry in document["entry"] for change in entry["changes"]]
        shapes.add((len(document["entry"]), len(changes), max(len(change["value"]["messages"]) for change in changes)))
    assert shapes == {(1, 3, 1), (3, 3, 1), (1, 1, 3)}


async def test_delays_hold_a_webhook_back(stage: Stage, receiver: Receiver) -> None:
    stage.simulator.faults.set(Faults(delay_seconds=0.2))
    stage.citizen().writes("hei")
    await asyncio.sleep(0.05)
    assert receiver.bodies == []
    await stage.simulator.settled()
    assert len(receiver.bodies) == 1


async def test_lost_statuses_are_not_told_though_the_message_arrives(stage: Stage, receiver: Receiver) -> None:
    stage.simulator.faults.set(Faults(lost_statuses=["sent"]))
    aino = stage.citizen()
    aino.writes("hei")
    await stage.send(aino)
    await stage.simulator.settled()
    assert [status["status"] for status in receiver.statuses] == ["delivered"]
    stage.simulator.faults.set(Faults(lost_status_share=1))
    await stage.send(aino)
    await stage.simulator.settled()
    assert len(receiver.statuses) == 1
    assert len(aino.received) == 2


async def test_the_next_two_sends_meet_the_ordered_error_and_the_third_does_not(stage: Stage) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    stage.simulator.faults.set(Faults(graph=[GraphFault(code=130429, http_status=429, times=2)]))
    answers = [await stage.send(aino) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].json()["error"]["code"] == 130429


async def test_an_error_has_the_status_of_its_number_when_none_is_ordered(stage: Stage) -> None:
    stage.simulator.faults.set(Faults(graph=[GraphFault(code=131000), GraphFault(code=131031)]))
    aino = stage.citizen()
    assert [(await stage.send(aino)).status_code for _ in range(2)] == [500, 403]


async def test_a_share_of_sends_fails_and_the_same_seed_fails_the_same(stage: Stage) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    courses = []
    for _ in range(2):
        stage.simulator.faults.set(Faults(graph=[GraphFault(code=2, times=None, share=0.5)], seed=3))
        courses.append([(await stage.send(aino)).status_code for _ in range(12)])
    assert courses[0] == courses[1]
    assert set(courses[0]) == {200, 503}


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("kind", ["timeout", "reset"])
async def test_a_sender_that_is_hung_up_on_cannot_know_the_outcome(stage: Stage, kind: str, accepted: bool) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    fault = GraphFault.model_validate({"kind": kind, "accepted": accepted, "seconds": 1})
    stage.simulator.faults.set(Faults(graph=[fault]))
    expected = httpx2.ReadTimeout if kind == "timeout" else httpx2.RemoteProtocolError
    async with served(stage.app) as address, httpx2.AsyncClient(timeout=0.3) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        with pytest.raises(expected):
            await client.post(f"{address}/graph/v25.0/106540352242922/messages", json=HELLO)
        await asyncio.sleep(0.1)
        assert len(aino.received) == int(accepted)


async def test_one_citizen_without_answer_gets_a_sentence_that_says_what_went_wrong(stage: Stage) -> None:
    aino = stage.citizen()
    aino.writes("hei")
    await stage.send(aino, "text", {"body": "x" * 5000})
    with pytest.raises(TimeoutError, match=r"Aino got no reply.*at most 4096"):
        await aino.next_reply(timeout=0.05)


async def test_webhooks_can_go_straight_into_another_application(make_stage: MakeStage, receiver: Receiver) -> None:
    gateway, bodies = FastAPI(), []

    @gateway.post("/webhooks/whatsapp")
    async def take(request: Request) -> dict[str, bool]:
        bodies.append(json.loads(await request.body()))
        return {}

    config = config_for(receiver, webhook_url="http://gateway/webhooks/whatsapp")
    simulator = Simulator(config, httpx2.ASGITransport(app=gateway))
    Citizen(simulator, simulator.new_phone("Aino").id).writes("hei")
    await simulator.settled()
    await simulator.close()
    assert bodies[0]["object"] == "whatsapp_business_account"
