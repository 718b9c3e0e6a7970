"""Checks of backups by restoring them: from and into both databases, cut, changed, and with people erased since."""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.accounts import audit_chain
from gateway.accounts.models import AuditEntry
from gateway.app import create_service
from gateway.cli import parser
from gateway.conversations.models import Contact, Conversation, InboxEvent
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.crypto import DataKeys
from gateway.core.database import Base, Database, now
from gateway.core.models import ServiceKey
from gateway.handover.notes import add_note
from gateway.inbox.store import store_delivery
from gateway.ops import commands
from gateway.ops.backup.file import BackupRefused, Row, new_header, read, read_header, write
from gateway.ops.backup.make import make_backup
from gateway.ops.backup.restore import restore_backup
from gateway.ops.backup.tables import EXCLUDED_TABLES
from gateway.ops.backup.verify import verify_backup
from gateway.privacy.erased_list import ErasedList
from gateway.service import Service
from tests.gateway.handover.test_ownership import act
from tests.worlds import officers as desk
from tests.worlds import whatsapp_bodies as bodies
from tests.worlds.officers import SARI
from tests.worlds.process_events import sort_events
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.services import TemporaryPostgres

pytestmark = pytest.mark.anyio

KEYS = DataKeys(Settings().data_key.get_secret_value())


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A database without a table in it, of each kind, on another machine."""
    other = tmp_path / "other"
    if request.param == "sqlite":
        yield settings.model_copy(update={"database_url": f"sqlite:///{other}/neuvo.db", "state_dir": other})
        return
    database = TemporaryPostgres()
    yield settings.model_copy(update={"database_url": database.url, "state_dir": other})
    database.drop()


async def used(service: Service) -> list[str]:
    """A service with two talks, one with a note; returns the texts in it."""
    for body in ("eka SALAISUUS", "toka SALAISUUS"):
        async with service.database.transaction() as session:
            sender = "358401" + body[:3].encode().hex()
            raw = bodies.body(bodies.message(body=body, sender=sender))
            await store_delivery(session, service.keyring, service.channels["whatsapp"], raw)
    async with service.database.transaction() as session:
        found = (await sort_events(session, service.keyring, service.idle)).conversations
    await act(service, add_note, SARI, sorted(found)[0], "MUISTIINPANO")
    return ["eka SALAISUUS", "toka SALAISUUS"]


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Service]:
    service = create_service(settings, ScriptedEngine())
    async with service.database.transaction() as session:
        await service.keyring.load(session)
    try:
        yield service
    finally:
        await service.close()


async def made(service: Service, tmp_path: Path, name: str = "one.backup") -> Path:
    path = tmp_path / name
    await asyncio.to_thread(make_backup, service.settings, path)
    return path


async def rows(database: Database, table: type[Base]) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def texts(service: Service) -> list[str]:
    from gateway.console.timeline import CitizenSaid, load_timeline

    found = []
    async with service.database.transaction() as session:
        for row in await session.scalars(select(Conversation)):
            items, _ = await load_timeline(session, service.keyring.unwrap(row.wrapped_key), row, "fi", None, 100)
            found += [item.text or "" for item in items if isinstance(item, CitizenSaid)]
    return sorted(found)


async def test_a_restored_backup_is_the_service_as_it_was(service: Service, empty: Settings, tmp_path: Path) -> None:
    said = await used(service)
    path = await made(service, tmp_path)

    told = await asyncio.to_thread(restore_backup, empty, path, [])

    assert "are back" in told
    async with opened(empty) as restored:
        assert await texts(restored) == said
        talk = await desk.conversation(restored)  # numbers go on after the highest
        await desk.writes(restored, talk, "uusi")
        async with restored.database.transaction() as session:
            verdict = await audit_chain.verify(session)
            actions = (await session.scalars(select(AuditEntry.action))).all()
    assert verdict.problem is None
    assert actions[-1] == "backup_restored"


async def test_a_repeat_of_what_was_answered_before_the_backup_is_known_after_it(
    service: Service, empty: Settings, tmp_path: Path
) -> None:
    raw = bodies.body(bodies.message(body="kerran"))
    async with service.database.transaction() as session:
        assert await store_delivery(session, service.keyring, service.channels["whatsapp"], raw)
    path = await made(service, tmp_path)
    await asyncio.to_thread(restore_backup, empty, path, [])

    async with opened(empty) as restored, restored.database.transaction() as session:
        assert await store_delivery(session, restored.keyring, restored.channels["whatsapp"], raw) == frozenset()


async def test_a_backup_holds_no_raw_body_and_no_inbox_key(service: Service, tmp_path: Path) -> None:
    await used(service)
    path = await made(service, tmp_path)
    kept = list(read(path, KEYS))

    assert {table for table, _ in kept} & EXCLUDED_TABLES == set()
    assert set(Base.metadata.tables) >= EXCLUDED_TABLES  # a table that is renamed must stay excluded
    assert {values["purpose"] for table, values in kept if table == ServiceKey.__tablename__} == {"index"}
    assert {values["content_sealed"] for table, values in kept if table == InboxEvent.__tablename__} == {None}


async def test_who_was_erased_after_the_backup_stays_erased_and_nobody_else(
    service: Service, empty: Settings, tmp_path: Path
) -> None:
    await used(service)
    async with service.database.transaction() as session:
        gone, stays = (await session.scalars(select(Conversation).order_by(Conversation.id))).all()
    ErasedList(service.settings.erased_folder).append(stays.contact_id.hex, [])  # and came back before the backup
    path = await made(service, tmp_path)
    ErasedList(service.settings.erased_folder).append(gone.contact_id.hex, [gone.id.hex])

    told = await asyncio.to_thread(restore_backup, empty, path, [service.settings.erased_folder])

    assert "1 conversations that were erased since then are not" in told
    database = Database(empty.database_url)
    async with database.transaction() as session:
        assert (await session.scalars(select(Conversation.id))).all() == [stays.id]
        assert (await session.scalars(select(Contact.id))).all() == [stays.contact_id]
    await database.close()


async def test_a_database_that_is_not_empty_is_left_alone(service: Service, tmp_path: Path) -> None:
    await used(service)
    path = await made(service, tmp_path)
    before = await rows(service.database, Conversation)

    with pytest.raises(BackupRefused, match="not empty"):
        await asyncio.to_thread(restore_backup, service.settings, path, [])
    assert await rows(service.database, Conversation) == before


async def test_verifying_tries_every_row_and_opens_every_key(service: Service, tmp_path: Path) -> None:
    await used(service)
    path = await made(service, tmp_path)

    verified = await asyncio.to_thread(verify_backup, service.settings, path)

    assert verified.keys == 5  # two conversations, two contacts, the index
    assert verified.rows == len(list(read(path, KEYS)))


async def test_a_row_that_fits_no_table_is_found_and_not_quoted(service: Service, tmp_path: Path) -> None:
    await used(service)
    path = await made(service, tmp_path)
    harmed = [
        (table, values | ({"state": "Aino"} if table == "conversation" else {})) for table, values in read(path, KEYS)
    ]

    with pytest.raises(BackupRefused, match="conversation does not fit") as refused:
        await asyncio.to_thread(verify_backup, service.settings, rewritten(path, harmed))
    assert "Aino" not in str(refused.value)


def rewritten(path: Path, rows: Iterable[Row]) -> Path:
    """The same backup with other rows."""
    header, key = new_header(read_header(path).revision, now(), None, KEYS)
    other = path.with_name(f"other-{path.name}")
    write(other, header, key, rows)
    return other


@pytest.mark.parametrize("what", [["restore", "FILE"], ["recovered"]])
def test_a_folder_of_erased_that_is_not_there_is_refused(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: list[str]
) -> None:
    wrong = tmp_path / "erazed"
    arguments = parser().parse_args(["backup", *what, "--erased", str(wrong)])

    assert commands.run(settings, arguments) == 1
    said = "".join(capsys.readouterr())
    assert f"There is no folder {wrong}" in said


BOUNDED = """
import resource, sys, tempfile, threading, time
from pathlib import Path
from gateway.core.config.settings import Settings
from gateway.ops.backup.verify import verify_backup
largest = 0
def watch():
    global largest
    while True:
        files = [each.stat().st_size for each in Path(tempfile.gettempdir()).rglob("*") if each.is_file()]
        largest = max(largest, sum(files))
        time.sleep(0.01)
