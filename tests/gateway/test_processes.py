"""Checks of several gateway processes as they run in production: one port, one PostgreSQL, and any of them may die."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.conversations.models import InboxEvent, Message, OutboxItem
from gateway.core.config.settings import PROJECT, Settings
from gateway.core.database import Base, Database
from gateway.core.leases import EVENT_PROCESSING, LEASE, wait_for_lock
from gateway.core.models import ConversationLease, GatewayProcess
from simulator import Citizen, Delays, Simulator, SimulatorConfig, create_simulator
from tests.worlds.road import free_port, served, until
from tests.worlds.scripted_engine import answer
from tests.worlds.services import TemporaryPostgres, need_postgres

pytestmark = pytest.mark.anyio


class Echo:
    """A dialogue engine on Rasa's path that answers with the citizen's own words, so that each reply can be told."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.app.post("/webhooks/neuvo/webhook")(self._answer)
        self.app.get("/status")(self._state)
        self.delay = 0.0
        self.asked: list[str] = []
        self.busy: set[str] = set()
        self.twice_at_once = 0

    async def _answer(self, request: Request) -> JSONResponse:
        asked = await request.json()
        talk = asked["conversation_id"]
        self.twice_at_once += talk in self.busy
        self.busy.add(talk)
        self.asked.append(asked["text"])
        await asyncio.sleep(self.delay)
        self.busy.discard(talk)
        return JSONResponse(answer(f"«{asked['text']}»").model_dump(mode="json"))

    async def _state(self) -> dict[str, str]:
        return {"model_file": "echo"}


@dataclass
class Machine:
    """Gateway processes that share a listening socket, with everything around them here."""

    settings: Settings
    listener: socket.socket
    echo: Echo
    simulator: Simulator
    database: Database
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        """One more process."""
        values = self.settings
        environment = {
            **os.environ,
            "NEUVO_DATABASE_URL": values.database_url,
            "NEUVO_STATE_DIR": str(values.state_dir),
            "NEUVO_RASA_URL": values.rasa_url,
            "NEUVO_GRAPH_BASE_URL": values.graph_base_url,
            "NEUVO_SIMULATOR": "false",
            "NEUVO_TURN_HOLD": "0",
            "NEUVO_PAIR_SECONDS": "0",
            "NEUVO_RASA_IN_FLIGHT": "8",
        }
        handle = self.listener.fileno()
        command = [sys.executable, "-m", "gateway", "serve", "--socket", str(handle)]
        process = subprocess.Popen(command, cwd=PROJECT, env=environment, pass_fds=[handle])
        self.processes.append(process)
        return process

    async def living(self, count: int) -> None:
        """Wait until so many say that they live."""
        await until(lambda: self._has(GatewayProcess, count), 60)

    async def _has(self, table: type[Base], count: int) -> bool:
        return await self.count(table) == count

    async def count(self, table: type[Base]) -> int:
        """Rows of a table."""
        async with self.database.transaction() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0

    def people(self, count: int) -> list[Citizen]:
        """New phones."""
        return [Citizen(self.simulator, self.simulator.new_phone(f"Nro {number}").id) for number in range(count)]

    def said_to(self, citizen: Citizen) -> list[str]:
        """The citizen's own words as they came back, in order."""
        return [line for reply in citizen.received for line in reply.text.partition("«")[2].rstrip("»").split("\n")]


@pytest.fixture
async def machine(migrated_postgres: str, tmp_path: Path) -> AsyncIterator[Machine]:
    """Two processes on a database of their own."""
    database = TemporaryPostgres(migrated_postgres)
    rasa_port, graph_port = free_port(), free_port()
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        settings = Settings(
            database_url=database.url,
            state_dir=tmp_path,
            rasa_url=f"http://127.0.0.1:{rasa_port}",
            graph_base_url=f"http://127.0.0.1:{graph_port}/graph",
            port=listener.getsockname()[1],
        )
        config = SimulatorConfig(
            webhook_url=f"http://127.0.0.1:{settings.port}/webhooks/whatsapp",
            app_secret=settings.whatsapp_app_secret.get_secret_value(),
            access_token=settings.whatsapp_access_token.get_secret_value(),
            graph_versions=(settings.graph_version,),
            delays=Delays(sent=0.01, delivered=0.02, read=0.02),
            pair_limit=False,
        )
        graph, echo = create_simulator(config), Echo()
        async with served(graph, graph_port), served(echo.app, rasa_port):
            machine = Machine(settings, listener, echo, graph.state.simulator, Database(database.url))
            for _ in range(2):
                machine.start()
            try:
                await machine.living(2)
                yield machine
            finally:
                for process in machine.processes:
                    process.kill()
                    process.wait()
                await machine.database.close()
    database.drop()


