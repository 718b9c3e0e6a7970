"""One trace of a message from the webhook to the status, sent to a real receiver, without anything of a person."""

import json
import logging
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from gateway.conversations.kinds import DeliveryRank, OutboxState
from gateway.conversations.models import OutboxItem
from gateway.core import traces
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.traces import Span, Station, Within
from simulator import GraphFault
from tests.worlds.fake_rasa import FakeRasa
from tests.worlds.log_lines import configure_logs
from tests.worlds.otlp_receiver import OtlpReceiver, Received
from tests.worlds.road import Road, open_road, until

pytestmark = pytest.mark.anyio
WORDS = "salaisuus jonka kukaan ei saa tietää, numeroni on 0401234567"


@pytest.fixture
def receiver() -> Iterator[OtlpReceiver]:
    with OtlpReceiver() as started:
        yield started


@asynccontextmanager
async def traced_road(
    settings: Settings, receiver: OtlpReceiver, **changed: object
) -> AsyncIterator[tuple[Road, FakeRasa]]:
    """The whole road with a stand-in for Rasa; what was traced has arrived when the block has ended."""
    rasa = FakeRasa()
    await rasa.start()
    updates = {"rasa_url": rasa.url, "rasa_processes": 1, "otlp_endpoint": receiver.url, **changed}
    try:
        async with open_road(settings.model_copy(update=updates), None) as road:
            yield road, rasa
    finally:
        await rasa.stop()


async def delivered(road: Road) -> None:
    """Every reply has reached its phone, says the platform."""

    async def all_are() -> bool:
        async with road.service.database.transaction() as session:
            ranks = list(await session.scalars(select(OutboxItem.delivery_rank)))
            return bool(ranks) and all(rank >= DeliveryRank.DELIVERED for rank in ranks)

    await until(all_are)


def by_name(spans: list[Received]) -> dict[str, list[Received]]:
    return {name: [each for each in spans if each.name == name] for name in {each.name for each in spans}}


async def test_one_trace_leads_from_the_webhook_through_rasa_and_the_outbox_to_the_status(
    settings: Settings, receiver: OtlpReceiver
) -> None:
    async with traced_road(settings, receiver, otlp_headers=SecretStr("Authorization=Bearer abc")) as (road, rasa):
        citizen = road.citizen("Aino")
        citizen.writes(WORDS)
        await citizen.next_reply()
        await delivered(road)

    of = by_name(receiver.spans)
    (received,), (processed,), (turn,), (sent,) = of["receive"], of["process"], of["turn"], of["send"]
    (asked,) = [each for each in of["engine"] if each.service == "neuvo-gateway"]
    (measured,) = [each for each in of["engine"] if each.service == "neuvo-rasa"]
    assert {each.trace for each in receiver.spans} == {received.trace}
    assert received.parent == ""
    assert [each.parent for each in (processed, turn, asked, measured, sent)] == [
        received.id, processed.id, turn.id, asked.id, turn.id,
    ]  # fmt: skip
    assert {each.parent for each in of["status"]} == {sent.id}
    assert {each.attributes["neuvo.delivery"] for each in of["status"]} >= {"sent", "delivered"}
    assert rasa.traceparents == [f"00-{received.trace}-{asked.id}-01"]
    assert received.began <= processed.began <= turn.began <= asked.began <= measured.began
    assert measured.ended <= asked.ended <= turn.ended <= sent.ended
    assert all(each.began <= each.ended for each in receiver.spans)
    assert receiver.headers[0]["authorization"] == "Bearer abc"