threading.Thread(target=watch, daemon=True).start()
verified = verify_backup(Settings(), Path(sys.argv[1]))
print(verified.rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, largest)
"""


async def test_memory_and_disk_of_verifying_do_not_grow_with_the_backup(service: Service, tmp_path: Path) -> None:
    await used(service)
    small = await made(service, tmp_path)
    rows = list(read(small, KEYS))
    (first, *_) = [values for table, values in rows if table == "message"]
    words = base64.b64encode(os.urandom(1500))

    def many() -> Iterator[Row]:
        for table, values in rows:
            yield table, values
            if values is first:
                for number in range(20_000):
                    other = {"id": 1000 + number, "external_fingerprint": number.to_bytes(16), "content_sealed": words}
                    yield table, first | other

    large = rewritten(small, many())
    used_by = {}
    for path in (small, large):
        scratch = tmp_path / f"scratch-{path.stem}"
        scratch.mkdir()
        environment = {**os.environ, "TMPDIR": str(scratch)}
        command = [sys.executable, "-c", BOUNDED, str(path)]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
        used_by[path] = [int(each) for each in done.stdout.split()]

    (few, memory, disk), (lots, more_memory, more_disk) = used_by[small], used_by[large]
    assert lots - few == 20_000
    assert more_memory - memory < 20e6  # of 30 MB of words
    assert more_disk - disk < 5e6


@pytest.mark.parametrize("harm", ["cut", "last part", "flipped", "swapped", "more behind the end", "not a backup"])
async def test_a_backup_that_was_changed_or_cut_is_refused(service: Service, tmp_path: Path, harm: str) -> None:
    await used(service)
    path = await made(service, tmp_path)
    content = path.read_bytes()
    start = content.index(b"\n") + 1
    first = 4 + int.from_bytes(content[start : start + 4], "big")
    head, one, rest = content[:start], content[start : start + first], content[start + first :]
    path.write_bytes(
        {
            "cut": content[:-3],
            "last part": head + one,
            "flipped": content[:-1] + bytes([content[-1] ^ 1]),
            "swapped": head + rest + one,
            "more behind the end": content + one,
            "not a backup": b"PK\x03\x04" + content,
        }[harm]
    )

    with pytest.raises(BackupRefused):
        await asyncio.to_thread(verify_backup, service.settings, path)


async def test_without_its_data_key_a_backup_says_what_to_do(service: Service, tmp_path: Path) -> None:
    await used(service)
    path = await made(service, tmp_path)
    other = DataKeys(f"other:{base64.b64encode(os.urandom(32)).decode()}")

    with pytest.raises(BackupRefused, match="behind a comma"):
        list(read(path, other))


async def test_a_backup_never_overwrites_another_and_is_private(service: Service, tmp_path: Path) -> None:
    path = await made(service, tmp_path)

    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BackupRefused, match="exists already"):
        await asyncio.to_thread(make_backup, service.settings, path)
    assert not list(tmp_path.glob(".*unfinished"))


async def test_a_backup_is_one_moment_while_the_service_goes_on(service: Service, tmp_path: Path) -> None:
    """Whatever is written meanwhile, each message in the backup has its conversation."""
    stop = asyncio.Event()

    async def go_on() -> None:
        while not stop.is_set():
            talk = await desk.conversation(service)
            await desk.writes(service, talk, "hei")

    going = asyncio.create_task(go_on())
    try:
        for number in range(3):
            await asyncio.sleep(0.1)
            kept = list(read(await made(service, tmp_path, f"{number}.backup"), KEYS))
            talks = {values["id"] for table, values in kept if table == "conversation"}
            assert {values["conversation_id"] for table, values in kept if table == "message"} <= talks
            assert talks
    finally:
        stop.set()
        await going