async def test_every_message_is_answered_once_and_in_order_and_none_is_lost_when_a_process_dies(
    machine: Machine,
) -> None:
    machine.echo.delay = 0.05
    people = machine.people(8)
    wanted = [f"viesti {number}" for number in range(8)]
    for number, words in enumerate(wanted[:4], 1):
        for person in people:
            person.writes(words)
        # The order is that of arrival: what is under way to two processes at once has none.
        await until(partial(_has_stored, machine, number * len(people)), 15)
    await until(lambda: _all_said(machine, people, wanted[:4]), 30)
    assert [machine.said_to(person) for person in people] == [wanted[:4]] * len(people)

    machine.start()
    for words in wanted[4:]:
        for person in people:
            person.writes(words)
        machine.processes[0].kill()  # what it had not answered 200 comes again, later than what followed
    await until(lambda: _all_said(machine, people, wanted), 60)
    await asyncio.sleep(1.0)
    assert [sorted(machine.said_to(person)) for person in people] == [wanted] * len(people)


async def _has_stored(machine: Machine, count: int) -> bool:
    async with machine.database.transaction() as session:
        messages = select(func.count()).select_from(InboxEvent).where(InboxEvent.kind == "message")
        return await session.scalar(messages) == count


async def _all_said(machine: Machine, people: list[Citizen], wanted: list[str]) -> bool:
    return all(len(machine.said_to(person)) >= len(wanted) for person in people)


async def test_the_turn_of_a_process_that_is_killed_while_the_engine_thinks_is_answered_by_another(
    machine: Machine,
) -> None:
    machine.processes[1].send_signal(signal.SIGSTOP)  # so that the first surely has it
    (citizen,) = machine.people(1)
    machine.echo.delay = 4.0
    citizen.writes("kuka vastaa")
    await until(lambda: _is_asked(machine, 1), 45)  # it may have been stopped within a transaction
    machine.processes[0].kill()
    machine.processes[1].send_signal(signal.SIGCONT)
    machine.echo.delay = 0.0

    await citizen.next_reply(timeout=20)
    await asyncio.sleep(1.0)
    assert machine.said_to(citizen) == ["kuka vastaa"]
    assert len(machine.echo.asked) == 2


async def _is_asked(machine: Machine, count: int) -> bool:
    return len(machine.echo.asked) >= count


async def test_a_process_that_stands_still_while_it_sorts_keeps_the_others_waiting_no_longer_than_a_lease(
    machine: Machine,
) -> None:
    still = machine.database.engine.connect()
    async with still, AsyncSession(bind=still) as session:
        await wait_for_lock(session, EVENT_PROCESSING)  # as the machine of a frozen process would
        (citizen,) = machine.people(1)
        citizen.writes("kuka lajittelee")
        await citizen.next_reply(timeout=LEASE.total_seconds() + 20)
        with pytest.raises(DBAPIError):
            await session.scalar(select(func.count()).select_from(Message))
        await still.invalidate()


async def test_a_process_that_ends_in_peace_leaves_nothing_for_the_others_to_wait_for(machine: Machine) -> None:
    machine.processes[0].send_signal(signal.SIGTERM)
    machine.processes[0].wait(timeout=15)

    assert await machine.count(GatewayProcess) == 1
    (citizen,) = machine.people(1)
    citizen.writes("hei siellä")
    await citizen.next_reply(timeout=5)
    await until(lambda: machine._has(ConversationLease, 0), 3)


async def test_two_processes_share_what_waits_and_ask_about_no_talk_twice_at_once(machine: Machine) -> None:
    # One process alone would need several seconds for these: each asks about eight at once.
    machine.echo.delay = 0.5
    people = machine.people(60)
    for person in people:
        person.writes("hei siellä")
    await asyncio.gather(*(person.next_reply(timeout=30) for person in people))

    async with machine.database.transaction() as session:
        senders = set(await session.scalars(select(OutboxItem.leased_by)))
    assert len(senders) == 2
    assert machine.echo.twice_at_once == 0
    assert len(machine.echo.asked) == 60


def test_two_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    need_postgres()
    database = TemporaryPostgres()
    environment = {**os.environ, "NEUVO_DATABASE_URL": database.url, "NEUVO_STATE_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "gateway", "migrate"]
    try:
        both = [subprocess.Popen(command, cwd=PROJECT, env=environment) for _ in range(2)]
        assert [process.wait(timeout=60) for process in both] == [0, 0]
        asyncio.run(_is_migrated(database.url))
    finally:
        database.drop()


async def _is_migrated(url: str) -> None:
    database = Database(url)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(database.transaction())
        assert len(list(await session.scalars(text("SELECT version_num FROM alembic_version")))) == 1


def test_under_systemd_whose_journal_is_a_socket_the_manager_can_open_its_output_by_name() -> None:
    journal, ours = socket.socketpair()
    opened = "open('/dev/fd/1', 'a').write('a line')"
    code = f"from gateway.processes import make_output_openable; make_output_openable(); {opened}"
    with journal, ours:
        output = ours.fileno()
        refused = subprocess.run([sys.executable, "-c", opened], cwd=PROJECT, stdout=output, stderr=subprocess.PIPE)
        done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, stdout=output, timeout=60)
        journal.settimeout(10)

        assert b"No such device or address" in refused.stderr, "Else there is nothing to mend."
        assert done.returncode == 0
        assert journal.recv(100) == b"a line"