async def test_no_attribute_says_anything_of_a_person(settings: Settings, receiver: OtlpReceiver) -> None:
    async with traced_road(settings, receiver) as (road, _):
        citizen = road.citizen("Aino Salainen")
        citizen.writes(WORDS)
        await citizen.next_reply()
        await delivered(road)
        personal = [
            *WORDS.replace(",", "").split(),
            "Aino",
            "Salainen",
            str(citizen.phone.number),
            citizen.phone.user_id,
        ]
        personal += [settings.whatsapp_access_token.get_secret_value(), *settings.business_numbers]

    opaque = re.compile(r"[a-z_]{1,32}|[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
    for span in receiver.spans:
        assert {*span.attributes} <= traces.ATTRIBUTES | {"error.type"}
        for value in span.attributes.values():
            assert isinstance(value, int) or opaque.fullmatch(value), value
    everything = b"".join(receiver.bodies)
    for each in personal:
        assert len(each) < 3 or each.encode() not in everything, each


async def test_a_reply_that_is_sent_later_by_the_loop_is_in_the_trace_of_its_message(
    settings: Settings, receiver: OtlpReceiver
) -> None:
    async with traced_road(settings, receiver, pair_burst=1.0, pair_seconds=1.0) as (road, _):
        road.fault(GraphFault(http_status=500, times=2))  # the sign that somebody writes, and the reply
        citizen = road.citizen()
        citizen.writes("moi mulla on asia")
        await citizen.next_reply()
        await delivered(road)

    of = by_name(receiver.spans)
    assert {each.trace for each in receiver.spans} == {of["receive"][0].trace}
    assert [each.failed for each in sorted(of["send"], key=lambda each: each.began)] == [True, False]
    assert len({each.id for each in of["send"]}) == 2


async def test_two_messages_of_one_turn_have_a_trace_each_and_are_linked(
    settings: Settings, receiver: OtlpReceiver
) -> None:
    async with traced_road(settings, receiver) as (road, _):
        citizen = road.citizen()
        citizen.writes("moi")
        citizen.writes("mun tili hakkeroitiin")
        await citizen.next_reply()
        await delivered(road)

    turns = by_name(receiver.spans)["turn"]
    assert len({each.trace for each in turns}) == 2
    (joined,) = [each for each in turns if each.links]
    (main,) = [each for each in turns if not each.links]
    assert joined.links == [(main.trace, main.id)]
    assert joined.attributes["neuvo.turn"] == main.attributes["neuvo.turn"]


async def test_what_an_engine_failed_with_is_in_the_trace(settings: Settings, receiver: OtlpReceiver) -> None:
    async with traced_road(settings, receiver) as (road, rasa):
        rasa.status = 500
        citizen = road.citizen()
        citizen.writes("mun tili hakkeroitiin")
        await citizen.next_reply()

    asked = [each for each in by_name(receiver.spans)["engine"] if each.service == "neuvo-gateway"]
    assert {each.attributes["error.type"] for each in asked} == {"RasaDown"}
    (turn,) = by_name(receiver.spans)["turn"]
    assert turn.attributes["neuvo.outcome"] == "engine_failure"


async def test_a_receiver_that_is_away_costs_no_message(settings: Settings, receiver: OtlpReceiver) -> None:
    async with traced_road(settings, receiver, otlp_endpoint="http://127.0.0.1:9") as (road, _):
        citizen = road.citizen()
        citizen.writes("mun tili hakkeroitiin")
        await citizen.next_reply()
        await delivered(road)
    assert receiver.spans == []


async def test_a_share_of_the_traces_is_kept_whole_or_not_at_all(settings: Settings, receiver: OtlpReceiver) -> None:
    from gateway.core.otlp import OtlpExport

    export = OtlpExport(settings.model_copy(update={"otlp_endpoint": receiver.url, "trace_ratio": 0.25}), "p")
    for number in range(400):
        trace = traces.trace_of(number.to_bytes(16, "big"))
        for station in (Station.RECEIVE, Station.TURN):
            export(Span(station, Within(trace, traces.span_of(trace, station), 1), 2))
    export.close()

    kept = by_name(receiver.spans)
    assert {each.trace for each in kept["receive"]} == {each.trace for each in kept["turn"]}
    assert 60 < len(kept["receive"]) < 140


def test_a_span_may_say_only_what_is_named() -> None:
    traces.export_to(lambda _: None)
    try:
        with pytest.raises(ValueError, match=r"neuvo\.text"):
            traces.record(Station.TURN, Within("0" * 32, "0" * 16, 1), None, {"text": "salaisuus"})
    finally:
        traces.export_to(None)


@pytest.mark.parametrize("header", ["", "abc", "00f067aa0ba902b7-5-4", "00f067aa0ba902b7-1-2", "x" * 5000, "1-2-3\r\n"])
def test_what_an_engine_claims_is_left_out_where_it_cannot_be_true(header: str) -> None:
    seen: list[Span] = []
    traces.export_to(seen.append)
    try:
        with traces.within("0" * 31 + "1", Station.TURN):
            traces.record_of_rasa(header)
    finally:
        traces.export_to(None)
    assert seen == []


async def test_every_line_about_a_message_names_its_trace_also_without_a_receiver(
    settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    rasa = FakeRasa()
    await rasa.start()
    configure_logs(as_json=True, level=logging.DEBUG)
    try:
        async with open_road(settings.model_copy(update={"rasa_url": rasa.url, "rasa_processes": 1}), None) as road:
            rasa.status = 500  # so that the engine has an error to log
            citizen = road.citizen()
            citizen.writes("mun tili hakkeroitiin")
            await citizen.next_reply()
            await delivered(road)
    finally:
        configure_logs(as_json=False)
        await rasa.stop()

    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if line.startswith("{")]
    about = [
        each
        for each in lines
        if each["event"] in ("message_processed", "dialogue_unavailable", "turn_written", "reply_sent")
    ]
    assert {each["event"] for each in about} == {
        "message_processed",
        "dialogue_unavailable",
        "turn_written",
        "reply_sent",
    }
    assert len({each["trace"] for each in about}) == 1
    assert rasa.traceparents == [None]  # nobody would receive what it measures


@pytest.mark.parametrize("name", ["opentelemetry.sdk", "sentry_sdk", "google.protobuf"])
def test_what_is_switched_off_is_not_even_loaded(name: str) -> None:
    code = f"import gateway.app, gateway.server, sys; sys.exit({name!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


async def test_words_of_an_officer_have_a_trace_of_their_own(settings: Settings, receiver: OtlpReceiver) -> None:
    async with traced_road(settings, receiver) as (road, _):
        citizen = road.citizen()
        citizen.writes("mun tili hakkeroitiin")
        await citizen.next_reply()
        await delivered(road)
        async with road.service.database.transaction() as session:
            # As an officer's words are stored: to no turn.
            await session.execute(
                update(OutboxItem).values(
                    turn_id=None, reply_kind="danger_line", author="system", state=OutboxState.QUEUED, attempts=0
                )
            )
        road.service.wake_outbox()
        await citizen.next_reply()

    sends = by_name(receiver.spans)["send"]
    assert len({each.trace for each in sends}) == 2
