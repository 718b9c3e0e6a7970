"""Checks of station 1: while the database is away nothing is lost, and once it is back nothing is doubled."""

import asyncio
import base64
import contextlib
import functools
import os
import resource
import stat
import subprocess
import sys
import zlib
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import event, select

from gateway.channels.whatsapp.channel import WhatsApp
from gateway.conversations.kinds import InboxEventKind
from gateway.conversations.messages import IncomingEvent
from gateway.conversations.models import InboxEvent, Message
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Database
from gateway.core.errors import StorageUnavailable
from gateway.inbox.receive import BATCH_LINES, drain, receive
from gateway.inbox.spool import SpoolFull
from gateway.service import Service
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.outage import away, read_only
from tests.worlds.road import Road, free_port, internal_health, until
from tests.worlds.row_counts import count
from tests.worlds.scripted_engine import ScriptedEngine

pytestmark = pytest.mark.anyio


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A database that fails is given up soon."""
    return settings.model_copy(update={"storage_timeout": 0.3})


async def spooled(service: Service, *words: str) -> list[bytes]:
    """Deliveries as they lie on disk."""
    for word in words:
        await service.spool.append("whatsapp", bodies.body(bodies.message(body=word)))
    return (service.settings.spool_folder / "incoming.spool").read_bytes().splitlines(keepends=True)


async def drain_all(service: Service) -> None:
    while await drain(service):
        pass


def files(service: Service, pattern: str) -> list[Path]:
    return sorted(service.settings.spool_folder.glob(pattern))


async def test_what_arrives_while_the_database_is_away_is_answered_in_order_when_it_is_back(
    road: Road, engine: ScriptedEngine, settings: Settings
) -> None:
    phone = road.citizen()
    number = str(phone.phone.number)
    async with away(settings.database_url):
        for word in ("yksi", "kaksi", "kolme"):
            assert await road.post(bodies.body(bodies.message(sender=number, body=word))) == 200
        assert road.service.spool.has_backlog()
        assert engine.asked == []
    road.simulator.state.last_heard[bodies.NUMBER, phone.phone.id] = road.simulator.clock.now()
    await until(lambda: _asked(engine, "kolme"), 20)
    await phone.next_reply(timeout=5)

    assert "\n".join(str(request.text) for request in engine.asked) == "yksi\nkaksi\nkolme"
    assert not road.service.spool.has_backlog()


async def _asked(engine: ScriptedEngine, word: str) -> bool:
    return any(word in (request.text or "") for request in engine.asked)


async def test_the_same_delivery_before_during_and_after_is_one_message(
    road: Road, engine: ScriptedEngine, settings: Settings
) -> None:
    content = bodies.body(bodies.message(body="mun tili kaapattiin"))
    assert await road.post(content) == 200
    async with away(settings.database_url):
        assert [await road.post(content) for _ in range(3)] == [200] * 3
    await until(lambda: _is_drained(road.service), 20)
    assert await road.post(content) == 200
    await until(lambda: _is_sorted(road.service), 20)

    async with road.service.database.transaction() as session:
        kinds = list(await session.scalars(select(InboxEvent.kind)))
    assert kinds.count(InboxEventKind.MESSAGE) == 1  # beside statuses of the reply
    assert await count(road.service, Message) == 1


async def _is_sorted(service: Service) -> bool:
    async with service.database.transaction() as session:
        return await session.scalar(select(InboxEvent.id).where(InboxEvent.state == "new").limit(1)) is None


async def _is_drained(service: Service) -> bool:
    return not service.spool.has_backlog()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_database_that_only_reads_is_away_too(road: Road, settings: Settings) -> None:
    async with read_only(settings.database_url):
        assert await road.post(bodies.body(bodies.message())) == 200
        assert road.service.spool.has_backlog()
    await until(lambda: _is_drained(road.service), 10)

    assert await count(road.service, InboxEvent) == 1


async def test_what_comes_while_others_wait_goes_behind_them(service: Service) -> None:
    channel = service.channels["whatsapp"]
    async with away(service.settings.database_url):
        await receive(service, channel, bodies.body(bodies.message(body="first")))
    await receive(service, channel, bodies.body(bodies.message(body="second")))

    assert await count(service, InboxEvent) == 0
    await drain_all(service)
    await receive(service, channel, bodies.body(bodies.message(body="third")))
    assert await count(service, InboxEvent) == 3
    assert not service.spool.has_backlog()


async def test_health_shows_how_much_waits_and_since_when(road: Road, settings: Settings) -> None:
    before = (await internal_health(road.app)).json()["spool"]
    with road.service.spool.draining():  # somebody else drains, and slowly
        await spooled(road.service, "hei")
        answer = await internal_health(road.app)

    assert before == {"waiting_bytes": 0, "waiting_seconds": 0, "set_aside_bytes": 0}
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["spool"]["waiting_bytes"] > 200


async def test_only_when_both_fail_it_is_503_so_that_meta_keeps_the_message(road: Road, settings: Settings) -> None:
    settings.spool_folder.write_text("not a folder")
    content = bodies.body(bodies.message())
    async with away(settings.database_url):
        assert await road.post(content) == 503
    settings.spool_folder.unlink()

    await until(lambda: _is_taken(road, content), 20)


async def _is_taken(road: Road, content: bytes) -> bool:
    return await road.post(content) == 200


async def test_a_full_spool_refuses_and_the_database_is_tried_instead(service: Service) -> None:
    channel = service.channels["whatsapp"]
    await spooled(service, "hei")
    service.spool._limit = 400
    with pytest.raises(SpoolFull):
        await spooled(service, "hei hei")

    service.prefer_spool_until = float("inf")
    await receive(service, channel, bodies.body(bodies.message()))
    assert await count(service, InboxEvent) == 1
    async with away(service.settings.database_url):
        with pytest.raises(StorageUnavailable):
            await receive(service, channel, bodies.body(bodies.message()))


async def test_nothing_on_disk_can_be_read_by_others_or_without_the_key(service: Service) -> None:
    await service.spool.append("whatsapp", bodies.body(bodies.message(body="salaisuus", sender="358401234567")))
    segment = service.spool.next_segment()
    service.spool.set_aside([b"torn"])
    folder = service.settings.spool_folder

    assert segment is not None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    seen = segment.read_bytes()
    for secret in (b"salaisuus", b"358401234567", b"wamid", b"whatsapp"):
        assert secret not in seen + without_a_key(seen)


def without_a_key(lines: bytes) -> bytes:
    """What can be made of a file's lines by whoever knows how they are written."""
    parts = [base64.b64decode(part) for line in lines.splitlines() for part in line.split(b" ")[1:]]
    for part in list(parts):
        with contextlib.suppress(zlib.error):
            parts.append(zlib.decompress(part))
    assert len(parts) >= 2
    return b"".join(parts)


