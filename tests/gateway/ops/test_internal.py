"""Checks of the internal listener: it counts everything, names nobody, and is reached from this machine only."""

import asyncio
import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from gateway.app import create_app
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.version import version
from gateway.ops.internal import create_internal, internal_listener
from gateway.server import Listener, configuration
from tests.worlds.road import Road, free_port, open_road, until
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio
WORDS = "salaisuus jonka kukaan ei saa tietää"
RECEIVED = ("neuvo_events_received_total", "whatsapp", "message")
TURNS = ("neuvo_turns_total", "whatsapp", "answered")
WAITED = ("neuvo_turn_latency_seconds_count",)
SENT = ("neuvo_replies_sent_total", "bot", "whatsapp")


async def scrape(road: Road) -> str:
    transport = httpx2.ASGITransport(app=create_internal(road.app))
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/metrics")
    assert answer.status_code == 200
    return answer.text


def values(text: str) -> dict[tuple[str, ...], float]:
    """Every number by its name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_what_happens_on_the_road_is_in_the_figures(settings: Settings, engine: ScriptedEngine) -> None:
    async with open_road(settings, engine) as road:
        before = values(await scrape(road))
        citizen = road.citizen("Aino")
        citizen.writes(WORDS)
        await citizen.next_reply()

        async def sent() -> bool:
            found = values(await scrape(road))
            return found.get(SENT, 0) > before.get(SENT, 0)

        await until(sent)
        text = await scrape(road)
        found = values(text)
        personal = [WORDS, "salaisuus", "Aino", str(citizen.phone.number), citizen.phone.user_id]

    posted = ("neuvo_requests_total", "POST", "/webhooks/whatsapp", "200")
    assert found[posted] > before.get(posted, 0)
    rose = {name: found[name] - before.get(name, 0) for name in (RECEIVED, TURNS, WAITED, SENT)}
    assert rose == {RECEIVED: 1, TURNS: 1, WAITED: 1, SENT: 1}
    assert found["neuvo_outbox_items", "queued"] == found["neuvo_messages_pending",] == 0
    assert found["neuvo_database_up",] == found["neuvo_worker_alive",] == found["neuvo_engine_up", "1"] == 1
    assert found["neuvo_processes",] == 1
    assert found["neuvo_stored_state_age_seconds",] < 60
    assert found["neuvo_loop_last_step_seconds", "outbox"] < 5
    assert found["neuvo_disk_size_bytes", "spool"] > found["neuvo_disk_free_bytes", "spool"] > 0
    assert found["neuvo_spool_limit_bytes",] == settings.spool_size_limit
    assert found["neuvo_build_info", version()] == 1
    assert [each for each in personal if each in text] == []
    assert not re.search(r"wamid|\d{9,}\"", text)


async def test_a_path_that_a_stranger_made_up_is_no_label(settings: Settings, engine: ScriptedEngine) -> None:
    async with open_road(settings, engine) as road, httpx2.AsyncClient(trust_env=False) as client:
        base = f"http://127.0.0.1:{road.settings.port}"
        await client.get(f"{base}/0401234567/aino.virtanen")
        await client.request("AINO", f"{base}/privacy")
        text = await scrape(road)

    assert "0401234567" not in text
    assert "AINO" not in text


async def test_errors_are_counted_by_their_class(settings: Settings, engine: ScriptedEngine) -> None:
    engine.next_answer = None
    async with open_road(settings, engine) as road:
        name = ("neuvo_log_events_total", "", "dialogue_unavailable", "error")
        before = values(await scrape(road)).get(name, 0)
        citizen = road.citizen()
        citizen.writes("hei")
        await citizen.next_reply()
        assert values(await scrape(road))[name] == before + 1


async def _has_looked(road: Road) -> bool:
    return values(await scrape(road))["neuvo_messages_pending",] == 0  # not a number before the first look has ended


async def test_without_a_database_the_figures_say_so_and_come_all_the_same(
    settings: Settings, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_road(settings, engine) as road:
        await until(lambda: _has_looked(road))

        def away() -> None:
            raise OSError("gone")

        with monkeypatch.context() as gone:  # back before the road ends, else its connections stay open
            gone.setattr(road.service.database, "transaction", away)
            gone.setattr(road.service.database, "engine", None)
            found = values(await scrape(road))

    assert found["neuvo_database_up",] == 0
    assert found["neuvo_messages_pending",] == 0  # as the process saw it when it began
    assert ("neuvo_spool_bytes", "waiting") in found


async def test_each_process_of_a_machine_finds_a_port_of_its_own(settings: Settings, engine: ScriptedEngine) -> None:
    async with open_road(settings, engine) as road:
        wanted = settings.model_copy(update={"internal_port": free_port()})
        async with internal_listener(road.app, wanted) as first, internal_listener(road.app, wanted) as second:
            assert first
            assert second
            async with httpx2.AsyncClient(trust_env=False) as client:
                answers = [await client.get(f"http://127.0.0.1:{port}/metrics") for port in (first, second)]
                health = await client.get(f"http://127.0.0.1:{first}/health/ready")
        async with internal_listener(road.app, settings.model_copy(update={"internal_port": 0})) as none:
            assert none is None

    assert first < second
    assert [answer.status_code for answer in answers] == [200, 200]
    assert health.json()["status"] == "ready"


async def test_while_a_process_starts_nobody_is_let_in_to_wait_for_an_answer(settings: Settings) -> None:
    wanted = settings.model_copy(update={"port": free_port(), "internal_port": free_port()})
    app = create_app(wanted, ScriptedEngine())
    whole, refused = app.router.lifespan_context, list[bool]()

    @contextlib.asynccontextmanager
    async def slowly(app: FastAPI) -> AsyncIterator[None]:
        for port in (wanted.port, wanted.internal_port):
            with socket.socket() as visitor:
                refused.append(visitor.connect_ex(("127.0.0.1", port)) != 0)
        async with whole(app):
            yield

    app.router.lifespan_context = slowly
    listener = Listener(configuration(app, wanted), app, wanted)
    serving = asyncio.create_task(listener.serve())
    try:
        async with httpx2.AsyncClient(trust_env=False) as client:
            await until(lambda: asyncio.sleep(0, listener.started))
            answer = await client.get(f"http://127.0.0.1:{wanted.internal_port}/health/ready")
    finally:
        listener.should_exit = True
        await serving

    assert refused == [True, True]
    assert answer.json()["status"] == "ready"
    with socket.socket() as visitor:
        assert visitor.connect_ex(("127.0.0.1", wanted.internal_port)) != 0


async def test_the_public_is_told_whether_messages_are_taken_and_nothing_of_the_parts(road: Road) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        health = await client.get(f"http://127.0.0.1:{road.settings.port}/health/ready")

    assert health.status_code == 200
    assert [*health.json()] == ["status"]


def test_by_default_everything_but_the_public_listener_is_on_loopback_and_that_too() -> None:
    chosen = Settings(_env_file=None)

    assert chosen.host == chosen.internal_host == "127.0.0.1"
    assert all("//127.0.0.1:" in url for url in (chosen.rasa_url, chosen.actions_url))


def test_the_real_process_opens_its_two_ports_on_loopback_only(migrated_sqlite: Path, tmp_path: Path) -> None:
    (tmp_path / "neuvo.db").write_bytes(migrated_sqlite.read_bytes())
    public, internal = free_port(), free_port()
    environment = {
        **os.environ,
        "NEUVO_PORT": str(public),
        "NEUVO_INTERNAL_PORT": str(internal),
        "NEUVO_DATABASE_URL": f"sqlite:///{tmp_path / 'neuvo.db'}",
        "NEUVO_STATE_DIR": str(tmp_path),
        "NEUVO_RASA_URL": f"http://127.0.0.1:{free_port()}",
    }
    with subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve"], cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL
    ) as process:
        try:
            client = httpx2.Client(trust_env=False)
            wait_for(client, f"http://127.0.0.1:{internal}/health/live")
            wait_for(client, f"http://127.0.0.1:{public}/health/live")
            assert client.get(f"http://127.0.0.1:{public}/metrics").status_code == 404
            assert "neuvo_requests_total" in client.get(f"http://127.0.0.1:{internal}/metrics").text
            assert listening(process.pid) == {("127.0.0.1", public), ("127.0.0.1", internal)}
            client.close()
        finally:
            process.terminate()


def wait_for(client: httpx2.Client, url: str) -> None:
    for _ in range(200):
        try:
            client.get(url)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"{url} did not answer within 20 s")


def listening(pid: int) -> set[tuple[str, int]]:
    """The addresses on which a process listens, as the system knows them."""
    own = {os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir() if each.is_symlink()}
    found = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == "0A" and f"socket:[{fields[9]}]" in own:
            address, port = fields[1].split(":")
            found.add((socket.inet_ntoa(bytes.fromhex(address)[::-1]), int(port, 16)))
    wide = [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
    six = [each[1] for each in wide if each[3] == "0A" and f"socket:[{each[9]}]" in own]
    return found | {("IPv6", int(address.split(":")[1], 16)) for address in six}
