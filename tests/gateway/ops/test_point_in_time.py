"""Checks of returning to a minute: the very commands of docs/operations.md, against a PostgreSQL of this test alone."""

import asyncio
import datetime as dt
import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select

from gateway.accounts import audit_chain
from gateway.accounts.models import AuditEntry, LoginLimit
from gateway.app import create_service
from gateway.conversations.models import Contact, Conversation
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import now
from gateway.core.migrate import migrate
from gateway.core.models import GatewayProcess
from gateway.ops.backup.file import BackupRefused
from gateway.ops.backup.recovered import after_recovery
from gateway.privacy.erased_list import ErasedList
from gateway.service import Service
from tests.worlds import officers as desk
from tests.worlds.ports import free_port
from tests.worlds.scripted_engine import ScriptedEngine
from tests.worlds.services import missing

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]

PAGE = (PROJECT / "docs" / "operations.md").read_text("utf-8")


def documented() -> list[str]:
    """The blocks of commands under "To a minute": settings, a night's copy, the return."""
    section = PAGE[PAGE.index("### To a minute") : PAGE.index("## Rotate")]
    return [re.sub(r"^   ", "", block, flags=re.M) for block in re.findall(r"```sh\n(.*?)```", section, re.DOTALL)]


def programs() -> Path:
    """The folder of PostgreSQL's programs for servers, which Debian keeps out of the PATH."""
    found = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    if found:
        return max(found)
    if (there := shutil.which("initdb")) is None:
        missing("A PostgreSQL to start", "install Debian's package postgresql.")
    return Path(there).parent


class Server:
    """A PostgreSQL with a folder, a port and a place for what is kept, of the user who may run one."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kept, self.port = folder / "data", folder / "kept", free_port()
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(folder, self._user)
        self.run('mkdir -p "$KEPT/wal" "$KEPT/base" && chmod 700 "$KEPT"')
        options = "--auth=trust --encoding=UTF8 --locale=C.UTF-8 --wal-segsize=1 --no-sync"
        self.run(f'initdb --pgdata="$PGDATA" --username=postgres {options}\n{self._settings()}')

    def _settings(self) -> str:
        lines = f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{self.folder.parent}'"
        return f'cat >> "$PGDATA/postgresql.conf" <<END\n{lines}\nEND'

    def run(self, commands: str, **variables: str) -> str:
        """Run commands in a shell as that user; the test fails where one fails."""
        environment = {
            "PATH": f"{programs()}:{os.environ['PATH']}",
            "PGDATA": str(self.folder),
            "KEPT": str(self.kept),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "postgres",
        }
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", commands], env=environment | variables, user=self._user,
            cwd=self.folder.parent, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
        return done.stdout

    def start(self) -> None:
        self.run('pg_ctl --pgdata="$PGDATA" --log="$KEPT/server.log" --wait start')

    def stop(self) -> None:
        subprocess.run(
            [programs() / "pg_ctl", f"--pgdata={self.folder}", "--mode=immediate", "stop"],
            user=self._user, cwd=self.folder.parent, capture_output=True,
        )  # fmt: skip

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"


@pytest.fixture
def server() -> Iterator[Server]:
    """Outside pytest's own folders, which no other user may enter; in memory where there is a place."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="neuvo-server-", dir=place) as folder:
        made = Server(Path(folder))
        try:
            yield made
        finally:
            made.stop()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Service]:
    service = create_service(settings, ScriptedEngine())
    async with service.database.transaction() as session:
        await service.keyring.load(session)
    try:
        yield service
    finally:
        await service.close()


async def conversations(service: Service) -> set[uuid.UUID]:
    async with service.database.transaction() as session:
        return set(await session.scalars(select(Conversation.id)))


async def moment(service: Service) -> str:
    """Now, as PostgreSQL's clock says it, with what is committed before and nothing after within a second."""
    await asyncio.sleep(1)
    async with service.database.transaction() as session:
        at = await session.scalar(select(func.clock_timestamp()))
    await asyncio.sleep(1)
    return str(at)


async def erase(service: Service, talk: uuid.UUID) -> None:
    async with service.database.transaction() as session:
        row = await session.get_one(Conversation, talk)
        contact = await session.get_one(Contact, row.contact_id)
        ErasedList(service.settings.erased_folder).append(contact.id.hex, [talk.hex])
        await session.delete(contact)


async def test_the_documented_commands_return_to_a_moment_and_the_erased_stay_erased(
    server: Server, settings: Settings, tmp_path: Path
) -> None:
    once, nightly, back = documented()
    server.run(once)
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE neuvo")
    ours = settings.model_copy(update={"database_url": server.url("neuvo"), "state_dir": tmp_path / "state"})
    await asyncio.to_thread(migrate, ours)

    async with opened(ours) as service:
        before_the_night = await desk.conversation(service)
        await asyncio.to_thread(server.run, nightly)
        after_it, erased_later = await desk.conversation(service), await desk.conversation(service)
        async with service.database.transaction() as session:
            session.add(LoginLimit(key_fingerprint=b"f" * 16, attempts=3, attempted_at=now(), blocked_until=now()))
        last_good = await moment(service)
        await erase(service, erased_later)
        lost = await desk.conversation(service)
        assert await conversations(service) == {before_the_night, after_it, lost}
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("SELECT pg_switch_wal()")
    await asyncio.sleep(2)  # it is kept by then; in use a minute does the same

    (night,) = (server.kept / "base").iterdir()
    await asyncio.to_thread(server.run, back, MOMENT=last_good, NIGHT=str(night))

    async with opened(ours) as service:
        assert await conversations(service) == {before_the_night, after_it, erased_later}
        told = await asyncio.to_thread(after_recovery, ours, [ours.erased_folder])
        assert told.startswith("1 conversations that were erased after that moment are gone again.")
        assert await conversations(service) == {before_the_night, after_it}
        async with service.database.transaction() as session:
            assert (await session.scalars(select(LoginLimit))).all() == []
            assert (await audit_chain.verify(session)).problem is None
            actions = (await session.scalars(select(AuditEntry.action))).all()
        assert actions[-1] == "database_recovered"
        await desk.conversation(service)  # the server takes what is new


async def test_nothing_is_settled_while_a_process_serves(service: Service) -> None:
    talk = await desk.conversation(service)
    async with service.database.transaction() as session:
        row = await session.get_one(Conversation, talk)
        session.add(GatewayProcess(id="p" * 32, alive_until=now() + dt.timedelta(minutes=1)))
    ErasedList(service.settings.erased_folder).append(row.contact_id.hex, [talk.hex])

    with pytest.raises(BackupRefused, match="stop all of them"):
        await asyncio.to_thread(after_recovery, service.settings, [service.settings.erased_folder])
    assert await conversations(service) == {talk}