async def test_a_torn_last_line_is_set_aside_and_spoils_neither_neighbour(service: Service) -> None:
    *_, last = await spooled(service, "yksi", "kaksi")
    incoming = service.settings.spool_folder / "incoming.spool"
    os.truncate(incoming, incoming.stat().st_size - len(last) // 2)
    await spooled(service, "kolme")
    await drain_all(service)

    assert await count(service, InboxEvent) == 2
    (beside,) = files(service, "set-aside-*")
    assert beside.read_bytes() == last[: len(last) - len(last) // 2] + b"\n"
    assert not service.spool.has_backlog()


async def test_corrupt_lines_in_the_middle_are_set_aside_and_the_rest_goes_on(
    service: Service, capfd: pytest.CaptureFixture[str]
) -> None:
    first, second, third, fourth = await spooled(service, "yksi", "kaksi", "kolme", "neljä")
    changed = second[:-20] + (b"A" if second[-20:-19] != b"A" else b"B") + second[-19:]
    noise = [changed, b"\x00\xff\n", b"1 !! ??\n", b"2" + third[1:], b"\n", b"1 two\n"]
    (service.settings.spool_folder / "incoming.spool").write_bytes(b"".join([first, *noise, third, fourth]))
    await drain_all(service)

    assert await count(service, InboxEvent) == 3
    (beside,) = files(service, "set-aside-*")
    assert len(beside.read_bytes().splitlines()) == 5
    assert "spool_lines_set_aside" in capfd.readouterr().out
    assert service.spool.backlog().set_aside == beside.stat().st_size


async def test_draining_costs_as_few_statements_as_arriving(service: Service) -> None:
    """Else a spool that was begun under a load grows faster than it drains, and nobody is answered again."""
    await spooled(service, *(f"sana {number}" for number in range(BATCH_LINES)))
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(service.database.engine.sync_engine, "before_cursor_execute", note)
    try:
        await drain_all(service)
    finally:
        event.remove(service.database.engine.sync_engine, "before_cursor_execute", note)

    assert await count(service, InboxEvent) == BATCH_LINES
    assert len(statements) < (2.5 * BATCH_LINES if service.database.is_sqlite else 5)
    assert not any("SAVEPOINT" in each for each in statements)


class Fragile(WhatsApp):
    """A channel with a mistake in it."""

    def read(self, body: bytes) -> list[IncomingEvent]:
        if body == b"poison":
            raise RecursionError("a mistake of ours")
        return super().read(body)


async def test_a_body_that_breaks_our_code_is_set_aside_and_the_rest_goes_on(service: Service) -> None:
    service.channels = {"whatsapp": Fragile(service.settings)}
    await spooled(service, "yksi")
    await service.spool.append("whatsapp", b"poison")
    await service.spool.append("telegraph", b"a channel that is gone")
    await spooled(service, "kaksi")
    await drain_all(service)

    assert await count(service, InboxEvent) == 2
    (beside,) = files(service, "set-aside-*")
    assert len(beside.read_bytes().splitlines()) == 2


async def test_what_was_set_aside_by_mistake_can_be_put_back_by_renaming(service: Service) -> None:
    (line,) = await spooled(service, "hei")
    service.spool.set_aside([line])
    (service.settings.spool_folder / "incoming.spool").unlink()
    (beside,) = files(service, "set-aside-*")
    beside.rename(beside.with_name("segment-by-hand.spool"))
    await drain_all(service)

    assert await count(service, InboxEvent) == 1


async def test_a_write_that_the_disk_refuses_halfway_leaves_no_trace(service: Service) -> None:
    await spooled(service, "yksi")
    incoming = service.settings.spool_folder / "incoming.spool"
    before = incoming.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            await service.spool.append("whatsapp", bodies.body(bodies.message(body="kaksi")))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert incoming.read_bytes() == before
    assert len(await spooled(service, "kolme")) == 2


async def test_many_at_once_are_all_on_disk_when_they_are_told_so(service: Service) -> None:
    contents = [bodies.body(bodies.message()) for _ in range(200)]
    await asyncio.gather(*(service.spool.append("whatsapp", content) for content in contents))
    await drain_all(service)

    assert await count(service, InboxEvent) == 200


async def test_draining_that_is_cut_off_begins_again_and_stores_nothing_twice(service: Service) -> None:
    await asyncio.gather(*(service.spool.append("whatsapp", bodies.body(bodies.message())) for _ in range(120)))
    segment = service.spool.next_segment()
    assert segment is not None
    lines = segment.read_bytes()
    service.database, real = Database("postgresql://nobody@127.0.0.1:9/none"), service.database
    assert await drain(service) is False
    await service.database.close()
    service.database = real
    await drain_all(service)
    segment.write_bytes(lines)  # as if the process had died before it could delete what it had stored
    await drain_all(service)

    assert await count(service, InboxEvent) == 120
    assert not service.spool.has_backlog()


DRAINER = """
import asyncio, sys
from gateway.app import create_service
from gateway.inbox.receive import drain
from gateway.core.config.settings import Settings

async def main():
    service = create_service(Settings())
    async with service.database.transaction() as session:
        await service.keyring.load(session)
    more = await drain(service)
    await service.close()
    print(more)

asyncio.run(main())
"""


def environment(settings: Settings, **more: str) -> dict[str, str]:
    given = {
        "NEUVO_DATABASE_URL": settings.database_url,
        "NEUVO_STATE_DIR": str(settings.state_dir),
        "NEUVO_STORAGE_TIMEOUT": str(settings.storage_timeout),
        "NEUVO_RASA_URL": f"http://127.0.0.1:{free_port()}",
        "NEUVO_SIMULATOR": "false",
        "NEUVO_GRAPH_BASE_URL": f"http://127.0.0.1:{free_port()}",
        "NEUVO_TURN_HOLD": "0",
    }
    return {**os.environ, **given, **more}


async def test_only_one_process_drains_at_a_time(service: Service, settings: Settings) -> None:
    await spooled(service, "yksi", "kaksi")

    async def drained_by_another() -> str:
        ran = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", DRAINER],
            cwd=PROJECT,
            env=environment(settings),
            capture_output=True,
            text=True,
            check=True,
        )
        return ran.stdout.splitlines()[-1]

    with service.spool.draining() as ours:
        assert ours
        assert await drained_by_another() == "False"
        assert await count(service, InboxEvent) == 0
    assert await drained_by_another() == "True"
    assert await count(service, InboxEvent) == 2


async def test_a_process_that_starts_without_a_database_and_is_killed_loses_nothing(
    service: Service, settings: Settings
) -> None:
    port = free_port()
    command = [sys.executable, "-m", "gateway", "serve"]
    first, second = bodies.body(bodies.message(body="yksi")), bodies.body(bodies.message(body="kaksi"))

    async def is_taken(content: bytes) -> bool:
        url, headers = f"http://127.0.0.1:{port}/webhooks/whatsapp", bodies.signed(content, settings)
        async with httpx2.AsyncClient(trust_env=False) as client:
            try:
                return (await client.post(url, content=content, headers=headers)).status_code == 200
            except httpx2.TransportError:
                return False  # it has not started yet

    async def are_sorted() -> bool:
        return await count(service, Message) == 2

    await service.database.close()  # PostgreSQL will end this connection
    processes = []
    try:
        async with away(settings.database_url):
            processes.append(subprocess.Popen(command, cwd=PROJECT, env=environment(settings, NEUVO_PORT=str(port))))
            for content in (first, second):
                await until(functools.partial(is_taken, content), 90)
            processes[0].kill()
            processes[0].wait()
        assert len(files(service, "incoming.spool")[0].read_bytes().splitlines()) == 2
        processes.append(subprocess.Popen(command, cwd=PROJECT, env=environment(settings, NEUVO_PORT=str(port))))
        await until(are_sorted, 90)
        assert await count(service, InboxEvent) == 2
    finally:
        for process in processes:
            process.kill()
            process.wait()
